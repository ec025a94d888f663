//! What a reader does in a tab.

use client::{Command, Input};
use protocol::{Level, MessageId};

use crate::world::World;

impl World {
    pub fn read_and_write(&mut self, tab: usize) {
        if self.dice.percent(25) {
            return self.look(tab);
        }
        if self.dice.percent(20) {
            return self.go_elsewhere(tab);
        }
        if self.dice.percent(15) {
            return self.react_on(tab);
        }
        if self.dice.percent(20) {
            self.reply_on(tab);
        }
        let mine: Vec<_> = {
            let client = &self.tabs[tab].client;
            let rows = client.replica().timeline().iter();
            rows.filter(|row| row.owner_id == client.me().id).map(|row| row.message_id).collect()
        };
        let refused: Vec<_> = {
            let entries = self.tabs[tab].client.outbox().iter();
            entries.filter(|entry| entry.is_refused()).map(client::Entry::id).collect()
        };
        let text = format!("text {}", self.number());
        let mine = self.dice.pick(&mine);
        let typed = self.tabs[tab].client.edits().first().cloned();
        let command = match (self.dice.below(20), mine, self.dice.pick(&refused)) {
            (0, ..) if self.dice.percent(20) => Command::SaveDraft("  ".into()),
            (0..=1, ..) => Command::SaveDraft(text),
            (2..=3, Some(id), _) => match typed {
                Some(typed) => Command::Edit(typed.message, typed.text),
                None => Command::Edit(id, text),
            },
            (15..=16, Some(id), _) => Command::SaveEdit(id, text),
            (4, Some(id), _) => Command::Delete(id),
            (5, ..) => Command::LoadEarlier,
            (6, ..) => Command::RestoreDraft,
            (7..=8, _, Some(id)) => Command::Resend(id),
            (9..=10, _, Some(id)) => {
                self.record.entry(id).and_modify(|written| written.is_discarded = true);
                Command::Discard { id, is_any: false }
            }
            (11, Some(id), _) => Command::Stop(id),
            (12..=14, ..) => {
                self.command(tab, Command::SaveDraft(text.clone()));
                Command::Send(text)
            }
            _ => Command::Send(text),
        };
        self.command(tab, command);
    }

    /// The reader scrolls, marks something as unread, or wants to hear more or less.
    fn look(&mut self, tab: usize) {
        let rows = self.tabs[tab].client.replica().timeline().iter();
        let rows: Vec<_> = rows.map(|row| row.message_id).collect();
        let seen = self.dice.pick(&rows);
        let command = match (self.dice.below(10), seen) {
            (0, _) => Command::SetLevel(
                self.dice
                    .pick(&[Level::Everything, Level::Mentions, Level::Nothing])
                    .expect("there are some"),
            ),
            (1, Some(id)) => {
                self.journal.count("something was marked as unread");
                Command::MarkUnread(id)
            }
            (2..=5, up_to) => Command::Look { up_to, is_at_end: false },
            _ => Command::Look { up_to: None, is_at_end: true },
        };
        self.give(tab, Input::Command(command));
    }

    /// The reader pages through the history, or jumps.
    fn go_elsewhere(&mut self, tab: usize) {
        let head = self.server.space(self.tabs[tab].client.space()).head;
        let place = MessageId(self.dice.below(head.0 as usize + 3) as u64);
        let command = match self.dice.below(10) {
            0..=2 => Command::Jump(place),
            3..=4 => Command::LoadEarlier,
            5..=6 => Command::LoadLater,
            7..=8 => Command::KeepAround(place),
            _ => Command::ShowNewest,
        };
        self.give(tab, Input::Command(command));
        if self.tabs[tab].client.replica().timeline().has_later() {
            self.journal.count("a tab showed the past");
        }
    }

    /// The composer replies to something, or to nothing any more.
    fn reply_on(&mut self, tab: usize) {
        let rows = self.tabs[tab].client.replica().timeline().iter();
        let rows: Vec<_> = rows.map(|row| row.message_id).collect();
        let to = match self.dice.below(10) {
            0..=1 => None,
            // Of another history, which nobody knows here.
            2 => Some(MessageId(1_000_000)),
            _ => self.dice.pick(&rows),
        };
        self.command(tab, Command::ReplyTo(to));
        assert_eq!(self.tabs[tab].client.replying_to(), to, "tab {tab}");
    }

    /// The reader presses an emoji, once or several times.
    fn react_on(&mut self, tab: usize) {
        let rows = self.tabs[tab].client.replica().timeline().iter();
        let rows: Vec<_> = rows.map(|row| row.message_id).collect();
        let Some(message) = self.dice.pick(&rows) else { return };
        let emoji = self.dice.pick(&["🌱", "❤️", "🌱", "❤️", "no emoji"]).expect("some");
        for _ in 0..1 + self.dice.below(3) {
            let client = &self.tabs[tab].client;
            let is_mine = |kind: &protocol::Reaction| {
                kind.emoji == emoji && kind.by.contains(&client.me().id)
            };
            let is_there = !client.reactions(message).iter().any(is_mine);
            self.journal.count("a device reacted");
            let held: Vec<_> = client.outbox().iter().map(client::Entry::id).collect();
            self.command(tab, Command::React { message, emoji: emoji.into(), is_there });
            let outbox = self.tabs[tab].client.outbox();
            let replaced = held.into_iter().filter(|id| outbox.get(*id).is_none());
            for id in replaced {
                self.journal.count("a reaction was replaced");
                self.record.entry(id).and_modify(|written| written.is_discarded = true);
            }
        }
    }
}
