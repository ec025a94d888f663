//! The browser's side: it renders the app where the server has rendered it, or shows stored snapshots
//! where there is no server, and gives the app its browser features: the API over HTTP, the
//! platform, and storage.

mod driver;
mod panic;
mod platform;

use std::sync::Arc;

use app::{
    platform::{Browser, Document, Markdown, Storage},
    shell::BOOTSTRAP,
    ui::{App, Offline},
};
use client::{
    Lifecycle, SpaceSnapshot,
    snapshots::{message_in_query, space_in_path, stored_snapshots},
    storage::{Operation, Store},
};
use leptos::{mount::mount_to, prelude::*, web_sys::HtmlElement};
use protocol::{SpaceId, json::from_json};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use driver::{BrowserDriver, Parts};
use platform::{
    api::HttpApi, document::BrowserDocument, markdown::BrowserMarkdown, storage::Database,
    streams::EventSources, tabs::BrowserTabs, timers::BrowserTimers,
};

/// Renders the app into an element that is not in the page yet. The page's script, `start.js`, puts
/// it where what the server has rendered is. So the app depends on nothing that others may have
/// changed in the page, and the code that hydrates, a thirteenth of the WASM, is not needed.
#[wasm_bindgen]
pub fn mount(root: HtmlElement, markdown: String) {
    panic::report_to_reader();
    match snapshot() {
        Some(snapshot) => mount_to(root, || {
            provide_browser(&snapshot, markdown);
            view! { <App bootstrap=snapshot/> }
        })
        .forget(),
        None => spawn_local(show_offline(root, markdown)),
    }
}

/// `markdown` is the path of the Markdown renderer.
fn provide_browser(snapshot: &SpaceSnapshot, markdown: String) {
    let driver = BrowserDriver::new(Parts {
        space: SpaceId::from(snapshot.sync.space.id.clone()),
        streams: Box::new(EventSources),
        timers: Box::new(BrowserTimers),
        tabs: Box::new(BrowserTabs),
        storage: Box::new(Database::default()),
        api: Box::new(HttpApi { me: snapshot.me.id.clone() }),
        document: Box::new(BrowserDocument),
    });
    provide_context(Browser {
        driver: Arc::new(driver),
        timers: Arc::new(BrowserTimers),
        document: Arc::new(BrowserDocument),
    });
    provide_context::<Arc<dyn Markdown>>(Arc::new(BrowserMarkdown::new(markdown, snapshot)));
}

/// The app shell came from the service worker and contains no one's data.
async fn show_offline(root: HtmlElement, markdown: String) {
    let (store, prefix) = (Store::Snapshots, String::new());
    let found = Database::default().run(Operation::Read { store, prefix }).await;
    let snapshots = stored_snapshots(found.unwrap_or_default());
    let path = window().location().pathname().unwrap_or_default();
    let open = space_in_path(&path);
    let is_open = |snapshot: &&SpaceSnapshot| {
        Some(&snapshot.sync.space.id) == open.as_ref().map(SpaceId::as_being)
    };
    let mut snapshot = snapshots.iter().find(is_open).cloned();
    if let Some(snapshot) = &mut snapshot {
        let query = window().location().search().unwrap_or_default();
        snapshot.at = message_in_query(&query);
    }
    mount_to(root, move || match snapshot {
        Some(snapshot) => {
            provide_browser(&snapshot, markdown);
            view! { <App bootstrap=snapshot/> }.into_any()
        }
        None => {
            let is_home = open.is_none();
            // Runs for as long as the page exists.
            StoredValue::new(BrowserDocument.on_lifecycle(Box::new(move |event| {
                if event == Lifecycle::Online {
                    BrowserDocument.navigate(&path);
                }
            })));
            view! { <Offline snapshots is_home/> }.into_any()
        }
    })
    .forget();
}

/// The snapshot that the server embedded in the page. Where something has rewritten it, the page
/// shows what is stored here.
fn snapshot() -> Option<SpaceSnapshot> {
    let json = document().get_element_by_id(BOOTSTRAP)?.text_content()?;
    from_json(&json)
}
