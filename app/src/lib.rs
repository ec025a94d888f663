//! What is the same on both sides of the wire: the protocol, the client's machine, the screens.
//!
//! There is no `cfg` here but for unit tests, no socket and no database. What touches a browser comes in through
//! [`live::Browser`], except that the screens focus and scroll the nodes they made; what a page begins
//! with comes in as a [`backend::Visit`].

pub mod backend;
pub mod live;
pub mod protocol;
pub mod replica;
pub mod session;
pub mod shell;
pub mod ui;
