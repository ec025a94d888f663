//! The browser's side: it wakes the page that the server rendered, or shows what the device keeps
//! where there is no server, and hands it its ports: a backend over HTTP, the browser itself, and
//! what the browser keeps.

mod http;
mod live;
mod panic;
mod shelf;
mod tabs;

use std::sync::Arc;

use app::{
    backend::Visit,
    live::{Browser, Live, Wake},
    session::{kept_visits, space_at},
    shell::VISIT,
    ui::{App, Offline},
};
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

#[wasm_bindgen]
pub fn hydrate() {
    panic::tell_the_reader();
    match visit() {
        Some(visit) => leptos::mount::hydrate_body(|| {
            provide_context(browser_of(&visit));
            view! { <App visit/> }
        }),
        None => spawn_local(show_kept()),
    }
}

fn browser_of(visit: &Visit) -> Browser {
    Browser {
        live: Arc::new(live::Window),
        commands: Arc::new(http::Http { me: visit.me.id.clone() }),
        shelf: Arc::new(shelf::Database),
    }
}

/// The page came from the device, and brought nothing of anybody.
async fn show_kept() {
    let visits = kept_visits(&shelf::Database).await;
    let path = window().location().pathname().unwrap_or_default();
    let open = space_at(&path);
    let is_open =
        |visit: &&Visit| Some(&visit.sync.space.id) == open.as_ref().map(|s| s.as_being());
    let visit = visits.iter().find(is_open).cloned();
    leptos::mount::mount_to_body(move || match visit {
        Some(visit) => {
            provide_context(browser_of(&visit));
            view! { <App visit/> }.into_any()
        }
        None => {
            let is_home = open.is_none();
            // Kept for as long as the page is.
            StoredValue::new(live::Window.on_wake(Box::new(move |wake| {
                if wake == Wake::Online {
                    live::Window.go_to(&path);
                }
            })));
            view! { <Offline visits is_home/> }.into_any()
        }
    });
}

/// What the server rendered the page with.
fn visit() -> Option<Visit> {
    let json = document().get_element_by_id(VISIT)?.text_content()?;
    Some(serde_json::from_str(&json).expect("the server that rendered the page wrote it"))
}
