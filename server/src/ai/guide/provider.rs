//! The guide as a provider. Its answer is ready at once, and is sent word by word all the same, so that
//! everybody sees it grow, and it can be read meanwhile and stopped.

use std::time::Duration;

use futures::{StreamExt, stream::iter};
use tokio::time::sleep;

use crate::ai::{
    guide,
    provider::{Piece, PieceStream, Prompt, Provider, Speaker},
};

/// About as fast as a small model.
const WORD_PAUSE: Duration = Duration::from_millis(15);

pub struct Guide;

impl Provider for Guide {
    fn answer(&self, prompt: &Prompt) -> PieceStream {
        let question = prompt.turns.iter().rfind(|turn| turn.speaker != Speaker::Own);
        let answer = guide::answer(question.map_or("", |turn| &turn.text));
        let words: Vec<_> = answer.split_inclusive(' ').map(str::to_owned).collect();
        let stream = iter(words).then(|word| async {
            sleep(WORD_PAUSE).await;
            Ok(Piece::Content(word))
        });
        stream.boxed()
    }
}
