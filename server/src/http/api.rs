//! One file per resource. A handler parses the request, calls one use case, and answers.

pub mod accounts;
pub mod beings;
pub mod colours;
pub mod inbox;
pub mod intentions;
pub mod invites;
pub mod providers;
pub mod reactions;
pub mod search;
pub mod session;
pub mod spaces;
pub mod stream;
