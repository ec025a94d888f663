//! A task of the server. The simulation decides when it has its turn.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use futures::{
    future::LocalBoxFuture,
    task::{ArcWake, AtomicWaker, waker},
};

pub struct Task {
    future: LocalBoxFuture<'static, ()>,
    waker_state: Arc<TaskWaker>,
    /// The stall of its query at the disk, if it is stalled.
    pub stalled: Option<u64>,
}

/// Records that a task was woken.
struct TaskWaker {
    is_woken: AtomicBool,
    outside: AtomicWaker,
}

impl Task {
    pub fn new(future: impl Future<Output = ()> + 'static) -> Self {
        let waker_state =
            TaskWaker { is_woken: AtomicBool::new(true), outside: AtomicWaker::new() };
        Self { future: Box::pin(future), waker_state: Arc::new(waker_state), stalled: None }
    }

    /// Whether the task was woken and is not stalled.
    pub fn is_ready(&self) -> bool {
        self.stalled.is_none() && self.waker_state.is_woken.load(Ordering::Acquire)
    }

    pub fn begin_turn(&self) {
        self.waker_state.is_woken.store(false, Ordering::Release);
    }

    pub fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        self.waker_state.outside.register(context.waker());
        let waker = waker(self.waker_state.clone());
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

impl ArcWake for TaskWaker {
    fn wake_by_ref(waker_state: &Arc<Self>) {
        waker_state.is_woken.store(true, Ordering::Release);
        waker_state.outside.wake();
    }
}
