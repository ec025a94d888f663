//! The worst case for a log: a sync of it fails, the server is killed before it can resolve that,
//! and the power fails while the next server copies the log into the file. The kernel has marked
//! the pages clean that it could not write, so what was read of the log until then may no longer be
//! there.

use rand::Rng;

use super::World;
use crate::{
    disk::{End, Faults},
    process::Wrote,
};

/// The operations of a commit, and of the recovery after one that failed.
const COMMIT_OPERATIONS: u32 = 60;
/// The changes that a start makes to the disk.
const START_OPERATIONS: u32 = 25;
const SEEDS: u64 = 400;

impl World {
    /// Returns whether the server was killed during the commit, and the next one during its start.
    fn resolves_a_commit_in_doubt(seed: u64) -> bool {
        let mut world = Self::new(seed);
        for _ in 0..6 {
            world.issue_command();
        }
        world.run_until_idle();
        for _ in 0..6 {
            world.issue_command();
        }
        let began = world.clock.last_read();
        world.in_flight.extend(world.queued.drain(..));
        let mut process = world.process.take().expect("a server");
        process.submit(world.in_flight.iter().map(|asked| asked.command.clone()));
        world.disk.set_faults(Faults { syncs: 1_000_000, ..Faults::default() });
        let stall_in = world.rng.random_range(0..COMMIT_OPERATIONS);
        let was_killed = matches!(process.write(Some(stall_in)), Wrote::Stalled);
        process.end(std::mem::take(&mut world.tasks).into_values().map(|work| work.task));
        world.disk.restore(End::Kill);

        world.disk.end_after(world.rng.random_range(1..START_OPERATIONS));
        let had_started = world.try_to_start().map(|process| process.end(std::iter::empty()));
        world.disk.end();
        world.disk.restore(End::PowerCut);
        world.start();
        world.resolve_in_doubt(began);
        was_killed && had_started.is_err()
    }
}

#[test]
fn a_commit_whose_sync_failed_is_recovered_whole_or_not_at_all() {
    let hit = (0..SEEDS).filter(|seed| World::resolves_a_commit_in_doubt(*seed)).count();
    assert!(hit > SEEDS as usize / 20, "only {hit} runs were killed twice");
}
