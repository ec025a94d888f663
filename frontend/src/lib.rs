//! The browser's side: it wakes the page that the server rendered, and hands it its two ports, a
//! backend over HTTP and the browser itself.

mod http;
mod live;

use std::sync::Arc;

use app::{backend::BackendPort, live::Browser, ui::App};
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(|| {
        let http = Arc::new(http::Http);
        provide_context(BackendPort(http.clone()));
        provide_context(Browser { live: Arc::new(live::Window), commands: http });
        view! { <App/> }
    });
}
