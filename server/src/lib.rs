//! The server's side of Rhizome. A change flows one way:
//!
//! ```text
//! command -> policy -> store (transaction, seq) -> Committed -> hub -> SSE
//! ```

pub mod ai;
pub mod chance;
pub mod clock;
pub mod config;
mod connection;
pub mod data;
mod device;
mod error;
pub mod help;
pub mod hub;
mod json;
mod password;
mod plain;
pub mod policy;
pub mod refusal;
pub mod router;
mod routes;
pub mod serve;
pub mod services;
mod session;
pub mod site;
pub mod store;
pub mod stream;
pub mod throttle;
pub mod wire;
