//! What I wrote and what outlives the tab of it: what is not sent yet, and what is not written to its
//! end. It is kept by who wrote it and where, so that another who signs in here neither sees nor
//! sends it.

use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::{Inner, Session, word::Word};
use crate::{
    live::{DRAFTS, OUTBOX},
    protocol::{ErrorBody, IntentionId, MessageId, SendIntention},
    replica::{Act, Entry, Sign, Standing},
};

/// So soon after a letter was typed is the draft kept, with what was typed since.
const DRAFT_PAUSE_MILLIS: u64 = 300;
/// A browser that has not kept something by then is not waited for.
const KEEP_MAX_MILLIS: u64 = 2_000;

/// An entry of the outbox, as it is kept: either a message or a change to one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Letter {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    intention: Option<SendIntention>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<LetterChange>,
    written_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<ErrorBody>,
}

/// Without content it is a deletion.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LetterChange {
    id: IntentionId,
    epoch: String,
    message_id: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

impl Session {
    /// Takes over the outbox as it is kept: by a tab that died, by another one, on a page that was
    /// left.
    pub(super) fn take_shelf(self) {
        let Some((browser, mine)) = self.browser().zip(self.mine()) else { return };
        let kept = browser.shelf.all(OUTBOX, mine);
        spawn_local(async move {
            // Where the browser keeps nothing, what is here is all there is.
            if let Some(kept) = kept.await {
                let letters = kept.iter().filter_map(|json| serde_json::from_str(json).ok());
                let entries: Vec<Entry> = letters.filter_map(Letter::into_entry).collect();
                let left = self.inner.try_update_value(|inner| {
                    inner.outbox.handle_shelf(entries);
                    inner.tabs.leads().then(|| inner.outbox.take_left())
                });
                left.flatten().iter().flatten().for_each(|entry| self.let_go(entry));
                self.settle_known();
                self.show_outbox();
            }
            self.send_next();
        });
    }

    /// Keeps an entry as it stands, and lets it be sent once it is kept. Where the browser keeps
    /// nothing it is sent all the same.
    pub(super) fn keep(self, id: IntentionId) {
        let letter = self.inner.try_with_value(|inner| {
            let entry = inner.outbox.get(id)?;
            let json = serde_json::to_string(&Letter::of(entry)).ok()?;
            Some((inner.browser.clone()?, inner.key_of(entry), json))
        });
        let Some((browser, key, json)) = letter.flatten() else { return };
        let kept = browser.shelf.put(OUTBOX, key.clone(), json);
        let late = move || {
            let _ = self.kept(id, false);
        };
        let patience = browser.live.after(KEEP_MAX_MILLIS, Box::new(late));
        spawn_local(async move {
            let is_kept = kept.await.is_some();
            drop(patience);
            if self.kept(id, is_kept) == Some(false) {
                // It arrived, or was discarded, while it was being kept.
                browser.shelf.remove(OUTBOX, key).await;
            }
            self.tell(&Word::Outbox);
            if !is_kept && !self.leads() {
                // No other tab will ever see it.
                self.sign(Sign::Behind);
            }
        });
    }

    /// Tells whether the entry is here still.
    fn kept(self, id: IntentionId, is_kept: bool) -> Option<bool> {
        let is_here = self.inner.try_update_value(|inner| inner.outbox.handle_kept(id, is_kept));
        self.send_next();
        is_here
    }

    /// It is in the space, or was discarded. What was last seen of the space is kept before: what I
    /// said is never gone from the device, whenever the tab dies.
    pub(super) fn let_go(self, entry: &Entry) {
        let kept = self.inner.try_with_value(|inner| {
            Some((inner.browser.clone()?, inner.key_of(entry), inner.keep_visit()))
        });
        let Some((browser, key, visit)) = kept.flatten() else { return };
        spawn_local(async move {
            if let Some(visit) = visit {
                visit.await;
            }
            browser.shelf.remove(OUTBOX, key).await;
            self.tell(&Word::Outbox);
        });
    }

    /// Keeps what is being written, in a moment; what is blank, because it was sent, is forgotten at
    /// once, lest it come back.
    pub fn keep_draft(self, draft: String) {
        let Some(browser) = self.browser() else { return };
        let is_blank = draft.trim().is_empty();
        let is_waiting = self.inner.try_update_value(|inner| {
            inner.draft = Some(draft);
            inner.draft_pause.is_some()
        });
        if is_blank {
            self.put_draft();
        } else if is_waiting == Some(false) {
            let pause = browser.live.after(DRAFT_PAUSE_MILLIS, Box::new(move || self.put_draft()));
            self.swap(|inner| inner.draft_pause.replace(pause));
        }
    }

    pub(super) fn put_draft(self) {
        let kept = self.inner.try_update_value(|inner| {
            let pause = inner.draft_pause.take();
            let (draft, shelf) = (inner.draft.take()?, &inner.browser.as_ref()?.shelf);
            let kept = if draft.trim().is_empty() {
                shelf.remove(DRAFTS, inner.mine())
            } else {
                shelf.put(DRAFTS, inner.mine(), draft)
            };
            Some((kept, pause))
        });
        if let Some((kept, _)) = kept.flatten() {
            spawn_local(async move {
                kept.await;
            });
        }
    }

    /// Hands over what was being written here before; nothing, if nothing was.
    pub fn restore_draft(self, take: impl FnOnce(String) + 'static) {
        let Some((browser, mine)) = self.browser().zip(self.mine()) else { return };
        let kept = browser.shelf.all(DRAFTS, mine);
        spawn_local(async move {
            take(kept.await.unwrap_or_default().pop().unwrap_or_default());
        });
    }

    fn mine(self) -> Option<String> {
        self.inner.try_with_value(Inner::mine)
    }
}

impl Inner {
    /// How the keys begin of what I wrote here. An id holds no blank.
    pub(super) fn mine(&self) -> String {
        format!("{} {} ", self.me.id, self.space)
    }

    /// Keys sort as their entries were written.
    fn key_of(&self, entry: &Entry) -> String {
        format!("{}{:015} {}", self.mine(), entry.written_at, entry.id())
    }
}

impl Letter {
    fn of(entry: &Entry) -> Self {
        let refused = match &entry.standing {
            Standing::Refused(reason) => Some(reason.clone()),
            Standing::Unkept | Standing::Waiting => None,
        };
        let (intention, change) = match entry.act.clone() {
            Act::Send(intention) => (Some(intention), None),
            Act::Edit { id, epoch, message_id, content } => {
                let epoch = epoch.as_str().to_owned();
                (None, Some(LetterChange { id, epoch, message_id, content: Some(content) }))
            }
            Act::Delete { id, epoch, message_id } => {
                let epoch = epoch.as_str().to_owned();
                (None, Some(LetterChange { id, epoch, message_id, content: None }))
            }
        };
        Self { intention, change, written_at: entry.written_at, refused }
    }

    fn into_entry(self) -> Option<Entry> {
        let act = match (self.intention, self.change) {
            (Some(intention), _) => Act::Send(intention),
            (None, Some(LetterChange { id, epoch, message_id, content })) => {
                let epoch = epoch.parse().ok()?;
                match content {
                    Some(content) => Act::Edit { id, epoch, message_id, content },
                    None => Act::Delete { id, epoch, message_id },
                }
            }
            (None, None) => return None,
        };
        let standing = self.refused.map_or(Standing::Waiting, Standing::Refused);
        Some(Entry { act, written_at: self.written_at, standing, is_kept: true })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries() -> impl Strategy<Value = Entry> {
        let ids = any::<u128>().prop_map(|id| IntentionId(uuid::Uuid::from_u128(id)));
        let places = (ids, "[a-z0-9]{1,12}", 0..=i64::MAX as u64, ".{0,20}", 0..3u8);
        let acts = places.prop_map(|(id, epoch, message, content, kind)| {
            let (epoch, message_id) = (epoch.parse().expect("an epoch"), MessageId(message));
            match kind {
                0 => Act::Send(SendIntention { id, content, reply_to: Some(message_id) }),
                1 => Act::Edit { id, epoch, message_id, content },
                _ => Act::Delete { id, epoch, message_id },
            }
        });
        let refused = ("[a-z-]{1,9}", ".{0,20}").prop_map(|(code, message)| {
            Standing::Refused(ErrorBody { code, message, field: None })
        });
        let standings = prop_oneof![Just(Standing::Waiting), refused];
        (acts, any::<u64>(), standings).prop_map(|(act, written_at, standing)| Entry {
            act,
            written_at,
            standing,
            is_kept: true,
        })
    }

    fn read(json: &str) -> Option<Entry> {
        serde_json::from_str(json).ok().and_then(Letter::into_entry)
    }

    proptest! {
        #[test]
        fn an_entry_comes_back_from_the_disk_as_it_was(entry in entries()) {
            let json = serde_json::to_string(&Letter::of(&entry)).expect("JSON");
            prop_assert_eq!(read(&json), Some(entry));
        }

        /// A disk that lost a part, or holds another's bytes.
        #[test]
        fn what_is_damaged_is_an_entry_or_none(
            entry in entries(),
            at in any::<prop::sample::Index>(),
            other in any::<char>(),
            is_cut: bool,
        ) {
            let json = serde_json::to_string(&Letter::of(&entry)).expect("JSON");
            let mut letters: Vec<char> = json.chars().collect();
            let at = at.index(letters.len());
            if is_cut {
                letters.truncate(at);
            } else {
                letters[at] = other;
            }
            if let Some(entry) = read(&String::from_iter(letters)) {
                let json = serde_json::to_string(&Letter::of(&entry)).expect("JSON");
                prop_assert_eq!(read(&json), Some(entry));
            }
        }
    }
}
