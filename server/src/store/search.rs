//! What is asked of a store that searches, and what it finds.

use protocol::{BeingId, SearchHit, SpaceId};

use super::ForMembers;
use crate::search::{Position, Query};

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
