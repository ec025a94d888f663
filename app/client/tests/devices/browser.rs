//! Does what a client wants done, as a browser does it: at its own time.

use std::collections::VecDeque;

use client::{
    Channel, Effect, Input, Lock, LockMode, LockSignal, StorageCall, Timer,
    storage::{Operation, Store, Write, id_in},
};

use protocol::SpaceId;

use crate::{
    disk::Transaction,
    locks::Claim,
    record::Written,
    tab::About,
    world::{Stream, Task, World, short},
};

impl World {
    pub fn execute(&mut self, tab: usize, effect: Effect, now: &mut VecDeque<Input>) {
        self.journal.say(|| format!("{} tab {tab} > {}", self.now, short(&effect)));
        match effect {
            Effect::Show(change) => now.extend(self.shown(tab, &change)),
            Effect::OpenStream(url) => self.open_stream(tab, &url),
            Effect::CloseStream => self.close_stream(tab),
            Effect::OpenInbox(url) => self.open_inbox(tab, &url),
            Effect::CloseInbox => self.close_inbox(tab),
            Effect::SetTimer(timer, millis) => self.set_timer(tab, timer, millis),
            Effect::ClearTimer(timer) => drop(self.tabs[tab].timers.remove(&timer)),
            Effect::Join(channel, name) => {
                if !self.devices[self.tabs[tab].device].has_channels {
                    return now.push_back(Input::NoChannel(channel));
                }
                let number = self.number();
                self.tabs[tab].channels.insert(channel, (name, number));
            }
            Effect::Leave(channel) => drop(self.tabs[tab].channels.remove(&channel)),
            Effect::Post(channel, text) => self.post(tab, channel, &text),
            Effect::RequestLock(lock, name, mode) => {
                self.release_lock(tab, lock);
                if !self.devices[self.tabs[tab].device].has_locks {
                    return now.push_back(Input::Lock(lock, LockSignal::Unavailable));
                }
                let number = self.number();
                self.tabs[tab].locks.insert(lock, number);
                if mode == LockMode::Steal {
                    self.journal.count("a lock was stolen");
                }
                let claim = Claim { tab, lock, number };
                let device = self.tabs[tab].device;
                let signals = self.devices[device].locks.request(&name, claim, mode);
                self.signal_locks(signals);
            }
            Effect::ReleaseLock(lock) => self.release_lock(tab, lock),
            Effect::Call(call) => self.call(tab, *call),
            Effect::Store(call) => self.store(tab, call),
            Effect::Navigate(path) => self.navigate(tab, &path),
        }
    }

    fn set_timer(&mut self, tab: usize, timer: Timer, millis: u64) {
        let number = self.number();
        self.tabs[tab].timers.insert(timer, number);
        let is_hidden = !self.tabs[tab].is_visible;
        let late = match self.dice.below(10) {
            0 if is_hidden && !self.is_quiet => self.dice.between(1_000, 60_000),
            1..=4 if is_hidden => self.dice.between(0, 1_000),
            _ => self.dice.between(0, 5),
        };
        let (about, input) = (About::Timer(timer, number), Input::TimerFired(timer));
        self.schedule(self.now + millis + late, Task::hear(tab, about, input));
    }

    fn post(&mut self, from: usize, channel: Channel, text: &str) {
        let Some((name, _)) = self.tabs[from].channels.get(&channel).cloned() else { return };
        let device = self.tabs[from].device;
        for to in 0..self.tabs.len() {
            let tab = &self.tabs[to];
            if to == from || !tab.is_alive || tab.device != device {
                continue;
            }
            let joined = tab.channels.iter().find(|(_, (other, _))| *other == name);
            let Some((channel, (_, number))) = joined.map(|(of, at)| (*of, at.clone())) else {
                continue;
            };
            let at = self.now + self.delay();
            let last = self.posted.entry((from, to)).or_default();
            let at = at.max(*last);
            *last = at;
            let about = About::Channel(channel, number);
            let input = Input::Message(channel, text.to_owned());
            self.schedule(at, Task::hear(to, about, input));
        }
    }

    fn release_lock(&mut self, tab: usize, lock: Lock) {
        let Some(number) = self.tabs[tab].locks.remove(&lock) else { return };
        // By a promise that resolves.
        let at = self.now + self.dice.between(0, 3);
        self.schedule(at, Task::Unlock { device: self.tabs[tab].device, number });
    }

    pub fn signal_locks(&mut self, signals: Vec<(Claim, LockSignal)>) {
        for (Claim { tab, lock, number }, signal) in signals {
            let at = self.now + if self.dice.percent(80) { 1 } else { self.delay() };
            let (about, input) = (About::Lock(lock, number), Input::Lock(lock, signal));
            self.schedule(at, Task::hear(tab, about, input));
        }
    }

    fn open_stream(&mut self, tab: usize, url: &str) {
        self.close_stream(tab);
        let space = self.tabs[tab].client.space().clone();
        let number = self.open_url(tab, url, Some(space));
        self.tabs[tab].stream = Some(number);
    }

    fn open_inbox(&mut self, tab: usize, url: &str) {
        self.close_inbox(tab);
        assert!(url.starts_with("/api/inbox?"), "{url}");
        let number = self.open_url(tab, url, None);
        self.tabs[tab].inbox_stream = Some(number);
    }

    pub fn close_inbox(&mut self, tab: usize) {
        if let Some(number) = self.tabs[tab].inbox_stream.take() {
            self.streams.remove(&number);
        }
    }

    fn open_url(&mut self, tab: usize, url: &str, space: Option<SpaceId>) -> u64 {
        let number = self.number();
        let me = self.tabs[tab].client.me().id.to_string().replace('@', "%40");
        assert!(url.contains(&me) || url.contains(self.tabs[tab].client.me().id.as_str()), "{url}");
        let since = url.split("since=").nth(1).and_then(|at| at.parse().ok());
        let stream = Stream {
            tab,
            space,
            since,
            is_open: false,
            is_silent: false,
            last_at: 0,
            last_id: String::new(),
        };
        self.streams.insert(number, stream);
        let at = self.now + self.delay();
        self.schedule(at, Task::Connect(number));
        number
    }

    pub fn close_stream(&mut self, tab: usize) {
        if let Some(number) = self.tabs[tab].stream.take() {
            self.streams.remove(&number);
        }
    }

    fn store(&mut self, tab: usize, call: StorageCall) {
        let device = self.tabs[tab].device;
        let is_hung = !self.is_quiet && self.dice.percent(1);
        let ready = if is_hung {
            self.journal.count("the storage hung");
            self.now + self.dice.between(2_500, 40_000)
        } else {
            self.now + self.delay()
        };
        let number = self.number();
        let at = self.devices[device].disk.place(&call.operation, ready);
        self.note_draft_saved(tab, &call);
        let transaction = Transaction { tab, call, is_doomed: false, is_aborted: false };
        self.devices[device].disk.pending.insert(number, transaction);
        self.schedule(at, Task::Commit { device, number });
    }

    pub fn commit(&mut self, device: usize, number: u64) {
        let disk = &mut self.devices[device].disk;
        let Some(transaction) = disk.pending.remove(&number) else { return };
        let Transaction { tab, call, is_doomed, is_aborted } = transaction;
        if is_doomed {
            return;
        }
        if is_aborted {
            let result = Err(client::storage::StorageError::Unavailable);
            return self.tell_stored(tab, Input::Stored(call, result));
        }
        let drafts = disk.drafts_removed_by(&call.operation);
        let result = disk.run(&call.operation);
        match &result {
            Ok(_) => {
                self.note_writes(device, &call.operation);
                self.note_removed(tab, &drafts);
                self.note_drafts(device, &call);
            }
            Err(client::storage::StorageError::Newer) => {
                self.journal.count("a newer schema was met");
                self.excuse_orphans("its tab died and the schema was newer");
            }
            Err(_) => {
                self.journal.count("the device was full");
                self.excuse_orphans("its tab died and the device was full");
            }
        }
        self.tell_stored(tab, Input::Stored(call, result));
    }

    /// The tab hears of its storage in the order in which things happened there.
    pub fn tell_stored(&mut self, tab: usize, input: Input) {
        let at = self.now + self.dice.between(0, 10);
        let last = self.posted.entry((usize::MAX, tab)).or_default();
        let at = at.max(*last);
        *last = at;
        self.schedule(at, Task::hear(tab, About::Page, input));
    }

    fn note_writes(&mut self, device: usize, operation: &Operation) {
        let Operation::Write(writes) = operation else { return };
        for write in writes.iter().filter(|write| write.store() == Store::Outbox) {
            let key = write.key();
            let is_put = matches!(write, Write::Put { .. });
            let id = id_in(key);
            let Some(written) = id.and_then(|id| self.record.get_mut(&id)) else { continue };
            assert!(key.starts_with(&format!("{} {} ", written.author, written.space)), "{key}");
            if is_put {
                written.is_kept |= written.device == device;
            } else {
                let may = written.is_delivered || written.is_discarded || written.excuse.is_some();
                assert!(may, "{key} was removed from the disk before it was delivered");
            }
        }
    }

    /// In one transaction: a text that was sent leaves the drafts as it comes into the outbox.
    fn note_removed(&self, tab: usize, drafts: &[String]) {
        for draft in drafts {
            // An edit may be open in two tabs, and be sent from both.
            // One that was given back to the composer may be sent from another tab's editor later.
            if self.returned.contains(draft) {
                continue;
            }
            let sent = self.record.values().filter(|at| at.op.content() == Some(draft.as_str()));
            let sent: Vec<_> = sent.collect();
            let is_over = |at: &Written| at.is_delivered || at.is_discarded || at.excuse.is_some();
            // What was typed over in one tab may be sent from another, which still holds it.
            let is_held = |at: &Written| {
                let sender = &self.tabs[at.tab];
                at.tab != tab && sender.is_alive && sender.client.outbox().get(at.op.id()).is_some()
            };
            let mut of_it = sent.iter();
            let is_safe = of_it.any(|at| at.is_kept || at.is_evicted || is_over(at) || is_held(at));
            assert!(
                sent.is_empty() || is_safe,
                "a draft was removed before its message was stored: {sent:?}"
            );
        }
    }
}
