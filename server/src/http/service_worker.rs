//! The scripts that manage a device: the service worker, which keeps the files of one build and the app
//! shell, `device.js`, which installs the worker, `anchor.js` for some browsers, `colours.js` for code,
//! `reactions.js` with its list of emojis, `actions.js` for a message, and `search.js`. They are the same for everybody.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

use app::shell::Assets;
use client::storage::{DATABASE, Store};

use crate::{
    app_state::AppState,
    domain::token::sha256,
    http::{assets::Site, emoji_list, pages::app_shell},
};

/// The address of the app shell.
pub const SHELL: &str = "/shell";
/// The address of the script that installs the worker.
pub const SCRIPT: &str = "/device.js";
/// The address of the script for browsers without scroll anchoring.
pub const ANCHOR: &str = app::shell::ANCHOR;

/// The address of the script that colours code.
pub const COLOURS: &str = app::shell::COLOURS;

/// The address of the palette of reactions.
pub const REACTIONS: &str = app::shell::REACTIONS;

/// The address of its list of emojis.
pub const EMOJI: &str = app::shell::EMOJI;

/// The address of the script that acts on a message by keys and by a finger.
pub const ACTIONS: &str = app::shell::ACTIONS;

/// The address of the script with the keys that lead to the search.
pub const SEARCH: &str = app::shell::SEARCH;

/// The address of the script that shows what a former member could not send.
pub const UNSENT_SCRIPT: &str = "/unsent.js";

const WORKER_SOURCE: &str = include_str!("../../static/sw.js");
const SCRIPT_SOURCE: &str = include_str!("../../static/device.js");
const UNSENT_SOURCE: &str = include_str!("../../static/unsent.js");
const COLOURS_SOURCE: &str = include_str!("../../static/colours.js");
const REACTIONS_SOURCE: &str = include_str!("../../static/reactions.js");
const ACTIONS_SOURCE: &str = include_str!("../../static/actions.js");
const SEARCH_SOURCE: &str = include_str!("../../static/search.js");
const ANCHOR_SOURCE: &str = include_str!("../../static/anchor.js");

/// `GET /sw.js`. A browser checks for another version whenever a page of ours is opened.
pub async fn worker(State(state): State<Arc<AppState>>) -> Response {
    let shell = app_shell::without_nonce(state.clone());
    let worker = state.service_worker.get_or_init(async || worker_for(&state.site, &shell.await));
    script(worker.await.clone())
}

/// `GET /device.js`
pub async fn device() -> Response {
    script(device_script())
}

/// The script reads the device's database by the client's own schema.
fn device_script() -> String {
    let stores = format!("{:?}", [Store::Outbox, Store::Drafts, Store::Snapshots].map(Store::name));
    SCRIPT_SOURCE.replace("__DATABASE__", DATABASE).replace("__STORES__", &stores)
}

/// `GET /unsent.js`
pub async fn unsent() -> Response {
    script(UNSENT_SOURCE)
}

/// `GET /anchor.js`
pub async fn anchor() -> Response {
    script(ANCHOR_SOURCE)
}

/// `GET /colours.js`
pub async fn colours() -> Response {
    script(COLOURS_SOURCE)
}

/// `GET /reactions.js`
pub async fn reactions() -> Response {
    script(REACTIONS_SOURCE)
}

/// `GET /actions.js`
pub async fn actions() -> Response {
    script(ACTIONS_SOURCE)
}

/// `GET /search.js`
pub async fn search() -> Response {
    script(SEARCH_SOURCE)
}

/// `GET /emoji.js`
pub async fn emoji() -> Response {
    script(emoji_list::SCRIPT.as_str())
}

/// A browser takes a worker that differs in one byte for another one, so the build is named by a hash of
/// everything that the worker keeps, and of the worker itself.
fn worker_for(site: &Site, shell: &str) -> String {
    let assets = &site.assets;
    let Assets { js, wasm, css, markdown } = assets;
    let files = format!(
        "{:?}",
        [
            SHELL, SCRIPT, ANCHOR, COLOURS, REACTIONS, EMOJI, ACTIONS, SEARCH, js, wasm, css,
            markdown
        ]
    );
    let (worker, device) = (WORKER_SOURCE, device_script());
    let (reactions, emoji) = (REACTIONS_SOURCE, emoji_list::SCRIPT.as_str());
    let scripts = [
        worker,
        &device,
        ANCHOR_SOURCE,
        COLOURS_SOURCE,
        reactions,
        emoji,
        ACTIONS_SOURCE,
        SEARCH_SOURCE,
    ]
    .join("\n");
    let served = [&scripts, shell, &files, &site.hash];
    let build = sha256(served.join("\n").as_bytes());
    WORKER_SOURCE.replace("__BUILD__", &build[..16]).replace("__FILES__", &files)
}

fn script(source: impl IntoResponse) -> Response {
    let mut response = source.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(js: &str, hash: &str) -> Site {
        let mut site = Site::absent();
        site.assets.js = js.into();
        site.hash = hash.into();
        site
    }

    #[test]
    fn the_script_names_the_stores_of_the_schema() {
        let script = device_script();
        assert!(script.contains(r#"const DATABASE = "rhizome";"#), "{script}");
        assert!(script.contains(r#"= ["outbox", "drafts", "visits"];"#), "{script}");
        assert!(!script.contains("__"), "everything is filled in");
    }

    #[test]
    fn a_worker_keeps_the_files_of_its_build_and_differs_from_build_to_build() {
        let one = worker_for(&site("/pkg/a.js", "1"), "");
        assert!(one.contains("\"/pkg/a.js\"") && one.contains("\"/pkg/rhizome.wasm\""), "{one}");
        assert!(!one.contains("__"), "everything is filled in");
        let build = |worker: &str| {
            let line = worker.lines().find(|line| line.starts_with("const BUILD"));
            line.expect("a build").to_owned()
        };
        assert_eq!(build(&one), build(&worker_for(&site("/pkg/a.js", "1"), "")));
        assert_ne!(build(&one), build(&worker_for(&site("/pkg/z.js", "1"), "")), "another name");
        assert_ne!(build(&one), build(&worker_for(&site("/pkg/a.js", "2"), "")), "other bytes");
        assert_ne!(build(&one), build(&worker_for(&site("/pkg/a.js", "1"), " ")), "another shell");
    }
}
