//! The browser's side: it wakes the page that the server rendered, and hands it its ports: a
//! backend over HTTP, the browser itself, and what the browser keeps.

mod http;
mod live;
mod panic;
mod shelf;

use std::sync::Arc;

use app::{backend::Visit, live::Browser, shell::VISIT, ui::App};
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub fn hydrate() {
    panic::tell_the_reader();
    let Some(visit) = visit() else { return };
    leptos::mount::hydrate_body(|| {
        provide_context(Browser {
            live: Arc::new(live::Window),
            commands: Arc::new(http::Http),
            shelf: Arc::new(shelf::Database),
        });
        view! { <App visit/> }
    });
}

/// What the server rendered the page with.
fn visit() -> Option<Visit> {
    let json = document().get_element_by_id(VISIT)?.text_content()?;
    serde_json::from_str(&json).ok()
}
