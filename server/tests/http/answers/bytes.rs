//! The bytes of an answer on the wire grow in proportion to its text.

use super::*;
use protocol::{
    IntentionAppended, IntentionCreated, IntentionUpdated, SyncEvent,
    limits::{INTENTION_APPENDED_OVERHEAD_MAX_BYTES, INTENTION_CREATED_OVERHEAD_MAX_BYTES},
};

const PORTION_CHARACTERS: usize = 100;

/// The bytes that one listener receives for an answer of this many characters, sent in portions.
async fn bytes_of(characters: usize) -> usize {
    let gate = Gate::shut();
    let portion = "So it grows, word by word, ".chars().cycle().take(PORTION_CHARACTERS);
    let portion: String = portion.collect();
    let portions = characters / PORTION_CHARACTERS;
    let script = (0..portions).fold(Script::stream(), |script, _| script.wait(&gate).say(&portion));
    let scene = Scene::playing([script.wait(&gate).stop()]).await;
    let mut watcher = scene.watch().await;
    let answer = scene.ask("Grow.").await;
    for portion in 1..=portions {
        gate.let_through(1);
        watcher.until_bytes(answer, portion * PORTION_CHARACTERS).await;
    }
    gate.let_through(1);
    let ended = watcher.until_ended(answer).await;
    assert_eq!(ended.content.len(), characters);

    let mut appended = 0;
    let of_answer = watcher.heard.iter().skip(1);
    for frame in of_answer.clone() {
        let bytes = frame.text.len();
        match &frame.event {
            SyncEvent::IntentionAppended(IntentionAppended { text, .. }) => {
                assert!(bytes <= text.len() + INTENTION_APPENDED_OVERHEAD_MAX_BYTES);
                appended += 1;
            }
            SyncEvent::IntentionCreated(IntentionCreated { .. }) => {
                assert!(bytes <= INTENTION_CREATED_OVERHEAD_MAX_BYTES);
            }
            // The last event repeats the whole text.
            SyncEvent::IntentionUpdated(IntentionUpdated { .. }) => {
                assert!(bytes <= characters + INTENTION_CREATED_OVERHEAD_MAX_BYTES);
            }
            _ => panic!("{} was not expected", frame.gist()),
        }
    }
    assert_eq!(appended, portions);
    of_answer.map(|frame| frame.text.len()).sum()
}

#[tokio::test]
async fn an_answer_of_sixteen_times_the_length_costs_no_more_than_seventeen_times_the_bytes() {
    let (short, long) = (bytes_of(1_000).await, bytes_of(16_000).await);
    println!("1,000 characters: {short} bytes; 16,000 characters: {long} bytes");
    for (characters, bytes, most) in [(1_000, short, 3_394), (16_000, long, 47_323)] {
        assert!(
            bytes <= most,
            "{bytes} bytes for {characters} characters, where {most} were enough"
        );
        let portions = characters / PORTION_CHARACTERS;
        let grown = characters + portions * INTENTION_APPENDED_OVERHEAD_MAX_BYTES;
        let begun_and_ended = characters + 2 * INTENTION_CREATED_OVERHEAD_MAX_BYTES;
        assert!(bytes <= grown + begun_and_ended, "{bytes} bytes for {characters} characters");
    }
    assert!(long <= 17 * short, "{long} bytes are more than 17 times {short}");
}
