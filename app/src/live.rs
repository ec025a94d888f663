//! What only a browser has: its streams, its clock, its timers, its wake-ups. `frontend` hands it in;
//! where the server renders, there is none.

use std::{any::Any, future::Future, pin::Pin, sync::Arc};

use crate::{
    backend::Commands,
    protocol::{IntentionId, Timestamp},
    replica::Millis,
};

/// Something that goes on until this is dropped.
pub type Guard = Box<dyn Any + Send + Sync>;

pub trait Live: Send + Sync {
    /// Opens an event stream. It does not come back by itself.
    fn open_stream(&self, url: &str, on_signal: Box<dyn Fn(StreamSignal)>) -> Guard;
    fn after(&self, millis: u64, run: Box<dyn FnOnce()>) -> Guard;
    /// Runs before the screen is drawn next.
    fn on_frame(&self, run: Box<dyn FnOnce()>) -> Guard;
    fn on_wake(&self, run: Box<dyn Fn(Wake)>) -> Guard;
    /// Goes on while the device sleeps; may be set back.
    fn now(&self) -> Millis;
    /// From 0 to 1.
    fn dice(&self) -> f64;
    /// A new UUIDv7.
    fn new_id(&self) -> IntentionId;
    /// As the reader's clock and language have it.
    fn local_time(&self, time: &Timestamp) -> String;
    fn go_to(&self, path: &str);
}

/// What the browser keeps when the tab, or the device, dies: texts by key, on named shelves.
pub trait Shelf: Send + Sync {
    fn put(&self, shelf: &'static str, key: String, value: String) -> Kept<()>;
    fn remove(&self, shelf: &'static str, key: String) -> Kept<()>;
    /// Those whose keys begin so, in the order of their keys.
    fn all(&self, shelf: &'static str, prefix: String) -> Kept<Vec<String>>;
}

/// Done once it is on disk; none where the browser keeps nothing, as in some private windows.
pub type Kept<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

/// The shelf of what is not sent yet.
pub const OUTBOX: &str = "outbox";
/// The shelf of what is not written to its end.
pub const DRAFTS: &str = "drafts";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamSignal {
    /// The server answers; its first event may be large.
    Opened,
    /// `id` is the last one that came, which an event without an id of its own repeats.
    Event { id: String, data: String },
    /// The socket is gone. `is_refusal`: the answer was no stream.
    Closed { is_refusal: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The page became visible.
    Shown,
    /// It came back from the back-forward cache, or the network came back.
    Returned,
}

/// The context in which the pages find their browser.
#[derive(Clone)]
pub struct Browser {
    pub live: Arc<dyn Live>,
    pub commands: Arc<dyn Commands>,
    pub shelf: Arc<dyn Shelf>,
}
