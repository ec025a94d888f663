//! A tab in the middle of a catch-up lacks rows that were created before its cursor and changed after it. What
//! changed after the cursor, as another tab has it, does not bring them.

use client::{
    Channel, Client, Effect, Input, Lock, LockMode, LockSignal, Millis, SpaceSnapshot,
    StoragePurpose, StreamSignal, Timer,
};
use protocol::json::from_json;

const SNAPSHOT: &str = r#"{"me":{"id":"@ada","name":"Ada","kind":"person","hue":0},"spaces":[],"cursor":"k3f9.3",
    "sync":{"space":{"id":"@garden","name":"Garden","kind":"space","hue":0},"beings":[],"intentions":[],
    "hasEarlier":false,"lastMessageId":"msg_3"}}"#;

/// Message 4 was edited at 9, and comes after message 5.
const MESSAGE_5: &str = r#"{"type":"intention-created","messageId":"msg_5","data":{"id":"018f0000-0000-7000-8000-000000000005",
    "messageId":"msg_5","ownerId":"@bo","content":"Five","createdAt":"2026-11-30T04:00:00.000Z","seq":5}}"#;
const CAUGHT_UP: &str = r#"{"type":"caught-up","lastMessageId":"msg_5"}"#;

const OTHER: &str = "0123456789abcdef";

struct Tab {
    client: Client,
    now: u64,
    name: String,
}

impl Tab {
    /// A tab that leads, with an open stream.
    fn leading() -> Self {
        let snapshot: SpaceSnapshot = from_json(SNAPSHOT).expect("a snapshot");
        let mut tab = Self { client: Client::new(snapshot), now: 0, name: String::new() };
        tab.hears(Input::Start { is_visible: true });
        tab.hears(Input::Lock(Lock::Leader, LockSignal::Granted));
        let effects = tab.hears(PLACE_FOUND);
        assert_eq!(since(&effects), Some("k3f9.3"));
        let position = posted(&effects, "at ").expect("its position");
        tab.name = position.split(' ').next().unwrap_or_default().to_owned();
        tab.hears(Input::Stream(StreamSignal::Opened));
        tab
    }

    fn hears(&mut self, input: Input) -> Vec<Effect> {
        self.now += 100;
        self.client.handle(input, Millis(1_000_000_000 + self.now), &mut || 7)
    }

    fn receives(&mut self, id: &str, data: &str) -> Vec<Effect> {
        self.hears(Input::Stream(StreamSignal::Event { id: id.into(), data: data.into() }))
    }

    fn is_told(&mut self, text: String) -> Vec<Effect> {
        self.hears(Input::Message(Channel::Space, text))
    }

    fn cursor(&self) -> String {
        self.client.replica().cursor().map(ToString::to_string).unwrap_or_default()
    }
}

fn since(effects: &[Effect]) -> Option<&str> {
    effects.iter().find_map(|effect| match effect {
        Effect::OpenStream(url) => url.split_once("since=").map(|(_, since)| since),
        _ => None,
    })
}

fn posted<'a>(effects: &'a [Effect], word: &str) -> Option<&'a str> {
    effects.iter().find_map(|effect| match effect {
        Effect::Post(Channel::Space, text) => text.strip_prefix(word),
        _ => None,
    })
}

fn requests(effects: &[Effect], mode: LockMode) -> bool {
    let is_meant =
        |effect: &Effect| matches!(effect, Effect::RequestLock(Lock::Leader, _, of) if *of == mode);
    effects.iter().any(is_meant)
}

fn saves(effects: &[Effect]) -> bool {
    let is_meant = |effect: &Effect| matches!(effect, Effect::Store(call) if call.purpose == StoragePurpose::SaveSnapshot);
    effects.iter().any(is_meant)
}

const PLACE_FOUND: Input = Input::Lock(Lock::Stream(0), LockSignal::Granted);
const ROBBED: Input = Input::Lock(Lock::Leader, LockSignal::Lost);

#[test]
fn who_loses_the_lead_in_a_catch_up_takes_the_rest_from_the_server() {
    let mut tab = Tab::leading();
    tab.receives("k3f9.5", MESSAGE_5);
    let effects = tab.hears(ROBBED);
    assert_eq!(posted(&effects, "ask"), Some(""), "it names no position: {effects:?}");

    // An answer to an earlier question, and the leader's position.
    let appended =
        r#"{\"type\":\"intention-appended\",\"messageId\":\"msg_4\",\"offset\":4,\"text\":\"!\"}"#;
    let to = tab.name.clone();
    tab.is_told(format!("replay {OTHER} {to} k3f9.6 live fine\n[[\"k3f9.6\",\"{appended}\"]]"));
    assert_eq!(tab.cursor(), "k3f9.5", "it takes no change to what it may lack");
    tab.is_told(format!("at {OTHER} k3f9.5 live fine"));
    tab.now += 5_000;
    let effects = tab.hears(Input::TimerFired(Timer::Election));
    assert!(requests(&effects, LockMode::Steal), "{effects:?}");
    tab.hears(Input::Lock(Lock::Leader, LockSignal::Granted));
    let effects = tab.hears(PLACE_FOUND);
    assert_eq!(since(&effects), Some("k3f9.5"));
}

#[test]
fn who_was_caught_up_takes_the_rest_from_the_next_leader() {
    let mut tab = Tab::leading();
    tab.receives("k3f9.5", MESSAGE_5);
    tab.receives("k3f9.5", CAUGHT_UP);
    let effects = tab.hears(ROBBED);
    let question = format!("ask {} k3f9.5", tab.name);
    assert_eq!(posted(&effects, ""), Some(&*question), "{effects:?}");
    tab.is_told(format!("at {OTHER} k3f9.5 live fine"));
    tab.now += 5_000;
    let effects = tab.hears(Input::TimerFired(Timer::Election));
    assert!(!requests(&effects, LockMode::Steal), "{effects:?}");
}

#[test]
fn a_snapshot_is_saved_once_it_is_caught_up() {
    let mut tab = Tab::leading();
    tab.receives("k3f9.5", MESSAGE_5);
    assert!(!saves(&tab.hears(Input::TimerFired(Timer::Snapshot))));
    tab.receives("k3f9.5", CAUGHT_UP);
    assert!(saves(&tab.hears(Input::TimerFired(Timer::Snapshot))));
}
