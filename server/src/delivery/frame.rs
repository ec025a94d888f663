//! The wire form of an event: one server-sent event (HTML standard, section 9.2).

use std::io::Write;

use bytes::Bytes;
use protocol::Cursor;

use super::change::Change;

/// `id: {cursor}`, `data: {json}`, and an empty line. JSON has no raw line break, so one `data:`
/// line is enough.
pub(super) fn encode(cursor: &Cursor, event: &impl Change) -> Bytes {
    debug_assert!(event.moves_the_cursor());
    let mut frame = Vec::with_capacity(512);
    writeln!(frame, "id: {cursor}").expect("writing to a Vec cannot fail");
    finish(frame, event)
}

/// Encodes an event that leaves the cursor where it is.
pub(super) fn encode_without_id(event: &impl Change) -> Bytes {
    debug_assert!(!event.moves_the_cursor());
    finish(Vec::with_capacity(64), event)
}

fn finish(mut frame: Vec<u8>, event: &impl Change) -> Bytes {
    frame.extend_from_slice(b"data: ");
    serde_json::to_writer(&mut frame, event).expect("an event has string keys only");
    frame.extend_from_slice(b"\n\n");
    Bytes::from(frame)
}
