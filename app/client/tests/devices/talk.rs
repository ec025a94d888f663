//! Messages, reactions and changes by others, on the server.

use protocol::{BeingId, IntentionState, SpaceId};

use crate::{server::foreign, world::World};

impl World {
    pub fn act_on_server(&mut self) {
        let space = self.some_space();
        let who: BeingId =
            if self.dice.percent(50) { "@ada" } else { "@bo" }.parse().expect("an id");
        match self.dice.below(40) {
            0 => self.server.back_up(),
            1 => {
                self.journal.count("a backup was restored");
                self.cut_all();
                self.server.restore();
            }
            2 => {
                self.journal.count("the server restarted");
                self.cut_all();
            }
            3 if self.server.space(&space).has_member(&who) => {
                self.journal.count("a member was removed");
                self.remove_member(&space, &who);
            }
            3..=5 if !self.server.space(&space).has_member(&who) => {
                let frame = self.server.change(&space).join(&who);
                let joined = self.server.note_membership(&who, &space, false);
                self.tell_inbox(&who, &space, Some(joined));
                self.fan_out(&space, &frame);
            }
            6 => {
                let frame = self.server.change(&space).rename();
                self.fan_out(&space, &frame);
            }
            7 => {
                self.journal.count("a space was busy");
                for _ in 0..self.dice.between(20, 150) {
                    match self.dice.percent(25) {
                        true => self.react(&space, &who),
                        false => self.say_something(&space),
                    }
                }
            }
            8..=15 => self.react(&space, &who),
            16..=29 => {
                let frame = self.server.change(&space).grow(false);
                frame.into_iter().for_each(|frame| self.fan_out(&space, &frame));
            }
            30..=31 => {
                let frame = self.server.change(&space).grow(true);
                frame.into_iter().for_each(|frame| self.fan_out(&space, &frame));
            }
            _ => self.say_something(&space),
        }
    }

    fn react(&mut self, space: &SpaceId, by: &BeingId) {
        let among = if self.dice.percent(70) { 4 } else { 200 };
        let back = self.dice.below(among);
        let emoji = if self.dice.percent(50) { "🌱" } else { "❤️" };
        if let Some(frame) = self.server.change(space).react(by, back, emoji) {
            self.journal.count("somebody reacted");
            self.fan_out(space, &frame);
        }
    }

    pub fn say_something(&mut self, space: &SpaceId) {
        let state =
            if self.dice.percent(30) { IntentionState::Active } else { IntentionState::Complete };
        let whom = if self.dice.percent(20) { " to @ada" } else { "" };
        let new = foreign(self.dice.bits(), format!("said {}{whom}", self.number()));
        let by = "@sage".parse().expect("an id");
        if let Ok((Some(frame), _)) = self.server.change(space).send(&by, &new, state) {
            self.fan_out(space, &frame);
        }
    }
}
