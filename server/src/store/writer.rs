//! Group commit. One task writes; commands that wait together share one transaction and one fsync.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::{
    Publish,
    unit::{Done, Stop, Unit},
};
use crate::{clock::Clock, refusal::Refusal};

/// More commands than this do not share a transaction, so that the first of them is answered soon.
const BATCH_MAX_COMMANDS: usize = 256;
/// More commands than this do not wait; their senders are told to come back.
const QUEUE_MAX_COMMANDS: usize = 4096;
/// So long a disk is given to say what became of a commit that failed. Together with the rest of a
/// stop it stays within what whoever stops us grants.
const SETTLING_MAX_ATTEMPTS: usize = 8;
const SETTLING_PAUSE: Duration = Duration::from_millis(250);

pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Command>>,
}

impl Writer {
    /// Tidies up, and starts the task. It ends, and gives the database back, once the writer is
    /// dropped.
    pub async fn start(
        mut unit: Unit,
        clock: Arc<dyn Clock>,
        publish: impl Publish,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, mut waiting) = mpsc::channel::<Box<dyn Command>>(QUEUE_MAX_COMMANDS);
        if let Err(error) = commit(&mut unit, clock.as_ref(), &publish, &mut []).await {
            // The disk may be full. Until there is room, whoever only reads is served.
            tracing::error!(%error, "nothing can be stored yet");
            unit.roll_back().await;
        }
        let task = tokio::spawn(async move {
            let mut batch = Vec::new();
            while waiting.recv_many(&mut batch, BATCH_MAX_COMMANDS).await > 0 {
                let stored = commit(&mut unit, clock.as_ref(), &publish, &mut batch).await;
                if let Err(error) = &stored {
                    tracing::error!(%error, commands = batch.len(), "nothing could be stored");
                    unit.roll_back().await;
                    settle(&mut unit).await;
                }
                for command in batch.drain(..) {
                    command.answer(stored.is_ok());
                }
            }
            unit.close().await;
        });
        (Self { queue }, task)
    }

    /// Until the task has ended, which it does while this lives only by a panic.
    pub async fn ended(&self) {
        self.queue.closed().await;
    }

    /// Queues a command and waits until what it did is durable and published.
    pub async fn submit<T, W>(&self, work: W) -> Result<T, Refusal>
    where
        T: Send + 'static,
        W: for<'u> FnOnce(&'u mut Unit) -> BoxFuture<'u, Done<T>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let command = Pending { work: Some(work), outcome: None, reply };
        self.queue.try_send(Box::new(command)).map_err(|_| Refusal::Unavailable)?;
        answer.await.unwrap_or(Err(Refusal::Unavailable))
    }
}

/// Who is refused is told so once it is certain that nothing was changed.
async fn settle(unit: &mut Unit) {
    for _ in 0..SETTLING_MAX_ATTEMPTS {
        let Err(error) = unit.settle().await else { return };
        tracing::error!(%error, "the disk does not say what is on it");
        tokio::time::sleep(SETTLING_PAUSE).await;
    }
    tracing::error!("what was refused just now may be found done by the next server");
}

async fn commit(
    unit: &mut Unit,
    clock: &dyn Clock,
    publish: &impl Publish,
    batch: &mut [Box<dyn Command>],
) -> sqlx::Result<()> {
    unit.begin(clock.now()).await?;
    unit.tidy_up().await?;
    for command in batch.iter_mut() {
        command.run(unit).await?;
    }
    for committed in unit.commit().await? {
        publish.publish(&committed);
    }
    Ok(())
}

/// A command in the queue, whatever it answers with.
trait Command: Send {
    fn run<'a>(&'a mut self, unit: &'a mut Unit) -> BoxFuture<'a, sqlx::Result<()>>;
    fn answer(self: Box<Self>, stored: bool);
}

struct Pending<T, W> {
    work: Option<W>,
    outcome: Option<Result<T, Refusal>>,
    reply: oneshot::Sender<Result<T, Refusal>>,
}

impl<T, W> Command for Pending<T, W>
where
    T: Send + 'static,
    W: for<'u> FnOnce(&'u mut Unit) -> BoxFuture<'u, Done<T>> + Send + 'static,
{
    fn run<'a>(&'a mut self, unit: &'a mut Unit) -> BoxFuture<'a, sqlx::Result<()>> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return Ok(()) };
            self.outcome = match work(unit).await {
                Ok(done) => Some(Ok(done)),
                Err(Stop::Refused(refusal)) => Some(Err(refusal)),
                Err(Stop::Broken(error)) => return Err(error),
            };
            Ok(())
        })
    }

    fn answer(self: Box<Self>, stored: bool) {
        let outcome = self.outcome.filter(|_| stored).unwrap_or(Err(Refusal::Unavailable));
        // Who asked may be gone; what was done stays done.
        let _ = self.reply.send(outcome);
    }
}
