//! The inbox as a page comes with it, and as a device keeps it, beside the snapshots of the spaces.

use protocol::{
    BeingId, Cursor, InboxSync,
    json::{from_json, to_json},
    json_object,
};
use serde::{Deserialize, Serialize};

use crate::storage::Found;

/// The version of the format. It comes behind those of spaces in the order of texts, so that an earlier
/// build, which keeps the last of them, keeps it.
const FORMAT: &str = "inbox 1";

/// How the key ends.
pub(crate) const INBOX: &str = " inbox";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxSnapshot {
    pub cursor: Cursor,
    pub sync: InboxSync,
}

json_object!(InboxSnapshot { cursor: "cursor" required, sync: "sync" required });

/// Its key among the snapshots; also the name of its lock and its channel. An id contains no blank.
pub fn inbox_key(me: &BeingId) -> String {
    let mut key = me.to_string();
    key.push_str(INBOX);
    key
}

impl InboxSnapshot {
    pub fn to_stored(&self) -> String {
        let mut text = FORMAT.to_owned();
        text.push('\n');
        text.push_str(&to_json(self));
        text
    }

    /// The inbox of this being; `None` if there is none, if it is damaged, or of another format.
    pub fn find(found: &Found, me: &BeingId) -> Option<Self> {
        let key = inbox_key(me);
        let (_, value) = found.iter().find(|(of, _)| *of == key)?;
        let (format, json) = value.as_text()?.split_once('\n')?;
        (format == FORMAT).then(|| from_json(json)).flatten()
    }
}
