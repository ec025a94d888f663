//! An event listener that is removed on drop. Not gloo-events', which makes the WASM larger.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{AddEventListenerOptions, Event, EventTarget};

pub struct EventListener {
    target: EventTarget,
    name: &'static str,
    run: Closure<dyn Fn(Event)>,
}

impl EventListener {
    pub fn new(target: EventTarget, name: &'static str, run: impl Fn(Event) + 'static) -> Self {
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

impl Drop for EventListener {
    fn drop(&mut self) {
        let run = self.run.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback(self.name, run);
    }
}
