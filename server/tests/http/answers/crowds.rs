//! Many concurrent answers.

use super::*;
use std::time::{Duration, Instant};

use futures::future::join_all;

const ANSWERS: usize = 100;
const SENDS: usize = 60;

/// The median time until a person's message is acknowledged.
async fn median_send(scene: &Scene) -> Duration {
    let mut took = Vec::new();
    for _ in 0..SENDS {
        let began = Instant::now();
        scene.bob.say("@garden", "Meanwhile, among people.").await;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    took[took.len() / 2]
}

/// The slowdown depends on the machine and is printed; that every answer completes is asserted.
#[tokio::test]
async fn a_hundred_answers_stream_at_once_while_people_talk() {
    let gate = Gate::shut();
    let pause = Duration::from_millis(20);
    // The speed of a fast model.
    let script = (0..50).fold(Script::stream(), |s, n| s.say(&format!("{n} ")).pause(pause));
    let scene = Scene::playing([script.wait(&gate).say("over.").stop()]).await;
    let quiet = median_send(&scene).await;

    let asked = (0..ANSWERS).map(|n| scene.ask_quietly(n));
    let answers = join_all(asked).await;
    scene.provider.asked(ANSWERS).await;
    let busy = median_send(&scene).await;
    let ratio = busy.as_secs_f64() / quiet.as_secs_f64();
    println!("a send takes {quiet:?}, and {busy:?} beside {ANSWERS} answers: {ratio:.1} times");

    gate.open();
    let whole: String = (0..50).map(|n| format!("{n} ")).collect::<String>() + "over.";
    for answer in answers {
        let ended = loop {
            let row = scene.stored(answer).await;
            if row.state != IntentionState::Active {
                break row;
            }
            tokio::time::sleep(pause).await;
        };
        assert_eq!(ending(&ended), (IntentionState::Complete, None, whole.as_str()));
    }
}

impl Scene {
    async fn ask_quietly(&self, number: usize) -> MessageId {
        self.ask(&format!("Number {number}, please.")).await
    }
}
