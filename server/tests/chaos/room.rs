//! A server that starts on a disk without room serves whoever only reads, and puts in order what the
//! last one left as soon as it can.

use std::sync::Arc;

use app::protocol::{FailureReason, HistoryPage, Intention, IntentionState};
use serde_json::json;

use crate::{
    house::{Client, GARDEN, gists, message},
    machine::Machine,
    tally::Tally,
};

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
    let growing = answer(&ada).await;
    assert_eq!(growing.state, IntentionState::Active);
    let mut listener = ada.listen("@garden").await;
    for _ in 0..3 {
        let refused = ada.post(&format!("{GARDEN}/intentions"), message("No room.")).await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("2")));
    }
    assert_eq!(answer(&ada).await, growing);

    machine.make_room();
    ada.say("@garden", "Room.").await;
    let ended = answer(&ada).await;
    let interrupted = (IntentionState::Failed, Some(FailureReason::Interrupted));
    assert_eq!((ended.state, ended.reason), interrupted);
    // Who listened was told, in this order.
    let (answer, said) = (ended.seq, ended.seq.next());
    let told = [
        format!("{answer} updated {}", ended.message_id),
        format!("{said} created {}", said.as_message()),
    ];
    assert_eq!(gists(&listener.take(2).await), told);
}

/// The only one there is.
async fn answer(caller: &Client) -> Intention {
    let page: HistoryPage = caller.get(&format!("{GARDEN}/intentions")).await.of(200);
    let mut answers = page.intentions.into_iter().filter(|row| row.reply_to.is_some());
    answers.next().expect("an answer")
}
