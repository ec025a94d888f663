//! When the snapshot of the space is saved on the device, and which snapshots are removed.

use super::state::State;
use crate::{
    effect::{Effect, StoragePurpose, Timer},
    inbox::INBOX,
    reconnect::Status,
    snapshots::{SPACES_MAX, SpaceSnapshot, superfluous},
    storage::{Found, Operation, Store, Value, Write},
};

/// Debounce: a snapshot is saved this long after the first unsaved change.
const SNAPSHOT_DEBOUNCE_MILLIS: u64 = 1_000;

impl State {
    /// Saves a snapshot after the debounce. While events arrive, the leader does so for all tabs.
    pub fn save_snapshot(&mut self) {
        if !std::mem::replace(&mut self.is_snapshot_due, true) {
            self.emit(Effect::SetTimer(Timer::Snapshot, SNAPSHOT_DEBOUNCE_MILLIS));
        }
    }

    pub fn flush_snapshot(&mut self) {
        self.is_snapshot_due = false;
        if let Some(write) = self.snapshot_write() {
            self.store(StoragePurpose::SaveSnapshot, Operation::Write(vec![write]));
        }
    }

    pub fn snapshot_write(&self) -> Option<Write> {
        // A reader whose stream was ended may have signed out or left, and must leave nothing
        // behind.
        if !matches!(self.status, Status::Online | Status::Slow | Status::Paused) {
            return None;
        }
        let (cursor, sync) = self.replica.snapshot()?;
        let (me, spaces) = (self.me.clone(), self.inbox.listings());
        let (founder, is_admin, made) = (self.founder.clone(), self.is_admin, self.made.clone());
        let (inbox, at, window) = (None, None, None);
        let snapshot =
            SpaceSnapshot { me, spaces, founder, is_admin, made, cursor, sync, inbox, at, window };
        let text = snapshot.to_stored(self.clock);
        Some(Write::Put { store: Store::Snapshots, key: self.scope(), value: Value::Text(text) })
    }

    /// The reader is no longer a member.
    pub fn delete_snapshot(&mut self) {
        self.is_snapshot_due = false;
        self.emit(Effect::ClearTimer(Timer::Snapshot));
        self.remove_snapshots(vec![self.scope()]);
    }

    /// Deletes the snapshots of other people, and the oldest ones beyond the maximum.
    pub fn prune_snapshots(&mut self) {
        let (store, prefix) = (Store::Snapshots, String::new());
        self.store(StoragePurpose::ListSnapshots, Operation::Keys { store, prefix });
    }

    pub fn on_snapshots_listed(&mut self, found: Found) {
        let mine = format!("{} ", self.me.id);
        let (mine, others): (Vec<_>, Vec<_>) =
            found.into_iter().map(|(key, _)| key).partition(|key| key.starts_with(&mine));
        self.remove_snapshots(others);
        if mine.iter().filter(|key| !key.ends_with(INBOX)).count() > SPACES_MAX {
            let (store, prefix) = (Store::Snapshots, format!("{} ", self.me.id));
            self.store(StoragePurpose::RankSnapshots, Operation::Read { store, prefix });
        }
    }

    pub fn on_snapshots_ranked(&mut self, found: Found) {
        self.remove_snapshots(superfluous(found));
    }

    fn remove_snapshots(&mut self, keys: Vec<String>) {
        let store = Store::Snapshots;
        let writes: Vec<_> = keys.into_iter().map(|key| Write::Remove { store, key }).collect();
        if !writes.is_empty() {
            self.store(StoragePurpose::RemoveSnapshots, Operation::Write(writes));
        }
    }
}
