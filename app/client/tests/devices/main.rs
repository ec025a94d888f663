//! Several devices with several tabs each, against a model of the server, the network and the
//! browser, by seed. Whatever tab dies when, whatever the browser refuses and whatever the network
//! loses: nothing that was written is lost or sent twice, all tabs end equal, and a browser holds no
//! more streams than it may.

mod act;
mod browser;
mod dice;
mod disk;
mod drafts;
mod inbox;
mod journal;
mod locks;
mod network;
#[path = "../pages/mod.rs"]
mod pages;
mod quiet;
#[path = "../reactions/mod.rs"]
mod reactions;
mod reader;
mod record;
mod seeds;
mod server;
mod tab;
mod talk;
mod world;
