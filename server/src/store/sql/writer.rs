//! Group commit. One task writes; commands that wait together share one transaction and one fsync.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    super::{
        committed::Publish,
        tx::{Commit, TxError, WriteConnection},
    },
    tx::failure,
};
use crate::domain::{
    self,
    clock::{Clock, Moment},
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

/// The index follows once nobody has written for this long.
const INDEX_QUIET: Duration = Duration::from_millis(50);
/// And goes on after this long.
const INDEX_NEXT: Duration = Duration::from_millis(5);
/// Where somebody always writes, a portion is indexed this often all the same.
const INDEX_EVERY: Duration = Duration::from_secs(2);
/// Words of what was deleted leave the index in such portions; after n of them, nothing is purged for n times this
/// long: so a large index is not written again for each deletion.
const PURGE_REST: Duration = Duration::from_secs(1);
/// As many more where the store closes; the next one goes on.
const PURGE_AT_CLOSE_PORTIONS: usize = 16;
/// The pause where the index cannot be written, as on a full disk.
const INDEX_PAUSE: Duration = Duration::from_secs(5);

type Answer = Result<Outcome, Refusal>;

/// What a writer does besides running transactions.
pub trait Housekeeping: WriteConnection {
    /// Instead of [`begin`](WriteConnection::begin), for sends alone: each space is assumed to be as it
    /// is remembered, and each id to be new. False where the database does not do so, where a space is not
    /// remembered, or where something else is to be done first.
    fn assume<'c>(
        &mut self,
        now: Moment,
        commands: impl Iterator<Item = &'c Command> + Clone,
    ) -> bool;
    /// Whether the database has refused what was assumed, and nothing is written.
    fn was_wrong(error: &sqlx::Error) -> bool;
    /// Ends a transaction whose assumptions may be wrong. Nothing is written.
    fn drop_assumptions(&mut self);
    /// Before anything else is written: does what an earlier server has left undone.
    fn recover(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;
    /// Makes certain that a commit that failed has changed nothing.
    fn resolve_in_doubt(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Whether there may be something to index.
    fn is_behind(&self) -> bool;
    /// The same of removing words.
    fn has_changed(&self) -> bool;
    /// Indexes a portion of what is left.
    fn index_portion(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Whether words of what was deleted may be in the index.
    fn holds_deleted_words(&self) -> bool;
    /// Removes a portion of them.
    fn purge_portion(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Whether content of deleted spaces may be left.
    fn has_deleted(&self) -> bool;
    /// Removes a portion of what was said in deleted spaces.
    fn remove_deleted(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;
}

pub struct Writer {
    queue: mpsc::Sender<Task>,
}

#[expect(clippy::large_enum_variant, reason = "nearly all tasks are commands")]
enum Task {
    Run(Waiting),
    /// A portion of the index, and whom to tell whether there may be more.
    Index(oneshot::Sender<Result<bool, Refusal>>),
}

/// A command in the queue, and where its answer goes.
struct Waiting {
    command: Command,
    reply: oneshot::Sender<Answer>,
}

impl Writer {
    /// Recovers, and starts the task. It ends, and gives the database back, once the writer is dropped.
    pub async fn start(
        mut tx: impl Housekeeping + 'static,
        clock: Arc<dyn Clock>,
        publish: impl Publish,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (queue, mut tasks) = mpsc::channel::<Task>(QUEUE_MAX_COMMANDS);
        if let Err(error) = run(&mut tx, clock.as_ref(), &publish, &[]).await {
            // The disk may be full. Until there is room, whoever only reads is served.
            tracing::error!(%error, "nothing can be stored yet");
            tx.roll_back().await;
        }
        let task = tokio::spawn(async move {
            let (mut taken, mut batch, mut portions) = (Vec::new(), Vec::new(), Vec::new());
            let mut indexing = Indexing::new();
            remove_while_idle(&mut tx, clock.as_ref(), &tasks).await;
            loop {
                let count = indexing.wait(&mut tx, &mut tasks, &mut taken).await;
                if count == Some(0) {
                    break;
                }
                for task in taken.drain(..) {
                    match task {
                        Task::Run(waiting) => batch.push(waiting),
                        Task::Index(reply) => portions.push(reply),
                    }
                }
                if !batch.is_empty() {
                    run_all(&mut tx, clock.as_ref(), &publish, &mut batch).await;
                    remove_while_idle(&mut tx, clock.as_ref(), &tasks).await;
                }
                if count.is_none() {
                    indexing.run(&mut tx).await;
                }
                for reply in portions.drain(..) {
                    let indexed = indexing.run(&mut tx).await;
                    let _ =
                        reply.send(indexed.map(|()| tx.is_behind()).ok_or(Refusal::Unavailable));
                }
            }
            // Nothing that was deleted stays behind.
            while tx.has_changed() && indexing.run(&mut tx).await.is_some() {}
            for _ in 0..PURGE_AT_CLOSE_PORTIONS {
                if !tx.holds_deleted_words() || tx.purge_portion().await.is_err() {
                    break;
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
        let task = Task::Run(Waiting { command, reply });
        self.queue.try_send(task).map_err(|_| Refusal::Unavailable)?;
        answer.await.unwrap_or(Err(Refusal::Unavailable))
    }

    /// Indexes a portion; whether there may be more.
    pub async fn index_portion(&self) -> Result<bool, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Task::Index(reply)).map_err(|_| Refusal::Unavailable)?;
        answer.await.unwrap_or(Err(Refusal::Unavailable))
    }
}

/// When the index follows: in transactions of its own, while nobody writes.
struct Indexing {
    last: Instant,
    pause: Duration,
    /// The portions of the purge that is under way.
    purged_portions: u32,
    /// When the next one may begin.
    purges_from: Instant,
}

impl Indexing {
    fn new() -> Self {
        let now = Instant::now();
        Self { last: now, pause: INDEX_QUIET, purged_portions: 0, purges_from: now }
    }

    /// Takes the next tasks: 0 once there are no more, None where it is time to index a portion.
    async fn wait(
        &mut self,
        tx: &mut impl Housekeeping,
        tasks: &mut mpsc::Receiver<Task>,
        taken: &mut Vec<Task>,
    ) -> Option<usize> {
        let taking = tasks.recv_many(taken, BATCH_MAX_COMMANDS);
        let pause = match (tx.is_behind(), tx.holds_deleted_words()) {
            (true, _) if self.last.elapsed() >= INDEX_EVERY.max(self.pause) => return None,
            (true, _) => self.pause,
            (false, true) => {
                self.pause.max(self.purges_from.saturating_duration_since(Instant::now()))
            }
            (false, false) => {
                let count = taking.await;
                (self.last, self.pause) = (Instant::now(), INDEX_QUIET);
                return Some(count);
            }
        };
        let count = tokio::time::timeout(pause, taking).await.ok();
        if count.is_some() {
            self.pause = self.pause.max(INDEX_QUIET);
        }
        count
    }

    /// Indexes a portion, or purges one where there is nothing to index; None where that failed.
    async fn run(&mut self, tx: &mut impl Housekeeping) -> Option<()> {
        let indexed = match tx.is_behind() {
            true => tx.index_portion().await,
            false => self.purge(tx).await,
        };
        self.last = Instant::now();
        self.pause = if indexed.is_ok() { INDEX_NEXT } else { INDEX_PAUSE };
        indexed.inspect_err(|error| tracing::error!(%error, "nothing could be indexed")).ok()
    }

    async fn purge(&mut self, tx: &mut impl Housekeeping) -> sqlx::Result<()> {
        if tx.holds_deleted_words() {
            tx.purge_portion().await?;
            self.purged_portions += 1;
            if !tx.holds_deleted_words() {
                self.purges_from = Instant::now() + PURGE_REST * self.purged_portions;
                self.purged_portions = 0;
            }
        }
        Ok(())
    }
}

/// Runs a batch, and answers its commands.
async fn run_all(
    tx: &mut impl Housekeeping,
    clock: &dyn Clock,
    publish: &impl Publish,
    batch: &mut Vec<Waiting>,
) {
    match run(tx, clock, publish, batch).await {
        Ok(answers) => {
            // A small space is gone with all that it held when its deletion is answered.
            remove_deleted(tx, clock).await;
            for (waiting, answer) in batch.drain(..).zip(answers) {
                // The sender may be gone; what was done stays done.
                let _ = waiting.reply.send(answer);
            }
        }
        Err(error) => {
            tracing::error!(%error, commands = batch.len(), "nothing could be stored");
            tx.roll_back().await;
            resolve_in_doubt(tx).await;
            for waiting in batch.drain(..) {
                let _ = waiting.reply.send(Err(Refusal::Unavailable));
            }
        }
    }
}

/// Removes a portion of what is left of deleted spaces, and says whether there may be more: after each batch, and
/// while no command waits. What a failing disk or a stop leaves, a later batch or the next server removes.
async fn remove_deleted(tx: &mut impl Housekeeping, clock: &dyn Clock) -> bool {
    if tx.has_deleted()
        && let Err(error) = remove_portion(tx, clock.now()).await
    {
        tracing::error!(%error, "what is left of a deleted space could not be removed");
        tx.roll_back().await;
        resolve_in_doubt(tx).await;
        return false;
    }
    tx.has_deleted()
}

/// Removes a portion, in a transaction of its own.
async fn remove_portion(tx: &mut impl Housekeeping, now: Moment) -> sqlx::Result<()> {
    tx.begin(now, [].iter()).await?;
    tx.remove_deleted().await?;
    tx.commit().await.map(drop)
}

async fn remove_while_idle(
    tx: &mut impl Housekeeping,
    clock: &dyn Clock,
    waiting: &mpsc::Receiver<Task>,
) {
    while waiting.is_empty() && !waiting.is_closed() && remove_deleted(tx, clock).await {}
}

/// A refusal is told once it is certain that nothing was changed.
async fn resolve_in_doubt(tx: &mut impl Housekeeping) {
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
async fn run<T: Housekeeping>(
    tx: &mut T,
    clock: &dyn Clock,
    publish: &impl Publish,
    batch: &[Waiting],
) -> sqlx::Result<Vec<Answer>> {
    let (now, commands) = (clock.now(), batch.iter().map(|waiting| &waiting.command));
    if tx.assume(now, commands.clone()) {
        let answers = execute(tx, batch).await;
        if let Some(answers) = answers.ok().filter(|answers| answers.iter().all(Result::is_ok)) {
            match commit(tx, publish).await {
                Err(error) if T::was_wrong(&error) => {}
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

async fn execute(tx: &mut impl Housekeeping, batch: &[Waiting]) -> sqlx::Result<Vec<Answer>> {
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

async fn commit(tx: &mut impl Housekeeping, publish: &impl Publish) -> sqlx::Result<()> {
    let Commit { spaces, inboxes, deleted } = tx.commit().await?;
    spaces.iter().for_each(|committed| publish.publish(committed));
    deleted.iter().for_each(|space| publish.publish_deleted(space));
    inboxes.iter().for_each(|committed| publish.publish_inbox(committed));
    Ok(())
}
