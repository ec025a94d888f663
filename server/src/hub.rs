//! The fan-out. Per space: the recent frames, encoded once, and who listens. It knows nothing of
//! HTTP or SQL.
//!
//! Always true:
//! - A frame is made of a [`Committed`], so nothing uncommitted is ever sent.
//! - A listener is a position in the shared ring. There is no queue of its own that could grow, so a
//!   slow reader costs nothing and holds nobody up; it finds itself behind, and is caught up.
//! - Who has been told everything rests, and its room writes to it; who has not reads by itself. So an
//!   event wakes nobody who keeps up.
//! - A space without listeners has no room here, and publishing to it costs one lookup.

mod frame;
mod inquiry;
mod listener;
mod ring;
mod room;
mod row;
mod seat;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use app::protocol::{BeingId, SpaceId};
use futures::future::BoxFuture;

pub use frame::{encode, encode_without_id};
pub use inquiry::Turn;
pub use listener::{Listener, Next};
use room::Room;
pub use seat::{Outlet, Risen};

use crate::{
    chance::TokenHash,
    store::{Committed, Publish},
};

pub struct Hub {
    rooms: Mutex<Rooms>,
    spawn: Spawn,
}

/// Who runs the tasks that write to those who rest.
type Spawn = Arc<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>;

#[derive(Default)]
struct Rooms {
    by_space: HashMap<SpaceId, Weak<Room>>,
    is_closed: bool,
}

impl Default for Hub {
    /// On the runtime on which listeners are served.
    fn default() -> Self {
        Self::new(|task| drop(tokio::spawn(task)))
    }
}

impl Hub {
    pub fn new(spawn: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static) -> Self {
        Self { rooms: Mutex::default(), spawn: Arc::new(spawn) }
    }

    /// Subscribes first; only then is the listener to be caught up. What is committed from here on
    /// reaches it by the ring or, where the ring has moved on, by the next catch-up.
    pub fn listen(&self, space: &SpaceId, being: BeingId, session: TokenHash) -> Listener {
        let mut rooms = self.lock();
        let held = rooms.by_space.get(space).and_then(Weak::upgrade);
        let room = held.unwrap_or_else(|| {
            // Rooms that everyone has left are swept when their number has doubled.
            if rooms.by_space.len() == rooms.by_space.capacity() {
                rooms.by_space.retain(|_, room| room.strong_count() > 0);
            }
            let room = Arc::new(Room::new(self.spawn.clone()));
            rooms.by_space.insert(space.clone(), Arc::downgrade(&room));
            room
        });
        if rooms.is_closed {
            room.close();
        }
        drop(rooms);
        Listener::enter(room, being, session)
    }

    /// Ends the streams that were opened with a session that was signed out.
    pub fn sign_out(&self, session: &TokenHash) {
        for room in self.rooms() {
            room.sign_out(session);
        }
    }

    /// Ends every stream, now and later, after what was published has been flushed.
    pub fn close(&self) {
        self.lock().is_closed = true;
        for room in self.rooms() {
            room.close();
        }
    }

    /// How many spaces have a room, and how many listeners there are.
    pub fn census(&self) -> (usize, usize) {
        let rooms = self.rooms();
        (rooms.len(), rooms.iter().map(|room| room.listeners()).sum())
    }

    fn rooms(&self) -> Vec<Arc<Room>> {
        self.lock().by_space.values().filter_map(Weak::upgrade).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Publish for Hub {
    fn publish(&self, committed: &Committed) {
        let room = self.lock().by_space.get(committed.space()).and_then(Weak::upgrade);
        if let Some(room) = room {
            room.publish(committed);
        }
    }
}
