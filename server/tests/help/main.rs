//! The help pages, as a browser gets them: for everybody, whole, and with nothing that runs.

#[path = "../house/mod.rs"]
mod house;

use house::{Answer, House};
use server::help;

const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      manifest-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

#[tokio::test]
async fn every_page_is_listed_and_reachable_without_an_account() {
    let house = House::open().await;
    let visitor = house.visitor();
    let index = visitor.get("/help").await;
    is_plain("/help", &index, 200);

    for page in help::pages() {
        let address = format!("/help/{}", page.slug);
        let link = format!("href=\"{address}\"");
        assert!(index.text.contains(&link), "{address} is not listed");

        let answer = visitor.get(&address).await;
        is_plain(&address, &answer, 200);
        assert!(answer.text.contains(&format!("<title>{} · Rhizome</title>", page.title)));
        assert!(answer.text.contains(&page.html), "{address} is not all there");
        let is_current = format!("{link} aria-current=\"page\"");
        assert_eq!(answer.text.matches("aria-current").count(), 1, "{address}");
        assert!(answer.text.contains(&is_current), "{address} is not marked: {}", answer.text);
    }
}

#[tokio::test]
async fn a_page_that_does_not_exist_is_not_found_and_repeats_nothing() {
    let house = House::open().await;
    for address in ["/help/nothing", "/help/start.md", "/help/%3Cscript%3E", "/help/..%2fstart"] {
        let answer = house.visitor().get(address).await;
        is_plain(address, &answer, 404);
        assert!(answer.text.contains("href=\"/help/start\""), "{address} leads nowhere");
    }
}

#[tokio::test]
async fn a_member_reads_the_same_as_a_visitor() {
    let (house, ada, _bob) = House::with_garden().await;
    for address in ["/help", "/help/spaces"] {
        assert_eq!(ada.get(address).await.text, house.visitor().get(address).await.text);
    }
}

#[tokio::test]
async fn help_is_there_while_the_database_is_not() {
    let (house, ada, _bob) = House::with_garden().await;
    house.services.store.close().await;
    is_plain("/help/running", &ada.get("/help/running").await, 200);
}

/// A whole document, of which nothing runs.
fn is_plain(address: &str, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{address}");
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
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
