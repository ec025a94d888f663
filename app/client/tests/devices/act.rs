//! Random acts of people, devices and the server.

use client::{
    Bounds, Change, Client, Command, InboxSnapshot, Input, Lifecycle, SpaceSnapshot, Window,
    snapshots::stored_snapshots,
    storage::{Operation, Store},
};
use protocol::{BeingKind, MessageId, Seq, SpaceId};

use crate::{
    record::Written,
    server::being,
    tab::Tab,
    world::{Line, Task, World},
};

const TABS_MAX: usize = 4;
/// Few, so that a small space has too many messages.
const BOUNDS: Bounds = Bounds { crowded: 14, shown: 10, live: 4 };

impl World {
    pub fn act(&mut self) {
        if self.acts_left == 0 {
            return;
        }
        self.acts_left -= 1;
        let next = match self.dice.below(10) {
            0 => self.dice.between(5_000, 60_000),
            1..=3 => self.dice.between(500, 4_000),
            _ => self.dice.between(0, 300),
        };
        self.schedule(self.now + next, Task::Act);
        let device = self.dice.below(self.devices.len());
        let tabs: Vec<usize> = self.tabs_of(device, |tab| tab.is_alive);
        let running: Vec<usize> = self.tabs_of(device, Tab::is_running);
        let Some(tab) = self.dice.pick(&running) else {
            return self.open_somewhere(device);
        };
        match self.dice.below(100) {
            0..=9 if tabs.len() < TABS_MAX => self.open_somewhere(device),
            10..=39 => self.read_and_write(tab),
            40..=44 => self.die(tab, "a tab crashed"),
            45..=47 => self.leave_page(tab, "a tab was closed"),
            48..=51 => self.freeze(tab),
            52..=56 => self.thaw_one(device),
            57..=59 => self.put_into_cache(tab),
            60..=65 => self.show(tab),
            66..=69 => self.hide(tab),
            70..=76 => self.change_line(device),
            77..=78 => self.turn_clock(device),
            79..=80 => self.change_disk(device),
            81 => self.sign_out(device, tab),
            82 => self.sign_in(device),
            _ => self.act_on_server(),
        }
    }

    pub fn tabs_of(&self, device: usize, fits: impl Fn(&Tab) -> bool) -> Vec<usize> {
        let is_it = |(_, tab): &(usize, &Tab)| tab.device == device && fits(tab);
        self.tabs.iter().enumerate().filter(is_it).map(|(at, _)| at).collect()
    }

    pub fn some_space(&mut self) -> SpaceId {
        let spaces: Vec<_> = self.server.spaces.keys().cloned().collect();
        self.dice.pick(&spaces).expect("there is one")
    }

    fn open_somewhere(&mut self, device: usize) {
        let space = self.some_space();
        self.open(device, &space);
    }

    /// Opens a space in a new tab: from the server's page, or offline from the device's snapshot.
    pub fn open(&mut self, device: usize, space: &SpaceId) {
        let held = &mut self.devices[device];
        let is_reached = !held.is_offline && matches!(held.line, Line::Good | Line::Bad);
        let snapshot = if is_reached {
            let Some(me) = held.session.clone() else { return };
            let here = self.server.space(space);
            let at = self
                .dice
                .percent(20)
                .then(|| MessageId(self.dice.below(here.head.0 as usize + 3) as u64));
            here.has_member(&me).then(|| SpaceSnapshot {
                me: being(me.as_str(), BeingKind::Person, Seq(0)),
                spaces: self.server.listings(&me),
                cursor: here.cursor(),
                founder: None,
                is_admin: false,
                made: vec![],
                sync: here.sync(),
                inbox: {
                    let (cursor, sync) = self.server.inbox(&me);
                    Some(InboxSnapshot { cursor, sync })
                },
                at,
                window: at.map(|at| here.page(Window::Around(at))),
            })
        } else {
            let all = Operation::Read { store: Store::Snapshots, prefix: String::new() };
            let found = held.disk.run(&all).unwrap_or_default();
            let is_it = |snapshot: &SpaceSnapshot| snapshot.sync.space.id == *space.as_being();
            stored_snapshots(found).into_iter().find(is_it)
        };
        let Some(snapshot) = snapshot else { return };
        self.journal.count(if is_reached { "a page opened" } else { "a page opened offline" });
        let is_visible = self.dice.percent(80);
        let tab = self.tabs.len();
        self.tabs.push(Tab::new(device, Client::bounded(snapshot, BOUNDS), is_visible));
        self.journal.say(|| format!("{} tab {tab} opens {space} on device {device}", self.now));
        if self.devices[device].is_offline {
            self.give(tab, Input::Lifecycle(Lifecycle::Offline));
        }
        self.give(tab, Input::Start { is_visible });
        if self.dice.percent(60) {
            self.give(tab, Input::Command(Command::Look { up_to: None, is_at_end: true }));
        }
    }

    pub fn command(&mut self, tab: usize, command: Command) {
        let ids = |world: &Self| {
            world.tabs[tab].client.outbox().iter().map(client::Entry::id).collect::<Vec<_>>()
        };
        let before = ids(self);
        if let Command::Resend(id) = &command {
            let number = self.number();
            let entry = self.tabs[tab].client.outbox().get(*id);
            let has_lost_reply = entry.is_some_and(client::Entry::has_lost_reply);
            if has_lost_reply {
                self.journal.count("a reply was sent without what it replied to");
            }
            self.record.entry(*id).and_modify(|written| {
                written.number = number;
                written.has_lost_reply |= has_lost_reply;
            });
        }
        self.give(tab, Input::Command(command));
        let new: Vec<_> = ids(self).into_iter().filter(|id| !before.contains(id)).collect();
        for id in new {
            let number = self.number();
            let client = &self.tabs[tab].client;
            let Some(entry) = client.outbox().get(id) else { continue };
            let written = Written {
                op: entry.op.clone(),
                number,
                tab,
                device: self.tabs[tab].device,
                author: client.me().id.clone(),
                space: client.space().clone(),
                is_kept: false,
                is_evicted: false,
                is_delivered: false,
                is_discarded: false,
                has_lost_reply: false,
                excuse: None,
            };
            if written.op.reply_to().is_some() {
                self.journal.count("a reply was written");
            }
            self.record.insert(id, written);
            self.journal.count("something was written");
        }
    }

    /// What the composer says to it, if anything.
    pub fn shown(&mut self, tab: usize, change: &Change) -> Option<Input> {
        match change {
            Change::DraftRestored(text) => return self.note_restored(tab, text),
            Change::DraftChanged(text) => {
                self.journal.count("a draft came from another tab");
                self.note_shared(tab, text);
            }
            Change::Replaced => self.journal.count("a space was replaced"),
            Change::Revoked => self.journal.count("a tab heard that it was removed"),
            Change::EditRestored(_) => self.journal.count("an edit was restored"),
            Change::EditReturned(text) => {
                self.journal.count("an edit was returned");
                self.returned.insert(text.clone());
                let of_it = self.record.values_mut();
                let of_it = of_it.filter(|at| at.op.content() == Some(text.as_str()));
                of_it.for_each(|at| at.excuse = at.excuse.or(Some("its message is gone")));
            }
            _ => {}
        }
        None
    }

    /// Nothing is said to the page. What it asked of the storage happens or not, in order.
    pub fn die(&mut self, tab: usize, how: &'static str) {
        self.journal.count(how);
        self.journal.say(|| format!("{} tab {tab}: {how}", self.now));
        if self.tabs[tab].client.leads() {
            self.journal.count("a leader died");
        }
        self.tabs[tab].is_alive = false;
        self.close_stream(tab);
        self.close_inbox(tab);
        let device = self.tabs[tab].device;
        let is_of_it = |at: &&mut crate::disk::Transaction| at.tab == tab;
        let pending = self.devices[device].disk.pending.values_mut().filter(is_of_it);
        let pending: Vec<_> = pending.collect();
        let kept = self.dice.below(pending.len() + 1);
        pending.into_iter().skip(kept).for_each(|at| at.is_doomed = true);
        let signals = self.devices[device].locks.release_all_of(tab);
        self.signal_locks(signals);
        self.excuse_orphans("its tab died before it was stored");
    }

    pub fn leave_page(&mut self, tab: usize, how: &'static str) {
        self.give(tab, Input::Lifecycle(Lifecycle::Gone));
        self.die(tab, how);
    }

    pub fn navigate(&mut self, tab: usize, path: &str) {
        let device = self.tabs[tab].device;
        if path.starts_with("/sign-in") {
            self.devices[device].disk.forget_visits();
        }
        let space = path.strip_prefix("/spaces/").and_then(|id| id.parse::<SpaceId>().ok());
        self.die(tab, "a tab navigated");
        space.into_iter().for_each(|space| self.open(device, &space));
    }

    fn freeze(&mut self, tab: usize) {
        self.journal.count("a tab froze");
        self.hide(tab);
        self.tabs[tab].is_frozen = true;
    }

    fn put_into_cache(&mut self, tab: usize) {
        self.journal.count("a page went into the back/forward cache");
        self.hide(tab);
        self.give(tab, Input::Lifecycle(Lifecycle::Gone));
        self.tabs[tab].is_frozen = true;
        self.tabs[tab].is_cached = true;
    }

    fn thaw_one(&mut self, device: usize) {
        let frozen = self.tabs_of(device, |tab| tab.is_alive && tab.is_frozen);
        let Some(tab) = self.dice.pick(&frozen) else { return };
        if self.dice.percent(25) {
            return self.die(tab, "a frozen tab was discarded");
        }
        self.thaw(tab);
    }

    pub fn thaw(&mut self, tab: usize) {
        self.journal.count("a tab thawed");
        self.tabs[tab].is_frozen = false;
        let was_cached = std::mem::take(&mut self.tabs[tab].is_cached);
        if self.dice.percent(50)
            && let Some(number) = self.tabs[tab].stream
        {
            self.close(number, false);
        }
        if self.dice.percent(50)
            && let Some(number) = self.tabs[tab].inbox_stream
        {
            self.close(number, false);
        }
        let held = std::mem::take(&mut self.tabs[tab].held);
        // Before anything that reaches it now: nothing overtakes what one stream or one channel brings.
        held.into_iter().for_each(|(about, input)| self.hear(tab, about, input));
        if was_cached {
            self.tabs[tab].is_visible = true;
            self.journal.count("a page came back from the cache");
            self.give(tab, Input::Lifecycle(Lifecycle::Restored));
        }
    }

    pub fn show(&mut self, tab: usize) {
        if self.dice.percent(70) {
            let others = self.tabs_of(self.tabs[tab].device, |at| at.is_running() && at.is_visible);
            others.into_iter().filter(|other| *other != tab).for_each(|other| self.hide(other));
        }
        if self.tabs[tab].is_running() {
            self.tabs[tab].is_visible = true;
            self.give(tab, Input::Lifecycle(Lifecycle::Shown));
        }
    }

    pub fn hide(&mut self, tab: usize) {
        if std::mem::take(&mut self.tabs[tab].is_visible) {
            self.give(tab, Input::Lifecycle(Lifecycle::Hidden));
        }
    }

    fn change_line(&mut self, device: usize) {
        let lines = [
            Line::Good,
            Line::Good,
            Line::Bad,
            Line::Bad,
            Line::Bad,
            Line::Unreachable,
            Line::Busy,
            Line::Gate,
        ];
        if self.dice.percent(30) {
            let is_offline = !self.devices[device].is_offline;
            return self.set_offline(device, is_offline);
        }
        let line = self.dice.pick(&lines).expect("there are some");
        self.devices[device].line = line;
        if line == Line::Unreachable {
            self.cut_device(device);
        }
    }

    pub fn set_offline(&mut self, device: usize, is_offline: bool) {
        self.devices[device].is_offline = is_offline;
        let event = if is_offline { Lifecycle::Offline } else { Lifecycle::Online };
        if is_offline {
            self.journal.count("a device went offline");
            self.cut_device(device);
        }
        for tab in self.tabs_of(device, |tab| tab.is_alive) {
            let input = Input::Lifecycle(event);
            self.schedule(self.now, Task::hear(tab, crate::tab::About::Page, input));
        }
    }

    fn cut_device(&mut self, device: usize) {
        let tabs = &self.tabs;
        let mine = self.streams.iter().filter(|(_, stream)| tabs[stream.tab].device == device);
        let mine: Vec<u64> = mine.map(|(number, _)| *number).collect();
        mine.into_iter().for_each(|number| self.close(number, false));
    }

    fn turn_clock(&mut self, device: usize) {
        self.journal.count("a clock was turned");
        self.devices[device].clock_lag = self.dice.between(0, 3_600_000);
    }

    fn change_disk(&mut self, device: usize) {
        match self.dice.below(40) {
            0 => {
                self.journal.count("a newer build changed the schema");
                self.devices[device].disk.upgrade();
            }
            1..=10 => self.evict(device),
            _ => self.devices[device].disk.is_full = !self.devices[device].disk.is_full,
        }
    }

    /// The browser throws away all that a device keeps, under the tabs that live. What a tab still holds
    /// in memory is not lost.
    fn evict(&mut self, device: usize) {
        self.journal.count("the storage was evicted");
        for tab in self.tabs_of(device, |tab| tab.is_alive && tab.is_cached) {
            if self.dice.percent(50) {
                self.die(tab, "a cached page was thrown away with its storage");
            }
        }
        self.devices[device].disk.evict();
        self.forget_drafts(device, "");
        let kept = self.record.values_mut().filter(|at| at.device == device);
        kept.for_each(|at| at.is_evicted |= std::mem::take(&mut at.is_kept));
        for tab in self.tabs_of(device, |tab| tab.is_alive) {
            self.journal.count("the storage was evicted under a tab");
            self.tell_stored(tab, Input::StorageLost);
        }
        self.excuse_orphans("its storage was evicted");
    }

    fn sign_out(&mut self, device: usize, tab: usize) {
        let Some(me) = self.devices[device].session.take() else { return };
        self.journal.count("somebody signed out");
        self.revoke(|world, of, _| {
            world.tabs[of].device == device && world.tabs[of].client.me().id == me
        });
        self.devices[device].disk.forget(me.as_str());
        for of in self.tabs_of(device, |tab| tab.client.me().id == me) {
            (self.tabs[of].typed, self.tabs[of].own) = (None, None);
        }
        self.forget_drafts(device, &format!("{me} "));
        let theirs = self.record.values_mut().filter(|at| at.device == device && at.author == me);
        theirs
            .for_each(|written| written.excuse = written.excuse.or(Some("its author signed out")));
        self.leave_page(tab, "a tab was closed");
        self.devices[device].disk.forget_visits();
    }

    pub fn sign_in(&mut self, device: usize) {
        if self.devices[device].session.is_some() {
            return;
        }
        self.journal.count("somebody signed in");
        self.devices[device].disk.forget_visits();
        let who = if self.dice.percent(50) { "@ada" } else { "@bo" };
        self.devices[device].session = Some(who.parse().expect("an id"));
        self.open_somewhere(device);
    }
}
