//! The server as a client sees it over HTTP: JSON, event streams and pages. The routes are called in
//! this process, or the program is started where a connection or a process is part of the test.
//!
//! `cargo test -p server --test http commands::` runs one of the modules.

mod answers;
mod commands;
mod help;
mod inbox;
mod refusals;
mod stream;
mod yesterday;
