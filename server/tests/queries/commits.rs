//! Group commit, and what is not done for nobody.

use super::*;
use futures::future::join_all;
use std::collections::BTreeSet;

fn commits(run: &[Statement]) -> usize {
    run.iter().filter(|statement| statement.sql == "COMMIT").count()
}

#[tokio::test]
async fn commands_that_wait_together_share_a_commit() {
    let statements = Statements::listen().await;
    let (_house, ada, bob) = House::with_garden().await;
    let mut listener = bob.listen("@garden").await;
    statements.take();
    let asks = (0..200).map(|number| {
        let wish = message(&format!("Number {number}."));
        let ask = ada.post(&format!("{GARDEN}/intentions"), wish.clone());
        async move { (wish, ask.await.json_of(201)) }
    });
    let answers = join_all(asks).await;
    let commits = commits(&statements.take());
    assert!(commits < 100, "{commits} commits for 200 messages");

    // Each got the answer to what it asked, and all are there.
    let mut numbers = BTreeSet::new();
    for (wish, answer) in &answers {
        assert_eq!((&answer["id"], &answer["content"]), (&wish["id"], &wish["content"]));
        numbers.insert(answer["seq"].as_u64().expect("a position"));
    }
    assert_eq!(numbers, (4..204).collect());
    for frame in listener.take(200).await {
        let seq = frame.id.expect("a cursor").seq.0;
        assert!(numbers.remove(&seq), "{seq} was told twice");
    }
}

#[tokio::test]
async fn a_command_alone_waits_for_no_other() {
    let statements = Statements::listen().await;
    let (_house, ada, _) = House::with_garden().await;
    statements.take();
    for _ in 0..10 {
        ada.say("@garden", "One at a time.").await;
    }
    assert_eq!(commits(&statements.take()), 10);
}

/// One that is refused does not spoil the batch that it is in.
#[tokio::test]
async fn a_refused_command_shares_a_commit_with_those_that_are_carried_out() {
    let statements = Statements::listen().await;
    let (_house, ada, bob) = House::with_garden().await;
    let of_ada = ada.say("@garden", "Mine.").await.message_id;
    statements.take();
    let mut asks: Vec<Ask> = Vec::new();
    for number in 0..50 {
        asks.push(bob.post(&format!("{GARDEN}/intentions"), message("Hello.")));
        let edit = json!({ "content": format!("Not yours {number}.") });
        asks.push(bob.patch(&format!("{GARDEN}/intentions/{of_ada}"), edit));
    }
    let answers = join_all(asks.into_iter().map(|ask| async { ask.await })).await;
    let statuses = |wanted| answers.iter().filter(|answer| answer.status == wanted).count();
    assert_eq!((statuses(201), statuses(403)), (50, 50));
    assert!(commits(&statements.take()) < 50);
    assert_eq!(ada.say("@garden", "So there.").await.seq.0, 55);
}

/// Publishing to a space in which nobody listens is one look at a table without it: no room is
/// made, so nothing is encoded.
#[tokio::test]
async fn nothing_is_kept_for_a_space_in_which_nobody_listens() {
    // The others count statements, and this makes some.
    let _turn = Statements::listen().await;
    let (house, ada, bob) = House::with_garden().await;
    ada.say("@garden", "Is anybody there?").await;
    assert_eq!(house.services.hub.census(), (0, 0));
    let attic = ada.found("Attic").await;
    let _listener = bob.listen("@garden").await;
    ada.say(&attic, "Or here?").await;
    assert_eq!(house.services.hub.census(), (1, 1));
}
