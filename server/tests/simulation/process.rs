//! A server's process: the real store, hub and streams. At any time at most one thing of it happens,
//! the one that the simulation has chosen: a turn of a task, or a transaction.
//!
//! SQLite works on threads of its own. Whoever asks it something is waited for, until it has its
//! answer or is held up at the disk on purpose; so what the threads do follows from the seed, too.
//! The writer and the readers have a runtime each, so that one does not move while it is the other's
//! turn. Time stands still, but for [`pass_time`](Process::pass_time).

use std::{
    future::{Future, poll_fn},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Context, Poll},
    time::Duration,
};

use futures::{
    future::{BoxFuture, LocalBoxFuture},
    task::noop_waker,
};
use server::{
    ai::KeyRing,
    chance::Chance,
    hub::Hub,
    services::Services,
    site::Site,
    store::{Committed, Publish, SqliteStore, Store},
};
use tokio::runtime::{Builder, Runtime};

use crate::{
    clock::JumpyClock,
    command::{Command, Outcome},
    disk::Disk,
    gate::Gate,
    task::Task,
};

pub struct Process {
    pub services: Arc<Services>,
    pub store: Arc<SqliteStore>,
    disk: Arc<Disk>,
    is_reading: Arc<AtomicBool>,
    is_held_up: Arc<AtomicBool>,
    committed: Arc<Record>,
    /// Tasks of the hub's that nobody runs yet.
    spawned: Arc<Mutex<Vec<BoxFuture<'static, ()>>>>,
    underway: Vec<(LocalBoxFuture<'static, Outcome>, Option<Outcome>)>,
    stalled: Option<u64>,
    writing: Runtime,
    /// While something blocks in it, a runtime does not move its clock on its own.
    _holds_time: mpsc::Sender<()>,
    reading: Runtime,
}

/// What came of a transaction.
pub enum Wrote {
    /// In the order in which they were asked for.
    Answered(Vec<Outcome>, Vec<Committed>),
    Stalled,
    /// The server has ended meanwhile. Nobody was told anything.
    Ended,
}

#[derive(Default)]
struct Record(Mutex<Vec<Committed>>);

impl Record {
    fn take(&self) -> Vec<Committed> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Publish for Record {
    fn publish(&self, committed: &Committed) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(committed.clone());
    }
}

impl Process {
    /// Starts a server over what is on the disk.
    pub fn start(disk: &Arc<Disk>, clock: &Arc<JumpyClock>, seed: u64) -> sqlx::Result<Self> {
        let writing = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let reading = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("another");
        let (holds_time, until) = mpsc::channel::<()>();
        reading.spawn_blocking(move || until.recv());
        let spawned = Arc::<Mutex<Vec<_>>>::default();
        let spawning = spawned.clone();
        let spawn = move |task| spawning.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        let (hub, chance) = (Arc::new(Hub::new(spawn)), Arc::new(Chance::from_seed(seed)));
        let committed = Arc::new(Record::default());
        let publish = (hub.clone(), committed.clone());
        disk.write_log_anew();
        let file = disk.database();
        let opening = SqliteStore::open(&file, clock.clone(), chance.clone(), publish);
        let store = Arc::new(writing.block_on(opening)?);
        // A writer that waits for a bad disk to get better waits no time of ours.
        writing.block_on(async { tokio::time::pause() });
        // Nobody listened yet.
        committed.take();
        let (is_reading, is_held_up) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let gate = Gate {
            store: store.clone(),
            is_reading: is_reading.clone(),
            is_held_up: is_held_up.clone(),
        };
        let (site, keys) = (Site::absent(), KeyRing::default());
        let services = Services::new(Arc::new(gate), hub, clock.clone(), chance, site, keys);
        Ok(Self {
            services: Arc::new(services),
            store,
            disk: disk.clone(),
            is_reading,
            is_held_up,
            committed,
            spawned,
            underway: vec![],
            stalled: None,
            writing,
            reading,
            _holds_time: holds_time,
        })
    }

    /// Queues commands for the writer, which is idle.
    pub fn submit(&mut self, commands: impl Iterator<Item = Command>) {
        let waker = noop_waker();
        for command in commands {
            let mut future = command.carry_out(self.store.clone());
            let _ = future.as_mut().poll(&mut Context::from_waker(&waker));
            self.underway.push((future, None));
        }
    }

    pub fn is_writing(&self) -> bool {
        !self.underway.is_empty()
    }

    /// Lets the writer go on, until what was queued is answered or it is held up at the disk.
    pub fn write(&mut self, stall_in: Option<u32>) -> Wrote {
        self.disk.stall_in(stall_in);
        if let Some(stalled) = self.stalled.take() {
            self.disk.release(stalled);
        }
        let Self { writing, underway, disk, stalled, .. } = self;
        writing.block_on(poll_fn(|context| {
            disk.watcher.register(context.waker());
            for (future, outcome) in underway.iter_mut().filter(|(_, outcome)| outcome.is_none()) {
                if let Poll::Ready(ready) = future.as_mut().poll(context) {
                    *outcome = Some(ready);
                }
            }
            if disk.is_down() || underway.iter().all(|(_, outcome)| outcome.is_some()) {
                return Poll::Ready(());
            }
            *stalled = disk.take_stalled();
            if stalled.is_some() { Poll::Ready(()) } else { Poll::Pending }
        }));
        self.disk.stall_in(None);
        if self.disk.is_down() {
            return Wrote::Ended;
        }
        if self.stalled.is_some() {
            return Wrote::Stalled;
        }
        let outcomes = self.underway.drain(..).filter_map(|(_, outcome)| outcome).collect();
        let committed = self.committed.take();
        Wrote::Answered(outcomes, committed)
    }

    /// One turn of a task. Whether it is over.
    pub fn run(&self, task: &mut Task, stall_in: Option<u32>) -> bool {
        self.disk.stall_in(stall_in);
        task.begin_turn();
        if let Some(stalled) = task.stalled.take() {
            self.is_held_up.store(false, Ordering::Relaxed);
            self.disk.release(stalled);
        }
        let is_over = self.reading.block_on(poll_fn(|context| {
            self.disk.watcher.register(context.waker());
            self.is_reading.store(false, Ordering::Relaxed);
            if task.poll(context).is_ready() {
                return Poll::Ready(true);
            }
            if !self.is_reading.load(Ordering::Relaxed) {
                return Poll::Ready(false);
            }
            task.stalled = self.disk.take_stalled();
            if task.stalled.is_some() { Poll::Ready(false) } else { Poll::Pending }
        }));
        self.disk.stall_in(None);
        self.is_held_up.fetch_or(task.stalled.is_some(), Ordering::Relaxed);
        self.let_readers_return();
        is_over
    }

    /// Tasks of the hub's that have begun since this was last asked.
    pub fn take_spawned(&self) -> Vec<Task> {
        let mut spawned = self.spawned.lock().unwrap_or_else(PoisonError::into_inner);
        spawned.drain(..).map(Task::new).collect()
    }

    /// Asks the database something, and waits for it.
    pub fn ask<T>(&self, question: impl Future<Output = T>) -> T {
        let answer = self.reading.block_on(question);
        self.let_readers_return();
        answer
    }

    /// Lets somebody ask for changes, one after the other.
    pub fn ask_writer<T>(&self, question: impl Future<Output = T>) -> T {
        self.writing.block_on(question)
    }

    pub fn pass_time(&self, millis: u64) {
        self.reading.block_on(tokio::time::advance(Duration::from_millis(millis)));
    }

    /// Whoever they served is gone.
    pub fn drop_tasks(&self, tasks: impl Iterator<Item = Task>) {
        let entered = self.reading.enter();
        tasks.for_each(drop);
        drop(entered);
        self.let_readers_return();
    }

    /// Stops as it is asked to: what was begun is finished.
    pub fn stop(self) {
        self.writing.block_on(self.store.close());
        self.services.hub.close();
        self.let_go();
    }

    /// Is not any more, from one moment to the next.
    pub fn end(self, tasks: impl Iterator<Item = Task>) {
        self.disk.end();
        let reading = self.reading.enter();
        tasks.for_each(drop);
        drop(reading);
        self.let_go();
    }

    fn let_go(self) {
        let Self { services, store, spawned, underway, writing, reading, .. } = self;
        let entered = reading.enter();
        drop((underway, spawned, services, store));
        drop(entered);
        writing.shutdown_background();
        reading.shutdown_background();
    }

    /// A connection goes back to the pool by a task of the pool's own.
    fn let_readers_return(&self) {
        let metrics = self.reading.metrics();
        self.reading.block_on(async {
            while metrics.num_alive_tasks() > 0 {
                // The thread that it asks may want this very processor.
                std::thread::yield_now();
                tokio::task::yield_now().await;
            }
        });
    }
}
