//! The browser's side: it wakes the page that the server rendered, and hands it its ports: a
//! backend over HTTP, the browser itself, and what the browser keeps.

mod http;
mod live;
mod shelf;

use std::sync::Arc;

use app::{backend::BackendPort, live::Browser, ui::App};
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(|| {
        let http = Arc::new(http::Http);
        provide_context(BackendPort(http.clone()));
        let (live, shelf) = (Arc::new(live::Window), Arc::new(shelf::Database));
        provide_context(Browser { live, commands: http, shelf });
        view! { <App/> }
    });
}
