//! Row 7: the server is killed and restarted, and all clients reconnect at the same moment, each
//! having missed the same.

use std::{net::SocketAddr, time::Instant};

use crate::{
    crowd::Crowd,
    floor, instance,
    instance::Instance,
    process::Process,
    table::{Spread, row, short},
};

const LISTENERS: usize = 4_000;
const MISSED: usize = 20;
const TURNS: usize = 3;

pub async fn measure() {
    let mut instance = Instance::open().await;
    let (mut turns, mut queries) = (Vec::new(), 0);
    for _ in 0..TURNS {
        let mut talker = instance.talker().await;
        // All clients have received everything up to here.
        talker.say("Here we all are.").await;
        let head = instance.ada.get("/api/spaces").await.json[0]["lastMessageId"].to_string();
        for _ in 0..MISSED {
            talker.say("Nobody hears this.").await;
        }
        let (restarted, log) = instance.restart_with_log();
        instance = restarted;
        let before = log.queries().0;
        let request = instance.request("@garden", &format!("&since={}", head.trim_matches('"')));
        let ours = rush(instance.process.address, &request, instance::IS_LIVE).await;
        queries = log.queries().0 - before;
        let floor = Process::in_role("floor", &[]);
        turns.push((ours, rush(floor.address, floor::LISTEN, floor::IS_LIVE).await));
    }
    let took: Spread = turns.iter().map(|turn| turn.0).collect();
    let least: Spread = turns.iter().map(|turn| turn.1).collect();
    row(
        &format!("{LISTENERS} come back at once: Rhizome / floor"),
        &turns.iter().map(|(ours, floor)| ours / floor).collect(),
        &format!(
            "{} s until the last has the {MISSED} messages it missed, with {queries} queries in all; {} s where they only connect",
            short(took.median()),
            short(least.median()),
        ),
    );
}

/// Seconds until the last one is live.
async fn rush(address: SocketAddr, request: &str, is_live: &str) -> f64 {
    let began = Instant::now();
    drop(Crowd::rush(address, request, LISTENERS, is_live, LISTENERS).await);
    began.elapsed().as_secs_f64()
}
