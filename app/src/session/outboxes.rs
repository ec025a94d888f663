//! What was written outlives the page that it was written on.

use std::collections::HashMap;

use leptos::prelude::*;

use crate::{protocol::SpaceId, replica::Outbox};

/// What was written in each space and is not answered yet. It outlives the page it was written on.
#[derive(Clone, Copy)]
pub struct Outboxes(StoredValue<HashMap<SpaceId, Outbox>>);

impl Outboxes {
    /// To be provided where the app begins.
    pub fn empty() -> Self {
        Self(StoredValue::new(HashMap::new()))
    }

    pub(super) fn take(self, space: &SpaceId) -> Outbox {
        let taken = self.0.try_update_value(|outboxes| outboxes.remove(space)).flatten();
        taken.unwrap_or_default()
    }

    pub(super) fn put_back(self, space: SpaceId, mut outbox: Outbox) {
        outbox.forget_in_flight();
        if !outbox.is_empty() {
            self.0.try_update_value(|outboxes| outboxes.insert(space, outbox));
        }
    }
}
