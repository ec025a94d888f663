//! Invariant 8: whatever the devices of a being have heard, and however often they were cut off, they end
//! equal, and what they show is a count over history.

use std::collections::BTreeMap;

use super::*;
use harness::message;
use protocol::{Intention, MessageId, SpaceEntry};
use rand::{Rng, SeedableRng, rngs::StdRng};

const ROUNDS: usize = 6;
const STEPS: usize = 25;

/// What a device holds of an inbox.
#[derive(Default)]
struct Device {
    events: Option<Events>,
    cursor: Option<Cursor>,
    is_live: bool,
    spaces: BTreeMap<String, SpaceEntry>,
}

impl Device {
    async fn open(&mut self, client: &Client) {
        let since = self.cursor.as_ref().map(ToString::to_string);
        self.events = Some(inbox_of(client, since.as_deref()).stream().await);
        self.is_live = false;
    }

    fn apply(&mut self, told: Told) {
        let before = self.cursor.clone();
        if let Some(id) = told.id {
            if let (Some(before), true) = (before, self.is_live) {
                let is_sync = matches!(told.event, InboxEvent::InboxSync(_));
                assert!(is_sync || id.seq == before.seq.next(), "{id} jumped from {before}");
            }
            self.cursor = Some(id);
        }
        match told.event {
            InboxEvent::InboxSync(sync) => {
                let entry = |entry: SpaceEntry| (entry.space.id.to_string(), entry);
                self.spaces = sync.spaces.into_iter().map(entry).collect();
            }
            InboxEvent::SpaceJoined(joined) => {
                self.spaces.insert(joined.data.space.id.to_string(), joined.data);
            }
            InboxEvent::SpaceLeft(left) => drop(self.spaces.remove(left.space_id.as_str())),
            InboxEvent::ReadMoved(read) => {
                if let Some(entry) = self.spaces.get_mut(read.space_id.as_str()) {
                    entry.read_up_to = Some(read.up_to).filter(|up_to| *up_to != MessageId(0));
                }
            }
            InboxEvent::LevelChanged(changed) => {
                if let Some(entry) = self.spaces.get_mut(changed.space_id.as_str()) {
                    entry.level = changed.level;
                }
            }
            InboxEvent::SpaceHeads(heads) => {
                for head in heads.spaces {
                    let Some(entry) = self.spaces.get_mut(head.space_id.as_str()) else { continue };
                    entry.space = head.space.unwrap_or_else(|| entry.space.clone());
                    entry.last_message_id = head.last_message_id;
                    (entry.unread, entry.mentions) = (head.unread, head.mentions);
                }
            }
            InboxEvent::CaughtUp(_) => self.is_live = true,
            event => panic!("{event:?} was not expected"),
        }
    }

    /// Reads what comes, until nothing has come for longer than heads are held back. A stream that a leave
    /// has ended, because of what it had read before, is opened again.
    async fn read(&mut self, client: &Client, quiet_millis: u64) {
        let quiet = std::time::Duration::from_millis(quiet_millis);
        while let Some(events) = &mut self.events {
            match tokio::time::timeout(quiet, next(events)).await {
                Ok(Some(told)) => self.apply(told),
                Ok(None) => self.open(client).await,
                Err(_) => return,
            }
        }
    }
}

#[tokio::test]
async fn all_devices_of_a_being_end_equal_to_a_count_over_history() {
    for seed in 0..3 {
        run(seed).await;
    }
}

async fn run(seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (server, ada, bob) = TestServer::with_two_members().await;
    let spaces = ["@garden".to_owned(), ada.create_space("Attic").await];
    let token = ada.invite(&spaces[1]).await;
    bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
    let mut devices = [Device::default(), Device::default(), Device::default()];
    for _ in 0..ROUNDS {
        for _ in 0..STEPS {
            step(&mut rng, &ada, &bob, &spaces).await;
            let device = &mut devices[rng.random_range(0..3)];
            match rng.random_range(0..6) {
                0 => device.open(&bob).await,
                1 => device.events = None,
                2 => device.read(&bob, 1).await,
                _ => {}
            }
        }
        let expected = counted(&bob).await;
        for device in &mut devices {
            if device.events.is_none() {
                device.open(&bob).await;
            }
            device.read(&bob, 1_300).await;
            let shown: Vec<_> = device.spaces.values().cloned().collect();
            assert_eq!(shown, expected, "seed {seed}");
        }
    }
    drop(devices);
    assert_eq!(server.app_state.hub.stats(), (0, 0));
}

/// The inbox as it is, of which unread is compared with a count over history.
async fn counted(bob: &Client) -> Vec<SpaceEntry> {
    let sync = one(&mut inbox_of(bob, None).stream().await).await;
    let InboxEvent::InboxSync(sync) = sync.event else { panic!("{sync:?}") };
    for entry in &sync.spaces {
        let history = bob.everything_said(entry.space.id.as_str()).await;
        let read_up_to = entry.read_up_to.unwrap_or_default();
        let is_unread =
            |row: &&Intention| row.message_id > read_up_to && row.owner_id.as_str() != "@bob";
        let unread = history.iter().filter(is_unread);
        let is_mention = |row: &&Intention| row.content.contains("@bob");
        let mentions = unread.clone().filter(is_mention).count() as u64;
        assert_eq!((entry.unread, entry.mentions), (unread.count() as u64, mentions), "{entry:?}");
        assert_eq!(entry.last_message_id, history.last().map(|row| row.message_id));
    }
    sync.spaces
}

async fn step(rng: &mut StdRng, ada: &Client, bob: &Client, spaces: &[String; 2]) {
    let space = &spaces[rng.random_range(0..2)];
    let path = format!("/api/spaces/{space}");
    let number = rng.random_range(0..40);
    // Nobody is mentioned where they do not belong.
    let is_member = bob.get(&format!("{path}/intentions?limit=1")).await.is_success();
    let names_bob = rng.random::<bool>() && is_member;
    let text = if names_bob { format!("Hello @bob, {number}.") } else { "Hello.".into() };
    // Some are refused, because Bob is not there, or the message is not.
    let request = match rng.random_range(0..12) {
        0..4 => ada.post(&format!("{path}/intentions"), message(&text)),
        4 => bob.post(&format!("{path}/intentions"), message("Of my own.")),
        5 => ada.patch(&format!("{path}/intentions/msg_{number}"), json!({ "content": text })),
        6 => ada.delete(&format!("{path}/intentions/msg_{number}")),
        7 | 8 => {
            let body = json!({ "upTo": format!("msg_{number}"), "unread": rng.random_ratio(1, 4) });
            bob.ask("PUT", &format!("{path}/read")).json(body)
        }
        9 => bob.ask("PUT", &format!("{path}/level")).json(json!({ "level": "nothing" })),
        10 => bob.delete(&format!("{path}/beings/@bob")),
        _ => {
            let name = json!({ "name": format!("Space {number}") });
            ada.patch(&format!("/api/beings/{space}"), name).await;
            let token = ada.invite(space).await;
            bob.post(&format!("/api/invites/{token}"), json!({}))
        }
    };
    request.await;
}
