//! What was last seen of each space, kept on the device: enough to show it with no network, and to
//! ask only for what was missed. What cannot be read is dropped, never shown; the outbox is kept
//! apart, and survives that.
//!
//! Kept are the spaces of one person only, who was here last, and of those the [`SPACES_MAX`] that
//! were seen last, each with its newest page of messages.

use leptos::task::spawn_local;

use super::{Inner, Session};
use crate::{
    backend::Visit,
    live::{Kept, Shelf, VISITS},
    protocol::SpaceId,
    replica::Link,
};

/// Counts the changes to what a [`Visit`] is as JSON, and to what stands before it.
const FORMAT: &str = "1";
const SPACES_MAX: usize = 20;
/// So long after a change is the space kept with it, and with all that came since.
const VISIT_PAUSE_MILLIS: u64 = 1_000;

impl Session {
    /// Keeps the space as it stands, in a moment. The tab that leads does it for all.
    pub(super) fn keep_visit(self) {
        let Some(browser) = self.browser() else { return };
        let is_waiting = |inner: &Inner| inner.visit_pause.is_some();
        if self.inner.try_with_value(is_waiting) != Some(false) {
            return;
        }
        let keep = Box::new(move || {
            self.swap(|inner| inner.visit_pause.take());
            let kept = self.inner.try_with_value(Inner::keep_visit).flatten();
            spawn_local(async move {
                if let Some(kept) = kept {
                    kept.await;
                }
            });
        });
        let pause = browser.live.after(VISIT_PAUSE_MILLIS, keep);
        self.swap(|inner| inner.visit_pause.replace(pause));
    }

    /// I belong here no more.
    pub(super) fn forget_visit(self) {
        let forgotten = self.inner.try_update_value(|inner| {
            let pause = inner.visit_pause.take();
            Some((inner.browser.as_ref()?.shelf.remove(VISITS, inner.mine()), pause))
        });
        if let Some((forgotten, _)) = forgotten.flatten() {
            spawn_local(async move {
                forgotten.await;
            });
        }
    }

    /// Makes room: for who is here now, and for what was seen last.
    pub(super) fn tidy_visits(self) {
        let Some(browser) = self.browser() else { return };
        let Some(me) = self.inner.try_with_value(|inner| format!("{} ", inner.me.id)) else {
            return;
        };
        spawn_local(async move {
            let shelf = &*browser.shelf;
            let keys = shelf.keys(VISITS, String::new()).await.unwrap_or_default();
            let (mine, others): (Vec<_>, Vec<_>) =
                keys.into_iter().partition(|key| key.starts_with(&me));
            for key in others {
                shelf.remove(VISITS, key).await;
            }
            if mine.len() > SPACES_MAX {
                for key in oldest(shelf, mine).await {
                    shelf.remove(VISITS, key).await;
                }
            }
        });
    }
}

impl Inner {
    pub(super) fn keep_visit(&self) -> Option<Kept<()>> {
        // Whose stream was ended may have signed out, or left, and leaves nothing behind.
        let browser = self.browser.as_ref().filter(|_| self.link == Link::Fine)?;
        let (cursor, sync) = self.replica.snapshot()?;
        if sync.intentions.is_empty() && sync.has_earlier {
            return None; // it would read as if nothing had ever been said
        }
        let visit = Visit { me: self.me.clone(), spaces: self.spaces.clone(), cursor, sync };
        let json = serde_json::to_string(&visit).ok()?;
        let text = format!("{FORMAT} {:015}\n{json}", browser.live.now().0);
        Some(browser.shelf.put(VISITS, self.mine(), text))
    }
}

/// Of more than are kept, the keys of those that were seen longest ago.
async fn oldest(shelf: &dyn Shelf, keys: Vec<String>) -> Vec<String> {
    let mut seen = Vec::new();
    for key in keys {
        let texts = shelf.all(VISITS, key.clone()).await.unwrap_or_default();
        // The head of it sorts by when it was kept.
        let head = texts.first().and_then(|text| text.lines().next()).unwrap_or_default();
        seen.push((head.to_owned(), key));
    }
    seen.sort_unstable();
    seen.truncate(seen.len().saturating_sub(SPACES_MAX));
    seen.into_iter().map(|(_, key)| key).collect()
}

/// The spaces that are kept, the one seen last first.
pub async fn kept_visits(shelf: &dyn Shelf) -> Vec<Visit> {
    let mut texts = shelf.all(VISITS, String::new()).await.unwrap_or_default();
    texts.sort_unstable_by(|a, b| b.cmp(a));
    let visits: Vec<_> = texts.iter().filter_map(|text| read(text)).collect();
    let me = visits.first().map(|visit| visit.me.id.clone());
    visits.into_iter().filter(|visit| Some(&visit.me.id) == me.as_ref()).collect()
}

fn read(text: &str) -> Option<Visit> {
    let (head, json) = text.split_once('\n')?;
    let (format, _) = head.split_once(' ')?;
    (format == FORMAT).then(|| serde_json::from_str(json).ok()).flatten()
}

/// The space that an address shows, if it shows one.
pub fn space_at(path: &str) -> Option<SpaceId> {
    path.strip_prefix("/spaces/")?.replace("%40", "@").parse().ok()
}
