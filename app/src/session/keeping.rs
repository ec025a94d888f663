//! What outlives the tab: what is not sent yet, and what is not written to its end. It is kept by
//! who wrote it and where, so that another who signs in here neither sees nor sends it.

use leptos::{prelude::*, task::spawn_local};
use serde::{Deserialize, Serialize};

use super::{Inner, Session};
use crate::{
    live::{DRAFTS, OUTBOX},
    protocol::{ErrorBody, IntentionId, SendIntention},
    replica::{Entry, Standing},
};

/// So soon after a letter was typed is the draft kept.
const DRAFT_PAUSE_MILLIS: u64 = 300;

/// An entry of the outbox, as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Letter {
    intention: SendIntention,
    written_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<ErrorBody>,
}

impl Session {
    /// Takes up what was written here before: by a tab that died, or on a page that was left.
    pub(super) fn restore(self) {
        let Some((browser, mine)) = self.browser().zip(self.mine()) else { return };
        let kept = browser.shelf.all(OUTBOX, mine);
        spawn_local(async move {
            let kept = kept.await.unwrap_or_default();
            let entries = kept.iter().filter_map(|json| serde_json::from_str(json).ok());
            let entries: Vec<Entry> = entries.map(Letter::into_entry).collect();
            self.inner.try_update_value(|inner| inner.outbox.restore(entries));
            self.settle_known();
            self.show_outbox();
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
        spawn_local(async move {
            kept.await;
            let is_wanted = |inner: &mut Inner| inner.outbox.handle_kept(id);
            if self.inner.try_update_value(is_wanted) == Some(false) {
                // It arrived, or was discarded, while it was being kept.
                browser.shelf.remove(OUTBOX, key).await;
            }
            self.send_next();
        });
    }

    /// It is in the space, or was discarded.
    pub(super) fn let_go(self, entry: &Entry) {
        let kept = self.inner.try_with_value(|inner| {
            Some(inner.browser.clone()?.shelf.remove(OUTBOX, inner.key_of(entry)))
        });
        if let Some(removed) = kept.flatten() {
            spawn_local(async move {
                removed.await;
            });
        }
    }

    /// Keeps what is being written, in a moment; what is blank, because it was sent, is forgotten at
    /// once, lest it come back.
    pub fn keep_draft(self, draft: String) {
        let Some((browser, mine)) = self.browser().zip(self.mine()) else { return };
        let is_blank = draft.trim().is_empty();
        let shelf = browser.shelf.clone();
        let keep = move || {
            let kept =
                if is_blank { shelf.remove(DRAFTS, mine) } else { shelf.put(DRAFTS, mine, draft) };
            spawn_local(async move {
                kept.await;
            });
        };
        let pause = if is_blank {
            keep();
            None
        } else {
            Some(browser.live.after(DRAFT_PAUSE_MILLIS, Box::new(keep)))
        };
        drop(self.inner.try_update_value(|inner| std::mem::replace(&mut inner.draft_pause, pause)));
    }

    /// Hands over what was being written here before, if something was.
    pub fn restore_draft(self, write: impl FnOnce(String) + 'static) {
        let Some((browser, mine)) = self.browser().zip(self.mine()) else { return };
        let kept = browser.shelf.all(DRAFTS, mine);
        spawn_local(async move {
            if let Some(draft) = kept.await.unwrap_or_default().pop() {
                write(draft);
            }
        });
    }

    fn mine(self) -> Option<String> {
        self.inner.try_with_value(Inner::mine)
    }
}

impl Inner {
    /// How the keys begin of what I wrote here. An id holds no blank.
    fn mine(&self) -> String {
        format!("{} {} ", self.me, self.space)
    }

    /// Keys sort as their entries were written.
    fn key_of(&self, entry: &Entry) -> String {
        format!("{}{:015} {}", self.mine(), entry.written_at, entry.intention.id)
    }
}

impl Letter {
    fn of(entry: &Entry) -> Self {
        let refused = match &entry.standing {
            Standing::Refused(reason) => Some(reason.clone()),
            Standing::Unkept | Standing::Waiting => None,
        };
        Self { intention: entry.intention.clone(), written_at: entry.written_at, refused }
    }

    fn into_entry(self) -> Entry {
        let standing = self.refused.map_or(Standing::Waiting, Standing::Refused);
        Entry { intention: self.intention, written_at: self.written_at, standing }
    }
}
