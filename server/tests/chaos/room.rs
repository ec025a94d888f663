//! A server that starts on a disk without room serves whoever only reads, and puts in order what the
//! last one left as soon as it can.

use std::sync::Arc;

use app::protocol::{FailureReason, HistoryPage, Intention, IntentionState};
use serde_json::json;

use crate::{
    house::{Client, GARDEN, message},
    machine::Machine,
    tally::Tally,
};

/// Far more than fits into what a database sets aside.
const SENDS_MAX: usize = 2_000;

#[tokio::test]
async fn started_without_room_it_can_be_read_and_once_there_is_room_written() {
    let mut machine = Machine::started(0, Arc::new(Tally::default())).await;
    let ada = machine.visitor().signed_up("ada", None).await;
    ada.found("Garden").await;
    let guide = json!({ "name": "Guide", "settings": { "provider": "guide" } });
    ada.post(&format!("{GARDEN}/beings"), guide).await.json_of(201);
    ada.say("@garden", "@guide how do I invite somebody?").await;

    machine.kill().await;
    machine.fill_disk();
    machine.start().await;
    let ada = machine.beside(&ada);
    let mut listener = ada.listen("@garden").await;
    let mut said = 0;
    // What the last one left may have made a little room.
    for refused in 0..3 {
        let answer = loop {
            let answer = ada.post(&format!("{GARDEN}/intentions"), message("No room?")).await;
            if answer.status != 201 {
                break answer;
            }
            said += 1;
            assert!(said < SENDS_MAX, "there is room");
        };
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")), "{refused}");
    }
    answer(&ada).await;
    ada.listen("@garden").await;

    machine.make_room();
    ada.say("@garden", "Room.").await;
    let ended = answer(&ada).await;
    let interrupted = (IntentionState::Failed, Some(FailureReason::Interrupted));
    assert_eq!((ended.state, ended.reason), interrupted);
    // The question and its answer, and what was taken; whoever listened was told of it to the last.
    let there = ada.everything_said("@garden").await;
    assert_eq!(there.len(), 2 + said + 1);
    let last = there.last().expect("something was said").message_id;
    while listener.one().await.gist() != format!("{} created {last}", last.created_at()) {}
}

/// The only one there is.
async fn answer(caller: &Client) -> Intention {
    let page: HistoryPage = caller.get(&format!("{GARDEN}/intentions")).await.of(200);
    let mut answers = page.intentions.into_iter().filter(|row| row.reply_to.is_some());
    answers.next().expect("an answer")
}
