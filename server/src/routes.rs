//! One file per resource. A route parses what came, asks the store, and answers.

pub mod accounts;
pub mod beings;
pub mod forms;
pub mod intentions;
pub mod invites;
pub mod pages;
pub mod providers;
pub mod session;
pub mod spaces;
pub mod stream;
