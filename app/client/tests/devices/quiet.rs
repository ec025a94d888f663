//! A quiet time after all that went wrong: the network is good, every tab is shown in turn, time
//! passes. Then everything has to be in its place.

use std::collections::BTreeSet;

use client::{
    Command, Input, Lifecycle, Op, Status,
    storage::Store,
    stream_slot::{SLOTS, SLOTS_WITHOUT_LOCKS},
};
use protocol::{IntentionId, SpaceId};

use crate::{
    reactions::unordered,
    tab::Tab,
    world::{Device, Line, World},
};

impl World {
    /// The last place that held them is gone, and none of the rules of the record was broken.
    pub fn excuse_orphans(&mut self, why: &'static str) {
        let open = self.record.iter().filter(|(_, at)| {
            at.excuse.is_none() && !at.is_kept && !at.is_delivered && !at.is_discarded
        });
        let open: Vec<IntentionId> = open.map(|(id, _)| *id).collect();
        for id in open {
            if !self.is_held(id) {
                self.record.entry(id).and_modify(|written| written.excuse = Some(why));
                self.journal.count("a text died with its tab");
            }
        }
    }

    /// In a tab, or on its way to the disk.
    fn is_held(&self, id: IntentionId) -> bool {
        let in_tab = |tab: &Tab| tab.is_alive && tab.client.outbox().get(id).is_some();
        let text = id.to_string();
        let pending = self.devices.iter().flat_map(|device| device.disk.pending.values());
        let mut pending = pending.filter(|at| !at.is_doomed && !at.is_aborted);
        self.tabs.iter().any(in_tab) || pending.any(|at| format!("{:?}", at.call).contains(&text))
    }

    fn is_on_disk(&self, id: IntentionId) -> bool {
        let text = id.to_string();
        let on_disk = |device: &Device| {
            device.disk.found(Store::Outbox, "").iter().any(|(key, _)| key.ends_with(&text))
        };
        self.devices.iter().any(on_disk)
    }

    pub fn come_to_rest(&mut self) {
        self.is_quiet = true;
        self.journal.say(|| format!("{} it becomes quiet", self.now));
        for device in 0..self.devices.len() {
            self.devices[device].line = Line::Good;
            self.devices[device].disk.is_full = false;
            if self.devices[device].is_offline {
                self.set_offline(device, false);
            }
            self.sign_in(device);
        }
        let all = |world: &Self| {
            (0..world.tabs.len()).filter(|at| world.tabs[*at].is_alive).collect::<Vec<_>>()
        };
        for tab in all(self) {
            if self.tabs[tab].is_frozen {
                self.thaw(tab);
            }
        }
        self.run_until(self.now + 90_000);
        self.reload_ended();
        self.open_for_the_unsent();
        self.run_until(self.now + 60_000);
        self.check_watched();
        self.show_in_turn();
        self.reload_ended();
        for tab in all(self) {
            if self.tabs[tab].is_alive {
                self.read_all(tab);
            }
        }
        self.check();
        self.check_inboxes();
        self.check_drafts_kept();
        self.check_drafts_restored();
    }

    /// Every tab is shown, twice. That costs its browser one stream, unless another tab of it takes the
    /// lead because it is further ahead, or two tabs without Web Locks have taken the same place.
    fn show_in_turn(&mut self) {
        let mut extra = vec![0; self.devices.len()];
        for round in 0..2 {
            for tab in 0..self.tabs.len() {
                if !self.tabs[tab].is_alive {
                    continue;
                }
                let device = self.tabs[tab].device;
                self.journal.say(|| format!("{} tab {tab} is shown in the quiet time", self.now));
                let before = self.streams_opened(device);
                self.show(tab);
                if round > 0 {
                    // As a page that wakes up: it hears twice that it is back.
                    self.give(tab, Input::Lifecycle(Lifecycle::Online));
                }
                self.run_until(self.now + 45_000);
                let opened = self.streams_opened(device) - before;
                extra[device] += opened.saturating_sub(1);
                let extra_max = if self.devices[device].has_locks { 2 } else { 4 };
                assert!(extra[device] <= extra_max, "tab {tab} was shown: {opened} streams");
                self.check_watched();
                self.look_away(tab);
            }
        }
    }

    /// A tab that is hidden for a moment keeps its stream, where the browser has Web Locks.
    fn look_away(&mut self, tab: usize) {
        let device = self.tabs[tab].device;
        let is_alone = !self.devices[device].has_locks || !self.devices[device].has_channels;
        if is_alone || self.tabs[tab].stream.is_none() {
            return;
        }
        let stream = self.tabs[tab].stream;
        // One that fell silent before the quiet time is given up at its own time: after 280 s at most.
        if stream.is_some_and(|number| self.streams[&number].is_silent) {
            return;
        }
        for event in [Lifecycle::Hidden, Lifecycle::Shown, Lifecycle::Hidden, Lifecycle::Shown] {
            self.give(tab, Input::Lifecycle(event));
        }
        self.run_until(self.now + 1_000);
        assert_eq!(self.tabs[tab].stream, stream, "tab {tab} was hidden for a moment");
    }

    fn streams_opened(&self, device: usize) -> u64 {
        let of_it = self.tabs.iter().filter(|tab| tab.device == device);
        of_it.map(|tab| tab.streams_opened).sum()
    }

    /// A reader whose tab says "signed out" signs in again, or closes the tab.
    fn reload_ended(&mut self) {
        for tab in 0..self.tabs.len() {
            let at = &self.tabs[tab];
            let (device, space) = (at.device, at.client.space().clone());
            let is_mine = self.devices[device].session.as_ref() == Some(&at.client.me().id);
            if at.is_alive && (!is_mine || at.client.status() == Status::SignedOut) {
                self.leave_page(tab, "a tab was reloaded");
                if is_mine {
                    self.open(device, &space);
                }
            }
        }
    }

    /// Entries that wait on the disk are sent once somebody opens their space.
    fn open_for_the_unsent(&mut self) {
        for device in 0..self.devices.len() {
            let Some(me) = self.devices[device].session.clone() else { continue };
            let keys = self.devices[device].disk.found(Store::Outbox, &format!("{me} "));
            let space_of =
                |key: &str| key.split(' ').nth(1).and_then(|id| id.parse::<SpaceId>().ok());
            let mut spaces: Vec<_> = keys.iter().filter_map(|(key, _)| space_of(key)).collect();
            spaces.dedup();
            for space in spaces {
                let shows = |tab: &Tab| tab.is_alive && *tab.client.space() == space;
                if self.tabs_of(device, shows).is_empty() {
                    self.open(device, &space);
                }
            }
        }
    }

    /// A stream is open only for a space that is on the screen: nobody has looked at any other for 45 s.
    fn check_watched(&self) {
        for (at, tab) in self.tabs.iter().enumerate().filter(|(_, tab)| tab.is_running()) {
            let shows_it = |other: &Tab| {
                other.is_running()
                    && other.is_visible
                    && other.client.space() == tab.client.space()
                    && other.client.me().id == tab.client.me().id
            };
            let is_seen = !self.tabs_of(tab.device, shows_it).is_empty();
            assert!(
                is_seen || tab.stream.is_none(),
                "tab {at} holds the stream of an unseen space"
            );
        }
        (0..self.devices.len()).for_each(|device| self.check_seen(device));
    }

    /// A space on the screen has its stream, if there are no more of them than places; or it says that it
    /// has none.
    fn check_seen(&self, device: usize) {
        let is_shown = |tab: &Tab| {
            let is_member = self.server.space(tab.client.space()).has_member(&tab.client.me().id);
            tab.is_running()
                && tab.is_visible
                && is_member
                && tab.client.status() != Status::SignedOut
        };
        let Device { has_locks, has_channels, .. } = self.devices[device];
        let shown = self.tabs_of(device, is_shown);
        let spaces: BTreeSet<_> =
            shown.iter().map(|tab| self.tabs[*tab].client.space().clone()).collect();
        let is_alone = !has_locks || !has_channels;
        let wanted = if is_alone { shown.len() } else { spaces.len() };
        let slots = if has_locks { SLOTS } else { SLOTS_WITHOUT_LOCKS };
        if wanted > usize::from(slots) && has_channels {
            return;
        }
        for tab in shown {
            let is_its = |other: &Tab| {
                other.stream.is_some() && other.client.space() == self.tabs[tab].client.space()
            };
            let streams = self.tabs_of(device, is_its);
            let has_stream = if is_alone { streams.contains(&tab) } else { !streams.is_empty() };
            let status = self.tabs[tab].client.status();
            let says_so = matches!(status, Status::Reconnecting | Status::Unreachable);
            assert!(has_stream || says_so, "tab {tab} is shown, and has no stream");
        }
    }

    /// Shown, caught up, and scrolled up to the first message.
    fn read_all(&mut self, tab: usize) {
        self.show(tab);
        self.run_until(self.now + 20_000);
        // Pages that touch are loaded at both ends, until all messages are shown: more than 40 pages, after
        // a long run.
        let space = self.tabs[tab].client.space().clone();
        let pages_max = self.server.space(&space).messages().count().max(40);
        for _ in 0..pages_max {
            if !self.tabs[tab].is_alive || !self.tabs[tab].client.replica().timeline().has_later() {
                break;
            }
            self.command(tab, Command::LoadLater);
            self.run_until(self.now + 1_000);
        }
        for _ in 0..pages_max {
            if !self.tabs[tab].is_alive || !self.tabs[tab].client.replica().timeline().has_earlier()
            {
                break;
            }
            self.command(tab, Command::LoadEarlier);
            self.run_until(self.now + 1_000);
        }
        let client = &self.tabs[tab].client;
        let space = self.server.space(client.space());
        if !self.tabs[tab].is_alive || !space.has_member(&client.me().id) {
            return;
        }
        let replica = client.replica();
        assert_eq!(replica.cursor(), Some(&space.cursor()), "tab {tab} is behind");
        assert_eq!(replica.roster().space(), Some(space.being()), "tab {tab}");
        let (mine, theirs): (Vec<_>, Vec<_>) =
            (replica.roster().iter().collect(), space.members().collect());
        assert_eq!(mine, theirs, "tab {tab}: members");
        let rows = replica.timeline().iter().cloned();
        let (mine, theirs): (Vec<_>, Vec<_>) =
            (rows.map(unordered).collect(), space.messages().map(unordered).collect());
        assert!(mine == theirs, "tab {tab}: messages: {mine:#?} instead of {theirs:#?}");
        // A tab that cannot read the device has said so, and asked for a reload: it does not hear what became of
        // what it has written.
        let is_readable = !self.devices[self.tabs[tab].device].disk.is_newer();
        for row in theirs.iter().filter(|_| is_readable) {
            let reactions = client.reactions(row.message_id);
            let shown = unordered(protocol::Intention { reactions, ..row.clone() });
            assert_eq!(shown.reactions, row.reactions, "tab {tab}: {}", row.message_id);
        }
        let timeline = replica.timeline();
        assert!(!timeline.has_earlier() && !timeline.has_later(), "tab {tab} has not loaded all");
        let Device { has_locks, has_channels, .. } = self.devices[self.tabs[tab].device];
        if has_locks && has_channels || self.tabs[tab].inbox_stream.is_some() {
            self.check_inbox(tab);
        }
    }

    /// All tabs of all devices of a being have the same inbox, also those that are hidden.
    fn check_inboxes(&self) {
        for (at, tab) in self.tabs.iter().enumerate().filter(|(_, tab)| tab.is_running()) {
            let Device { has_locks, has_channels, .. } = self.devices[tab.device];
            let is_member = self.server.space(tab.client.space()).has_member(&tab.client.me().id);
            let is_live = is_member && tab.client.status() != Status::SignedOut;
            if has_locks && has_channels && is_live {
                self.check_inbox(at);
            }
        }
    }

    fn check(&mut self) {
        for device in &self.devices {
            assert!(device.disk.is_untouched(), "a newer schema was touched");
        }
        for (at, tab) in self.tabs.iter().enumerate().filter(|(_, tab)| tab.is_alive) {
            // A database with a newer schema keeps entries that were delivered.
            let is_newer = self.devices[tab.device].disk.is_newer();
            if !is_newer && self.server.space(tab.client.space()).has_member(&tab.client.me().id) {
                let waiting = tab.client.outbox().iter().filter(|entry| !entry.is_refused());
                let waiting: Vec<_> = waiting.collect();
                assert!(waiting.is_empty(), "tab {at} still holds {waiting:?}");
                let shown = tab.client.outbox().iter().map(|entry| entry.id().to_string());
                let scope = format!("{} {} ", tab.client.me().id, tab.client.space());
                let kept = self.devices[tab.device].disk.found(Store::Outbox, &scope);
                let kept = kept.iter().filter_map(|(key, _)| key.rsplit(' ').next());
                // A clock that was set back may put them in another order there.
                let (shown, kept): (BTreeSet<_>, BTreeSet<_>) =
                    (shown.collect(), kept.map(str::to_owned).collect());
                assert_eq!(shown, kept, "tab {at} shows other refusals than the disk holds");
            }
        }
        for (id, written) in &self.record {
            if let Op::Send(message) = &written.op {
                let times = self.server.space(&written.space).times_sent(&message.content);
                assert!(times <= 1, "{id} was sent {times} times");
                let sent = self.server.space(&written.space).sent_as(*id);
                let is_as_written = |sent: &protocol::Intention| {
                    sent.reply_to == message.reply_to
                        || written.has_lost_reply && sent.reply_to.is_none()
                };
                assert!(sent.is_none_or(is_as_written), "{id} replies to another: {written:?}");
            }
            if written.is_delivered || written.is_discarded || written.excuse.is_some() {
                continue;
            }
            assert!(self.is_held(*id) || self.is_on_disk(*id), "lost: {id} {written:?}");
        }
    }
}
