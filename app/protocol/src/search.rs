//! What a search finds.

use serde::{Deserialize, Serialize};

use super::{id::SpaceId, intention::Intention};

/// One page of a search, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchAnswer {
    pub hits: Vec<SearchHit>,
    /// Where the next page begins: the `before` of its request. Left out where nothing is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    pub space_id: SpaceId,
    pub intention: Intention,
    /// Where it fits: ranges of `content` in bytes of UTF-8, in its order, apart from each other; the first
    /// [`SEARCH_MATCHES_MAX`](super::limits::SEARCH_MATCHES_MAX) of them.
    pub matches: Vec<(usize, usize)>,
}
