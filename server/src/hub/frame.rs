//! An event as it stands on the wire: one SSE event, in the form of the HTML standard, section 9.2.

use std::io::Write;

use app::protocol::{Cursor, SyncEvent};
use bytes::Bytes;

/// `id: {cursor}`, `data: {json}`, and an empty line. JSON has no raw line break, so one `data:`
/// line is enough.
pub fn encode(cursor: &Cursor, event: &SyncEvent) -> Bytes {
    debug_assert!(event.moves_the_cursor());
    let mut frame = Vec::with_capacity(512);
    writeln!(frame, "id: {cursor}").expect("a Vec takes everything");
    finish(frame, event)
}

/// An event that leaves the cursor where it is.
pub fn encode_without_id(event: &SyncEvent) -> Bytes {
    debug_assert!(!event.moves_the_cursor());
    finish(Vec::with_capacity(64), event)
}

fn finish(mut frame: Vec<u8>, event: &SyncEvent) -> Bytes {
    frame.extend_from_slice(b"data: ");
    serde_json::to_writer(&mut frame, event).expect("an event has string keys only");
    frame.extend_from_slice(b"\n\n");
    Bytes::from(frame)
}
