//! The AI beings' answers. An answer begins in the store, in the transaction of its question; this
//! module writes it.
//!
//! ```text
//! Committed (an answer has begun) -> queue -> job -> prompt -> provider -> portions -> store
//! ```
//!
//! Always true:
//! - Writing and stopping an answer both start from a [`Committed`](crate::store::Committed).
//! - An answer that is stopped, or begun again, has no task that writes the old one.
//! - A key is read where it is used, and appears in no answer, no log and no other request.

pub mod guide;
mod job;
mod key_ring;
mod limits;
pub mod models;
mod openai;
mod prompt;
mod provider;
mod queue;
mod tasks;
mod writer;

use std::sync::Arc;

use protocol::FailureReason;
use tokio::time::Instant;

use self::{
    job::AnswerJob,
    limits::ProviderLimits,
    openai::{Clients, Dialects},
    queue::{Job, Jobs},
    tasks::AnswerTasks,
    writer::AnswerWriter,
};
pub use self::{key_ring::KeyRing, limits::AnswerLimits, queue::AnswerQueue};
use crate::{domain::command::AnswerOutcome, store::Store};

/// Writes the answers that its queue brings, until it is dropped.
pub struct Responder {
    jobs: Jobs,
    clients: Clients,
    keys: KeyRing,
    limits: AnswerLimits,
}

impl Responder {
    /// The queue subscribes to the feed.
    pub fn new(keys: KeyRing, limits: AnswerLimits) -> reqwest::Result<(AnswerQueue, Self)> {
        let (queue, jobs) = queue::queue();
        let clients = Clients::new()?;
        Ok((queue, Self { jobs, clients, keys, limits }))
    }

    /// Runs until nothing can begin any more. Dropping it interrupts the answers that are being
    /// written; the store says so when it is opened again.
    pub async fn run(mut self, store: Arc<dyn Store>) {
        let mut tasks = AnswerTasks::default();
        let (provider_limits, dialects) = (ProviderLimits::default(), Dialects::default());
        let first_tick = Instant::now();
        loop {
            tokio::select! {
                job = self.jobs.next() => match job {
                    None => return,
                    Some(Job::Stop(space, message)) => tasks.abort(&(space, message)),
                    Some(Job::Begin(answer)) => {
                        let job = AnswerJob {
                            store: store.clone(),
                            clients: self.clients.clone(),
                            keys: self.keys.clone(),
                            limits: self.limits,
                            provider_limits: provider_limits.clone(),
                            dialects: dialects.clone(),
                            first_tick,
                        };
                        tasks.spawn(answer.clone(), job.run(answer));
                    }
                },
                Some(ended) = tasks.join_next() => {
                    // The task has panicked, so nothing else ends its answer.
                    if let Some(answer) = tasks.remove(ended) {
                        let ending = AnswerOutcome::Failed(FailureReason::Interrupted);
                        let writer =
                            AnswerWriter::new(store.clone(), answer.clone(), self.limits, first_tick);
                        tasks.spawn(answer, writer.end(ending, None));
                    }
                }
            }
        }
    }
}
