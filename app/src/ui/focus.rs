//! Moves the focus when the focused element goes away: `use:take_focus` on the element that
//! replaces what was pressed.

use leptos::{
    ev, html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlDivElement, HtmlElement, Node},
};

use super::erased::effect;

/// Takes the focus once the element is in the page.
pub fn take_focus(element: Element) {
    // The element is built, but not in the page yet.
    queue_microtask(move || {
        if let Some(element) = element.dyn_ref::<HtmlElement>() {
            let _ = element.focus();
        }
    });
}

/// Runs when something outside of an element is pressed, for as long as what shows the element lives.
pub fn on_press_elsewhere(run: impl Fn() + 'static) -> NodeRef<html::Div> {
    let element = NodeRef::<html::Div>::new();
    let pressed = window_event_listener(ev::pointerdown, move |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
        let is_within = |element: HtmlDivElement| element.contains(target.as_ref());
        if !element.get_untracked().is_some_and(is_within) {
            run();
        }
    });
    on_cleanup(move || pressed.remove());
    element
}

pub fn has_no_focus() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// For an element that is there at first, goes away and comes back: takes the focus when it comes
/// back.
pub fn take_focus_on_return(
    is_away: impl Fn() -> bool + Send + Sync + 'static,
) -> impl Fn(Element) + Copy {
    let was_away = StoredValue::new(false);
    effect(move || {
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
