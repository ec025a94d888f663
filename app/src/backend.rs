//! What the page of a space begins with, and what it asks for from then on. The server renders the
//! page with the one; the browser answers the other over HTTP.

use std::{future::Future, pin::Pin};

use serde::{Deserialize, Serialize};

use crate::protocol::{
    Being, BeingId, ChangeBeing, Cursor, EditIntention, Epoch, ErrorBody, HistoryPage, Intention,
    Invite, MessageId, SendIntention, SpaceId, SpaceListing, SpaceSync,
};

pub type Reply<T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send>>;

/// All that a page shows before anything else has come. It stands in the page, too, for the browser
/// to wake it with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Visit {
    pub me: Being,
    /// My spaces.
    pub spaces: Vec<SpaceListing>,
    /// Of this one.
    pub cursor: Cursor,
    pub sync: SpaceSync,
}

/// What a person does in a space, and asks for. Only the browser needs it.
pub trait Commands: Send + Sync {
    fn spaces(&self) -> Reply<Vec<SpaceListing>>;
    fn history(&self, space: &SpaceId, before: MessageId) -> Reply<HistoryPage>;
    fn send(&self, space: &SpaceId, intention: &SendIntention) -> Reply<Intention>;
    fn edit(
        &self,
        space: &SpaceId,
        message: MessageId,
        epoch: &Epoch,
        edit: EditIntention,
    ) -> Reply<Intention>;
    fn delete(&self, space: &SpaceId, message: MessageId, epoch: &Epoch) -> Reply<()>;
    fn stop(&self, space: &SpaceId, message: MessageId) -> Reply<()>;
    fn retry(&self, space: &SpaceId, message: MessageId) -> Reply<Intention>;
    fn change_being(&self, being: &BeingId, change: ChangeBeing) -> Reply<()>;
    fn make_invite(&self, space: &SpaceId) -> Reply<Invite>;
    fn remove_being(&self, space: &SpaceId, being: &BeingId) -> Reply<()>;
}

/// Why there is no answer, or not the one hoped for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
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
