//! Who stops an answer stops it for all, and at the provider.

use super::*;
use std::time::{Duration, Instant};

/// A word every few milliseconds, until nobody listens.
fn endless() -> Script {
    Script::stream().forever(|s| s.say("on and 🌱 ").pause(Duration::from_millis(7)))
}

#[tokio::test]
async fn a_stop_is_one_length_for_all_and_ends_at_the_provider_within_a_second() {
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
    let took = scene.provider.left_alone(1).await.saturating_duration_since(stopped);
    assert!(took < Duration::from_secs(1), "it went on for {took:?}");

    let ended = scene.ended(&mut watchers[0], answer).await;
    assert_eq!((ended.state, ended.reason), (IntentionState::Cancelled, None));
    assert!(ended.content.len() >= 400 && ended.content.starts_with("on and 🌱 "));
    // What came too late changes nothing: the next that anybody hears of is the next that is said.
    let said = scene.ada.say("@garden", "Thank you.").await;
    assert_eq!(said.seq, ended.seq.next());
    for watcher in &mut watchers {
        assert_eq!(watcher.until_ended(answer).await, ended);
        watcher.until(|watcher| watcher.row(said.message_id).is_some()).await;
        assert_eq!(watcher.row(answer), Some(&ended));
    }
    assert_eq!(scene.kept(answer).await, ended);
    assert_eq!(scene.provider.requests().len(), 1);
}

#[tokio::test]
async fn what_has_ended_cannot_be_stopped_and_a_second_stop_is_none() {
    let gate = Gate::shut();
    let script = Script::stream().say("Just ").wait(&gate).say("this.").stop();
    let scene = Scene::playing([script]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("What?").await;
    watcher.until_bytes(answer, 5).await;
    scene.stop(answer).await;
    let before = scene.house.dump().await;
    scene.stop(answer).await;
    assert_eq!(before.difference(&scene.house.dump().await), [""; 0]);

    gate.open();
    scene.retry(answer).await;
    watcher.until(|watcher| watcher.text(answer) == "Just this.").await;
    watcher.until_ended(answer).await;
    let before = scene.house.dump().await;
    scene.stop(answer).await;
    assert_eq!(before.difference(&scene.house.dump().await), [""; 0]);
    assert_eq!(scene.kept(answer).await.state, IntentionState::Complete);
}

#[tokio::test]
async fn it_can_be_stopped_before_it_has_said_a_word() {
    let scene = Scene::playing([Script::mute()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    scene.provider.asked(1).await;
    scene.stop(answer).await;
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Cancelled, None, ""));
    scene.provider.left_alone(1).await;
}

/// Also before the provider has even been asked.
#[tokio::test]
async fn it_can_be_stopped_as_soon_as_it_has_begun() {
    let scene = Scene::playing([endless()]).await;
    let mut watcher = scene.watch().await;
    for _ in 0..20 {
        let answer = scene.ask("Go.").await;
        scene.stop(answer).await;
        let ended = watcher.until_ended(answer).await;
        assert_eq!(ended.state, IntentionState::Cancelled);
        assert_eq!(scene.kept(answer).await, ended);
    }
    for number in 1..=scene.provider.requests().len() {
        scene.provider.left_alone(number).await;
    }
}

#[tokio::test]
async fn of_two_answers_the_one_that_was_stopped_ends() {
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
async fn who_does_not_belong_stops_nothing() {
    let gate = Gate::shut();
    let scene = Scene::playing([Script::stream().wait(&gate).say("Still here.").stop()]).await;
    let attic = scene.ada.found("Attic").await;
    let dan = scene.house.guest(&scene.ada, &attic, "dan").await;
    let answer = scene.ask("Well?").await;
    for command in ["stop", "retry"] {
        let path = format!("{GARDEN}/intentions/{answer}/{command}");
        assert_eq!(dan.post(&path, json!({})).await.status, 404);
        assert_eq!(scene.house.visitor().post(&path, json!({})).await.status, 401);
        let cross = scene.ada.post(&path, json!({})).header("sec-fetch-site", "cross-site");
        assert_eq!(cross.await.status, 403);
    }
    gate.open();
    let ended = scene.watch().await.until_ended(answer).await;
    assert_eq!(ended.content, "Still here.");
}

#[tokio::test]
async fn a_being_that_is_sent_away_says_no_more() {
    let scene = Scene::playing([endless()]).await;
    let mut watcher = scene.watch().await;
    let (one, other) = (scene.ask("One.").await, scene.ask("Other.").await);
    watcher.until_bytes(one, 100).await;
    watcher.until_bytes(other, 100).await;
    scene.ada.delete(&format!("{GARDEN}/beings/@sage")).await.empty_of(204);
    let gone = Instant::now();
    for number in [1, 2] {
        let took = scene.provider.left_alone(number).await.saturating_duration_since(gone);
        assert!(took < Duration::from_secs(1), "it went on for {took:?}");
    }
    for answer in [one, other] {
        let ended = scene.ended(&mut watcher, answer).await;
        assert_eq!((ended.state, ended.reason), (IntentionState::Cancelled, None));
        assert!(ended.content.len() >= 100);
    }
    watcher.until(|w| w.replica.roster().iter().all(|being| being.id.as_str() != "@sage")).await;
    let path = format!("{GARDEN}/intentions/{one}/retry");
    let refused = scene.ada.post(&path, json!({})).await;
    assert_eq!((refused.status, &refused.json["error"]["code"]), (404, &json!("unknown-being")));
    // And nothing is asked of who is not there.
    let said = scene.ada.say("@garden", "@sage Are you there?").await;
    let next = scene.ada.say("@garden", "No.").await;
    assert_eq!(next.seq, said.seq.next());
    assert_eq!(scene.provider.requests().len(), 2);
}
