//! Delivery: from a committed change to the sockets of those who listen to a space, or to their own inbox. It
//! knows no SQL.
//!
//! ```text
//! Committed -> hub -> channel (one per log) -> replay buffer -> subscribers -> sockets
//! ```
//!
//! Always true:
//! - A frame is made of a [`Committed`](crate::store::Committed), so nothing uncommitted is ever sent.
//! - A frame is encoded once per event, however many subscribers there are.
//! - A subscriber is a position in the shared replay buffer. It has no queue of its own that could
//!   grow, so a slow reader costs nothing and delays nobody; it finds itself behind, and catches up.
//! - A subscriber that is up to date is parked, and a shard task writes to its socket; one that is not
//!   reads the buffer itself. So an event wakes no subscriber that keeps up.
//! - A log without subscribers has no channel here, and publishing to it costs one lookup.
//! - What is new in the spaces of an inbox is no change of it, and is read for each of its streams, at most once
//!   in a while: see `heads`.

mod catch_up;
mod catch_up_cache;
mod change;
mod channel;
mod frame;
mod heads;
pub mod hub;
pub mod listener;
mod log;
mod news;
mod replay_buffer;
mod shard;
pub mod socket;
pub mod stream;
pub mod subscriber;
pub(crate) mod takeover;
