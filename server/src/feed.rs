//! The feed of committed changes. The store publishes to it; delivery and the AI beings subscribe to it,
//! and so does whatever else follows committed changes.
//!
//! Always true:
//! - Every subscriber gets every change, in commit order, before the command is answered.
//! - Publishing is synchronous and waits for no subscriber. So the feed has no queue, and nothing in it
//!   can be full: each subscriber bounds what it keeps, and says how. The hub's replay buffers are rings
//!   that a late listener falls out of, into a catch-up from the store. The AI beings' queue keeps the
//!   latest job of each growing answer.
//! - A subscriber that could lose a change when it falls behind must be able to find it in the store.

use protocol::SpaceId;

use crate::store::{Committed, CommittedInbox, Publish};

#[derive(Default)]
pub struct Feed {
    subscribers: Vec<Box<dyn Publish>>,
}

impl Feed {
    /// Adds a subscriber. Changes reach the subscribers in the order in which they were added.
    #[must_use]
    pub fn with(mut self, subscriber: impl Publish) -> Self {
        self.subscribers.push(Box::new(subscriber));
        self
    }
}

impl Publish for Feed {
    fn publish(&self, committed: &Committed) {
        for subscriber in &self.subscribers {
            subscriber.publish(committed);
        }
    }

    fn publish_inbox(&self, committed: &CommittedInbox) {
        for subscriber in &self.subscribers {
            subscriber.publish_inbox(committed);
        }
    }

    fn publish_deleted(&self, space: &SpaceId) {
        for subscriber in &self.subscribers {
            subscriber.publish_deleted(space);
        }
    }
}
