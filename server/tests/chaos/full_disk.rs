//! A server that starts on a full disk serves reads, and completes recovery as soon as there is
//! space.

use std::sync::Arc;

use harness::{Client, SPACE, message};
use protocol::{FailureReason, HistoryPage, Intention, IntentionState};
use serde_json::json;

use crate::{machine::Machine, tally::Tally};

/// Far more than fits into the space that the database has reserved.
const SENDS_MAX: usize = 2_000;

#[tokio::test]
async fn a_server_started_on_a_full_disk_serves_reads_and_then_writes_once_there_is_space() {
    let mut machine = Machine::start_new(0, Arc::new(Tally::default())).await;
    let ada = machine.visitor().signed_up("ada", None).await;
    ada.create_space("Garden").await;
    let guide = json!({ "name": "Guide", "settings": { "provider": "guide" } });
    ada.post(&format!("{SPACE}/beings"), guide).await.json_of(201);
    ada.say("@garden", "@guide how do I invite somebody?").await;

    machine.kill().await;
    machine.fill_disk();
    machine.start().await;
    let ada = machine.directly(&ada);
    let mut listener = ada.listen("@garden").await;
    let mut accepted = 0;
    // Recovery of the previous log may have freed a little space.
    for refused in 0..3 {
        let answer = loop {
            let answer = ada.post(&format!("{SPACE}/intentions"), message("No room?")).await;
            if answer.status != 201 {
                break answer;
            }
            accepted += 1;
            assert!(accepted < SENDS_MAX, "the disk has space");
        };
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")), "{refused}");
    }
    answer(&ada).await;
    ada.listen("@garden").await;

    machine.free_disk();
    ada.say("@garden", "Room.").await;
    let ended = answer(&ada).await;
    let interrupted = (IntentionState::Failed, Some(FailureReason::Interrupted));
    assert_eq!((ended.state, ended.reason), interrupted);
    // The question, its answer and the accepted messages; the listener received all of them.
    let there = ada.everything_said("@garden").await;
    assert_eq!(there.len(), 2 + accepted + 1);
    let last = there.last().expect("something was said").message_id;
    while listener.one().await.gist() != format!("{} created {last}", last.created_at()) {}
}

/// The only answer there is.
async fn answer(caller: &Client) -> Intention {
    let page: HistoryPage = caller.get(&format!("{SPACE}/intentions")).await.of(200);
    let mut answers = page.intentions.into_iter().filter(|row| row.reply_to.is_some());
    answers.next().expect("an answer")
}
