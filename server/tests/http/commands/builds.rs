//! A build of the site is known by its bytes: a device takes another build for another service worker.

use std::{fs, path::Path, sync::Arc};

use server::{
    ai::KeyRing,
    app_state::AppState,
    http::{assets::Site, router::router},
};

use super::*;
use harness::{Folder, Transport, site_in};

/// The line of the worker that names the build, as a server over this site answers it.
async fn build_of(server: &TestServer, root: &Path) -> String {
    let worker = server_over(server, root).get("/sw.js").await;
    assert_eq!(worker.status, 200);
    let line = worker.text.lines().find(|line| line.starts_with("const BUILD"));
    line.expect("a build").to_owned()
}

fn server_over(server: &TestServer, root: &Path) -> Client {
    let shared = &server.app_state;
    let (store, hub) = (shared.store.clone(), shared.hub.clone());
    let site = Site::open(root, None).expect("a site");
    let rng = shared.rng.clone();
    let state = AppState::new(store, hub, shared.clock.clone(), rng, site, KeyRing::default());
    Client::new(Transport::InProcess(router(Arc::new(state))))
}

#[tokio::test]
async fn other_bytes_under_the_same_names_are_another_build() {
    let server = TestServer::open().await;
    let (one, two) = (Folder::fresh(), Folder::fresh());
    let (one, two) = (site_in(one.path()), site_in(two.path()));
    assert_eq!(build_of(&server, &one).await, build_of(&server, &two).await);
    for file in ["rhizome.x.wasm", "rhizome.x.js", "rhizome.x.css"] {
        let before = build_of(&server, &one).await;
        fs::write(one.join("pkg").join(file), "other bytes").expect("a file");
        assert_ne!(build_of(&server, &one).await, before, "{file}");
        fs::write(two.join("pkg").join(file), "other bytes").expect("a file");
        assert_eq!(build_of(&server, &one).await, build_of(&server, &two).await, "{file}");
    }
    // What no page loads is no part of a build.
    let before = build_of(&server, &one).await;
    fs::write(one.join("robots.txt"), "").expect("a file");
    assert_eq!(build_of(&server, &one).await, before);
}

#[tokio::test]
async fn a_build_names_its_files_in_the_shell_and_in_the_worker() {
    let server = TestServer::open().await;
    let folder = Folder::fresh();
    let visitor = server_over(&server, &site_in(folder.path()));
    let (shell, worker) = (visitor.get("/shell").await.text, visitor.get("/sw.js").await.text);
    let renderer = worker.split('"').find(|file| file.starts_with("/markdown.")).expect("its name");
    let built = ["js", "wasm", "css"].map(|kind| format!("/pkg/rhizome.x.{kind}"));
    let scripts = [renderer, "/anchor.js", "/colours.js", "/reactions.js", "/emoji.js"];
    for file in built.iter().map(String::as_str).chain(scripts) {
        assert!(shell.contains(file) && worker.contains(&format!("\"{file}\"")), "{file}");
        let answer = visitor.get(file).response().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{file}");
    }
}

/// The renderer is held by the program and named by its bytes; a cache in between keeps both forms apart.
#[tokio::test]
async fn the_renderer_of_markdown_is_sent_compressed_to_those_that_read_it() {
    let visitor = TestServer::open().await.visitor();
    let worker = visitor.get("/sw.js").await.text;
    let path = worker.split('"').find(|file| file.starts_with("/markdown.")).expect("its name");
    let mut lengths = Vec::new();
    for (accepts, encoding) in [
        (None, None),
        (Some("gzip, deflate"), Some("gzip")),
        (Some("br"), Some("br")),
        (Some("gzip, deflate, br, zstd"), Some("br")),
        (Some("gzip, br;q=0.9"), Some("br")),
    ] {
        let ask = visitor.get(path);
        let ask = accepts.into_iter().fold(ask, |ask, it| ask.header("accept-encoding", it));
        let answer = ask.response().await.expect("an answer");
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!(answer.status(), 200, "{accepts:?}");
        assert_eq!(header("content-encoding"), encoding, "{accepts:?}");
        assert_eq!(header("content-type"), Some("application/wasm"), "{accepts:?}");
        assert_eq!(header("vary"), Some("accept-encoding"), "{accepts:?}");
        let body = http_body_util::BodyExt::collect(answer.into_body()).await.expect("a body");
        let bytes = body.to_bytes();
        assert_eq!(bytes.starts_with(b"\0asm"), encoding.is_none(), "{accepts:?}");
        lengths.push(bytes.len());
    }
    assert!(lengths[2] * 2 < lengths[0], "{lengths:?}");
}
