//! The keys of a text field that do more than write.

use leptos::ev::KeyboardEvent;

use crate::space_model::SpaceModel;

/// The key code of a key that an input method handles. Safari reports the one that ends a composition
/// in no other way.
const COMPOSING_KEY_CODE: u32 = 229;

/// Whether a key press submits the text. On touch devices Enter begins a new line, because
/// on-screen keyboards have no Shift+Enter; with Control or Command it submits on every device.
pub fn is_submit(model: SpaceModel, event: &KeyboardEvent) -> bool {
    let is_explicit = event.ctrl_key() || event.meta_key();
    is_key(event, "Enter") && !event.shift_key() && (is_explicit || !model.has_coarse_pointer())
}

/// Whether a key press accepts what a field has found.
pub fn is_enter(event: &KeyboardEvent) -> bool {
    is_key(event, "Enter")
}

/// Whether a key press closes or cancels something.
pub fn is_escape(event: &KeyboardEvent) -> bool {
    is_key(event, "Escape")
}

/// Whether a key press, with no other key held, goes up.
pub fn is_up(event: &KeyboardEvent) -> bool {
    is_plain(event, "ArrowUp")
}

/// Whether a key is pressed, with no other key held.
pub fn is_plain(event: &KeyboardEvent, key: &str) -> bool {
    let has_modifier = event.shift_key() || event.ctrl_key() || event.alt_key() || event.meta_key();
    is_key(event, key) && !has_modifier
}

/// A key that an input method handles, to accept or give up what it suggests, is not for the app.
fn is_key(event: &KeyboardEvent, key: &str) -> bool {
    event.key() == key && !event.is_composing() && event.key_code() != COMPOSING_KEY_CODE
}
