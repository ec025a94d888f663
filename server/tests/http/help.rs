//! The help pages, as a browser receives them: for everybody, complete, and without scripts.

use harness::{TestResponse, TestServer};
use server::help;

const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      manifest-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

#[tokio::test]
async fn every_page_is_listed_and_reachable_without_an_account() {
    let server = TestServer::open().await;
    let visitor = server.visitor();
    let index = visitor.get("/help").await;
    assert_plain_document("/help", &index, 200);

    for page in help::pages() {
        let address = format!("/help/{}", page.slug);
        let link = format!("href=\"{address}\"");
        assert!(index.text.contains(&link), "{address} is not listed");

        let answer = visitor.get(&address).await;
        assert_plain_document(&address, &answer, 200);
        assert!(answer.text.contains(&format!("<title>{} · Rhizome</title>", page.title)));
        assert!(answer.text.contains(&page.html), "{address} is not all there");
        let is_current = format!("{link} aria-current=\"page\"");
        assert_eq!(answer.text.matches("aria-current").count(), 1, "{address}");
        assert!(answer.text.contains(&is_current), "{address} is not marked: {}", answer.text);
    }
}

#[tokio::test]
async fn an_unknown_page_is_not_found_and_its_address_is_not_repeated() {
    let server = TestServer::open().await;
    for address in ["/help/nothing", "/help/start.md", "/help/%3Cscript%3E", "/help/..%2fstart"] {
        let answer = server.visitor().get(address).await;
        assert_plain_document(address, &answer, 404);
        assert!(answer.text.contains("href=\"/help/start\""), "{address} leads nowhere");
    }
}

#[tokio::test]
async fn a_member_reads_the_same_as_a_visitor() {
    let (server, ada, _bob) = TestServer::with_two_members().await;
    for address in ["/help", "/help/spaces"] {
        assert_eq!(ada.get(address).await.text, server.visitor().get(address).await.text);
    }
}

#[tokio::test]
async fn help_is_available_without_the_database() {
    let (server, ada, _bob) = TestServer::with_two_members().await;
    server.app_state.store.close().await;
    assert_plain_document("/help/running", &ada.get("/help/running").await, 200);
}

/// Asserts a complete document without scripts.
fn assert_plain_document(address: &str, answer: &TestResponse, status: u16) {
    assert_eq!(answer.status, status, "{address}");
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", POLICY),
        ("cache-control", "no-store, no-transform"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{address}: {name}");
    }
    let html = &answer.text;
    assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"));
    assert!(html.contains("</main>") && html.contains("</html>"), "{address} is cut");
    assert!(html.contains("name=\"viewport\"") && html.contains("rel=\"stylesheet\""));
    assert_eq!(html.matches("<h1").count(), 1, "{address}");
    for running in ["<script", "modulepreload", ".wasm", "onclick", "javascript:"] {
        assert!(!html.contains(running), "{address} has {running}");
    }
}
