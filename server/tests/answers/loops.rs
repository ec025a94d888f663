//! AI beings that talk to each other come to an end by themselves.

use super::*;
use std::{collections::BTreeSet, time::Duration};

use app::protocol::limits::CONSECUTIVE_AI_TURNS_MAX;

fn every() -> Value {
    json!({ "provider": "scripted", "answersWhen": "every-message" })
}

/// What was said, once nothing grows any more. An answer to an answer begins in the step in which
/// that one ends, so that history never shows the moment between them.
async fn quiet(scene: &Scene) -> Vec<Intention> {
    loop {
        let rows = said(&scene.ada).await;
        if rows.iter().all(|row| row.state != IntentionState::Active) {
            return rows;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn by_beings(rows: &[Intention]) -> usize {
    rows.iter().filter(|row| !["@ada", "@bob"].contains(&row.owner_id.as_str())).count()
}

#[tokio::test]
async fn two_that_answer_everything_stop_after_so_many_turns_and_begin_anew_with_a_person() {
    let scene = Scene::playing([Script::saying("I see it otherwise.")]).await;
    for name in ["Pro", "Con"] {
        bring(&scene.ada, name, every()).await;
    }
    for round in 1..=3 {
        scene.bob.say("@garden", "What do you think?").await;
        let rows = quiet(&scene).await;
        assert_eq!(by_beings(&rows), round * CONSECUTIVE_AI_TURNS_MAX);
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
async fn of_many_that_answer_everything_not_one_is_too_many() {
    let scene = Scene::playing([Script::saying("So do I.")]).await;
    for name in ["A", "B", "C", "D"] {
        bring(&scene.ada, name, every()).await;
    }
    scene.bob.say("@garden", "I like it here.").await;
    let rows = quiet(&scene).await;
    assert_eq!(by_beings(&rows), CONSECUTIVE_AI_TURNS_MAX);
}

#[tokio::test]
async fn one_alone_answers_people_and_not_itself() {
    let scene = Scene::playing([Script::saying("I, @echo, say so: @echo!")]).await;
    bring(&scene.ada, "Echo", every()).await;
    for turn in 1..=2 {
        scene.bob.say("@garden", "Is that so?").await;
        assert_eq!(by_beings(&quiet(&scene).await), turn);
    }
}

#[tokio::test]
async fn a_being_calls_another_by_its_id() {
    let scene = Scene::playing([Script::mute()]).await;
    bring(&scene.ada, "Mint", json!({ "provider": "scripted" })).await;
    // What is played goes by the last word that was said.
    scene.provider.play_to("Who knows?", Script::saying("Ask @mint about this."));
    scene.provider.play_to("about this", Script::saying("It is green."));
    scene.ask("Who knows?").await;
    let rows = quiet(&scene).await;
    let told: Vec<_> = rows.iter().map(|row| (row.owner_id.as_str(), row.reply_to)).collect();
    let (asked, first) = (rows[0].message_id, rows[1].message_id);
    assert_eq!(told, [("@ada", None), ("@sage", Some(asked)), ("@mint", Some(first))]);
    assert_eq!(rows[2].content, "It is green.");
}

/// Neither what failed, nor what was stopped, nor what was written anew has anything to say to
/// others.
#[tokio::test]
async fn only_what_is_complete_for_the_first_time_is_answered() {
    let failing = Script::stream().say("Half a @echo").hang_up();
    let stopped = Script::stream().say("Half a @echo").silence();
    let scene = Scene::playing([failing, stopped, Script::saying("Whole, @echo.")]).await;
    let echo = json!({ "provider": "scripted", "answersWhen": "mentioned" });
    bring(&scene.ada, "Echo", echo).await;
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
    let rows = quiet(&scene).await;
    assert!(rows.iter().all(|row| row.owner_id.as_str() != "@echo"), "{rows:?}");
}
