//! What is asked of a store that searches, and what it finds.

use std::collections::BTreeMap;

use async_trait::async_trait;
use protocol::{BeingId, SearchHit, SpaceId};

use super::ForMembers;
use crate::{
    domain::refusal::Refusal,
    search::{Position, Query},
};

#[async_trait]
pub trait Searches: Send + Sync {
    /// The newest messages that fit, in the spaces that the being belongs to.
    async fn search(&self, search: &Search) -> Result<Found, Refusal>;
    /// The names of beings, for those who read what they said. One that does not exist has none.
    async fn names(&self, beings: &[&BeingId]) -> Result<BTreeMap<BeingId, String>, Refusal>;
}

/// A search in the spaces of a being.
#[derive(Debug, Clone)]
pub struct Search {
    /// Who asks.
    pub being: BeingId,
    pub query: Query,
    /// Only in this one.
    pub space: Option<SpaceId>,
    /// Only what this being said.
    pub author: Option<BeingId>,
    pub before: Option<Position>,
    /// At least 1.
    pub limit: usize,
}

/// A page of a search, newest first. Each message is for the members of its space.
pub struct Found {
    pub hits: Vec<ForMembers<SearchHit>>,
    pub next: Option<Position>,
}
