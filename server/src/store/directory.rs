//! The open spaces, as a store shows them.

use async_trait::async_trait;
use protocol::{BeingId, DirectoryPage, SpaceId};

use crate::domain::refusal::Refusal;

/// What everybody who has an account finds. It says nothing of a space that is not open.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The open spaces after one, by their ids, in which `wanted` occurs, written in lowercase; all where it is
    /// empty.
    async fn directory(
        &self,
        by: &BeingId,
        wanted: &str,
        after: Option<&SpaceId>,
    ) -> Result<DirectoryPage, Refusal>;
}
