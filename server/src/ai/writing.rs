//! One answer, from its question to its end.
//!
//! Always true:
//! - Text is committed before it is sent, in portions of about [`PORTION_MILLIS`].
//! - However it ends, the answer is ended in the store; only a stopped one is ended by others.

use std::{sync::Arc, time::Duration};

use app::protocol::{FailureReason, limits::PORTION_MILLIS};
use futures::StreamExt;
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    AnswerLimits,
    provider::{Failure, Prompt, Provider},
};
use crate::{
    refusal::Refusal,
    store::{Answer, Ending, Store},
};

/// A database that does not take the end of an answer is asked again after this long.
const END_AGAIN: Duration = Duration::from_secs(2);

pub struct Writing {
    store: Arc<dyn Store>,
    answer: Answer,
    limits: AnswerLimits,
    /// All answers commit their portions at the same moments, so that they share transactions.
    beat: Instant,
    /// What came and is not committed.
    pending: String,
    /// How much is committed, in UTF-8 bytes.
    offset: u64,
    characters: usize,
}

impl Writing {
    pub fn new(store: Arc<dyn Store>, answer: Answer, limits: AnswerLimits, beat: Instant) -> Self {
        let pending = String::new();
        Self { store, answer, limits, beat, pending, offset: 0, characters: 0 }
    }

    /// Asks the provider, and again where it wants us to come back in a moment. What went wrong is
    /// what comes out.
    pub async fn write(&mut self, provider: &dyn Provider, prompt: &Prompt) -> Result<(), Failure> {
        let ends_at = Instant::now() + self.limits.whole;
        for attempt in 1.. {
            let Err(failure) = self.hear(provider, prompt, ends_at).await else { break };
            match failure.retry_after {
                Some(wait)
                    if wait <= self.limits.retry_after
                        && attempt < self.limits.attempts
                        && self.characters == 0 =>
                {
                    sleep(wait).await;
                }
                _ => return Err(failure),
            }
        }
        if self.characters == 0 {
            return Err(Failure::new(FailureReason::Empty, "it ended without text"));
        }
        Ok(())
    }

    /// Ends the answer, with what is not committed yet. What was stopped stays stopped.
    pub async fn end(mut self, ending: Ending) {
        let text = std::mem::take(&mut self.pending);
        loop {
            match self.store.finish(&self.answer, text.clone(), ending).await {
                Ok(()) | Err(Refusal::AnswerEnded) => return,
                Err(refusal) => {
                    tracing::error!(answer = ?self.answer, %refusal, "an answer cannot be ended");
                    sleep(END_AGAIN).await;
                }
            }
        }
    }

    async fn hear(
        &mut self,
        provider: &dyn Provider,
        prompt: &Prompt,
        ends_at: Instant,
    ) -> Result<(), Failure> {
        let mut words = provider.answer(prompt);
        let mut portion_at = None;
        loop {
            tokio::select! {
                text = words.next() => match text {
                    None => return Ok(()),
                    Some(text) => {
                        self.take(&text?)?;
                        if !self.pending.is_empty() && portion_at.is_none() {
                            portion_at = Some(self.next_beat());
                        }
                    }
                },
                () = sleep_until(portion_at.unwrap_or(ends_at)), if portion_at.is_some() => {
                    self.commit().await?;
                    portion_at = None;
                }
                () = sleep_until(ends_at) => {
                    let detail = format!("not at its end after {:?}", self.limits.whole);
                    return Err(Failure::new(FailureReason::TooLong, detail));
                }
            }
        }
    }

    /// An answer begins with its first word, and never holds more characters than a message may.
    fn take(&mut self, text: &str) -> Result<(), Failure> {
        let text = if self.characters == 0 { text.trim_start() } else { text };
        for c in text.chars().filter(|c| *c != '\0') {
            if self.characters == self.limits.characters {
                let detail = format!("more than {} characters", self.limits.characters);
                return Err(Failure::new(FailureReason::TooLong, detail));
            }
            self.pending.push(c);
            self.characters += 1;
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), Failure> {
        let text = std::mem::take(&mut self.pending);
        let length = text.len() as u64;
        match self.store.append(&self.answer, self.offset, text.clone()).await {
            Ok(()) => {
                self.offset += length;
                Ok(())
            }
            Err(refusal) => {
                self.pending = text;
                Err(Failure::new(FailureReason::Interrupted, refusal.to_string()))
            }
        }
    }

    fn next_beat(&self) -> Instant {
        let portion = Duration::from_millis(PORTION_MILLIS);
        let beats = self.beat.elapsed().as_millis() / u128::from(PORTION_MILLIS) + 1;
        self.beat + portion * u32::try_from(beats).unwrap_or(u32::MAX)
    }
}
