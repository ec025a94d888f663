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
    /// Joins the other tabs of this browser that use the name; none where a browser cannot.
    fn channel(&self, name: &str, on_text: Box<dyn Fn(&str)>) -> Option<Arc<dyn Channel>>;
    /// Queues for a lock that the browser gives to one tab at a time, or takes it from whoever has
    /// it. Tells when it is ours, and when it was taken away. None where a browser has no locks.
    fn lock(&self, name: &str, is_stolen: bool, on_change: Box<dyn Fn(bool)>) -> Option<Guard>;
    /// Goes on while the device sleeps; may be set back.
    fn now(&self) -> Millis;
    /// From 0 to 1.
    fn dice(&self) -> f64;
    /// A new UUIDv7.
    fn new_id(&self) -> IntentionId;
    /// As the reader's clock and language have it.
    fn local_time(&self, time: &Timestamp) -> String;
    fn go_to(&self, path: &str);
    /// A text as HTML with its addresses as links, if it has any.
    fn linked(&self, text: &str) -> Option<String>;
    /// Whether one points with a finger.
    fn is_touched(&self) -> bool;
    /// Whether there is a clipboard for us; not where the page came over plain HTTP.
    fn can_copy(&self) -> bool;
    /// Puts a text on the clipboard, and runs once it is there.
    fn copy(&self, text: &str, on_copied: Box<dyn FnOnce()>);
}

/// The other tabs. Left when this is dropped.
pub trait Channel: Send + Sync {
    fn post(&self, text: &str);
}

/// What the browser keeps when the tab, or the device, dies: texts by key, on named shelves.
pub trait Shelf: Send + Sync {
    fn put(&self, shelf: &'static str, key: String, value: String) -> Kept<()>;
    fn remove(&self, shelf: &'static str, key: String) -> Kept<()>;
    /// The keys that begin so, in their order.
    fn keys(&self, shelf: &'static str, prefix: String) -> Kept<Vec<String>>;
    /// What stands under the keys that begin so, in their order.
    fn all(&self, shelf: &'static str, prefix: String) -> Kept<Vec<String>>;
}

/// Done once it is on disk; none where the browser keeps nothing, as in some private windows.
pub type Kept<T> = Pin<Box<dyn Future<Output = Option<T>> + Send>>;

/// The shelf of what is not sent yet.
pub const OUTBOX: &str = "outbox";
/// The shelf of what is not written to its end.
pub const DRAFTS: &str = "drafts";
/// The shelf of what was last seen of each space.
pub const VISITS: &str = "visits";

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
    /// It is not visible any more, and may never be again.
    Hidden,
    /// The page came back from the back-forward cache.
    Restored,
    /// The network came back.
    Online,
    /// The page goes, perhaps into the back-forward cache.
    Gone,
}

/// The context in which the pages find their browser.
#[derive(Clone)]
pub struct Browser {
    pub live: Arc<dyn Live>,
    pub commands: Arc<dyn Commands>,
    pub shelf: Arc<dyn Shelf>,
}
