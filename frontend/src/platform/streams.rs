//! Event streams, by `EventSource` (Server-Sent Events, HTML Standard).

use std::rc::Rc;

use app::platform::{DropGuard, Streams};
use client::StreamSignal;
use wasm_bindgen::JsCast;
use web_sys::{EventSource, MessageEvent};

use super::{event_listener::EventListener, guard};

pub struct EventSources;

impl Streams for EventSources {
    fn open(&self, url: &str, on_signal: Box<dyn Fn(StreamSignal)>) -> DropGuard {
        guard(Stream::open(url, on_signal.into()))
    }
}

/// A stream, closed on drop.
struct Stream {
    source: Option<EventSource>,
    _listeners: Vec<EventListener>,
}

impl Stream {
    fn open(url: &str, on_signal: Rc<dyn Fn(StreamSignal)>) -> Self {
        let Ok(source) = EventSource::new(url) else {
            on_signal(StreamSignal::Closed { is_refusal: false });
            return Self { source: None, _listeners: vec![] };
        };
        let (on_open, on_event) = (on_signal.clone(), on_signal.clone());
        let (on_error, failed) = (on_signal, source.clone());
        let listeners = vec![
            EventListener::new(source.clone().into(), "open", move |_| {
                on_open(StreamSignal::Opened);
            }),
            EventListener::new(source.clone().into(), "message", move |event| {
                let event: MessageEvent = event.unchecked_into();
                let data = event.data().as_string().unwrap_or_default();
                on_event(StreamSignal::Event { id: event.last_event_id(), data });
            }),
            EventListener::new(source.clone().into(), "error", move |_| {
                // The browser gives up by itself only when the response was not an event stream.
                let is_refusal = failed.ready_state() == EventSource::CLOSED;
                failed.close();
                on_error(StreamSignal::Closed { is_refusal });
            }),
        ];
        Self { source: Some(source), _listeners: listeners }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.iter().for_each(EventSource::close);
    }
}
