//! A server process: the real store, hub and streams. At any time at most one thing happens in it,
//! the one that the simulation has chosen: a turn of a task, or a transaction.
//!
//! SQLite works on threads of its own. A query is waited for until it is answered or is stalled at
//! the disk on purpose, so the threads' work follows from the seed, too. The writer and the readers
//! have a runtime each, so that one does not advance during the other's turn. Time stands still,
//! except for [`pass_time`](Process::pass_time).

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
    app_state::AppState,
    delivery::hub::Hub,
    domain::{command::Command, rng::Rng},
    feed::Feed,
    http::assets::Site,
    store::{Committed, Publish, SqliteStore, Store},
};
use tokio::runtime::{Builder, Runtime};

use crate::{clock::JumpyClock, disk::Disk, gate::Gate, model::Response, task::Task};

pub struct Process {
    pub app_state: Arc<AppState>,
    pub store: Arc<SqliteStore>,
    disk: Arc<Disk>,
    is_reading: Arc<AtomicBool>,
    is_stalled: Arc<AtomicBool>,
    committed: Arc<Record>,
    /// The hub's tasks that are not run yet.
    spawned: Arc<Mutex<Vec<BoxFuture<'static, ()>>>>,
    underway: Vec<(LocalBoxFuture<'static, Response>, Option<Response>)>,
    /// A portion of the index of words.
    indexing: Option<LocalBoxFuture<'static, ()>>,
    stalled: Option<u64>,
    writing: Runtime,
    _holds_time: HoldsTime,
    reading: Runtime,
}

/// While this lives, a paused runtime does not advance its clock by itself.
struct HoldsTime {
    _sender: mpsc::Sender<()>,
}

/// The result of a transaction.
pub enum Wrote {
    /// The responses, in the order of the commands.
    Responded(Vec<Response>, Vec<Committed>),
    Stalled,
    /// The server ended in the middle, and responded to nothing.
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
    /// Starts a server on the disk.
    pub fn start(disk: &Arc<Disk>, clock: &Arc<JumpyClock>, seed: u64) -> sqlx::Result<Self> {
        let writing = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let reading = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("another");
        let holds_time = hold_time(&reading);
        let spawned = Arc::<Mutex<Vec<_>>>::default();
        let spawning = spawned.clone();
        let spawn = move |task| spawning.lock().unwrap_or_else(PoisonError::into_inner).push(task);
        let (hub, rng) = (Arc::new(Hub::new(spawn)), Arc::new(Rng::from_seed(seed)));
        let committed = Arc::new(Record::default());
        let feed = Feed::default().with(hub.clone()).with(committed.clone());
        disk.rewrite_log();
        let file = disk.database();
        let opening = SqliteStore::open(&file, clock.clone(), rng.clone(), feed);
        let store = Arc::new(writing.block_on(opening)?);
        // A writer that waits for a faulty disk takes no real time.
        writing.block_on(async { tokio::time::pause() });
        // There were no listeners yet.
        committed.take();
        let (is_reading, is_stalled) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let gate = Gate {
            store: store.clone(),
            is_reading: is_reading.clone(),
            is_stalled: is_stalled.clone(),
        };
        let (site, keys) = (Site::absent(), KeyRing::default());
        let app_state = AppState::new(Arc::new(gate), hub, clock.clone(), rng, site, keys);
        Ok(Self {
            app_state: Arc::new(app_state),
            store,
            disk: disk.clone(),
            is_reading,
            is_stalled,
            committed,
            spawned,
            underway: vec![],
            indexing: None,
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
            let store = self.store.clone();
            let submitting = async move { store.submit(command).await };
            let mut future: LocalBoxFuture<'static, _> = Box::pin(submitting);
            let _ = future.as_mut().poll(&mut Context::from_waker(&waker));
            self.underway.push((future, None));
        }
    }

    /// Queues a portion of the index, behind the commands.
    pub fn index(&mut self) {
        let store = self.store.clone();
        // Where the disk does not take it, a later one has it.
        let mut indexing: LocalBoxFuture<'static, ()> =
            Box::pin(async move { drop(store.index_portion().await) });
        let _ = indexing.as_mut().poll(&mut Context::from_waker(&noop_waker()));
        self.indexing = Some(indexing);
    }

    pub fn is_writing(&self) -> bool {
        !self.underway.is_empty() || self.indexing.is_some()
    }

    /// Runs the writer until the queued commands are answered or it is stalled at the disk.
    pub fn write(&mut self, stall_in: Option<u32>) -> Wrote {
        self.disk.stall_in(stall_in);
        if let Some(stalled) = self.stalled.take() {
            self.disk.release(stalled);
        }
        let Self { writing, underway, indexing, disk, stalled, .. } = self;
        writing.block_on(poll_fn(|context| {
            disk.watcher.register(context.waker());
            for (future, response) in underway.iter_mut().filter(|(_, response)| response.is_none())
            {
                if let Poll::Ready(ready) = future.as_mut().poll(context) {
                    *response = Some(ready);
                }
            }
            if indexing.as_mut().is_some_and(|indexing| indexing.as_mut().poll(context).is_ready())
            {
                *indexing = None;
            }
            let are_answered = underway.iter().all(|(_, response)| response.is_some());
            if disk.is_down() || are_answered && indexing.is_none() {
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
        let responses = self.underway.drain(..).filter_map(|(_, response)| response).collect();
        let committed = self.committed.take();
        Wrote::Responded(responses, committed)
    }

    /// Runs one turn of a task. Returns whether the task is finished.
    pub fn run(&self, task: &mut Task, stall_in: Option<u32>) -> bool {
        self.disk.stall_in(stall_in);
        task.begin_turn();
        if let Some(stalled) = task.stalled.take() {
            self.is_stalled.store(false, Ordering::Relaxed);
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
        self.is_stalled.fetch_or(task.stalled.is_some(), Ordering::Relaxed);
        self.wait_for_readers();
        is_over
    }

    /// The tasks that the hub has spawned since they were last taken.
    pub fn take_spawned(&self) -> Vec<Task> {
        let mut spawned = self.spawned.lock().unwrap_or_else(PoisonError::into_inner);
        spawned.drain(..).map(Task::new).collect()
    }

    /// Runs a query to its end.
    pub fn ask<T>(&self, query: impl Future<Output = T>) -> T {
        let answer = self.reading.block_on(query);
        self.wait_for_readers();
        answer
    }

    /// Runs changes to their end, one after the other.
    pub fn ask_writer<T>(&self, query: impl Future<Output = T>) -> T {
        self.writing.block_on(query)
    }

    pub fn pass_time(&self, millis: u64) {
        self.reading.block_on(tokio::time::advance(Duration::from_millis(millis)));
    }

    /// Drops the tasks of clients that are gone.
    pub fn drop_tasks(&self, tasks: impl Iterator<Item = Task>) {
        let entered = self.reading.enter();
        tasks.for_each(drop);
        drop(entered);
        self.wait_for_readers();
    }

    /// Stops in an orderly way: everything that was started is finished.
    pub fn stop(self) {
        // While the store waits for its readers, the writer's timers must not fire: how long that takes does
        // not follow from the seed.
        let _holds_time = hold_time(&self.writing);
        self.writing.block_on(self.store.close());
        self.app_state.hub.close();
        self.release_all();
    }

    /// Ends at once.
    pub fn end(self, tasks: impl Iterator<Item = Task>) {
        self.disk.end();
        let reading = self.reading.enter();
        tasks.for_each(drop);
        drop(reading);
        self.release_all();
    }

    fn release_all(self) {
        let Self { app_state, store, spawned, underway, indexing, writing, reading, .. } = self;
        let entered = reading.enter();
        drop((underway, indexing, spawned, app_state, store));
        drop(entered);
        writing.shutdown_background();
        reading.shutdown_background();
    }

    /// Waits until connections are back in the pool, which a task of the pool does.
    fn wait_for_readers(&self) {
        let metrics = self.reading.metrics();
        self.reading.block_on(async {
            while metrics.num_alive_tasks() > 0 {
                // The thread that this waits for may need this very processor.
                std::thread::yield_now();
                tokio::task::yield_now().await;
            }
        });
    }
}

/// A runtime in which a thread blocks does not advance its clock.
fn hold_time(runtime: &Runtime) -> HoldsTime {
    let (sender, until) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || until.recv());
    HoldsTime { _sender: sender }
}
