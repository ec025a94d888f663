//! A space that another tab shows keeps its place for a stream, though its leader is hidden.

use client::{
    Channel, Client, Effect, Input, Lifecycle, Lock, LockSignal, Millis, SpaceSnapshot, Timer,
};
use protocol::json::from_json;

const SNAPSHOT: &str = r#"{"me":{"id":"@ada","name":"Ada","kind":"person","hue":0},"spaces":[],"cursor":"k3f9.7",
    "sync":{"space":{"id":"@garden","name":"Garden","kind":"space","hue":0},"beings":[],"intentions":[],
    "hasEarlier":false,"lastMessageId":"msg_7"}}"#;

/// From here on a recency says that the space is on the screen.
const ON_SCREEN: u64 = 1 << 52;

/// A hidden leader with a place, which has just heard that another tab shows its space.
struct Leader(Client);

impl Leader {
    fn hidden() -> Self {
        let snapshot: SpaceSnapshot = from_json(SNAPSHOT).expect("a snapshot");
        let mut this = Self(Client::new(snapshot));
        this.at(0, Input::Start { is_visible: true });
        this.at(0, Input::Lock(Lock::Leader, LockSignal::Granted));
        this.at(0, Input::Lock(Lock::Stream(0), LockSignal::Granted));
        this.at(0, Input::Lifecycle(Lifecycle::Hidden));
        this.hears_that_it_is_seen_at(0);
        this
    }

    fn at(&mut self, millis: u64, input: Input) -> Vec<(Channel, String)> {
        let effects = self.0.handle(input, Millis(1_000_000_000 + millis), &mut || 0);
        let posted = effects.into_iter().filter_map(|effect| match effect {
            Effect::Post(channel, text) => Some((channel, text)),
            _ => None,
        });
        posted.collect()
    }

    fn hears_that_it_is_seen_at(&mut self, millis: u64) {
        self.at(millis, Input::Message(Channel::Space, "seen 1000000000".into()));
    }

    /// What it answers to a tab that looks for a place.
    fn is_on_screen_at(&mut self, millis: u64) -> bool {
        let posted = self.at(millis, Input::Message(Channel::Browser, "streams".into()));
        let recency = posted.iter().find_map(|(_, text)| text.strip_prefix("holder 0 "));
        recency.expect("its place").parse::<u64>().expect("a recency") >= ON_SCREEN
    }
}

#[test]
fn a_space_keeps_its_place_while_its_leader_asks_who_looks_at_it() {
    // The timer of a hidden tab runs late, and the answer takes its time.
    for late in [0, 500, 1_000] {
        let mut leader = Leader::hidden();
        let asked = leader.at(20_000 + late, Input::TimerFired(Timer::Visibility));
        assert!(asked.contains(&(Channel::Space, "anyone".to_owned())), "{asked:?}");
        assert!(leader.is_on_screen_at(20_900 + late), "{late} ms late");
        leader.hears_that_it_is_seen_at(20_950 + late);
        assert!(leader.is_on_screen_at(40_000 + late), "{late} ms late");
    }
}

#[test]
fn a_space_that_nobody_says_to_look_at_comes_after_those_on_the_screen() {
    let mut leader = Leader::hidden();
    leader.at(20_000, Input::TimerFired(Timer::Visibility));
    assert!(!leader.is_on_screen_at(22_000));
}
