//! A successful answer: every listener sees it stream, and history keeps it.

use super::*;
use std::time::{Duration, Instant};

use protocol::{
    IntentionAppended, IntentionCreated, IntentionUpdated, SyncEvent,
    limits::INTENTION_APPENDED_OVERHEAD_MAX_BYTES,
};
use server::ai::AnswerLimits;

/// Words with each kind of character that can be cut in two or has to be escaped.
fn two_thousand_words() -> String {
    let words =
        ["Grün", "🌱", "\"so\"", "日本語", "a\\b", "👩‍🌾", "e\u{301}", "ende\n\n", "\t#", "<&>"];
    let word = |n: usize| format!("{}{n}", words[n % words.len()]);
    (0..2000).map(word).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn two_thousand_tokens_make_one_text_wherever_they_are_cut() {
    let text = two_thousand_words();
    for (seed, line_end) in [(1, "\n"), (2, "\r\n"), (3, "\n")] {
        let stream = Script::stream().line_end(line_end).raw(": OPENROUTER PROCESSING\n\n");
        let scene = Scene::playing([stream.words(&text).usage().stop().cut(seed)]).await;
        let (mut first, mut second) = (scene.watch().await, scene.watch().await);
        let began = Instant::now();
        let answer = scene.ask("Tell me everything.").await;
        let ended = scene.ended(&mut first, answer).await;
        let took = began.elapsed();
        assert_eq!(ending(&ended), (IntentionState::Complete, None, text.as_str()), "seed {seed}");
        assert_eq!(second.until_ended(answer).await, ended);
        assert_eq!(first.heard, second.heard);

        let mut portions = 0;
        for frame in &first.heard {
            let SyncEvent::IntentionAppended(IntentionAppended { text, .. }) = &frame.event else {
                continue;
            };
            let budget = json!(text).to_string().len() - 2 + INTENTION_APPENDED_OVERHEAD_MAX_BYTES;
            assert!(!text.is_empty() && frame.text.len() <= budget, "{}", frame.text);
            portions += 1;
        }
        // About one event in 50 ms, however fast the tokens come.
        assert!(portions <= took.as_millis() / 25 + 2, "{portions} portions in {took:?}");
    }
}

#[tokio::test]
async fn an_answer_begins_with_its_question_and_ends_with_its_whole_text() {
    let gate = Gate::shut();
    let script = Script::stream().say("It is").wait(&gate).say(" autumn.").stop();
    let scene = Scene::playing([script]).await;
    let mut watcher = scene.watch().await;
    // The send is acknowledged at once; it does not wait for a provider.
    let asked = scene.ada.say("@garden", "@sage What season is it?").await;
    let begun = scene.stored(answer_to(asked.message_id)).await;
    watcher.until(|watcher| !watcher.text(begun.message_id).is_empty()).await;
    gate.open();
    watcher.until_ended(begun.message_id).await;

    // The last words come with the final event.
    let told = gists(&watcher.heard);
    let expected = ["5 created msg_5", "6 created msg_6", "7 appended msg_6", "8 updated msg_6"];
    assert_eq!(told, expected);
    let SyncEvent::IntentionCreated(IntentionCreated { data, .. }) = &watcher.heard[1].event else {
        panic!("it is created")
    };
    assert_eq!(ending(data), (IntentionState::Active, None, ""));
    assert_eq!((data.owner_id.as_str(), data.reply_to), ("@sage", Some(asked.message_id)));
    assert_eq!(data.id, begun.id);
    let ended = scene.stored(begun.message_id).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "It is autumn."));
    assert_eq!((ended.id, ended.reply_to), (begun.id, Some(asked.message_id)));
    assert_eq!(ended.modified_at, None, "an answer that grew was not edited");
    let raw = &watcher.heard[3].text;
    assert!(!raw.contains("\"state\"") && !raw.contains("\"reason\""), "{raw}");
}

#[tokio::test]
async fn each_portion_is_committed_before_it_is_sent() {
    let script = (0..300).fold(Script::stream(), |script, n| {
        script.say(&format!("{n} ")).pause(Duration::from_millis(3))
    });
    let scene = Scene::playing([script.stop()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Count.").await;
    let mut portions = 0;
    loop {
        let is_over = match &watcher.one().await.event {
            SyncEvent::IntentionAppended(IntentionAppended { .. }) => false,
            SyncEvent::IntentionUpdated(IntentionUpdated { .. }) => true,
            _ => continue,
        };
        let kept = scene.stored(answer).await;
        assert!(kept.content.starts_with(watcher.text(answer)), "it was told too early");
        assert!(kept.seq >= watcher.cursor().seq);
        portions += 1;
        if is_over {
            break;
        }
    }
    assert!(portions > 2, "it did not grow");
}

#[tokio::test]
async fn a_question_that_is_sent_repeatedly_is_answered_once() {
    let scene = Scene::playing([Script::saying("Once.")]).await;
    let mut watcher = scene.watch().await;
    let (path, body) = (format!("{SPACE}/intentions"), message("@sage Are you there?"));
    let asked: Intention = scene.ada.post(&path, body.clone()).await.of(201);
    let answer = answer_to(asked.message_id);
    scene.ada.post(&path, body.clone()).await.json_of(200);
    scene.ended(&mut watcher, answer).await;
    scene.ada.post(&path, body).await.json_of(200);
    // An edit does not start another answer.
    let path = format!("{path}/{}", asked.message_id);
    let edit = json!({ "content": "@sage Are you still there?" });
    scene.ada.patch(&path, edit).await.json_of(200);
    scene.ada.say("@garden", "Well.").await;
    assert_eq!(history(&scene.ada).await.len(), 3);
    assert_eq!(scene.provider.requests().len(), 1);
}

/// Providers use all of these.
#[tokio::test]
async fn every_dialect_of_the_same_stream_is_understood() {
    let stream = Script::stream;
    let hello = || stream().say("Hel").say("lo");
    let head = |kind: &str| Script::head(200, &[("content-type", kind)]).say("Hel").say("lo");
    let no_space = "data:{\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";
    let null = json!({ "role": "assistant", "content": null });
    let thought = json!({ "content": null, "reasoning_content": "Hm." });
    let last = json!({ "choices": [{ "delta": { "content": "lo" }, "finish_reason": "stop" }] });
    let no_error = json!({ "error": null, "choices": [] });
    let no_choices = json!({ "choices": null, "usage": null });
    let no_delta = json!({ "choices": [{ "delta": null, "finish_reason": null }] });
    let parts = json!({ "content": [{ "type": "text", "text": "Hello" }, { "type": "x" }] });
    let dialects = [
        ("as it is", hello().stop()),
        ("no [DONE]", hello().finish("stop")),
        ("no reason to finish", hello().done()),
        ("usage after the end", hello().finish("stop").usage().done()),
        ("comments", stream().raw(": OPENROUTER PROCESSING\n\n:\n\n").say("Hello").stop()),
        ("CR LF", hello().stop().line_end("\r\n")),
        ("CR alone", hello().stop().line_end("\r")),
        ("no space", stream().raw(no_space).stop()),
        ("ids and names", stream().raw("id: 1\nevent: message\nretry: 10\n").say("Hello").stop()),
        ("null content", stream().chunk(null).say("Hello").stop()),
        ("empty deltas", stream().chunk(json!({})).say("Hello").chunk(json!({})).stop()),
        ("thoughts", stream().chunk(thought).say("Hello").stop()),
        ("the end with its last word", stream().say("Hel").event(&last).done()),
        ("nothing after [DONE] counts", hello().stop().say(" again")),
        ("until it hangs up", head("text/event-stream").stop()),
        ("until it hangs up, and cut", head("text/event-stream").stop().cut(7)),
        ("a type in capital letters", head("Text/Event-Stream;charset=UTF-8").stop()),
        ("cut after its end", hello().finish("stop").hang_up()),
        ("null choices after its end", hello().finish("stop").event(&no_choices).done()),
        ("a null delta", stream().event(&no_delta).say("Hello").stop()),
        ("content in parts", stream().chunk(parts).stop()),
        ("an error that is none", hello().event(&no_error).stop()),
    ];
    let scene = Scene::playing([Script::mute()]).await;
    let mut watcher = scene.watch().await;
    for (name, script) in dialects {
        scene.provider.play([script]);
        let answer = scene.ask(name).await;
        let ended = watcher.until_ended(answer).await;
        assert_eq!(ending(&ended), (IntentionState::Complete, None, "Hello"), "{name}");
    }
}

#[tokio::test]
async fn a_slow_provider_does_not_time_out_while_it_sends() {
    let limits = AnswerLimits { silence: Duration::from_secs(3), ..AnswerLimits::default() };
    let server = TestServer::with_limits(limits).await.and_two_members().await;
    let script = (0..10).fold(Script::stream(), |script, n| {
        script.say(&n.to_string()).pause(Duration::from_millis(400))
    });
    let scene = Scene::with(server, Provider::playing([script.stop()])).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Slowly, please.").await;
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "0123456789"));
}

#[tokio::test]
async fn an_answer_completes_without_listeners() {
    let gate = Gate::shut();
    let script = Script::stream().say("Somebody ").wait(&gate).say("is there.").stop();
    let scene = Scene::playing([script]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Who is there?").await;
    watcher.until_bytes(answer, 1).await;
    // Closing the page does not stop the answer.
    drop(watcher);
    assert_eq!(scene.server.listeners(), 0);
    gate.open();
    let ended = scene.watch().await.until_ended(answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "Somebody is there."));
}

#[tokio::test]
async fn a_question_that_is_deleted_is_still_answered() {
    let gate = Gate::shut();
    let script = Script::stream().say("Half ").wait(&gate).say("an answer.").stop();
    let scene = Scene::playing([script]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Well?").await;
    watcher.until_bytes(answer, 1).await;
    let asked = MessageId(answer.0 - 1);
    scene.ada.delete(&format!("{SPACE}/intentions/{asked}")).await.empty_of(204);
    gate.open();
    let ended = scene.ended(&mut watcher, answer).await;
    assert_eq!(ending(&ended), (IntentionState::Complete, None, "Half an answer."));
}

#[tokio::test]
async fn two_mentioned_beings_answer_at_the_same_time_each_in_its_own_message() {
    let scene = Scene::playing([Script::saying("")]).await;
    let (sage, mint) = (Gate::shut(), Gate::shut());
    let saying = |words: [&str; 3], gate: &Gate| {
        words.iter().fold(Script::stream(), |script, word| script.wait(gate).say(word)).stop()
    };
    let of_mint = Provider::playing([saying(["Green ", "is ", "mint."], &mint)]);
    scene.provider.play([saying(["Grey ", "is ", "sage."], &sage)]);
    configure(&scene.ada, "other", &of_mint).await;
    assert_eq!(add_being(&scene.bob, "Mint", json!({ "provider": "other" })).await, "@mint");

    let mut watcher = scene.watch().await;
    let asked = scene.ada.say("@garden", "@sage, @mint: which colour?").await.message_id;
    watcher.until(|watcher| watcher.rows().len() == 3).await;
    let owners: Vec<_> = watcher.rows().iter().map(|row| row.owner_id.to_string()).collect();
    assert_eq!(owners[0], "@ada");
    let of = |id: &str| watcher.rows().iter().find(|row| row.owner_id.as_str() == id).cloned();
    let (a, b) = (of("@sage").expect("an answer"), of("@mint").expect("an answer"));
    assert_eq!((a.reply_to, b.reply_to), (Some(asked), Some(asked)));
    // Both answers are active before the first word of either.
    scene.provider.asked(1).await;
    of_mint.asked(1).await;
    let (a, b) = (a.message_id, b.message_id);
    for (gate, answer, text) in
        [(&sage, a, "Grey "), (&mint, b, "Green "), (&sage, a, "Grey is "), (&mint, b, "Green is ")]
    {
        gate.let_through(1);
        watcher.until(|watcher| watcher.text(answer) == text).await;
    }
    // The end of one does not disturb the other.
    mint.open();
    assert_eq!(watcher.until_ended(b).await.content, "Green is mint.");
    assert_eq!(watcher.row(a).map(|row| row.state), Some(IntentionState::Active));
    sage.open();
    assert_eq!(scene.ended(&mut watcher, a).await.content, "Grey is sage.");
}
