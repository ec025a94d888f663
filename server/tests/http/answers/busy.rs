//! A provider that asks the server to wait (429, 503), and the waits between attempts.

use super::*;
use std::time::{Duration, Instant};

use FailureReason::Busy;

fn later(status: u16, when: &str) -> Script {
    Script::refusing(status, &[("retry-after", when)])
}

#[tokio::test]
async fn a_short_wait_is_kept_and_readers_see_nothing_of_it() {
    for status in [429, 503] {
        let scene = Scene::playing([later(status, "1"), Script::saying("Now.")]).await;
        let mut watcher = scene.watch().await;
        let began = Instant::now();
        let answer = scene.ask("When?").await;
        let ended = scene.ended(&mut watcher, answer).await;
        assert_eq!(ending(&ended), (IntentionState::Complete, None, "Now."));
        assert!(began.elapsed() >= Duration::from_secs(1), "it was told to wait");
        let told = gists(&watcher.heard);
        assert_eq!(told[..2], ["5 created msg_5", "6 created msg_6"]);
        let [between @ .., end] = &told[2..] else { panic!("it ends") };
        assert!(
            end.contains("updated") && between.iter().all(|t| t.contains("appended")),
            "{told:?}"
        );
        let [first, second] = &scene.provider.requests()[..] else { panic!("it asked twice") };
        assert_eq!(first.json, second.json);
    }
}

/// The server pauses, so that a provider without a `retry-after` is not asked again at once.
#[tokio::test]
async fn a_provider_that_does_not_say_when_is_asked_again_later() {
    let scene = Scene::playing([Script::refusing(429, &[]), Script::saying("Now.")]).await;
    let mut watcher = scene.watch().await;
    let began = Instant::now();
    let answer = scene.ask("When?").await;
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "Now."));
    assert!(began.elapsed() >= Duration::from_millis(500));
}

#[tokio::test]
async fn after_three_attempts_the_answer_fails_as_busy() {
    let scene = Scene::playing([later(429, "0")]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("When?").await;
    let failed = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&failed), (IntentionState::Failed, Some(Busy), ""));
    assert_eq!(scene.provider.requests().len(), 3);
    // A retry has three attempts of its own.
    scene.provider.play([later(429, "0"), later(503, "0"), Script::saying("Now.")]);
    scene.retry(answer).await;
    watcher.until(|w| w.text(answer) == "Now.").await;
    assert_eq!(scene.ended(&mut watcher, answer).await.state, IntentionState::Complete);
}

#[tokio::test]
async fn a_long_wait_fails_the_answer_at_once() {
    for when in ["31", "3600", "Thu, 01 Jan 2099 00:00:00 GMT"] {
        let scene = Scene::playing([later(429, when), Script::saying("Now.")]).await;
        let mut watcher = scene.watch().await;
        let answer = scene.ask("When?").await;
        let failed = scene.ended(&mut watcher, answer).await;
        assert_eq!(ending(&failed), (IntentionState::Failed, Some(Busy), ""), "{when}");
        assert_eq!(scene.provider.requests().len(), 1, "{when}");
    }
}

#[tokio::test]
async fn a_retry_after_date_is_understood_too() {
    for (seconds, is_waited_for) in [(2, true), (-1200, true), (3600, false)] {
        // The date is of the provider's clock, which may be wrong.
        let now: jiff::Timestamp = "2031-05-06T07:08:09Z".parse().expect("a moment");
        let text = |at: jiff::Timestamp| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let (when, now) = (text(now + jiff::SignedDuration::from_secs(seconds)), text(now));
        let script = Script::refusing(429, &[("retry-after", &when), ("date", &now)]);
        let scene = Scene::playing([script, Script::saying("Now.")]).await;
        let mut watcher = scene.watch().await;
        let answer = scene.ask("When?").await;
        let ended = scene.ended(&mut watcher, answer).await;
        let is_complete = ended.state == IntentionState::Complete;
        assert_eq!(is_complete, is_waited_for, "{when}: {ended:?}");
    }
}

#[tokio::test]
async fn an_answer_can_be_stopped_while_it_waits() {
    let scene = Scene::playing([later(429, "2"), Script::saying("Now.")]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("When?").await;
    scene.provider.asked(1).await;
    scene.stop(answer).await;
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Cancelled, None, ""));
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(scene.provider.requests().len(), 1);
}
