//! What the pages and the session ask for. The server answers [`Backend`] in-process, so that a page
//! is rendered without a request to itself; the browser answers both over HTTP.

use std::{future::Future, pin::Pin, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::protocol::{
    Being, BeingId, ChangeBeing, Cursor, ErrorBody, HistoryPage, Intention, Invite, MessageId,
    SendIntention, SpaceId, SpaceListing, SpaceSync,
};

pub type Reply<T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send>>;

/// What a page needs before it can be shown.
pub trait Backend: Send + Sync {
    fn me(&self) -> Reply<Being>;
    fn spaces(&self) -> Reply<Vec<SpaceListing>>;
    fn first_sight(&self, space: SpaceId) -> Reply<FirstSight>;
    /// The space that an invite opens, and who is asking, if they are signed in.
    fn invitation(&self, token: String) -> Reply<Invitation>;
}

/// What a person does in a space. Only the browser needs it.
pub trait Commands: Send + Sync {
    fn history(&self, space: &SpaceId, before: MessageId) -> Reply<HistoryPage>;
    fn send(&self, space: &SpaceId, intention: &SendIntention) -> Reply<Intention>;
    fn edit(&self, space: &SpaceId, message: MessageId, content: String) -> Reply<Intention>;
    fn delete(&self, space: &SpaceId, message: MessageId) -> Reply<()>;
    fn stop(&self, space: &SpaceId, message: MessageId) -> Reply<()>;
    fn retry(&self, space: &SpaceId, message: MessageId) -> Reply<Intention>;
    fn change_being(&self, being: &BeingId, change: ChangeBeing) -> Reply<Being>;
    fn make_invite(&self, space: &SpaceId) -> Reply<Invite>;
    fn remove_being(&self, space: &SpaceId, being: &BeingId) -> Reply<()>;
}

/// A space as it is first seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FirstSight {
    pub me: Being,
    /// With the page, where the server renders it; otherwise the stream brings it.
    pub sync: Option<(Cursor, SpaceSync)>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invitation {
    pub space: Being,
    pub me: Option<Being>,
}

/// Why there is no answer, or not the one hoped for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Trouble {
    /// For good: asking again changes nothing.
    #[error("{}", .error.message)]
    Refused { status: u16, error: ErrorBody },
    /// The server cannot now.
    #[error("The server is busy.")]
    Later { retry_after_seconds: u64 },
    #[error("The server cannot be reached.")]
    Unreachable,
}

impl Trouble {
    pub fn is_signed_out(&self) -> bool {
        matches!(self, Self::Refused { status: 401, .. })
    }
}

/// The context in which the pages find their backend.
#[derive(Clone)]
pub struct BackendPort(pub Arc<dyn Backend>);
