//! Something that a server does, one turn after another: whose turn it is, the simulation says.

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
    bell: Arc<Bell>,
    /// Its query is held up at the disk.
    pub stalled: Option<u64>,
}

/// Says that a task has something to do.
struct Bell {
    rang: AtomicBool,
    outside: AtomicWaker,
}

impl Task {
    pub fn new(future: impl Future<Output = ()> + 'static) -> Self {
        let bell = Bell { rang: AtomicBool::new(true), outside: AtomicWaker::new() };
        Self { future: Box::pin(future), bell: Arc::new(bell), stalled: None }
    }

    /// Whether a turn may come to something.
    pub fn is_ready(&self) -> bool {
        self.stalled.is_none() && self.bell.rang.load(Ordering::Acquire)
    }

    pub fn begin_turn(&self) {
        self.bell.rang.store(false, Ordering::Release);
    }

    pub fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        self.bell.outside.register(context.waker());
        let waker = waker(self.bell.clone());
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

impl ArcWake for Bell {
    fn wake_by_ref(bell: &Arc<Self>) {
        bell.rang.store(true, Ordering::Release);
        bell.outside.wake();
    }
}
