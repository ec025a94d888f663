//! The order of the messages on the screen, in two levels: pages of about fifty, then messages. A
//! keyed list compares all its keys when it changes, so a new message costs one short page, and a
//! page of history one short list of pages, however many messages are shown.

use leptos::prelude::*;

use protocol::{MessageId, limits::PAGE_DEFAULT_MESSAGES};

#[derive(Clone)]
pub struct Page {
    /// Identifies the page; has no other meaning.
    pub key: u64,
    ids: ArcRwSignal<Vec<MessageId>>,
}

impl Page {
    pub fn ids(&self) -> Vec<MessageId> {
        self.ids.get()
    }

    fn first(&self) -> Option<MessageId> {
        self.ids.with_untracked(|ids| ids.first().copied())
    }
}

#[derive(Clone, Copy)]
pub(super) struct Pages {
    pages: RwSignal<Vec<Page>>,
    next_key: StoredValue<u64>,
}

impl Pages {
    pub fn new(ids: Vec<MessageId>) -> Self {
        let this = Self { pages: RwSignal::default(), next_key: StoredValue::new(0) };
        this.pages.set(this.split(ids));
        this
    }

    pub fn get(self) -> Vec<Page> {
        self.pages.get()
    }

    pub fn is_empty(self) -> bool {
        self.pages.with(|pages| pages.iter().all(|page| page.ids.with(Vec::is_empty)))
    }

    pub fn replace(self, ids: Vec<MessageId>) {
        self.pages.set(self.split(ids));
    }

    pub fn prepend(self, ids: Vec<MessageId>) {
        let mut before = self.split(ids);
        self.pages.update(|pages| {
            before.append(pages);
            *pages = before;
        });
    }

    pub fn append(self, ids: Vec<MessageId>) {
        let after = self.split(ids);
        self.pages.update(|pages| pages.extend(after));
    }

    /// Removes what is not to be shown any longer.
    pub fn retain(self, mut is_shown: impl FnMut(MessageId) -> bool) {
        for page in self.pages.get_untracked() {
            let kept =
                page.ids.with_untracked(|ids| ids.iter().filter(|id| is_shown(**id)).count());
            if kept < page.ids.with_untracked(Vec::len) {
                page.ids.update(|ids| ids.retain(|id| is_shown(*id)));
            }
        }
        self.pages.update(|pages| pages.retain(|page| page.first().is_some()));
    }

    pub fn insert(self, id: MessageId) {
        let home = self.page_containing(id);
        let is_full = |page: &Page| {
            page.ids.with_untracked(|ids| {
                ids.len() >= PAGE_DEFAULT_MESSAGES && ids.last().is_none_or(|last| *last < id)
            })
        };
        let is_last = |page: &Page| {
            self.pages.with_untracked(|pages| pages.last().is_some_and(|last| last.key == page.key))
        };
        match home {
            Some(page) if !(is_last(&page) && is_full(&page)) => page.ids.update(|ids| {
                if let Err(at) = ids.binary_search(&id) {
                    ids.insert(at, id);
                }
            }),
            _ => {
                let page = self.page(vec![id]);
                self.pages.update(|pages| pages.push(page));
            }
        }
    }

    pub fn remove(self, id: MessageId) {
        let Some(page) = self.page_containing(id) else { return };
        page.ids.update(|ids| ids.retain(|held| *held != id));
        // An empty page would have no place in the order.
        if page.first().is_none() {
            self.pages.update(|pages| pages.retain(|held| held.key != page.key));
        }
    }

    /// The page whose range contains an id: the last page that does not start after it.
    fn page_containing(self, id: MessageId) -> Option<Page> {
        self.pages.with_untracked(|pages| {
            let begins_before = |page: &&Page| page.first().is_some_and(|first| first <= id);
            pages.iter().rev().find(begins_before).or(pages.first()).cloned()
        })
    }

    fn split(self, ids: Vec<MessageId>) -> Vec<Page> {
        ids.chunks(PAGE_DEFAULT_MESSAGES).map(|ids| self.page(ids.to_vec())).collect()
    }

    fn page(self, ids: Vec<MessageId>) -> Page {
        let key = self.next_key.get_value();
        self.next_key.set_value(key + 1);
        Page { key, ids: ArcRwSignal::new(ids) }
    }
}
