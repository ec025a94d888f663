//! One answer, from its question to its end.
//!
//! Always true:
//! - Text and reasoning are committed before they are sent, in portions of about [`PORTION_MILLIS`].
//! - However much a model thinks, the answer goes on.
//! - However writing ends, the answer is ended in the store; only a stopped answer is ended elsewhere.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use protocol::{
    FailureReason,
    limits::{PORTION_MILLIS, REASONING_MAX_CHARACTERS},
};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    AnswerLimits,
    provider::{Failure, Piece, Prompt, Provider},
};
use crate::{
    domain::{
        command::{AnswerOutcome, AnswerPart, AnswerRun, AppendToAnswer, EndAnswer},
        refusal::Refusal,
    },
    store::{Execute, Store},
};

/// The pause before a database that did not take the end of an answer is asked again.
const END_RETRY_PAUSE: Duration = Duration::from_secs(2);

pub(super) struct AnswerWriter {
    store: Arc<dyn Store>,
    answer: AnswerRun,
    /// The server's, until the provider is known.
    limits: AnswerLimits,
    /// All answers commit their portions at the same ticks, so that they share transactions.
    first_tick: Instant,
    content: Growing,
    reasoning: Growing,
}

/// A part of the answer.
#[derive(Default)]
struct Growing {
    /// Text that came and is not committed.
    pending: String,
    /// The length of the committed text, in UTF-8 bytes.
    offset: u64,
    /// Those that came, with what was dropped.
    characters: usize,
}

impl Growing {
    /// Takes as much as fits. Leading white space is dropped. Says whether all the rest was taken.
    fn take(&mut self, text: &str, max: usize) -> bool {
        let text = if self.characters == 0 { text.trim_start() } else { text };
        for c in text.chars().filter(|c| *c != '\0') {
            if self.characters < max {
                self.pending.push(c);
            }
            self.characters += 1;
        }
        self.characters <= max
    }
}

impl AnswerWriter {
    pub fn new(
        store: Arc<dyn Store>,
        answer: AnswerRun,
        limits: AnswerLimits,
        first_tick: Instant,
    ) -> Self {
        let (content, reasoning) = (Growing::default(), Growing::default());
        Self { store, answer, limits, first_tick, content, reasoning }
    }

    /// Asks the provider, and asks again where it wants to be asked in a moment. Text that came before a
    /// failure is kept for [`end`](Self::end).
    pub async fn write(
        &mut self,
        provider: &dyn Provider,
        prompt: &Prompt,
        limits: AnswerLimits,
    ) -> Result<(), Failure> {
        self.limits = limits;
        let ends_at = Instant::now() + limits.whole;
        for attempt in 1.. {
            let Err(failure) = self.consume(provider, prompt, ends_at).await else { break };
            match failure.retry_after {
                Some(wait)
                    if wait <= self.limits.retry_after
                        && attempt < self.limits.attempts
                        && self.content.characters == 0 =>
                {
                    sleep(wait).await;
                }
                _ => return Err(failure),
            }
        }
        if self.content.characters == 0 {
            let detail = match self.reasoning.characters {
                0 => "it ended without text".to_owned(),
                thoughts => format!("it ended after {thoughts} characters of reasoning"),
            };
            return Err(Failure::new(FailureReason::Empty, detail));
        }
        Ok(())
    }

    /// Commits the rest of the reasoning and of the text and ends the answer. An answer that was stopped stays stopped.
    pub async fn end(self, outcome: AnswerOutcome, detail: Option<String>) {
        let (reasoning, text) = (self.reasoning.pending, self.content.pending);
        loop {
            let (reasoning, text, detail) = (reasoning.clone(), text.clone(), detail.clone());
            let end = EndAnswer { run: self.answer.clone(), reasoning, text, outcome, detail };
            match self.store.execute(end).await {
                Ok(()) | Err(Refusal::AnswerEnded) => return,
                Err(refusal) => {
                    tracing::error!(answer = ?self.answer, %refusal, "an answer cannot be ended");
                    sleep(END_RETRY_PAUSE).await;
                }
            }
        }
    }

    async fn consume(
        &mut self,
        provider: &dyn Provider,
        prompt: &Prompt,
        ends_at: Instant,
    ) -> Result<(), Failure> {
        let mut stream = provider.answer(prompt);
        let mut portion_at = None;
        loop {
            tokio::select! {
                piece = stream.next() => match piece {
                    None => return Ok(()),
                    Some(piece) => {
                        match piece? {
                            Piece::Reasoning(thought) => {
                                self.reasoning.take(&thought, REASONING_MAX_CHARACTERS);
                            }
                            Piece::Content(text) => self.take(&text)?,
                        }
                        if self.has_news() && portion_at.is_none() {
                            portion_at = Some(self.next_tick());
                        }
                    }
                },
                () = sleep_until(portion_at.unwrap_or(ends_at)), if portion_at.is_some() => {
                    self.commit(AnswerPart::Reasoning).await?;
                    self.commit(AnswerPart::Content).await?;
                    portion_at = None;
                }
                () = sleep_until(ends_at) => {
                    let detail = format!("unfinished after {:?}", self.limits.whole);
                    return Err(Failure::new(FailureReason::TooLong, detail));
                }
            }
        }
    }

    /// An answer never holds more characters than a message may.
    fn take(&mut self, text: &str) -> Result<(), Failure> {
        let max = self.limits.characters;
        match self.content.take(text, max) {
            true => Ok(()),
            false => {
                Err(Failure::new(FailureReason::TooLong, format!("more than {max} characters")))
            }
        }
    }

    fn has_news(&self) -> bool {
        !self.reasoning.pending.is_empty() || !self.content.pending.is_empty()
    }

    async fn commit(&mut self, part: AnswerPart) -> Result<(), Failure> {
        let growing = match part {
            AnswerPart::Reasoning => &mut self.reasoning,
            AnswerPart::Content => &mut self.content,
        };
        if growing.pending.is_empty() {
            return Ok(());
        }
        let (run, offset, text) = (self.answer.clone(), growing.offset, growing.pending.clone());
        let append = AppendToAnswer { run, part, offset, text };
        match self.store.execute(append).await {
            Ok(()) => {
                growing.offset += growing.pending.len() as u64;
                growing.pending.clear();
                Ok(())
            }
            Err(refusal) => Err(Failure::new(FailureReason::Interrupted, refusal.to_string())),
        }
    }

    fn next_tick(&self) -> Instant {
        let portion = Duration::from_millis(PORTION_MILLIS);
        let ticks = self.first_tick.elapsed().as_millis() / u128::from(PORTION_MILLIS) + 1;
        self.first_tick + portion * u32::try_from(ticks).unwrap_or(u32::MAX)
    }
}
