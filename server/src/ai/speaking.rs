//! The guide as a provider: its answer is ready at once, and said word by word all the same, so that
//! it can be read as it grows, stopped, and seen to grow by everybody.

use std::time::Duration;

use futures::{StreamExt, stream::iter};
use tokio::time::sleep;

use super::{
    guide,
    provider::{Prompt, Provider, Words},
};

/// About as fast as a small model.
const WORD_PAUSE: Duration = Duration::from_millis(15);

pub struct Guide;

impl Provider for Guide {
    fn answer(&self, prompt: &Prompt) -> Words {
        let question = prompt.turns.iter().rfind(|turn| !turn.is_own);
        let answer = guide::answer(question.map_or("", |turn| without_speaker(&turn.text)));
        let words: Vec<_> = answer.split_inclusive(' ').map(str::to_owned).collect();
        let spoken = iter(words).then(|word| async {
            sleep(WORD_PAUSE).await;
            Ok(word)
        });
        spoken.boxed()
    }
}

/// "Ada (@ada): How …" is what a model is given, so that it knows who speaks.
fn without_speaker(text: &str) -> &str {
    text.split_once("): ").map_or(text, |(_, said)| said)
}
