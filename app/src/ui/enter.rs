//! What Enter means where one writes.

use leptos::ev::KeyboardEvent;

use crate::session::Session;

/// The key code of an Enter that only takes what an input method offers. Safari says it in no other way.
const COMPOSING_KEY_CODE: u32 = 229;

/// Whether a key says that the text is written. Where one writes with a finger, Enter begins a new
/// line, because no keyboard on a screen has Shift and Enter.
pub fn ends(session: Session, event: &KeyboardEvent) -> bool {
    event.key() == "Enter"
        && !event.shift_key()
        && !event.is_composing()
        && event.key_code() != COMPOSING_KEY_CODE
        && !session.is_touched()
}
