//! The real store and hub, and real replicas, with connections that break at every possible moment.
//! The protocol's invariants 2 and 3, and the seam between catch-up and live.

#[path = "../house/mod.rs"]
mod house;

mod client;
mod flapping;
mod overrun;
mod seam;
