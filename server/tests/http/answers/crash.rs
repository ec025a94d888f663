//! A server that dies in the middle of an answer: the text that readers saw is there afterwards,
//! and so is the reason why it is incomplete.

use super::*;
use std::time::Duration;

use client::Replica;
use harness::{Folder, Program};
use protocol::{IntentionUpdated, SyncEvent};

/// Ada, Bob, and Sage, whose provider sends one word after another until the connection ends.
struct Stage {
    folder: Folder,
    provider: Provider,
}

impl Stage {
    async fn set() -> (Self, Program, Client) {
        let folder = Folder::of_the_store();
        let pause = Duration::from_millis(3);
        let provider =
            Provider::playing([Script::stream().forever(|s| s.say("ein Wort 🌱 ").pause(pause))]);
        let program = Program::start(&folder).await;
        let ada = program.visitor().signed_up("ada", None).await;
        ada.create_space("Garden").await;
        configure(&ada, "scripted", &provider).await;
        add_being(&ada, "Sage", json!({ "provider": "scripted" })).await;
        (Self { folder, provider }, program, ada)
    }

    async fn restart(&self, ada: &Client) -> (Program, Client) {
        let program = Program::start(&self.folder).await;
        let ada = program.again(ada);
        (program, ada)
    }
}

/// Reads until the stream ends.
async fn listen_to_the_end(mut watcher: Watcher) -> Replica {
    while watcher.next().await.is_some() {}
    watcher.replica
}

#[tokio::test]
async fn after_a_kill_the_text_that_readers_saw_is_kept_and_the_answer_can_be_retried() {
    let (stage, mut program, mut ada) = Stage::set().await;
    for round in 1..=4 {
        let mut watcher = Watcher::follow(&ada, None).await;
        let mut answers = Vec::new();
        for _ in 0..3 {
            let asked = ada.say("@garden", "@sage Tell me.").await.message_id;
            answers.push(answer_to(asked));
        }
        // Kills at another place in the answer each time.
        for answer in &answers {
            watcher.until_bytes(*answer, round * 130).await;
        }
        let listener = tokio::spawn(listen_to_the_end(watcher));
        program.kill().await;
        let seen = listener.await.expect("the stream ends");

        (program, ada) = stage.restart(&ada).await;
        for answer in &answers {
            let seen = &seen.timeline().get(*answer).expect("it was seen").content;
            let row = stored(&ada, *answer).await;
            let interrupted = (IntentionState::Failed, Some(FailureReason::Interrupted));
            assert_eq!((row.state, row.reason), interrupted);
            assert!(row.content.starts_with(seen.as_str()), "what was seen is lost");
        }
        // The listener continues from its cursor, and no answer is active for ever.
        let back = Watcher::follow(&ada, Some(seen)).await;
        let fresh = Watcher::follow(&ada, None).await;
        assert_eq!((back.cursor(), back.rows()), (fresh.cursor(), fresh.rows()));
        assert!(back.rows().iter().all(|row| row.state != IntentionState::Active));

        stage.provider.play_to("Tell me.", Script::saying("This time I do."));
        for answer in &answers {
            let mut back = Watcher::follow(&ada, None).await;
            retry(&ada, *answer).await;
            back.until(|w| w.text(*answer).starts_with("This time")).await;
            let ended = back.until_ended(*answer).await;
            assert_eq!(ending(&ended), (IntentionState::Complete, None, "This time I do."));
        }
        stage.provider.forget_words();
    }
}

/// Also an answer whose provider was not asked yet.
#[tokio::test]
async fn a_question_that_was_accepted_is_not_forgotten() {
    let (stage, mut program, mut ada) = Stage::set().await;
    for _ in 0..3 {
        let asked = ada.say("@garden", "@sage Well?").await.message_id;
        program.kill().await;
        (program, ada) = stage.restart(&ada).await;
        let row = stored(&ada, answer_to(asked)).await;
        assert_eq!((row.state, row.reply_to), (IntentionState::Failed, Some(asked)));
        assert_eq!(row.reason, Some(FailureReason::Interrupted));
    }
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_answers() {
    let (stage, mut program, ada) = Stage::set().await;
    let mut watcher = Watcher::follow(&ada, None).await;
    let answer = answer_to(ada.say("@garden", "@sage Go on.").await.message_id);
    watcher.until_bytes(answer, 100).await;
    let status = program.terminate(Duration::from_secs(5)).await;
    assert_eq!(status.code(), Some(0));
    stage.provider.abandoned(1).await;
    let seen = listen_to_the_end(watcher).await;
    let (_program, ada) = stage.restart(&ada).await;
    let row = stored(&ada, answer).await;
    let interrupted = (IntentionState::Failed, Some(FailureReason::Interrupted));
    assert_eq!((row.state, row.reason), interrupted);
    let seen = &seen.timeline().get(answer).expect("it was seen").content;
    assert!(row.content.starts_with(seen.as_str()) && seen.len() >= 100);
}

/// Each interrupted answer is one event, which takes a position like any other.
#[tokio::test]
async fn a_client_that_reconnects_is_told_that_the_answer_was_interrupted() {
    let gate = Gate::shut();
    let scene =
        Scene::playing([Script::stream().say("Half ").wait(&gate).say("more").stop()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    watcher.until_bytes(answer, 5).await;
    let seen = watcher.replica.clone();
    drop(watcher);
    let Scene { server, bob, provider, .. } = scene;
    let server = server.reopen().await;
    provider.abandoned(1).await;
    let since = seen.cursor().expect("a cursor").to_string();
    let told = server.again(&bob).follow("@garden", Some(&since)).await.until_caught_up().await;
    let SyncEvent::IntentionUpdated(IntentionUpdated { message_id, data }) = &told[0].event else {
        panic!("it is updated: {:?}", gists(&told))
    };
    assert_eq!((*message_id, told.len()), (answer, 2));
    let interrupted = (IntentionState::Failed, Some(FailureReason::Interrupted), "Half ");
    assert_eq!(ending(data), interrupted);
}
