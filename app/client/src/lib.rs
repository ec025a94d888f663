//! What a member's device does with one space and the inbox in one tab, as a machine without I/O: [`Client`] takes
//! what happens ([`Input`]) and returns what is to be done ([`Effect`]). It has no clock and no
//! randomness of its own, so that a simulation can play any number of tabs by a seed.
//!
//! Always true, whatever tab dies when:
//! - What a member has sent is on the device until the server has acknowledged it, unless the browser
//!   stores nothing; and it is in the space once, because it is sent again under the same id.
//! - If the browser throws away what it has stored, a tab that lives stores and sends what it still holds.
//! - All tabs of a browser that show a space hold what one stream brought, and end equal.

mod backoff;
mod change;
mod client;
mod clock;
mod effect;
mod event_log;
pub mod inbox;
mod input;
pub mod leader_election;
pub mod outbox;
mod position;
pub mod reconnect;
pub mod replica;
mod request;
pub mod slot_message;
pub mod snapshots;
mod sorted_map;
pub mod storage;
pub mod stream_slot;
pub mod tab_message;

pub use change::Change;
pub use client::{Client, Edit, Original, PendingChange};
pub use clock::{Millis, Time};
pub use effect::{Channel, Effect, Lock, LockMode, StorageCall, StoragePurpose, Timer};
pub use inbox::{Inbox, InboxSnapshot, Read, Reads, SpaceNews};
pub use input::{Command, Input, Lifecycle, LockSignal, StreamSignal};
pub use outbox::{DeliveryState, Entry, Op, Outbox};
pub use position::OutOfSync;
pub use reconnect::{Reconnect, Status};
pub use replica::{Bounds, Replica, Roster, Timeline};
pub use request::{ApiError, Call, PageRequest, Purpose, Request, Response, Window};
pub use snapshots::SpaceSnapshot;
pub use sorted_map::SortedMap;
