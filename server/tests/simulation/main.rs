//! The real store, hub and replicas, with connections that break at every possible moment. The
//! protocol's invariants 1 to 4 and 7, and the seam between catch-up and live.

mod client;
mod clock;
mod disk;
mod gate;
mod listener;
mod model;
mod pipe;
mod process;
mod seam;
mod seeds;
mod slow_reader;
mod task;
mod world;
