//! The worst hour of a log: a sync of it fails, the server is killed before it could settle that, and
//! the power fails while the next one copies the log into the file. The kernel has taken for clean what
//! it could not write, so what was read of the log until then need not be there any more.

use rand::Rng;

use super::World;
use crate::{
    disk::{End, Faults},
    process::Wrote,
};

/// So many operations a commit takes, with what follows one that failed.
const COMMIT_OPERATIONS: u32 = 60;
/// So many changes a start makes to the disk.
const START_OPERATIONS: u32 = 25;
const SEEDS: u64 = 400;

impl World {
    /// Whether the server was killed in the middle of it, and the next one, too.
    fn doubts(seed: u64) -> bool {
        let mut world = Self::new(seed);
        for _ in 0..6 {
            world.somebody_asks();
        }
        world.finish_turns();
        for _ in 0..6 {
            world.somebody_asks();
        }
        let began = world.clock.said();
        world.underway.extend(world.waiting.drain(..));
        let mut process = world.process.take().expect("a server");
        process.submit(world.underway.iter().map(|asked| asked.command.clone()));
        world.disk.set_faults(Faults { syncs: 1_000_000, ..Faults::default() });
        let stall_in = world.dice.random_range(0..COMMIT_OPERATIONS);
        let was_killed = matches!(process.write(Some(stall_in)), Wrote::Stalled);
        process.end(std::mem::take(&mut world.tasks).into_values().map(|work| work.task));
        world.disk.come_back(End::Kill);

        world.disk.light_fuse(world.dice.random_range(1..START_OPERATIONS));
        let had_started = world.try_to_start().map(|process| process.end(std::iter::empty()));
        world.disk.end();
        world.disk.come_back(End::PowerCut);
        world.start();
        world.find_out_what_happened(began);
        was_killed && had_started.is_err()
    }
}

#[test]
fn what_a_failed_sync_has_left_of_the_log_is_all_there_or_is_not() {
    let hit = (0..SEEDS).filter(|seed| World::doubts(*seed)).count();
    assert!(hit > SEEDS as usize / 20, "only {hit} runs came so far");
}
