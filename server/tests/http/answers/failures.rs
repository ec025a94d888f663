//! A failed answer has a reason that a person can act on, keeps the text so far, and can be
//! retried.

use super::*;
use std::time::Duration;

use FailureReason::*;
use server::ai::AnswerLimits;

/// Asks, sees the answer fail with this reason, retries, and sees it succeed in the same message.
async fn fails(scene: &Scene, what: &str, expected: (FailureReason, &str)) {
    let mut watcher = scene.watch().await;
    let answer = scene.ask(what).await;
    let failed = scene.ended(&mut watcher, answer).await;
    let (reason, text) = expected;
    assert_eq!(ending(&failed), (IntentionState::Failed, Some(reason), text), "{what}");
    succeeds(scene, &mut watcher, answer).await;
}

async fn succeeds(scene: &Scene, watcher: &mut Watcher, answer: MessageId) {
    scene.provider.play([Script::saying("Better now.")]);
    scene.retry(answer).await;
    watcher.until(|w| w.row(answer).is_some_and(|row| row.state == IntentionState::Active)).await;
    let ended = scene.ended(watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "Better now."));
}

#[tokio::test]
async fn each_failure_has_its_reason_keeps_its_text_and_can_be_tried_again() {
    let half = || Script::stream().say("Half ").say("a sentence");
    let text = "Half a sentence";
    let raw = |bytes: &[u8]| half().raw(bytes).stop();
    let event = |event: Value| half().event(&event).stop();
    let error = json!({ "error": { "message": "Overloaded", "code": 502 } });
    let mut beside = error.clone();
    beside["choices"] = json!([{ "delta": { "content": "" }, "finish_reason": "error" }]);
    let no_text = b"data: {\"choices\":[{\"delta\":{\"content\":\"\xff\xfe\"}}]}\n\n";
    let whole = |kind, body| Script::answering(200, &[("content-type", kind)], body);
    let at_once = r#"{"choices":[{"message":{"role":"assistant","content":"Hello"}}]}"#;
    let endless = Script::head(500, &[]).forever(|script| script.raw("sorry "));
    let refused = |status| Script::refusing(status, &[]);
    let later = |status, when| Script::refusing(status, &[("retry-after", when)]);
    let some_day = "Thu, 01 Jan 2099 00:00:00 GMT";
    let cases = [
        ("no key, or a wrong one", refused(401), Unauthorized, ""),
        ("a key that may not", refused(403), Unauthorized, ""),
        ("too many requests", refused(429), Busy, ""),
        ("too many requests, for an hour", later(429, "3600"), Busy, ""),
        ("too many requests, until some day", later(429, some_day), Busy, ""),
        ("too many requests, in riddles", later(429, "in a while"), Busy, ""),
        ("overloaded, for an hour", later(503, "3600"), Busy, ""),
        ("bad request", refused(400), Misconfigured, ""),
        ("unknown model", refused(404), Misconfigured, ""),
        ("out of bounds", refused(422), Misconfigured, ""),
        ("an error", refused(500), ProviderError, ""),
        ("a gateway's error", refused(502), ProviderError, ""),
        ("overloaded", refused(503), ProviderError, ""),
        ("an error that never ends", endless, ProviderError, ""),
        ("cut between two events", half().hang_up(), CutOff, text),
        ("cut in an event", half().raw("data: {\"choices\":[{\"del").hang_up(), CutOff, text),
        ("cut by a machine that goes down", half().reset(), CutOff, text),
        ("an end without a word of it", half(), CutOff, text),
        ("an error in the stream", event(error), ProviderError, text),
        ("an error in a word", event(json!({ "error": "overloaded" })), ProviderError, text),
        ("an error beside a choice", event(beside), ProviderError, text),
        ("no JSON", raw(b"data: {what?}\n\n"), Malformed, text),
        ("half of a JSON", raw(b"data: {\"choices\":\n\n"), Malformed, text),
        ("another JSON", raw(b"data: [1, 2]\n\n"), Malformed, text),
        ("choices of another kind", event(json!({ "choices": "many" })), Malformed, text),
        ("no UTF-8", raw(no_text), Malformed, text),
        ("a page", whole("text/html", "<p>Sign in</p>"), Malformed, ""),
        ("an answer at once", whole("application/json", at_once), Malformed, ""),
        ("too long for the model", half().finish("length").done(), TooLong, text),
        ("withheld", half().finish("content_filter").done(), Withheld, text),
        ("nothing", Script::stream().stop(), Empty, ""),
        ("nothing but its cost", Script::stream().finish("stop").usage().done(), Empty, ""),
    ];
    let scene = Scene::playing([Script::mute()]).await;
    for (what, script, reason, kept) in cases {
        scene.provider.play([script]);
        fails(&scene, what, (reason, kept)).await;
    }
}

#[tokio::test]
async fn a_provider_that_does_not_listen_is_unreachable() {
    let server = TestServer::with_two_members().await;
    let mut scene = Scene::with(server, Provider::shut([Script::saying("Here I am.")])).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Are you there?").await;
    let failed = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&failed), (IntentionState::Failed, Some(Unreachable), ""));
    scene.provider.open();
    succeeds(&scene, &mut watcher, answer).await;
}

/// The provider accepts the request, and closes the connection before it answers.
#[tokio::test]
async fn a_provider_that_hangs_up_at_once_has_a_reason_too() {
    let scene = Scene::playing([Script::hanging_up()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Are you there?").await;
    let failed = scene.ended(&mut watcher, answer).await;
    assert!(matches!(failed.reason, Some(Unreachable | CutOff)), "{failed:?}");
    succeeds(&scene, &mut watcher, answer).await;
}

#[tokio::test]
async fn a_provider_that_was_removed_fails_the_answer() {
    let scene = Scene::playing([Script::saying("Hello.")]).await;
    scene.ada.delete("/api/providers/scripted").await.empty_of(204);
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Are you there?").await;
    let failed = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&failed), (IntentionState::Failed, Some(NoProvider), ""));
    configure(&scene.ada, "scripted", &scene.provider).await;
    succeeds(&scene, &mut watcher, answer).await;
}

async fn scene_with(limits: AnswerLimits, script: Script) -> Scene {
    Scene::with(
        TestServer::with_limits(limits).await.and_two_members().await,
        Provider::playing([script]),
    )
    .await
}

#[tokio::test]
async fn a_provider_that_falls_silent_times_out() {
    let limits = AnswerLimits { silence: Duration::from_millis(500), ..AnswerLimits::default() };
    let half = Script::stream().say("Half ").say("a sentence");
    let cases = [
        ("before a word", Script::mute(), ""),
        ("after the head", Script::stream().silence(), ""),
        ("in the middle", half.clone().silence(), "Half a sentence"),
        ("in an event", half.clone().raw("data: {\"choices\":[{").silence(), "Half a sentence"),
        ("in an error", Script::head(500, &[]).raw("I am sorry to").silence(), ""),
    ];
    let scene = scene_with(limits, Script::mute()).await;
    for (number, (what, script, text)) in cases.into_iter().enumerate() {
        scene.provider.play([script]);
        let is_error = what == "in an error";
        fails(&scene, what, (if is_error { ProviderError } else { Silent }, text)).await;
        // One request for each case above, and one for each retry.
        scene.provider.abandoned(2 * number + 1).await;
    }
}

#[tokio::test]
async fn a_provider_that_never_ends_is_cut_off() {
    let characters = 5_000;
    let in_characters = AnswerLimits { characters, ..AnswerLimits::default() };
    let in_time = AnswerLimits { whole: Duration::from_secs(1), ..AnswerLimits::default() };
    let torrent = Script::stream().forever(|script| script.say("and on 🌱 "));
    let drip =
        Script::stream().forever(|script| script.say("and on ").pause(Duration::from_millis(40)));
    for (limits, script) in [(in_characters, torrent.clone()), (in_time, drip.clone())] {
        let is_in_time = limits.characters != characters;
        let scene = scene_with(limits, script).await;
        let mut watcher = scene.watch().await;
        let answer = scene.ask("Never end.").await;
        let failed = scene.ended(&mut watcher, answer).await;
        assert_eq!((failed.state, failed.reason), (IntentionState::Failed, Some(TooLong)));
        scene.provider.abandoned(1).await;
        let length = failed.content.chars().count();
        assert!(failed.content.starts_with("and on ") && length > 0);
        assert!(is_in_time || length <= characters, "{length} characters");
        succeeds(&scene, &mut watcher, answer).await;
    }
}

/// These never complete an event; without a bound they would fill the memory.
#[tokio::test]
async fn an_event_that_never_ends_is_cut_off_too() {
    let silence = Duration::from_secs(2);
    let limits = AnswerLimits { silence, whole: silence, ..AnswerLimits::default() };
    let endless = [
        Script::stream().raw("data: ").forever(|script| script.raw("x".repeat(1000))),
        Script::stream().forever(|script| script.raw("data: \"more\"\n")),
        Script::stream().forever(|script| script.raw(": still here\n\n")),
    ];
    for script in endless {
        let scene = scene_with(limits, script).await;
        let mut watcher = scene.watch().await;
        let answer = scene.ask("Never end.").await;
        let failed = scene.ended(&mut watcher, answer).await;
        assert!(matches!(failed.reason, Some(Malformed | Silent | TooLong)), "{failed:?}");
        scene.provider.abandoned(1).await;
    }
}

/// Text that cannot be stored is not sent, and text that was stored is not lost.
#[tokio::test]
async fn an_answer_on_a_full_disk_is_ended_as_soon_as_it_can_be_written() {
    let gate = Gate::shut();
    let script = Script::stream().say("Half ").wait(&gate).say("a sentence").wait(&gate).stop();
    let scene = Scene::playing([script]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    watcher.until_bytes(answer, 5).await;
    scene.server.folder.refuse_writes("UPDATE ON intentions").await;
    gate.let_through(1);
    // The server hangs up on the provider as soon as a write fails.
    scene.provider.abandoned(1).await;
    assert_eq!(scene.stored(answer).await.content, "Half ");
    scene.server.folder.allow_writes().await;
    let failed = scene.ended(&mut watcher, answer).await;
    let expected = (IntentionState::Failed, Some(Interrupted), "Half a sentence");
    assert_eq!(ending(&failed), expected);
    succeeds(&scene, &mut watcher, answer).await;
}
