//! The screens, the same on both sides of the wire.
//!
//! There is no `cfg` here except for unit tests, no socket and no database. Browser features are
//! passed in as a [`platform::Browser`]; the screens themselves only focus and scroll the nodes
//! they create. A page starts from a [`client::SpaceSnapshot`], and what its reader's device does is
//! decided by [`client::Client`].

pub mod day;
pub mod mention;
pub mod platform;
pub mod shell;
pub mod space_model;
pub mod ui;
