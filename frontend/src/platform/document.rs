//! The page and the device around it.

use std::rc::Rc;

use app::{
    day::Day,
    platform::{Document, DropGuard},
};
use client::Lifecycle;
use js_sys::{Array, Date, Function, Intl, JsString, Object, Reflect};
use leptos::prelude::{document, window};
use protocol::Timestamp;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::VisibilityState;

use super::{event_listener::EventListener, guard};

// A formatter takes a hundred times as long to make as to use.
thread_local! {
    static TIME_OF_DAY: Function = formatter(&["timeStyle"]);
    static IN_FULL: Function = formatter(&["timeStyle", "dateStyle"]);
}

/// In the reader's language: a short time, and a full date.
fn formatter(parts: &[&str]) -> Function {
    let options = Object::new();
    for part in parts {
        let style = if *part == "dateStyle" { "full" } else { "short" };
        let _ = Reflect::set(&options, &(*part).into(), &style.into());
    }
    Intl::DateTimeFormat::new(&Array::new(), &options).format()
}

pub struct BrowserDocument;

impl Document for BrowserDocument {
    fn on_lifecycle(&self, run: Box<dyn Fn(Lifecycle)>) -> DropGuard {
        let run: Rc<dyn Fn(Lifecycle)> = run.into();
        if !window().navigator().on_line() {
            run(Lifecycle::Offline);
        }
        let (seen, restored, gone) = (run.clone(), run.clone(), run.clone());
        let (focused, online, offline) = (run.clone(), run.clone(), run);
        guard([
            EventListener::new(document().into(), "visibilitychange", move |_| {
                let is_visible = document().visibility_state() == VisibilityState::Visible;
                seen(if is_visible { Lifecycle::Shown } else { Lifecycle::Hidden });
            }),
            EventListener::new(window().into(), "pageshow", move |event| {
                // Only a page from the back-forward cache has been alive before.
                let persisted = Reflect::get(&event, &"persisted".into());
                if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
                    restored(Lifecycle::Restored);
                }
            }),
            EventListener::new(window().into(), "pagehide", move |_| gone(Lifecycle::Gone)),
            EventListener::new(window().into(), "focus", move |_| focused(Lifecycle::Shown)),
            EventListener::new(window().into(), "online", move |_| online(Lifecycle::Online)),
            EventListener::new(window().into(), "offline", move |_| offline(Lifecycle::Offline)),
        ])
    }

    fn is_visible(&self) -> bool {
        document().visibility_state() == VisibilityState::Visible
    }

    fn local_time(&self, time: &Timestamp, in_full: bool) -> String {
        let format = if in_full { &IN_FULL } else { &TIME_OF_DAY };
        let text = format.with(|format| format.call1(&JsValue::UNDEFINED, &date(time)));
        text.ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    fn day(&self, time: Option<&Timestamp>) -> Option<Day> {
        let at = time.map_or_else(Date::new_0, date);
        let (year, month, day) = (at.get_full_year(), at.get_month() + 1, at.get_date());
        (!at.get_time().is_nan()).then_some(Day { year, month, day })
    }

    fn navigate(&self, path: &str) {
        let _ = window().location().set_href(path);
    }

    fn badge(&self, count: u64) {
        let navigator = window().navigator();
        let set = Reflect::get(&navigator, &"setAppBadge".into());
        // Not every browser has it.
        if let Some(set) = set.ok().and_then(|set| set.dyn_into::<Function>().ok()) {
            let _ = set.call1(&navigator, &(count as f64).into());
        }
    }

    fn normalized(&self, text: &str) -> String {
        JsString::from(text).normalize("NFKD").into()
    }

    fn has_coarse_pointer(&self) -> bool {
        let media = window().match_media("(pointer: coarse)").ok().flatten();
        media.is_some_and(|media| media.matches())
    }

    fn can_copy(&self) -> bool {
        !window().navigator().clipboard().is_undefined()
    }

    fn copy(&self, text: &str, on_copied: Box<dyn FnOnce()>) {
        let copied = JsFuture::from(window().navigator().clipboard().write_text(text));
        spawn_local(async move {
            // The reader may deny it; then the link can still be copied by hand.
            if copied.await.is_ok() {
                on_copied();
            }
        });
    }
}

fn date(time: &Timestamp) -> Date {
    Date::new(&JsValue::from_str(time.as_str()))
}
