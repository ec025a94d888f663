//! Row 2: the server's processor time for one event of 700 bytes to one listener, with everything
//! on (the command, its authentication, its commit, the ring), against the floor and against nchan.

use harness::Folder;

use crate::{
    crowd::Crowd,
    floor,
    instance::Instance,
    nchan,
    process::Process,
    table::{Spread, row, short},
    talker::Talker,
};

const EVENT_BYTES: usize = 700;
const TURNS: usize = 7;
const DELIVERIES_A_TURN: usize = 40_000;

struct Contender {
    process: Process,
    /// Its data; removed after the process.
    _folder: Option<Folder>,
    crowd: Crowd,
    count: usize,
    talker: Talker,
    payload: Payload,
}

enum Payload {
    /// A message of this many characters.
    Message(usize),
    Body(String),
}

impl Contender {
    async fn deliver(&mut self) {
        let expected = self.crowd.events() + self.count as u64;
        match &self.payload {
            Payload::Message(length) => self.talker.say(&"x".repeat(*length)).await,
            Payload::Body(body) => self.talker.post(body).await,
        }
        // One at a time: otherwise an event might share a write with the next.
        self.crowd.until(expected).await;
    }

    /// Microseconds for each event and listener.
    async fn turn(&mut self) -> f64 {
        self.deliver().await;
        let (before, bytes) = (self.process.cpu_nanos(), self.crowd.bytes());
        let events = DELIVERIES_A_TURN / self.count;
        for _ in 0..events {
            self.deliver().await;
        }
        let deliveries = (events * self.count) as f64;
        let size = (self.crowd.bytes() - bytes) as f64 / deliveries;
        assert!((size - EVENT_BYTES as f64).abs() < 20.0, "events of {size} bytes");
        (self.process.cpu_nanos() - before) as f64 / deliveries / 1000.0
    }
}

pub async fn measure() {
    for count in [1_000, 4_000] {
        let mut ours = rhizome(count).await;
        let mut lowest = floor(count).await;
        let mut theirs = nchan(count).await;
        let mut turns = Vec::new();
        for _ in 0..TURNS {
            let theirs = match &mut theirs {
                Some(theirs) => Some(theirs.turn().await),
                None => None,
            };
            turns.push((ours.turn().await, lowest.turn().await, theirs));
        }
        let us = Spread::from_iter(turns.iter().map(|turn| turn.0)).median();
        let least = Spread::from_iter(turns.iter().map(|turn| turn.1)).median();
        row(
            &format!("fan-out to {count}: Rhizome / floor"),
            &turns.iter().map(|(ours, floor, _)| ours / floor).collect(),
            &format!(
                "{} µs of processor for each event and listener, where only writing it takes {} µs; aim: at most {}",
                short(us),
                short(least),
                if count <= 1_000 { "1.2" } else { "1.1" }
            ),
        );
        if turns.iter().all(|turn| turn.2.is_some()) {
            let nchan = |turn: &(f64, f64, Option<f64>)| turn.2.unwrap_or_default();
            let took = Spread::from_iter(turns.iter().map(nchan)).median();
            row(
                &format!("fan-out to {count}: Rhizome / nchan"),
                &turns.iter().map(|turn| turn.0 / nchan(turn)).collect(),
                &format!(
                    "nchan, which stores nothing and authenticates nobody, takes {} µs; aim: below 1",
                    short(took)
                ),
            );
        }
    }
}

async fn rhizome(count: usize) -> Contender {
    let instance = Instance::open().await;
    let mut talker = instance.talker().await;
    // The size of an event beyond its text, measured with one.
    let probe = instance.crowd(1).await;
    let before = probe.bytes();
    talker.say("x").await;
    probe.until(1).await;
    let beyond = (probe.bytes() - before) as usize - 1;
    drop(probe);
    let crowd = instance.crowd(count).await;
    let payload = Payload::Message(EVENT_BYTES - beyond);
    let Instance { process, folder, .. } = instance;
    Contender { process, _folder: Some(folder), crowd, count, talker, payload }
}

async fn floor(count: usize) -> Contender {
    let process = Process::in_role("floor", &[]);
    let crowd = Crowd::gather(process.address, floor::LISTEN, count, floor::IS_LIVE).await;
    let talker = Talker::connect(process.address, "/", "").await;
    let payload = Payload::Body(format!("data: {}\n\n", "x".repeat(EVENT_BYTES - 8)));
    Contender { process, _folder: None, crowd, count, talker, payload }
}

async fn nchan(count: usize) -> Option<Contender> {
    let folder = Folder::fresh();
    let process = nchan::start(&folder)?;
    let crowd = Crowd::gather(process.address, nchan::LISTEN, count, nchan::IS_LIVE).await;
    let talker = Talker::connect(process.address, nchan::PUBLISH, "").await;
    // nchan adds an id, and frames the chunk.
    let payload = Payload::Body("x".repeat(EVENT_BYTES - 40));
    Some(Contender { process, _folder: Some(folder), crowd, count, talker, payload })
}
