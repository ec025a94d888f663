//! Group commit. One task writes; commands that wait together share one transaction and one fsync.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};

use super::{
    super::{
        committed::Publish,
        tx::{Commit, TxError, WriteConnection},
    },
    tx::{SqliteTx, failure, is_refused_row},
};
use crate::domain::{
    self,
    clock::Clock,
    command::{Command, Outcome},
    refusal::Refusal,
};

/// More commands than this do not share a transaction, so that the first of them is answered soon.
const BATCH_MAX_COMMANDS: usize = 256;
/// More commands than this do not wait; their senders are told to come back.
const QUEUE_MAX_COMMANDS: usize = 4096;
/// How often a disk is asked what became of a commit that failed. Together with the rest of a stop
/// this stays within the time that a service manager grants.
const RESOLVE_MAX_ATTEMPTS: usize = 8;
const RESOLVE_PAUSE: Duration = Duration::from_millis(250);

type Answer = Result<Outcome, Refusal>;

pub(super) struct Writer {
    queue: mpsc::Sender<Waiting>,
}

/// A command in the queue, and where its answer goes.
struct Waiting {
    command: Command,
    reply: oneshot::Sender<Answer>,
}

impl Writer {
    /// Recovers, and starts the task. It ends, and gives the database back, once the writer is dropped.
    pub async fn start(
        mut tx: SqliteTx,
        clock: Arc<dyn Clock>,
        publish: impl Publish,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, mut waiting) = mpsc::channel::<Waiting>(QUEUE_MAX_COMMANDS);
        if let Err(error) = run(&mut tx, clock.as_ref(), &publish, &[]).await {
            // The disk may be full. Until there is room, whoever only reads is served.
            tracing::error!(%error, "nothing can be stored yet");
            tx.roll_back().await;
        }
        let task = tokio::spawn(async move {
            let mut batch = Vec::new();
            while waiting.recv_many(&mut batch, BATCH_MAX_COMMANDS).await > 0 {
                match run(&mut tx, clock.as_ref(), &publish, &batch).await {
                    Ok(answers) => {
                        for (waiting, answer) in batch.drain(..).zip(answers) {
                            // The sender may be gone; what was done stays done.
                            let _ = waiting.reply.send(answer);
                        }
                    }
                    Err(error) => {
                        tracing::error!(%error, commands = batch.len(), "nothing could be stored");
                        tx.roll_back().await;
                        resolve_in_doubt(&mut tx).await;
                        for waiting in batch.drain(..) {
                            let _ = waiting.reply.send(Err(Refusal::Unavailable));
                        }
                    }
                }
            }
            tx.close().await;
        });
        (Self { queue }, task)
    }

    /// Until the task has ended, which it does while this lives only by a panic.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }

    /// Queues a command and waits until what it did is durable and published.
    pub async fn submit(&self, command: Command) -> Answer {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { command, reply };
        self.queue.try_send(waiting).map_err(|_| Refusal::Unavailable)?;
        answer.await.unwrap_or(Err(Refusal::Unavailable))
    }
}

/// A refusal is told once it is certain that nothing was changed.
async fn resolve_in_doubt(tx: &mut SqliteTx) {
    for _ in 0..RESOLVE_MAX_ATTEMPTS {
        let Err(error) = tx.resolve_in_doubt().await else { return };
        tracing::error!(%error, "the disk does not say what is on it");
        tokio::time::sleep(RESOLVE_PAUSE).await;
    }
    tracing::error!("what was refused just now may be found done by the next server");
}

/// Runs a batch in one transaction. An error is of the database, and has changed nothing that the disk
/// could tell of.
///
/// Almost every send has a new id, and a space that is as it is remembered. So a batch of sends is first
/// run on that assumption, which saves it a visit. Where a row, or a refusal, may be otherwise, the batch
/// is run again, with all looked up.
async fn run(
    tx: &mut SqliteTx,
    clock: &dyn Clock,
    publish: &impl Publish,
    batch: &[Waiting],
) -> sqlx::Result<Vec<Answer>> {
    let (now, commands) = (clock.now(), batch.iter().map(|waiting| &waiting.command));
    if tx.assume(now, commands.clone()) {
        let answers = execute(tx, batch).await;
        if let Some(answers) = answers.ok().filter(|answers| answers.iter().all(Result::is_ok)) {
            match commit(tx, publish).await {
                Err(error) if is_refused_row(&error) => {}
                committed => return committed.map(|()| answers),
            }
        }
        tx.drop_assumptions();
    }
    tx.begin(now, commands).await?;
    tx.recover().await?;
    let answers = execute(tx, batch).await?;
    commit(tx, publish).await?;
    Ok(answers)
}

async fn execute(tx: &mut SqliteTx, batch: &[Waiting]) -> sqlx::Result<Vec<Answer>> {
    let mut answers = Vec::with_capacity(batch.len());
    for Waiting { command, .. } in batch {
        answers.push(match domain::execute(tx, command).await {
            Ok(outcome) => Ok(outcome),
            Err(TxError::Refused(refusal)) => Err(refusal),
            Err(failed) => return Err(failure(failed)),
        });
    }
    Ok(answers)
}

async fn commit(tx: &mut SqliteTx, publish: &impl Publish) -> sqlx::Result<()> {
    let Commit { spaces, inboxes } = tx.commit().await?;
    spaces.iter().for_each(|committed| publish.publish(committed));
    inboxes.iter().for_each(|committed| publish.publish_inbox(committed));
    Ok(())
}
