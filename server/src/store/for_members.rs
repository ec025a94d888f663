//! What a store has read of a space: sealed until its reader's membership was asked.

use protocol::{BeingId, SpaceId};

use super::Store;
use crate::domain::{policy, refusal::Refusal};

/// The content of a space, for its members only. The one way out asks whether the reader may see it,
/// and asks *after* the read: what was read may have been said after the reader had left.
///
/// A read that forgets to ask does not compile:
///
/// ```compile_fail,E0308
/// # use server::store::{ForMembers, Store, Window};
/// # use protocol::{HistoryPage, SpaceId};
/// async fn page(store: &dyn Store, space: &SpaceId) -> HistoryPage {
///     store.history(space, Window::Newest, 50).await.expect("a page")
/// }
/// ```
///
/// and this is the way to ask:
///
/// ```
/// # use server::{domain::refusal::Refusal, store::{ForMembers, Store, Window}};
/// # use protocol::{BeingId, HistoryPage, SpaceId};
/// async fn page(store: &dyn Store, space: &SpaceId, by: &BeingId) -> Result<HistoryPage, Refusal> {
///     store.history(space, Window::Newest, 50).await?.for_being(store, by).await
/// }
/// ```
#[must_use = "what was read is for members only: ask with `for_being`"]
pub struct ForMembers<T> {
    space: SpaceId,
    content: T,
}

impl<T> ForMembers<T> {
    pub(super) fn new(space: SpaceId, content: T) -> Self {
        Self { space, content }
    }

    /// The content, if the being is a member of the space now.
    pub async fn for_being(self, store: &dyn Store, by: &BeingId) -> Result<T, Refusal> {
        policy::may_take_part(store.membership(&self.space, by).await?)?;
        Ok(self.content)
    }
}
