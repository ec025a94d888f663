//! One tab stop for a region of many things, however many there are: arrow keys, Home and End move
//! between the things, and Tab or Enter goes into the focused one, to its links and buttons.

use leptos::{
    ev::KeyboardEvent,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};

use super::erased::{On, on_key};

/// Fields, which handle all keys themselves.
const FIELDS: &str = "textarea, input";
/// The places in a thing. In the tab order of the page they would be as many as there are things.
const PLACES: &str = "a, summary, textarea, button:not(:disabled), pre, .table";

/// Handles the keys of a region. Both selectors are CSS; the things cannot be tabbed to.
pub fn arrow_keys(region: &'static str, thing: &'static str) -> On<KeyboardEvent> {
    on_key(move |event| {
        let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key();
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(target) = target.filter(|_| !has_modifier && !event.is_composing()) else {
            return;
        };
        let Ok(Some(region)) = target.closest(region) else { return };
        let here = target.closest(thing).ok().flatten();
        let key = event.key();
        let next = match (key.as_str(), here) {
            ("Tab", Some(here)) => within(&here, &target, !event.shift_key()),
            ("Enter", Some(here)) if here == target => within(&here, &target, true),
            _ if target.matches(FIELDS) != Ok(false) => None,
            (key, here) => beside(&region, thing, here, key),
        };
        if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
            event.prevent_default();
            let _ = next.focus();
        }
    })
}

/// The next place in a thing, or the previous one; the thing itself comes before all of them.
fn within(thing: &Element, from: &Element, is_forward: bool) -> Option<Element> {
    // A thing that is one link has nothing in it.
    let mut places = elements(thing, PLACES);
    places.insert(0, thing.clone());
    let at = places.iter().position(|place| place == from)?;
    places.into_iter().nth(if is_forward { at + 1 } else { at.checked_sub(1)? })
}

fn beside(region: &Element, thing: &str, here: Option<Element>, key: &str) -> Option<Element> {
    // The browser first scrolls through a thing that is longer than the view.
    let (view, rect) = (bounds(region), here.as_ref().map(bounds));
    let is_longer = rect.is_some_and(|(top, bottom)| match key {
        "ArrowUp" => top < view.0 - 1.0,
        "ArrowDown" => bottom > view.1 + 1.0,
        _ => false,
    });
    if is_longer {
        return None;
    }
    let things = elements(region, thing);
    let at = here.and_then(|here| things.iter().position(|thing| *thing == here));
    let last = things.len().checked_sub(1)?;
    let next = match (key, at) {
        ("Home", _) => 0,
        ("End", _) => last,
        ("ArrowDown" | "ArrowUp", None) => in_view(region, &things).unwrap_or(last),
        ("ArrowDown", Some(at)) => at + 1,
        ("ArrowUp", Some(at)) => at.checked_sub(1)?,
        _ => return None,
    };
    things.into_iter().nth(next)
}

/// The lowest thing in view, so that the first press of an arrow scrolls nowhere. Few of the things are
/// measured: those out of view may not be laid out.
fn in_view(region: &Element, things: &[Element]) -> Option<usize> {
    let (_, bottom) = bounds(region);
    let begins_above = |thing: &Element| bounds(thing).0 < bottom;
    things.partition_point(begins_above).checked_sub(1)
}

/// The top and the bottom, in the window.
fn bounds(element: &Element) -> (f64, f64) {
    let rect = element.get_bounding_client_rect();
    (rect.top(), rect.bottom())
}

fn elements(within: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = within.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

/// Makes one thing of a region the tab stop, the first where none is `stop`, and takes the others out of
/// the tab order. Where there is no script, all of them stay in it.
pub fn one_tab_stop(region: &Element, thing: &str, stop: &str) {
    let things = elements(region, thing);
    let is_stop = |thing: &Element| thing.matches(stop) == Ok(true);
    let stop = things.iter().position(is_stop).unwrap_or(0);
    for (at, thing) in things.iter().enumerate() {
        let _ = thing.set_attribute("tabindex", if at == stop { "0" } else { "-1" });
    }
}
