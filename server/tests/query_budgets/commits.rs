//! Group commit, and the work that is skipped without listeners.

use super::*;
use futures::future::join_all;
use std::collections::BTreeSet;

fn commits(run: &[Statement]) -> usize {
    run.iter().flat_map(Statement::statements).filter(|sql| sql == "COMMIT").count()
}

#[tokio::test]
async fn commands_that_wait_together_share_a_commit() {
    let statements = Statements::listen().await;
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let mut listener = bob.listen("@garden").await;
    statements.take();
    let requests = (0..200).map(|number| {
        let body = message(&format!("Number {number}."));
        let request = ada.post(&format!("{SPACE}/intentions"), body.clone());
        async move { (body, request.await.json_of(201)) }
    });
    let answers = join_all(requests).await;
    let commits = commits(&statements.take());
    assert!(commits < 100, "{commits} commits for 200 messages");

    // Each has its own result, and all are stored.
    let mut numbers = BTreeSet::new();
    for (body, answer) in &answers {
        assert_eq!((&answer["id"], &answer["content"]), (&body["id"], &body["content"]));
        numbers.insert(answer["seq"].as_u64().expect("a position"));
    }
    assert_eq!(numbers, (4..204).collect());
    for frame in listener.take(200).await {
        let seq = frame.id.expect("a cursor").seq.0;
        assert!(numbers.remove(&seq), "{seq} was received twice");
    }
}

#[tokio::test]
async fn a_single_command_does_not_wait_for_others() {
    let statements = Statements::listen().await;
    let (_server, ada, _) = TestServer::with_two_members().await;
    statements.take();
    for _ in 0..10 {
        ada.say("@garden", "One at a time.").await;
    }
    assert_eq!(commits(&statements.take()), 10);
}

/// A refused command does not affect the others of its batch.
#[tokio::test]
async fn a_refused_command_shares_a_commit_with_accepted_ones() {
    let statements = Statements::listen().await;
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let of_ada = ada.say("@garden", "Mine.").await.message_id;
    statements.take();
    let mut requests: Vec<TestRequest> = Vec::new();
    for number in 0..50 {
        requests.push(bob.post(&format!("{SPACE}/intentions"), message("Hello.")));
        let edit = json!({ "content": format!("Not yours {number}.") });
        requests.push(bob.patch(&format!("{SPACE}/intentions/{of_ada}"), edit));
    }
    let answers = join_all(requests.into_iter().map(|request| async { request.await })).await;
    let statuses = |wanted| answers.iter().filter(|answer| answer.status == wanted).count();
    assert_eq!((statuses(201), statuses(403)), (50, 50));
    assert!(commits(&statements.take()) < 50);
    assert_eq!(ada.say("@garden", "So there.").await.seq.0, 55);
}

/// Publishing to a space without listeners is one lookup in a map: no channel is created, so
/// nothing is encoded.
#[tokio::test]
async fn nothing_is_kept_for_a_space_without_listeners() {
    // The other tests count statements, and this one runs some.
    let _turn = Statements::listen().await;
    let (server, ada, bob) = TestServer::with_two_members().await;
    ada.say("@garden", "Is anybody there?").await;
    assert_eq!(server.app_state.hub.stats(), (0, 0));
    let attic = ada.create_space("Attic").await;
    let _listener = bob.listen("@garden").await;
    ada.say(&attic, "Or here?").await;
    assert_eq!(server.app_state.hub.stats(), (1, 1));
}

/// Sends are assumed to be new.
#[tokio::test]
async fn sends_look_nothing_up_and_a_repetition_among_them_changes_nothing() {
    let statements = Statements::listen().await;
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let (send, once) = (format!("{SPACE}/intentions"), message("Once."));
    let first = ada.post(&send, once.clone()).await.json_of(201);
    statements.take();
    ada.say("@garden", "Twice?").await;
    let visits: Vec<_> = statements.take().into_iter().map(|visit| visit.sql).collect();
    assert!(visits.len() == 1 && !visits[0].contains("SELECT"), "{visits:?}");

    let new = (0..40).map(|number| bob.post(&send, message(&format!("Number {number}."))));
    let mut requests: Vec<TestRequest> = new.collect();
    requests.insert(20, ada.post(&send, once));
    let answers = join_all(requests.into_iter().map(|request| async { request.await })).await;
    for (at, answer) in answers.into_iter().enumerate() {
        match at {
            20 => assert_eq!(answer.json_of(200), first),
            _ => drop(answer.json_of(201)),
        }
    }
    assert_eq!(ada.say("@garden", "So there.").await.seq.0, 46);
}

/// A space is assumed to be as it is remembered, and what is written says where it is not.
#[tokio::test]
async fn a_space_that_is_not_as_remembered_is_looked_up() {
    let _turn = Statements::listen().await;
    let (server, ada, bob) = TestServer::with_two_members().await;
    assert_eq!(bob.say("@garden", "Hello.").await.seq.0, 4);
    server.folder.execute("UPDATE spaces SET head = 9 WHERE id = '@garden'").await;
    assert_eq!(ada.say("@garden", "Where are we?").await.seq.0, 10);
    let leave = "UPDATE members SET has_left = 1 WHERE being_id = '@bob'; \
                 UPDATE spaces SET revision = revision + 1 WHERE id = '@garden'";
    server.folder.execute(leave).await;
    let refused = bob.post(&format!("{SPACE}/intentions"), message("Am I here?")).await;
    assert_eq!(refused.status, 403);
    assert_eq!(ada.say("@garden", "No.").await.seq.0, 11);
}
