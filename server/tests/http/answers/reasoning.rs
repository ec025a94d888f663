//! What a model thinks before it answers: streamed, stored and sent apart from the answer.

use super::*;
use protocol::{
    ReasoningAppended, SyncEvent,
    limits::{INTENTION_APPENDED_OVERHEAD_MAX_BYTES, REASONING_MAX_CHARACTERS},
};
use std::time::Duration;

const THOUGHT: &str = "ask @guide?";

fn thinking(script: Script, thought: &str) -> Script {
    script.chunk(json!({ "content": null, "reasoning_content": thought }))
}

#[tokio::test]
async fn thoughts_are_apart_from_the_answer_in_whatever_form_they_come() {
    let detail = json!([{ "type": "reasoning.text", "text": THOUGHT }]);
    let part = json!([{ "type": "thinking", "thinking": [{ "type": "text", "text": THOUGHT }] }]);
    for (form, delta) in [
        ("reasoning_content", json!({ "content": null, "reasoning_content": THOUGHT })),
        ("reasoning", json!({ "content": "", "reasoning": THOUGHT })),
        ("reasoning_details", json!({ "reasoning_details": detail })),
        ("both", json!({ "reasoning": THOUGHT, "reasoning_details": detail })),
        ("a part of the content", json!({ "content": part })),
        ("a tag", json!({ "content": format!("<think>{THOUGHT}</think>") })),
    ] {
        let gate = Gate::shut();
        let script = Script::stream().chunk(delta).wait(&gate).say("Yes.").wait(&gate).stop();
        let scene = Scene::playing([script.cut(7)]).await;
        add_being(&scene.ada, "Guide", json!({ "provider": "guide" })).await;
        let mut watcher = scene.watch().await;
        let answer = scene.ask("Well?").await;
        let held = |watcher: &Watcher| watcher.row(answer).map(|row| row.reasoning.clone());
        watcher.until(|watcher| held(watcher).as_deref() == Some(THOUGHT)).await;
        // Also to those that come in the middle.
        let late = scene.watch().await;
        assert_eq!(late.row(answer), watcher.row(answer), "{form}");
        assert_eq!(scene.stored(answer).await, *late.row(answer).expect("it grows"), "{form}");
        gate.let_through(1);
        watcher.until_bytes(answer, 4).await;
        assert_eq!(scene.watch().await.row(answer), watcher.row(answer), "{form}");
        gate.open();
        let ended = scene.ended(&mut watcher, answer).await;
        assert_eq!(ending(&ended), (IntentionState::Complete, None, "Yes."), "{form}");
        assert_eq!(ended.reasoning, THOUGHT, "{form}");
        assert!(ended.reasoning_millis.is_some(), "{form}");
        let told = gists(&watcher.heard);
        let expected = ["created msg_7", "reasoned msg_7", "appended msg_7", "updated msg_7"];
        let expected: Vec<_> = (7..).zip(expected).map(|(n, what)| format!("{n} {what}")).collect();
        assert_eq!(told[1..], expected, "{form}: nobody is mentioned, so nobody else answers");
        assert_eq!(history(&scene.ada).await.len(), 2, "{form}");
    }
}

#[tokio::test]
async fn the_first_text_says_how_long_it_thought_and_so_does_an_end_without_text() {
    for (text, state) in [("Yes.", IntentionState::Complete), ("", IntentionState::Failed)] {
        let gate = Gate::shut();
        let script = thinking(Script::stream(), "Hm.").wait(&gate).say(text).wait(&gate);
        let scene = Scene::playing([script.stop()]).await;
        let mut watcher = scene.watch().await;
        let answer = scene.ask("Well?").await;
        watcher.until(|watcher| watcher.thinks(answer)).await;
        scene.server.clock.advance_seconds(12);
        gate.let_through(1);
        watcher.until_bytes(answer, text.len()).await;
        let settled = (!text.is_empty()).then_some(12_000);
        assert_eq!(watcher.row(answer).and_then(|row| row.reasoning_millis), settled);
        let said = watcher.heard.iter().find_map(|frame| match &frame.event {
            SyncEvent::IntentionAppended(appended) => appended.reasoning_millis,
            _ => None,
        });
        assert_eq!(said, settled);
        // How long it speaks is another matter.
        scene.server.clock.advance_seconds(if text.is_empty() { 0 } else { 30 });
        gate.let_through(1);
        let ended = scene.ended(&mut watcher, answer).await;
        assert_eq!((ended.state, &*ended.reasoning), (state, "Hm."));
        assert_eq!(ended.reasoning_millis, Some(12_000));
    }
}

#[tokio::test]
async fn what_exceeds_its_limit_is_dropped_and_the_answer_goes_on() {
    let portion = "é".repeat(1_500);
    let script = (0..20).fold(Script::stream(), |script, _| {
        thinking(script, &portion).pause(Duration::from_millis(5))
    });
    let scene = Scene::playing([script.say("At last.").stop()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "At last."));
    assert_eq!(ended.reasoning, "é".repeat(REASONING_MAX_CHARACTERS));
    // Each byte is sent once as it comes, and once more with the end.
    let mut bytes = 0;
    for frame in &watcher.heard {
        if let SyncEvent::ReasoningAppended(ReasoningAppended { text, .. }) = &frame.event {
            let budget = text.len() + INTENTION_APPENDED_OVERHEAD_MAX_BYTES;
            assert!(!text.is_empty() && frame.text.len() <= budget, "{}", frame.text.len());
            bytes += text.len();
        }
    }
    assert!(bytes <= ended.reasoning.len(), "{bytes} bytes");
}

#[tokio::test]
async fn a_stop_keeps_the_thoughts_and_a_retry_begins_without_them() {
    let gate = Gate::shut();
    let first = thinking(Script::stream(), "Blue?").wait(&gate).say("Never.").stop();
    let second = Script::stream().wait(&gate).say("Green.").stop();
    let scene = Scene::playing([first, second, Script::saying("So.")]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Which colour?").await;
    watcher.until(|watcher| watcher.thinks(answer)).await;
    scene.stop(answer).await;
    let stopped = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&stopped), (IntentionState::Cancelled, None, ""));
    assert_eq!((&*stopped.reasoning, stopped.reasoning_millis.is_some()), ("Blue?", true));

    let begun = scene.retry(answer).await;
    assert_eq!((&*begun.reasoning, begun.reasoning_millis), ("", None));
    watcher.until(|watcher| !watcher.thinks(answer)).await;
    gate.open();
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!((&*ended.content, &*ended.reasoning, ended.reasoning_millis), ("Green.", "", None));
    let raw = &watcher.heard.last().expect("an end").text;
    assert!(!raw.contains("reasoning"), "{raw}");
}

#[tokio::test]
async fn no_later_prompt_has_the_thoughts() {
    let script = thinking(Script::stream(), "SECRETLY blue").say("Blue.").stop();
    let scene = Scene::playing([script, Script::saying("Indeed.")]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Which colour?").await;
    assert_eq!(watcher.until_ended(answer).await.reasoning, "SECRETLY blue");
    let again = scene.ask("Really?").await;
    watcher.until_ended(again).await;
    let request = scene.provider.asked(2).await.json.to_string();
    assert!(request.contains("Blue.") && !request.contains("SECRETLY"), "{request}");
}
