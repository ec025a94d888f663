//! Stands in for the crate `wasm-streams`, which Leptos brings for the streams of server functions. This
//! app has no server functions, but that crate exports classes to JavaScript, and what is exported
//! is never left out of the WASM. Here is what Leptos names of it, and nothing that runs.

use futures::stream::{Empty, Stream};
use wasm_bindgen::JsValue;

const NO_SERVER_FUNCTIONS: &str = "the app calls the API, not server functions";

pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        unreachable!("{NO_SERVER_FUNCTIONS}")
    }

    pub fn into_stream(self) -> Empty<Result<JsValue, JsValue>> {
        unreachable!("{NO_SERVER_FUNCTIONS}")
    }
}
