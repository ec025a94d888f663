//! Requests and their answers: JSON for programs (`api`), pages for people (`pages`).

mod api;
pub mod assets;
pub mod auth;
pub mod client_address;
mod emoji_list;
mod error;
mod extract;
mod host;
mod markdown;
mod markdown_chunk;
mod pages;
pub mod router;
mod service_worker;
