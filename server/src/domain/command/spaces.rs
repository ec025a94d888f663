//! Commands about a space as a whole.

use protocol::{Being, BeingId, Name, SpaceId, Topic};

#[derive(Debug, Clone)]
pub struct CreateSpace {
    pub by: BeingId,
    pub name: Name,
}

/// Answered with the direct space of these persons and the one who asks, which is made where there is none.
#[derive(Debug, Clone)]
pub struct BeginDirect {
    pub by: BeingId,
    pub with: Vec<BeingId>,
}

/// A field that is None stays as it is.
#[derive(Debug, Clone)]
pub struct ChangeSpace {
    pub by: BeingId,
    pub space: SpaceId,
    pub topic: Option<Topic>,
    pub archived: Option<bool>,
    pub open: Option<bool>,
}

#[derive(Debug, Clone)]
pub struct DeleteSpace {
    pub by: BeingId,
    pub space: SpaceId,
}

/// Joins an open space.
#[derive(Debug, Clone)]
pub struct JoinSpace {
    pub by: BeingId,
    pub space: SpaceId,
}

/// The answer to a [`BeginDirect`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    pub space: Being,
    /// Whether this very command made it.
    pub is_new: bool,
}
