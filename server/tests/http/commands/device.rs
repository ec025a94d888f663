//! The service worker and its files, which are the same for everybody, and the header that binds a
//! page to the being it was rendered for.

use super::*;

#[tokio::test]
async fn the_files_that_a_device_keeps_are_the_same_for_everybody() {
    let (server, ada, _) = TestServer::with_two_members().await;
    ada.say("@garden", "Not for every device.").await;
    let files = [
        ("/sw.js", "no-cache"),
        ("/device.js", "no-cache"),
        ("/anchor.js", "no-cache"),
        ("/shell", "no-cache, no-transform"),
    ];
    for (path, caching) in files {
        let (mine, anybodys) = (ada.get(path).await, server.visitor().get(path).await);
        assert_eq!((mine.status, mine.header("cache-control")), (200, Some(caching)), "{path}");
        for text in [&mine.text, &anybodys.text] {
            assert!(!text.contains("@ada") && !text.contains("Not for every device"), "{path}");
        }
    }
    let worker = server.visitor().get("/sw.js").await;
    assert_eq!(worker.header("content-type"), Some("text/javascript; charset=utf-8"));
    for file in [
        "/shell",
        "/device.js",
        "/anchor.js",
        "/pkg/rhizome.js",
        "/pkg/rhizome.wasm",
        "/pkg/rhizome.css",
    ] {
        assert!(worker.text.contains(&format!("{file:?}")), "{file}");
    }
}

#[tokio::test]
async fn a_page_is_compressed_if_the_client_accepts_it_and_a_stream_never() {
    let (_server, ada, _) = TestServer::with_two_members().await;
    for (path, expected) in [
        ("/spaces/@garden", Some("gzip")),
        ("/shell", Some("gzip")),
        ("/api/stream?spaceId=@garden", None),
    ] {
        let request = ada.get(path).header("accept-encoding", "gzip, br");
        let response = request.response().await.expect("an answer");
        let encoding = response.headers().get("content-encoding");
        assert_eq!(encoding.and_then(|name| name.to_str().ok()), expected, "{path}");
    }
}

#[tokio::test]
async fn a_page_of_one_being_sends_nothing_as_another_who_signed_in_later() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    let path = format!("{SPACE}/intentions");
    let as_ada = ada.post(&path, message("Mine.")).header("rhizome-being", "@ada").await;
    assert_eq!(as_ada.status, 201);
    let as_bob = bob.post(&path, message("Not mine.")).header("rhizome-being", "@ada").await;
    assert_eq!(as_bob.json_of(401)["error"]["code"], "no-session");
    let stream = bob.get("/api/stream?spaceId=@garden&being=@ada").await;
    assert_eq!(stream.status, 401);
    drop(ada.get("/api/stream?spaceId=@garden&being=@ada").stream().await);
    let words: Vec<_> = history(&ada).await.into_iter().map(|row| row.content).collect();
    assert_eq!(words, ["Mine."]);
}
