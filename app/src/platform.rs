//! What the app needs of a browser, a trait for each capability. `frontend` implements them; on the
//! server there is no [`Browser`].

use std::{any::Any, future::Future, pin::Pin, sync::Arc};

use client::{
    ApiError, Effect, Input, Lifecycle, LockMode, LockSignal, Millis, Request, Response,
    StreamSignal,
    storage::{Found, Operation, StorageError},
};
use protocol::{BeingId, SpaceId, Timestamp};

use crate::day::Day;

/// Keeps something running until it is dropped.
pub type DropGuard = Box<dyn Any + Send + Sync>;
pub type PlatformFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Event streams (Server-Sent Events, HTML Standard).
pub trait Streams {
    /// Opens a stream. It does not reconnect by itself.
    fn open(&self, url: &str, on_signal: Box<dyn Fn(StreamSignal)>) -> DropGuard;
}

/// The clock, timers and randomness.
pub trait Timers: Send + Sync {
    /// Wall-clock time: it advances while the device sleeps, and may be set back.
    fn now(&self) -> Millis;
    fn after(&self, millis: u64, run: Box<dyn FnOnce()>) -> DropGuard;
    /// Runs before the next repaint.
    fn on_frame(&self, run: Box<dyn FnOnce()>) -> DropGuard;
    /// 128 uniform bits.
    fn random(&self) -> u128;
}

/// The other tabs of this browser (Broadcast Channel, HTML Standard; Web Locks API).
pub trait Tabs {
    /// Joins the tabs that use the same name. `None` where the browser has no such channel.
    fn join(&self, name: &str, on_text: Box<dyn Fn(String)>) -> Option<Box<dyn TabChannel>>;
    /// Requests a lock, which the browser grants to one tab at a time, until the guard is dropped.
    /// `None` where the browser has no locks.
    fn lock(
        &self,
        name: &str,
        mode: LockMode,
        on_signal: Box<dyn Fn(LockSignal)>,
    ) -> Option<DropGuard>;
}

/// Dropping it leaves the channel.
pub trait TabChannel {
    fn post(&self, text: &str);
}

/// What survives the tab and the device's restarts: `client::storage` is its schema.
pub trait Storage {
    /// Resolves once the data is on disk.
    fn run(&self, operation: Operation) -> PlatformFuture<Result<Found, StorageError>>;
    /// Tells from now on when the browser has thrown away all that it kept.
    fn watch(&self, on_loss: Box<dyn Fn()>);
}

/// The API over HTTP.
pub trait Api {
    fn call(&self, space: SpaceId, request: Request) -> PlatformFuture<Result<Response, ApiError>>;
}

/// The page and the device around it.
pub trait Document: Send + Sync {
    /// Tells what happens to the page from now on, and what holds already.
    fn on_lifecycle(&self, run: Box<dyn Fn(Lifecycle)>) -> DropGuard;
    fn is_visible(&self) -> bool;
    /// The time of day, formatted in the reader's time zone and language; `in_full`: and the date.
    fn local_time(&self, time: &Timestamp, in_full: bool) -> String;
    /// The day in the reader's time zone; without a time, of this moment. `None` if it cannot be read.
    fn day(&self, time: Option<&Timestamp>) -> Option<Day>;
    fn navigate(&self, path: &str);
    /// Shows a number at the app's icon; none where it is 0.
    fn badge(&self, count: u64);
    /// The text in Unicode's Normalization Form KD.
    fn normalized(&self, text: &str) -> String;
    /// Whether the primary pointer is a finger.
    fn has_coarse_pointer(&self) -> bool;
    /// Whether the clipboard is available: not on a page served over plain HTTP.
    fn can_copy(&self) -> bool;
    /// Puts a text on the clipboard and then calls `on_copied`.
    fn copy(&self, text: &str, on_copied: Box<dyn FnOnce()>);
}

/// The texts of messages as HTML. It is the same on both sides, to the letter; a browser loads its copy once
/// it has nothing else to do, and until then has only what the page came with. A context of its own: the
/// server has one, too.
pub trait Markdown: Send + Sync {
    /// Who is here: texts that are rendered from now on may mention them.
    fn know(&self, beings: Vec<BeingId>);
    /// One element for each block. `None` while it is not known.
    fn html(&self, text: &str) -> Option<String>;
    /// The words without their markup, as they are read aloud. `None` while they are not known.
    fn words(&self, text: &str) -> Option<String>;
    /// The beings that a text mentions, whoever is here. `None` while they are not known.
    fn mentions(&self, text: &str) -> Option<Vec<BeingId>>;
    /// Renders a text that grows. `None` while it cannot.
    fn grow(&self) -> Option<Box<dyn GrowingMarkdown>>;
    /// Calls `on_loaded` once every text can be rendered; never where that is so from the start.
    fn load(&self, on_loaded: Box<dyn FnOnce()>);
}

pub trait GrowingMarkdown: Send + Sync {
    /// What changes on the screen when the text goes on. `None` if nothing does.
    fn append(&mut self, text: &str) -> Option<Growth>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Growth {
    /// This text is added at the end of the last line.
    Text(String),
    Blocks(NewBlocks),
}

/// What takes the place of all blocks from one on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlocks {
    pub from: u32,
    /// How many items of block `from`, a list, or rows, of a table, stay, with `inner` behind them. `None` if the
    /// block itself does not stay.
    pub items: Option<u32>,
    pub inner: String,
    /// Whole blocks.
    pub blocks: String,
}

/// Does what a client wants done, and tells it what comes of that.
pub trait Driver: Send + Sync {
    /// From here on, what happens is passed to `take`.
    fn start(&self, take: Box<dyn Fn(Input)>);
    fn execute(&self, effect: Effect);
}

/// The browser, provided to the pages as a context.
#[derive(Clone)]
pub struct Browser {
    pub driver: Arc<dyn Driver>,
    pub timers: Arc<dyn Timers>,
    pub document: Arc<dyn Document>,
}
