//! The clock, timers and randomness.

use app::platform::{DropGuard, Timers};
use client::Millis;
use js_sys::{Date, Function, Math};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::guard;

/// Browsers store a delay as a signed 32-bit number; a larger one would fire at once.
const DELAY_MAX_MILLIS: u64 = i32::MAX as u64;

pub struct BrowserTimers;

#[expect(clippy::disallowed_methods, reason = "this is what the app asks for time and randomness")]
impl Timers for BrowserTimers {
    fn now(&self) -> Millis {
        // Not `performance.now()`, which may stand still while the device sleeps.
        Millis(Date::now() as u64)
    }

    fn after(&self, millis: u64, run: Box<dyn FnOnce()>) -> DropGuard {
        let millis = millis.min(DELAY_MAX_MILLIS) as i32;
        let request = |run: &Function| {
            window().set_timeout_with_callback_and_timeout_and_arguments_0(run, millis)
        };
        guard(Scheduled::new(run, request, |id| window().clear_timeout_with_handle(id)))
    }

    fn on_frame(&self, run: Box<dyn FnOnce()>) -> DropGuard {
        let request = |run: &Function| window().request_animation_frame(run);
        guard(Scheduled::new(run, request, |id| drop(window().cancel_animation_frame(id))))
    }

    fn random(&self) -> u128 {
        let mut random = [0; 16];
        let crypto = window().crypto().ok();
        let filled =
            crypto.and_then(|crypto| crypto.get_random_values_with_u8_array(&mut random).ok());
        if filled.is_none() {
            random.fill_with(|| (Math::random() * 256.0) as u8);
        }
        u128::from_le_bytes(random)
    }
}

/// A function that runs later, unless this is dropped before. Not gloo's, which makes the WASM larger.
struct Scheduled {
    id: i32,
    cancel: fn(i32),
    _run: Closure<dyn FnMut()>,
}

impl Scheduled {
    fn new(
        run: Box<dyn FnOnce()>,
        request: impl FnOnce(&Function) -> Result<i32, JsValue>,
        cancel: fn(i32),
    ) -> Self {
        let run = Closure::once(run);
        let requested = request(run.as_ref().unchecked_ref());
        Self { id: requested.unwrap_or_default(), cancel, _run: run }
    }
}

impl Drop for Scheduled {
    fn drop(&mut self) {
        (self.cancel)(self.id);
    }
}
