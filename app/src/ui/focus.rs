//! Where the keyboard goes when what it was on goes away. Used as `use:take_focus` on what takes the
//! place of what was pressed.

use leptos::{
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};

use super::change::always;

/// Takes the focus once the element is in the page.
pub fn take_focus(element: Element) {
    // It is built, but not yet in the page.
    queue_microtask(move || {
        if let Some(element) = element.dyn_ref::<HtmlElement>() {
            let _ = element.focus();
        }
    });
}

pub fn focus_is_nowhere() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// For what is there at first, goes away and comes back: takes the focus when it comes back.
pub fn take_focus_on_return(
    is_away: impl Fn() -> bool + Send + Sync + 'static,
) -> impl Fn(Element) + Copy {
    let was_away = StoredValue::new(false);
    always(move || {
        if is_away() {
            was_away.set_value(true);
        }
    });
    move |element| {
        if was_away.get_value() {
            take_focus(element);
        }
    }
}
