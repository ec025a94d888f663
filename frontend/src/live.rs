//! The browser itself.

use std::sync::Arc;

use app::{
    live::{Channel, Guard, Live, StreamSignal, Wake},
    protocol::{IntentionId, Timestamp},
    replica::Millis,
};
use js_sys::{Date, JsString, Math, Reflect, RegExp};
use leptos::prelude::{document, window};
use send_wrapper::SendWrapper;
use uuid::{Builder, Uuid};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AddEventListenerOptions, Event, EventSource, EventTarget, MessageEvent, VisibilityState,
};

use crate::tabs::{Lock, Tabs};

/// An address at the beginning of a word, in escaped text. The guide names the pages of the help so.
/// What ends a sentence ends no address.
const ADDRESS: &str = r#"(^|[\s("'[]|&lt;)((?:https?:/|/help)/[^\s"]*[^\s"'.,:!?)\]>])"#;
const LINK: &str = r#"$1<a target="_blank" rel="noopener noreferrer" href="$2">$2</a>"#;

pub struct Window;

impl Live for Window {
    fn open_stream(&self, url: &str, on_signal: Box<dyn Fn(StreamSignal)>) -> Guard {
        guard(Stream::open(url, on_signal))
    }

    fn after(&self, millis: u64, run: Box<dyn FnOnce()>) -> Guard {
        guard(Timer::start(millis, run))
    }

    fn on_frame(&self, run: Box<dyn FnOnce()>) -> Guard {
        guard(Frame::request(run))
    }

    fn on_wake(&self, run: Box<dyn Fn(Wake)>) -> Guard {
        let run: std::rc::Rc<dyn Fn(Wake)> = run.into();
        let (seen, restored, gone, online) = (run.clone(), run.clone(), run.clone(), run);
        guard([
            Listening::to(document().into(), "visibilitychange", move |_| {
                let is_visible = document().visibility_state() == VisibilityState::Visible;
                seen(if is_visible { Wake::Shown } else { Wake::Hidden });
            }),
            Listening::to(window().into(), "pageshow", move |event| {
                // Only a page from the back-forward cache had a life before.
                let persisted = Reflect::get(&event, &"persisted".into());
                if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
                    restored(Wake::Restored);
                }
            }),
            Listening::to(window().into(), "pagehide", move |_| gone(Wake::Gone)),
            Listening::to(window().into(), "online", move |_| online(Wake::Online)),
        ])
    }

    fn channel(&self, name: &str, on_text: Box<dyn Fn(&str)>) -> Option<Arc<dyn Channel>> {
        Some(Arc::new(Tabs::join(name, on_text)?))
    }

    fn lock(&self, name: &str, is_stolen: bool, on_change: Box<dyn Fn(bool)>) -> Option<Guard> {
        Lock::request(name, is_stolen, on_change).map(guard)
    }

    fn now(&self) -> Millis {
        // Not `performance.now()`, which may stand still while the device sleeps.
        Millis(Date::now() as u64)
    }

    fn dice(&self) -> f64 {
        Math::random()
    }

    fn new_id(&self) -> IntentionId {
        let mut random = [0; 10];
        let crypto = window().crypto().ok();
        let filled =
            crypto.and_then(|crypto| crypto.get_random_values_with_u8_array(&mut random).ok());
        if filled.is_none() {
            random.fill_with(|| (Math::random() * 256.0) as u8);
        }
        let id: Uuid = Builder::from_unix_timestamp_millis(Date::now() as u64, &random).into_uuid();
        IntentionId(id)
    }

    fn local_time(&self, time: &Timestamp) -> String {
        let at = Date::new(&JsValue::from_str(time.as_str()));
        let options = js_sys::Object::new();
        let set = |name: &str, value: &str| {
            let _ = Reflect::set(&options, &name.into(), &value.into());
        };
        set("hour", "numeric");
        set("minute", "2-digit");
        let now = Date::new_0();
        if at.to_date_string() != now.to_date_string() {
            set("day", "numeric");
            set("month", "short");
        }
        if at.get_full_year() != now.get_full_year() {
            set("year", "numeric");
        }
        at.to_locale_string("default", &options).into()
    }

    fn go_to(&self, path: &str) {
        let _ = window().location().set_href(path);
    }

    fn linked(&self, text: &str) -> Option<String> {
        let replace =
            |text: JsString, what, by| text.replace_by_pattern(&RegExp::new(what, "g"), by);
        let escaped = replace(replace(text.into(), "&", "&amp;"), "<", "&lt;");
        let html = replace(escaped, ADDRESS, LINK);
        // What the text itself has of these is escaped.
        html.includes("<", 0).then(|| html.into())
    }

    fn is_touched(&self) -> bool {
        let media = window().match_media("(pointer: coarse)").ok().flatten();
        media.is_some_and(|media| media.matches())
    }

    fn can_copy(&self) -> bool {
        !window().navigator().clipboard().is_undefined()
    }

    fn copy(&self, text: &str, on_copied: Box<dyn FnOnce()>) {
        let copied = JsFuture::from(window().navigator().clipboard().write_text(text));
        spawn_local(async move {
            // The reader may not want it: then the link is there to be copied by hand.
            if copied.await.is_ok() {
                on_copied();
            }
        });
    }
}

/// The browser has one thread; the wrapper says so to types that ask for `Send`.
fn guard<T: 'static>(held: T) -> Guard {
    Box::new(SendWrapper::new(held))
}

/// An event stream, closed when this is dropped.
struct Stream {
    source: Option<EventSource>,
    _listening: Vec<Listening>,
}

impl Stream {
    fn open(url: &str, on_signal: Box<dyn Fn(StreamSignal)>) -> Self {
        let on_signal: std::rc::Rc<dyn Fn(StreamSignal)> = on_signal.into();
        let Ok(source) = EventSource::new(url) else {
            on_signal(StreamSignal::Closed { is_refusal: false });
            return Self { source: None, _listening: vec![] };
        };
        let (on_open, on_event) = (on_signal.clone(), on_signal.clone());
        let (on_error, failed) = (on_signal, source.clone());
        let listening = vec![
            Listening::to(source.clone().into(), "open", move |_| on_open(StreamSignal::Opened)),
            Listening::to(source.clone().into(), "message", move |event| {
                let event: MessageEvent = event.unchecked_into();
                let data = event.data().as_string().unwrap_or_default();
                on_event(StreamSignal::Event { id: event.last_event_id(), data });
            }),
            Listening::to(source.clone().into(), "error", move |_| {
                // The browser gives up by itself only when the answer was no stream.
                let is_refusal = failed.ready_state() == EventSource::CLOSED;
                failed.close();
                on_error(StreamSignal::Closed { is_refusal });
            }),
        ];
        Self { source: Some(source), _listening: listening }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.iter().for_each(EventSource::close);
    }
}

/// An event listener, taken away when this is dropped.
struct Listening {
    target: EventTarget,
    name: &'static str,
    run: Closure<dyn Fn(Event)>,
}

impl Listening {
    fn to(target: EventTarget, name: &'static str, run: impl Fn(Event) + 'static) -> Self {
        let run = Closure::<dyn Fn(Event)>::new(run);
        let options = AddEventListenerOptions::new();
        options.set_passive(true);
        let _ = target.add_event_listener_with_callback_and_add_event_listener_options(
            name,
            run.as_ref().unchecked_ref(),
            &options,
        );
        Self { target, name, run }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let run = self.run.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.name, run);
    }
}

/// A wish to run before the next frame, taken back when this is dropped.
struct Frame {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl Frame {
    fn request(run: Box<dyn FnOnce()>) -> Self {
        let run = Closure::once(run);
        let asked = window().request_animation_frame(run.as_ref().unchecked_ref());
        Self { id: asked.unwrap_or_default(), _run: run }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        let _ = window().cancel_animation_frame(self.id);
    }
}

/// A timer, cancelled when this is dropped.
struct Timer {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl Timer {
    fn start(millis: u64, run: Box<dyn FnOnce()>) -> Self {
        let run = Closure::once(run);
        let millis = i32::try_from(millis).unwrap_or(i32::MAX);
        let id = window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                run.as_ref().unchecked_ref(),
                millis,
            )
            .unwrap_or_default();
        Self { id, _run: run }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        window().clear_timeout_with_handle(self.id);
    }
}
