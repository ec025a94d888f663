//! The drafts that a device keeps: a text in the composer outlives its tab once it is stored, until it
//! is sent, emptied or replaced. A space has one draft, which its tabs share. Where something else was
//! typed in two of them, each keeps its own until one leaves the screen: what is sent in one is not taken
//! from the other.

use std::collections::{BTreeMap, BTreeSet};

use client::{
    Command, Input, Status, StorageCall, Timer,
    storage::{Operation, Store, Write},
};

use protocol::Cursor;

use crate::{
    tab::Tab,
    world::{Device, World},
};

/// The stored drafts by device and key.
pub type Drafts = BTreeMap<(usize, String), String>;

impl World {
    pub fn note_typed(&mut self, tab: usize, command: &Command) {
        if matches!(command, Command::SaveDraft(_) | Command::Send(_)) {
            // A page in the back/forward cache does not hear what became of the text it shared.
            let before = self.tabs[tab].typed.clone();
            let device = self.tabs[tab].device;
            for other in self.tabs_of(device, |other| other.own == before) {
                self.tabs[other].own = None;
            }
        }
        let tab = &mut self.tabs[tab];
        // What a full device keeps as a draft is found there, although it was sent; its author may write
        // something else in its place.
        let edits = tab.client.edits().iter().filter(|edit| edit.is_restored);
        let replaced = match command {
            Command::SaveEdit(id, _) | Command::Edit(id, _) | Command::CloseEdit(id) => {
                edits.filter(|edit| edit.message == *id).map(|edit| edit.text.clone()).next()
            }
            Command::SaveDraft(_) | Command::Send(_) => tab.restored.take(),
            _ => None,
        };
        let of_it = self.record.values_mut();
        let of_it = of_it
            .filter(|at| replaced.as_deref().is_some_and(|text| at.op.content() == Some(text)));
        of_it.for_each(|at| at.excuse = at.excuse.or(Some("its author wrote something else")));
        match command {
            Command::SaveDraft(text) => {
                tab.typed = Some(text.clone());
                tab.own = Some(text.clone()).filter(|text| !text.trim().is_empty());
            }
            Command::Send(_) => (tab.typed, tab.own, tab.saved) = (None, None, None),
            _ => {}
        }
    }

    /// What the composer makes of a draft that was found on the disk.
    pub fn note_restored(&mut self, tab: usize, text: &str) -> Option<Input> {
        let at = &mut self.tabs[tab];
        at.restored = Some(text.to_owned());
        let typed = at.typed.clone().filter(|typed| !typed.trim().is_empty());
        if let Some(typed) = typed {
            let joined = if typed.contains(text) { typed } else { format!("{text}\n{typed}") };
            return Some(Input::Command(Command::SaveDraft(joined)));
        }
        if !text.is_empty() {
            self.note_shared(tab, text);
        }
        None
    }

    /// Another tab has stored what stands in the composer now.
    pub fn note_shared(&mut self, tab: usize, text: &str) {
        let at = &mut self.tabs[tab];
        (at.typed, at.saved) = (Some(text.to_owned()), Some(text.to_owned()));
        at.own = at.own.take().filter(|own| text.contains(own.as_str()));
    }

    /// A draft leaves the disk only because the tab's composer is empty, or says something else or what was
    /// delivered, or in the transaction that stores what was written.
    pub fn note_draft_saved(&mut self, tab: usize, call: &StorageCall) {
        let scope = format!("{} {} ", self.tabs[tab].client.me().id, self.tabs[tab].client.space());
        for write in writes_of(call).iter().filter(|write| write.store() == Store::Drafts) {
            match write {
                Write::Put { key, value, .. } if *key == scope => {
                    if self.tabs[tab].client.status() == Status::SignedOut {
                        // It has left the channels of the others.
                        self.tabs[tab].has_saved_unheard = true;
                    }
                    self.tabs[tab].saved = value.clone().into_text();
                }
                Write::RemoveText { key, texts, .. } if *key == scope => {
                    let own = self.tabs[tab].own.as_ref().filter(|own| texts.contains(own));
                    let of_it = self.record.values();
                    let mut of_it = of_it.filter(|at| at.op.content() == own.map(String::as_str));
                    let may = own.is_none() || of_it.any(|at| at.is_delivered);
                    assert!(may, "tab {tab} removes the draft {own:?}: {call:?}");
                }
                Write::Remove { .. } => panic!("tab {tab} removes whatever is there: {call:?}"),
                Write::Put { .. } | Write::RemoveText { .. } => {}
            }
        }
    }

    /// A text that was typed is stored soon; when the page is hidden or left, at once.
    pub fn check_draft(&self, tab: usize, is_leaving: bool) {
        let at = &self.tabs[tab];
        let Some(typed) = at.typed.as_ref().filter(|text| !text.trim().is_empty()) else { return };
        let is_saved = at.saved.as_ref() == Some(typed);
        let is_due = at.timers.contains_key(&Timer::Draft);
        assert!(is_saved || (is_due && !is_leaving), "tab {tab} forgot to save {typed:?}");
    }

    pub fn note_drafts(&mut self, device: usize, call: &StorageCall) {
        for write in writes_of(call).iter().filter(|write| write.store() == Store::Drafts) {
            match write {
                Write::Put { key, value, .. } => {
                    let text = value.clone().into_text().expect("a draft is a text");
                    self.drafts.insert((device, key.clone()), text);
                }
                Write::RemoveText { key, texts, .. } => {
                    let is_it = |text: &String| texts.contains(text);
                    self.drafts.retain(|of, text| *of != (device, key.clone()) || !is_it(text));
                }
                Write::Remove { .. } => {}
            }
        }
        let kept = self.devices[device].disk.found(Store::Drafts, "");
        let kept = kept.into_iter().filter_map(|(key, value)| Some((key, value.into_text()?)));
        let due = self.drafts.iter().filter(|((of, _), _)| *of == device);
        let due = due.map(|((_, key), text)| (key.clone(), text.clone()));
        assert!(kept.eq(due), "the drafts on device {device}");
    }

    pub fn forget_drafts(&mut self, device: usize, prefix: &str) {
        self.drafts.retain(|(of, key), _| *of != device || !key.starts_with(prefix));
    }

    /// Tabs that can hear each other are left one after the other: what stood in their composers is kept,
    /// also where it was not the same.
    pub fn check_drafts_kept(&mut self) {
        for device in 0..self.devices.len() {
            let Device { has_locks, has_channels, .. } = self.devices[device];
            let me = self.devices[device].session.clone();
            if !has_locks || !has_channels || self.devices[device].disk.is_newer() {
                continue;
            }
            let is_mine = |tab: &Tab| tab.is_alive && Some(&tab.client.me().id) == me.as_ref();
            let key_of = |tab: &Tab| format!("{} {} ", tab.client.me().id, tab.client.space());
            let silent = self.tabs.iter().filter(|tab| tab.device == device);
            let silent = silent.filter(|tab| tab.has_saved_unheard);
            let unheard: BTreeSet<_> = silent.map(key_of).collect();
            let mut due = Vec::new();
            for tab in self.tabs_of(device, is_mine) {
                let at = &self.tabs[tab];
                let key = key_of(at);
                if !unheard.contains(&key) {
                    due.extend(at.own.clone().map(|own| (key, own)));
                }
                self.hide(tab);
                self.run_until(self.now + 5_000);
                self.leave_page(tab, "a tab was closed");
                self.run_until(self.now + 5_000);
            }
            for (key, typed) in due {
                let kept = self.drafts.get(&(device, key.clone()));
                let is_kept = kept.is_some_and(|kept| kept.contains(&typed));
                assert!(is_kept, "{typed:?} is not kept under {key:?}: {kept:?}");
                self.journal.count("a draft was kept by the tab that left");
            }
        }
    }

    /// With it, it finds what the draft replies to.
    fn check_reply_restored(&mut self, tab: usize, key: (usize, String), text: &str) {
        let record = self.drafts.get(&key).and_then(|record| record.split_once('\n'));
        let to = record.filter(|(_, of)| *of == text);
        let to = to.map(|(to, _)| to.parse::<Cursor>().expect("a place"));
        let client = &self.tabs[tab].client;
        let epoch = &self.server.space(client.space()).epoch;
        let to = to.filter(|to| to.epoch == *epoch).map(|to| to.seq.as_message());
        assert_eq!(client.replying_to(), to, "the reply under {key:?}");
        if to.is_some() {
            self.journal.count("a reply outlived its tab");
        }
    }

    /// A new tab finds the draft of its space.
    pub fn check_drafts_restored(&mut self) {
        for ((device, key), text) in self.drafts.clone() {
            if !is_of_composer(&key) {
                continue;
            }
            let (author, space) = key.trim_end().split_once(' ').expect("author and space");
            let space = space.parse().expect("a space");
            let me = self.devices[device].session.clone();
            let is_mine = me.as_ref().is_some_and(|me| {
                me.as_str() == author && self.server.space(&space).has_member(me)
            });
            if !is_mine || self.devices[device].disk.is_newer() {
                continue;
            }
            self.open(device, &space);
            let tab = self.tabs.len() - 1;
            self.command(tab, Command::RestoreDraft);
            self.run_until(self.now + 5_000);
            assert_eq!(self.tabs[tab].restored.as_ref(), Some(&text), "the draft under {key:?}");
            self.check_reply_restored(tab, (device, format!("{author} {space}:reply")), &text);
            self.journal.count("a draft outlived its tab");
        }
    }
}

fn is_of_composer(key: &str) -> bool {
    key.ends_with(' ')
}

fn writes_of(call: &StorageCall) -> &[Write] {
    match &call.operation {
        Operation::Write(writes) => writes,
        Operation::Read { .. } | Operation::Keys { .. } => &[],
    }
}
