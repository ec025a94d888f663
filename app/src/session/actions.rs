//! What a person does in a space.

use leptos::{prelude::*, task::spawn_local};

use super::{Inner, Session};
use crate::{
    backend::{Reply, Trouble},
    live::Browser,
    protocol::{
        ANOTHER_HISTORY, CHANGED_SINCE, ChangeBeing, Cursor, EditIntention, Epoch, ErrorBody,
        Intention, IntentionId, MessageId, SendIntention, Seq, SpaceId,
    },
    replica::Act,
};

/// What a command was answered with.
enum Answer {
    Taken(Option<Intention>),
    Refused(ErrorBody),
}

impl Session {
    /// Says something: it is in the outbox at once, and in the space when it can be.
    pub fn say(self, content: String) {
        let Some(browser) = self.browser() else { return };
        let id = browser.live.new_id();
        self.write(&browser, Act::Send(SendIntention { id, content, reply_to: None }));
        self.spoke.notify();
    }

    /// Changes what I said, or will have said.
    pub fn edit(self, message_id: MessageId, content: String) {
        let Some((browser, epoch)) = self.browser().zip(self.epoch()) else { return };
        let id = browser.live.new_id();
        self.write(&browser, Act::Edit { id, epoch, message_id, content });
    }

    /// Takes back what I said.
    pub fn delete(self, message_id: MessageId) {
        let Some((browser, epoch)) = self.browser().zip(self.epoch()) else { return };
        let id = browser.live.new_id();
        self.write(&browser, Act::Delete { id, epoch, message_id });
    }

    fn epoch(self) -> Option<Epoch> {
        let epoch = |inner: &Inner| inner.replica.cursor().map(|cursor| cursor.epoch.clone());
        self.inner.try_with_value(epoch).flatten()
    }

    fn write(self, browser: &Browser, act: Act) {
        let (id, now) = (act.id(), browser.live.now());
        self.inner.try_update_value(|inner| inner.outbox.push(act, now.0));
        self.show_outbox();
        self.keep(id);
    }

    /// Takes back what was refused.
    pub fn take_back(self, id: IntentionId) -> Option<Act> {
        let taken = self.inner.try_update_value(|inner| inner.outbox.discard(id)).flatten();
        self.show_outbox();
        taken.iter().for_each(|entry| self.let_go(entry));
        taken.map(|entry| entry.act)
    }

    /// Takes back what was refused to be written anew: a change to a message where the message is;
    /// otherwise the text comes out.
    pub fn write_again(self, id: IntentionId) -> Option<String> {
        match self.take_back(id)? {
            Act::Edit { message_id, content, .. }
                if self.message_untracked(message_id, |_| ()).is_some() =>
            {
                self.set_draft(message_id, Some(content));
                self.touch_message(message_id);
                None
            }
            act => act.content().map(str::to_owned),
        }
    }

    /// Sends once more what was refused.
    pub fn send_again(self, id: IntentionId) {
        if self.inner.try_update_value(|inner| inner.outbox.retry(id)) == Some(true) {
            self.show_outbox();
            self.keep(id);
        }
    }

    /// Sends what was written first, if this tab is the one that sends.
    pub(super) fn send_next(self) {
        let next = self.inner.try_update_value(|inner| {
            if !inner.tabs.leads() || inner.pause.is_some() {
                return None;
            }
            let next = inner.outbox.next_to_send()?;
            let seq = inner.version_of(&next);
            Some((next, seq, inner.browser.clone()?, inner.space.clone(), inner.asked_at()))
        });
        let Some((next, seq, browser, space, asked_at)) = next.flatten() else { return };
        let id = next.id();
        let is_of_another_history =
            next.epoch().is_some_and(|of| asked_at.as_ref().is_some_and(|at| at.epoch != *of));
        if is_of_another_history {
            return self.refuse(
                id,
                ErrorBody {
                    code: ANOTHER_HISTORY.into(),
                    message:
                        "This place was restored from a backup since. Look whether it still fits."
                            .into(),
                    field: None,
                },
            );
        }
        spawn_local(async move {
            match send(&browser, &space, &next, seq).await {
                Ok(Answer::Taken(intention)) => {
                    if let Some(intention) = intention {
                        self.take_answer(asked_at.as_ref(), intention);
                    }
                    self.settle(&next);
                }
                Ok(Answer::Refused(error)) => return self.refuse(id, error),
                Err(trouble) => {
                    match &trouble {
                        // Signed out, and the stream may not know yet.
                        Trouble::Refused { status: 401, .. } => self.ask_why(),
                        // And the stream may be long in saying so.
                        Trouble::Refused { .. } => self.look_up(&browser, &space, &next).await,
                        _ => {}
                    }
                    return self.send_later(&browser, id, &trouble);
                }
            }
            self.show_outbox();
            self.send_next();
        });
    }

    /// Reads a message that has changed since, to change what it says now.
    async fn look_up(self, browser: &Browser, space: &SpaceId, act: &Act) {
        let Some(message) = act.changes() else { return };
        let asked_at = self.inner.try_with_value(|inner| inner.asked_at()).flatten();
        let page = browser.commands.history(space, MessageId(message.0 + 1)).await;
        let rows = page.into_iter().flat_map(|page| page.intentions);
        rows.filter(|row| row.message_id == message)
            .for_each(|row| self.take_answer(asked_at.as_ref(), row));
    }

    fn refuse(self, id: IntentionId, error: ErrorBody) {
        self.inner.try_update_value(|inner| inner.outbox.handle_refused(id, error));
        self.keep(id);
        self.show_outbox();
        self.send_next();
    }

    fn send_later(self, browser: &Browser, id: IntentionId, trouble: &Trouble) {
        let dice = browser.live.dice();
        let wait = self.inner.try_update_value(|inner| inner.outbox.handle_unanswered(id, dice));
        let at_least = match trouble {
            Trouble::Later { retry_after_seconds } => retry_after_seconds * 1000,
            _ => 0,
        };
        let wait = wait.unwrap_or_default().max(at_least);
        let is_told = at_least > 0;
        let again = move || {
            if is_told {
                self.swap(|inner| inner.pause.take());
            }
            self.send_next();
        };
        let timer = browser.live.after(wait, Box::new(again));
        self.swap(|inner| {
            if is_told {
                // What was to be tried earlier waits as well.
                (inner.pause.replace(timer), inner.retry.take())
            } else {
                (inner.retry.replace(timer), None)
            }
        });
    }

    /// Loads the page before what is shown, unless it is on its way or there is none.
    pub fn load_earlier(self) {
        let begun = self.inner.try_update_value(|inner| {
            let browser = inner.browser.clone()?;
            let before = inner.replica.begin_page()?;
            Some((browser, inner.space.clone(), before))
        });
        let Some((browser, space, before)) = begun.flatten() else { return };
        self.is_loading.set(true);
        spawn_local(async move {
            let answer = browser.commands.history(&space, before).await;
            self.is_loading.try_set(false);
            match answer {
                Ok(page) => {
                    self.notice.try_set(None);
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
            |_, ()| {},
        );
    }

    /// Makes a link that lets somebody in, and gives it to `show`.
    pub fn invite(self, show: impl FnOnce(String) + 'static) {
        let make = |browser: &Browser, space: &SpaceId| browser.commands.make_invite(space);
        self.command(make, |_, invite| show(invite.url));
    }

    pub fn can_copy(self) -> bool {
        self.browser().is_some_and(|browser| browser.live.can_copy())
    }

    pub fn copy(self, text: &str, on_copied: impl FnOnce() + 'static) {
        if let Some(browser) = self.browser() {
            browser.live.copy(text, Box::new(on_copied));
        }
    }

    /// Leaves the space, and the page.
    pub fn leave(self) {
        let me = self.me();
        let browser = self.browser();
        self.command(
            move |browser, space| browser.commands.remove_being(space, &me),
            move |_, ()| {
                self.forget_visit();
                browser.into_iter().for_each(|browser| browser.live.go_to("/"));
            },
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
                Ok(answer) => {
                    // What went wrong before does so no longer.
                    self.notice.try_set(None);
                    take(asked_at.as_ref(), answer);
                }
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

/// Carries out what was written; of an edit, `seq` says what it is an edit of. What stays undone for
/// now is an error.
async fn send(
    browser: &Browser,
    space: &SpaceId,
    act: &Act,
    seq: Option<Seq>,
) -> Result<Answer, Trouble> {
    let commands = &browser.commands;
    let answer = match act {
        Act::Send(intention) => commands.send(space, intention).await.map(Some),
        Act::Edit { epoch, message_id, content, .. } => {
            let edit = EditIntention { content: content.clone(), seq };
            commands.edit(space, *message_id, epoch, edit).await.map(Some)
        }
        Act::Delete { epoch, message_id, .. } => {
            match commands.delete(space, *message_id, epoch).await {
                Ok(()) => Ok(None),
                // It is gone, which is what was asked for.
                Err(Trouble::Refused { error, .. }) if error.code == "unknown-message" => Ok(None),
                Err(trouble) => Err(trouble),
            }
        }
    };
    match answer {
        Ok(intention) => Ok(Answer::Taken(intention)),
        // Who is signed out may sign in again, and what another tab or device made of a message is
        // on its way here; nothing is wrong with what was written.
        Err(Trouble::Refused { status, error }) if status != 401 && error.code != CHANGED_SINCE => {
            Ok(Answer::Refused(error))
        }
        Err(trouble) => Err(trouble),
    }
}

impl Inner {
    fn asked_at(&self) -> Option<Cursor> {
        self.replica.cursor().cloned()
    }

    /// The version that an edit changes: what is here as it leaves. An earlier attempt of it that
    /// arrives after a later edit finds another one.
    fn version_of(&self, act: &Act) -> Option<Seq> {
        let row = self.replica.timeline().get(act.changes()?)?;
        Some(row.seq)
    }
}
