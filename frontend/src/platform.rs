//! The browser's features, through web-sys: a file for each capability.

pub mod api;
pub mod document;
mod event_listener;
pub mod markdown;
pub mod storage;
pub mod streams;
pub mod tabs;
pub mod timers;

use app::platform::DropGuard;
use send_wrapper::SendWrapper;

/// The browser has one thread; the wrapper satisfies types that require `Send`.
fn guard<T: 'static>(held: T) -> DropGuard {
    Box::new(SendWrapper::new(held))
}
