//! What a device is given to keep: a service worker with the files of this build, the script that
//! looks after it, and the page that is nobody's. All three are the same for everybody.

use std::sync::Arc;

use crate::{chance::sha256, services::Services};
use app::shell::Assets;
use axum::{
    extract::State,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};

/// Where the page is that is nobody's.
pub const SHELL: &str = "/shell";
/// Where the script is that looks after the worker.
pub const SCRIPT: &str = "/device.js";

const WORKER_SOURCE: &str = include_str!("../device/sw.js");
/// What the page is made of that is nobody's, beside the files that it names.
const SHELL_SOURCE: &str =
    concat!(include_str!("../../app/src/shell.rs"), include_str!("routes/pages.rs"));
const SCRIPT_SOURCE: &str = include_str!("../device/device.js");

/// `GET /sw.js`. The browser looks for another one whenever a page of ours is opened.
pub async fn worker(State(services): State<Arc<Services>>) -> Response {
    script(worker_for(&services.site.assets))
}

/// `GET /device.js`
pub async fn device() -> Response {
    script(SCRIPT_SOURCE)
}

fn worker_for(assets: &Assets) -> String {
    let files = [SHELL, SCRIPT, &assets.js, &assets.wasm, &assets.css];
    let files = format!("{files:?}");
    // A worker that differs in one byte is another one, so a build is named by all that is in it.
    let parts = [WORKER_SOURCE, SCRIPT_SOURCE, SHELL_SOURCE, &files];
    let build = sha256(parts.join("\n").as_bytes());
    WORKER_SOURCE.replace("__BUILD__", &build[..16]).replace("__FILES__", &files)
}

fn script(source: impl IntoResponse) -> Response {
    let mut response = source.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(js: &str) -> Assets {
        Assets {
            js: js.into(),
            wasm: "/pkg/rhizome.b.wasm".into(),
            css: "/pkg/rhizome.c.css".into(),
        }
    }

    #[test]
    fn a_worker_keeps_the_files_of_its_build_and_is_another_for_another_build() {
        let (one, other) = (worker_for(&assets("/pkg/a.js")), worker_for(&assets("/pkg/z.js")));
        assert!(one.contains("\"/pkg/a.js\"") && one.contains("\"/pkg/rhizome.b.wasm\""), "{one}");
        assert!(!one.contains("__"), "everything is filled in");
        let build = |worker: &str| {
            worker.lines().find(|line| line.starts_with("const BUILD")).map(str::to_owned)
        };
        assert_ne!(build(&one), build(&other));
        assert_eq!(build(&one), build(&worker_for(&assets("/pkg/a.js"))));
    }
}
