//! What a device is given to keep, and that a page speaks for nobody but who it was made for.

use super::*;

#[tokio::test]
async fn what_a_device_keeps_is_the_same_for_everybody() {
    let (house, ada, _) = House::with_garden().await;
    ada.say("@garden", "Not for every device.").await;
    for path in ["/sw.js", "/device.js", "/shell"] {
        let (mine, anybodys) = (ada.get(path).await, house.visitor().get(path).await);
        assert_eq!((mine.status, mine.header("cache-control")), (200, Some("no-cache")), "{path}");
        for text in [&mine.text, &anybodys.text] {
            assert!(!text.contains("@ada") && !text.contains("Not for every device"), "{path}");
        }
    }
    let worker = house.visitor().get("/sw.js").await;
    assert_eq!(worker.header("content-type"), Some("text/javascript; charset=utf-8"));
    for file in ["/shell", "/device.js", "/pkg/rhizome.js", "/pkg/rhizome.wasm", "/pkg/rhizome.css"]
    {
        assert!(worker.text.contains(&format!("{file:?}")), "{file}");
    }
}

#[tokio::test]
async fn a_page_is_compressed_where_it_can_be_and_a_stream_never() {
    let (_house, ada, _) = House::with_garden().await;
    for (path, expected) in [
        ("/spaces/@garden", Some("gzip")),
        ("/shell", Some("gzip")),
        ("/api/stream?spaceId=@garden", None),
    ] {
        let ask = ada.get(path).header("accept-encoding", "gzip, br");
        let response = ask.response().await.expect("an answer");
        let encoding = response.headers().get("content-encoding");
        assert_eq!(encoding.and_then(|name| name.to_str().ok()), expected, "{path}");
    }
}

#[tokio::test]
async fn a_page_made_for_somebody_says_nothing_as_another_who_signed_in_since() {
    let (_house, ada, bob) = House::with_garden().await;
    let path = format!("{GARDEN}/intentions");
    let as_ada = ada.post(&path, message("Mine.")).header("rhizome-being", "@ada").await;
    assert_eq!(as_ada.status, 201);
    let as_bob = bob.post(&path, message("Not mine.")).header("rhizome-being", "@ada").await;
    assert_eq!(as_bob.json_of(401)["error"]["code"], "no-session");
    let stream = bob.get("/api/stream?spaceId=@garden&being=@ada").await;
    assert_eq!(stream.status, 401);
    drop(ada.get("/api/stream?spaceId=@garden&being=@ada").stream().await);
    let words: Vec<_> = said(&ada).await.into_iter().map(|row| row.content).collect();
    assert_eq!(words, ["Mine."]);
}
