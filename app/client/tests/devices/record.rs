//! Every operation that a reader wrote, and its fate.
//!
//! One may vanish only if
//! - the last tab that held it died before the browser had stored it, or after it had thrown away all
//!   that it kept, or
//! - its author signed out on that device.

use std::collections::BTreeMap;

use client::Op;
use protocol::{BeingId, IntentionId, SpaceId};

#[derive(Debug)]
pub struct Written {
    pub op: Op,
    /// The order in which they were written.
    pub number: u64,
    pub tab: usize,
    pub device: usize,
    pub author: BeingId,
    pub space: SpaceId,
    /// It was on the disk, and only its acknowledgement may take it off.
    pub is_kept: bool,
    /// The browser threw it away with all else under a tab that has it, and will store it again.
    pub is_evicted: bool,
    pub is_delivered: bool,
    pub is_discarded: bool,
    /// Its author has sent it again without the message that it replied to, which is gone.
    pub has_lost_reply: bool,
    pub excuse: Option<&'static str>,
}

pub type Record = BTreeMap<IntentionId, Written>;
