//! The server's side of Rhizome. A change flows one way:
//!
//! ```text
//! command -> policy -> store (transaction, seq) -> Committed -> feed -> hub -> SSE
//! ```

pub mod ai;
pub mod app_state;
pub mod colours;
pub mod config;
pub mod data_dir;
pub mod delivery;
pub mod domain;
pub mod feed;
pub mod help;
pub mod http;
pub mod listen;
pub mod log_filter;
pub mod operations;
mod password;
pub mod search;
pub mod serve;
pub mod store;
pub mod throttle;
