//! The real store and hub, and real replicas, with connections that break at every possible moment.
//! The protocol's invariants 1 to 4 and 7, and the seam between catch-up and live.

#[path = "../house/mod.rs"]
mod house;

mod client;
mod clock;
mod command;
mod disk;
mod gate;
mod listener;
mod model;
mod overrun;
mod pipe;
mod process;
mod seam;
mod seeds;
mod task;
mod world;
