//! What a person does in a space.

use leptos::{prelude::*, task::spawn_local};

use super::{Inner, Session};
use crate::{
    backend::{Reply, Trouble},
    live::Browser,
    protocol::{
        Being, ChangeBeing, Cursor, Intention, IntentionId, MessageId, SendIntention, SpaceId,
    },
};

impl Session {
    /// Says something: it is in the outbox at once, and in the space when it can be.
    pub fn say(self, content: String) {
        let Some(browser) = self.browser() else { return };
        let intention = SendIntention { id: browser.live.new_id(), content, reply_to: None };
        let (id, now) = (intention.id, browser.live.now());
        self.inner.update_value(|inner| inner.outbox.push(intention, now.0));
        self.show_outbox();
        self.spoke.notify();
        self.keep(id);
    }

    /// Takes back what was refused, and gives its text to be written anew.
    pub fn take_back(self, id: IntentionId) -> Option<String> {
        let taken = self.inner.try_update_value(|inner| inner.outbox.discard(id)).flatten();
        self.show_outbox();
        taken.iter().for_each(|entry| self.let_go(entry));
        taken.map(|entry| entry.intention.content)
    }

    pub(super) fn send_next(self) {
        let next = self.inner.try_update_value(|inner| {
            let next = inner.outbox.next_to_send()?;
            Some((next, inner.browser.clone()?, inner.space.clone(), inner.asked_at()))
        });
        let Some((next, browser, space, asked_at)) = next.flatten() else { return };
        spawn_local(async move {
            match browser.commands.send(&space, &next).await {
                Ok(intention) => {
                    self.take_answer(asked_at.as_ref(), intention);
                    let accepted = |inner: &mut Inner| inner.outbox.handle_accepted(next.id);
                    let entry = self.inner.try_update_value(accepted).flatten();
                    entry.iter().for_each(|entry| self.let_go(entry));
                }
                Err(Trouble::Refused { error, .. }) => {
                    self.inner
                        .try_update_value(|inner| inner.outbox.handle_refused(next.id, error));
                    self.keep(next.id);
                }
                Err(trouble) => return self.send_later(&browser, next.id, &trouble),
            }
            self.show_outbox();
            self.send_next();
        });
    }

    fn send_later(self, browser: &Browser, id: IntentionId, trouble: &Trouble) {
        let dice = browser.live.dice();
        let wait = self.inner.try_update_value(|inner| inner.outbox.handle_unanswered(id, dice));
        let at_least = match trouble {
            Trouble::Later { retry_after_seconds } => retry_after_seconds * 1000,
            _ => 0,
        };
        let wait = wait.unwrap_or_default().max(at_least);
        let retry = browser.live.after(wait, Box::new(move || self.send_next()));
        drop(self.inner.try_update_value(|inner| inner.retry.replace(retry)));
    }

    /// Loads the page before what is shown, unless it is on its way or there is none.
    pub fn load_earlier(self) {
        let begun = self.inner.try_update_value(|inner| {
            let browser = inner.browser.clone()?;
            let before = inner.replica.begin_page()?;
            Some((browser, inner.space.clone(), before))
        });
        let Some((browser, space, before)) = begun.flatten() else { return };
        spawn_local(async move {
            match browser.commands.history(&space, before).await {
                Ok(page) => {
                    let loaded = |inner: &mut Inner| inner.replica.handle_page(page);
                    let change = self.inner.try_update_value(loaded).flatten();
                    change.into_iter().for_each(|change| self.show(change));
                }
                Err(trouble) => {
                    self.inner.try_update_value(|inner| inner.replica.abandon_page());
                    self.complain(&trouble);
                }
            }
        });
    }

    /// Changes what I said; `done` is called when it is.
    pub fn edit(self, id: MessageId, content: String, done: impl FnOnce() + 'static) {
        self.command(
            move |browser, space| browser.commands.edit(space, id, content),
            move |asked_at, intention| {
                self.take_answer(asked_at, intention);
                done();
            },
        );
    }

    /// Takes back what I said. Its event does the rest.
    pub fn delete(self, id: MessageId) {
        self.command(move |browser, space| browser.commands.delete(space, id), |_, ()| {});
    }

    /// Ends an answer, for everybody. Its event does the rest.
    pub fn stop(self, id: MessageId) {
        self.command(move |browser, space| browser.commands.stop(space, id), |_, ()| {});
    }

    /// Has an answer written anew, in its place.
    pub fn retry(self, id: MessageId) {
        self.command(
            move |browser, space| browser.commands.retry(space, id),
            move |asked_at, intention| self.take_answer(asked_at, intention),
        );
    }

    pub fn rename_space(self, name: String) {
        self.command(
            move |browser, space| {
                let change = ChangeBeing { name: Some(name), ..ChangeBeing::default() };
                browser.commands.change_being(space.as_being(), change)
            },
            // The answer has no position in this space; its event has.
            |_, _: Being| {},
        );
    }

    /// Makes a link that lets somebody in, and gives it to `show`.
    pub fn invite(self, show: impl FnOnce(String) + 'static) {
        let make = |browser: &Browser, space: &SpaceId| browser.commands.make_invite(space);
        self.command(make, |_, invite| show(invite.url));
    }

    /// Leaves the space, and the page.
    pub fn leave(self) {
        let me = self.me();
        let browser = self.browser();
        self.command(
            move |browser, space| browser.commands.remove_being(space, &me),
            move |_, ()| browser.into_iter().for_each(|browser| browser.live.go_to("/")),
        );
    }

    fn command<T: 'static>(
        self,
        ask: impl FnOnce(&Browser, &SpaceId) -> Reply<T>,
        take: impl FnOnce(Option<&Cursor>, T) + 'static,
    ) {
        let asked = self.inner.try_with_value(|inner| {
            let browser = inner.browser.as_ref()?;
            Some((ask(browser, &inner.space), inner.asked_at()))
        });
        let Some((reply, asked_at)) = asked.flatten() else { return };
        spawn_local(async move {
            match reply.await {
                Ok(answer) => take(asked_at.as_ref(), answer),
                Err(trouble) => self.complain(&trouble),
            }
        });
    }

    fn take_answer(self, asked_at: Option<&Cursor>, intention: Intention) {
        let taken = |inner: &mut Inner| inner.replica.handle_answer(asked_at, intention);
        let change = self.inner.try_update_value(taken).flatten();
        change.into_iter().for_each(|change| self.show(change));
    }

    fn complain(self, trouble: &Trouble) {
        self.notice.try_set(Some(trouble.to_string()));
    }
}

impl Inner {
    fn asked_at(&self) -> Option<Cursor> {
        self.replica.cursor().cloned()
    }
}
