//! Conversations between AI beings end by themselves.

use super::*;
use std::{collections::BTreeSet, time::Duration};

use protocol::limits::CONSECUTIVE_AI_TURNS_MAX;

fn every_message() -> Value {
    json!({ "provider": "scripted", "answersWhen": "every-message" })
}

/// The history after every answer has ended. An answer to an answer begins in the step that ends
/// the first, so history never shows a moment between them.
async fn settled_history(scene: &Scene) -> Vec<Intention> {
    loop {
        let rows = history(&scene.ada).await;
        if rows.iter().all(|row| row.state != IntentionState::Active) {
            return rows;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn count_of_beings(rows: &[Intention]) -> usize {
    rows.iter().filter(|row| !["@ada", "@bob"].contains(&row.owner_id.as_str())).count()
}

#[tokio::test]
async fn two_beings_that_answer_everything_stop_after_a_limit_and_start_again_with_a_person() {
    let scene = Scene::playing([Script::saying("I see it otherwise.")]).await;
    for name in ["Pro", "Con"] {
        add_being(&scene.ada, name, every_message()).await;
    }
    for round in 1..=3 {
        scene.bob.say("@garden", "What do you think?").await;
        let rows = settled_history(&scene).await;
        assert_eq!(count_of_beings(&rows), round * CONSECUTIVE_AI_TURNS_MAX);
        let said_by = |id: MessageId| {
            let row = rows.iter().find(|row| row.message_id == id).expect("it is there");
            row.owner_id.clone()
        };
        let answers = rows.iter().filter_map(|row| Some((row.owner_id.clone(), row.reply_to?)));
        let mut seen = BTreeSet::new();
        for (owner, asked) in answers {
            assert_ne!(said_by(asked), owner, "nobody answers themselves");
            assert!(seen.insert((owner.to_string(), asked.0)), "{owner} answers {asked} twice");
        }
    }
}

#[tokio::test]
async fn many_beings_that_answer_everything_stay_within_the_limit() {
    let scene = Scene::playing([Script::saying("So do I.")]).await;
    for name in ["A", "B", "C", "D"] {
        add_being(&scene.ada, name, every_message()).await;
    }
    scene.bob.say("@garden", "I like it here.").await;
    let rows = settled_history(&scene).await;
    assert_eq!(count_of_beings(&rows), CONSECUTIVE_AI_TURNS_MAX);
}

#[tokio::test]
async fn a_being_that_answers_everything_does_not_answer_itself() {
    let scene = Scene::playing([Script::saying("I, @echo, say so: @echo!")]).await;
    add_being(&scene.ada, "Echo", every_message()).await;
    for turn in 1..=2 {
        scene.bob.say("@garden", "Is that so?").await;
        assert_eq!(count_of_beings(&settled_history(&scene).await), turn);
    }
}

#[tokio::test]
async fn a_being_mentions_another_by_its_id() {
    let scene = Scene::playing([Script::mute()]).await;
    add_being(&scene.ada, "Mint", json!({ "provider": "scripted" })).await;
    // The script is chosen by the last word of the newest message.
    scene.provider.play_to("Who knows?", Script::saying("Ask @mint about this."));
    scene.provider.play_to("about this", Script::saying("It is green."));
    scene.ask("Who knows?").await;
    let rows = settled_history(&scene).await;
    let told: Vec<_> = rows.iter().map(|row| (row.owner_id.as_str(), row.reply_to)).collect();
    let (asked, first) = (rows[0].message_id, rows[1].message_id);
    assert_eq!(told, [("@ada", None), ("@sage", Some(asked)), ("@mint", Some(first))]);
    assert_eq!(rows[2].content, "It is green.");
}

/// A failed, stopped or retried answer does not trigger other beings.
#[tokio::test]
async fn only_the_first_completion_of_an_answer_is_answered() {
    let failing = Script::stream().say("Half a @echo").hang_up();
    let stopped = Script::stream().say("Half a @echo").silence();
    let scene = Scene::playing([failing, stopped, Script::saying("Whole, @echo.")]).await;
    let echo = json!({ "provider": "scripted", "answersWhen": "mentioned" });
    add_being(&scene.ada, "Echo", echo).await;
    let mut watcher = scene.watch().await;
    let failed = scene.ask("Fail.").await;
    assert_eq!(watcher.until_ended(failed).await.state, IntentionState::Failed);
    let stopped = scene.ask("Go on.").await;
    watcher.until_bytes(stopped, 4).await;
    scene.stop(stopped).await;
    for answer in [failed, stopped] {
        scene.retry(answer).await;
        watcher.until(|w| w.text(answer) == "Whole, @echo.").await;
        watcher.until_ended(answer).await;
    }
    let rows = settled_history(&scene).await;
    assert!(rows.iter().all(|row| row.owner_id.as_str() != "@echo"), "{rows:?}");
}
