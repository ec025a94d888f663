//! A stop ends an answer for every reader, and at the provider.

use super::*;
use std::time::{Duration, Instant};

/// A word every few milliseconds, until the client hangs up.
fn endless() -> Script {
    Script::stream().forever(|s| s.say("on and 🌱 ").pause(Duration::from_millis(7)))
}

#[tokio::test]
async fn a_stopped_answer_has_one_length_for_all_and_the_provider_is_left_within_a_second() {
    let scene = Scene::playing([endless()]).await;
    let mut watchers = Vec::new();
    for _ in 0..4 {
        watchers.push(scene.watch().await);
    }
    let answer = scene.ask("Go on.").await;
    watchers[0].until_bytes(answer, 400).await;
    watchers.push(scene.watch().await);

    scene.stop(answer).await;
    let stopped = Instant::now();
    let took = scene.provider.abandoned(1).await.saturating_duration_since(stopped);
    assert!(took < Duration::from_secs(1), "it went on for {took:?}");

    let ended = scene.ended(&mut watchers[0], answer).await;
    assert_eq!((ended.state, ended.reason), (IntentionState::Cancelled, None));
    assert!(ended.content.len() >= 400 && ended.content.starts_with("on and 🌱 "));
    // Late tokens change nothing: the next event is the next message.
    let said = scene.ada.say("@garden", "Thank you.").await;
    assert_eq!(said.seq, ended.seq.next());
    for watcher in &mut watchers {
        assert_eq!(watcher.until_ended(answer).await, ended);
        watcher.until(|watcher| watcher.row(said.message_id).is_some()).await;
        assert_eq!(watcher.row(answer), Some(&ended));
    }
    assert_eq!(scene.stored(answer).await, ended);
    assert_eq!(scene.provider.requests().len(), 1);
}

#[tokio::test]
async fn an_ended_answer_cannot_be_stopped_and_a_second_stop_does_nothing() {
    let gate = Gate::shut();
    let script = Script::stream().say("Just ").wait(&gate).say("this.").stop();
    let scene = Scene::playing([script]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("What?").await;
    watcher.until_bytes(answer, 5).await;
    scene.stop(answer).await;
    let before = scene.server.dump().await;
    scene.stop(answer).await;
    assert_eq!(before.difference(&scene.server.dump().await), [""; 0]);

    gate.open();
    scene.retry(answer).await;
    watcher.until(|watcher| watcher.text(answer) == "Just this.").await;
    watcher.until_ended(answer).await;
    let before = scene.server.dump().await;
    scene.stop(answer).await;
    assert_eq!(before.difference(&scene.server.dump().await), [""; 0]);
    assert_eq!(scene.stored(answer).await.state, IntentionState::Complete);
}

#[tokio::test]
async fn an_answer_can_be_stopped_before_its_first_word() {
    let scene = Scene::playing([Script::mute()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    scene.provider.asked(1).await;
    scene.stop(answer).await;
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Cancelled, None, ""));
    scene.provider.abandoned(1).await;
}

/// Also before the provider was asked.
#[tokio::test]
async fn an_answer_can_be_stopped_as_soon_as_it_has_begun() {
    let scene = Scene::playing([endless()]).await;
    let mut watcher = scene.watch().await;
    for _ in 0..20 {
        let answer = scene.ask("Go.").await;
        scene.stop(answer).await;
        let ended = watcher.until_ended(answer).await;
        assert_eq!(ended.state, IntentionState::Cancelled);
        assert_eq!(scene.stored(answer).await, ended);
    }
    for number in 1..=scene.provider.requests().len() {
        scene.provider.abandoned(number).await;
    }
}

#[tokio::test]
async fn a_stop_ends_one_of_two_answers() {
    let scene = Scene::playing([endless()]).await;
    let mut watcher = scene.watch().await;
    let (one, other) = (scene.ask("One.").await, scene.ask("Other.").await);
    watcher.until_bytes(one, 50).await;
    watcher.until_bytes(other, 50).await;
    scene.stop(one).await;
    watcher.until_ended(one).await;
    let length = watcher.text(other).len();
    watcher.until_bytes(other, length + 100).await;
    scene.stop(other).await;
    scene.ended(&mut watcher, other).await;
}

#[tokio::test]
async fn only_a_member_can_stop_an_answer() {
    let gate = Gate::shut();
    let scene = Scene::playing([Script::stream().wait(&gate).say("Still here.").stop()]).await;
    let attic = scene.ada.create_space("Attic").await;
    let dan = scene.server.guest(&scene.ada, &attic, "dan").await;
    let answer = scene.ask("Well?").await;
    for command in ["stop", "retry"] {
        let path = format!("{SPACE}/intentions/{answer}/{command}");
        assert_eq!(dan.post(&path, json!({})).await.status, 404);
        assert_eq!(scene.server.visitor().post(&path, json!({})).await.status, 401);
        let cross = scene.ada.post(&path, json!({})).header("sec-fetch-site", "cross-site");
        assert_eq!(cross.await.status, 403);
    }
    gate.open();
    let ended = scene.watch().await.until_ended(answer).await;
    assert_eq!(ended.content, "Still here.");
}

#[tokio::test]
async fn a_removed_being_says_nothing_more() {
    let scene = Scene::playing([endless()]).await;
    let mut watcher = scene.watch().await;
    let (one, other) = (scene.ask("One.").await, scene.ask("Other.").await);
    watcher.until_bytes(one, 100).await;
    watcher.until_bytes(other, 100).await;
    scene.ada.delete(&format!("{SPACE}/beings/@sage")).await.empty_of(204);
    let gone = Instant::now();
    for number in [1, 2] {
        let took = scene.provider.abandoned(number).await.saturating_duration_since(gone);
        assert!(took < Duration::from_secs(1), "it went on for {took:?}");
    }
    for answer in [one, other] {
        let ended = scene.ended(&mut watcher, answer).await;
        assert_eq!((ended.state, ended.reason), (IntentionState::Cancelled, None));
        assert!(ended.content.len() >= 100);
    }
    watcher.until(|w| w.replica.roster().iter().all(|being| being.id.as_str() != "@sage")).await;
    let path = format!("{SPACE}/intentions/{one}/retry");
    let refused = scene.ada.post(&path, json!({})).await;
    assert_eq!((refused.status, &refused.json["error"]["code"]), (404, &json!("unknown-being")));
    // A removed being is not asked again.
    let said = scene.ada.say("@garden", "@sage Are you there?").await;
    let next = scene.ada.say("@garden", "No.").await;
    assert_eq!(next.seq, said.seq.next());
    assert_eq!(scene.provider.requests().len(), 2);
}
