//! Each command of the protocol's table: its status, its body, its cookie, and its effect.
//! `refusals` has the commands that are refused.

mod accounts;
mod beings;
mod builds;
mod colours;
mod deletion;
mod details;
mod device;
mod direct;
mod directory;
mod editing;
mod endpoints;
mod forgetting;
mod forms;
mod history;
mod invites;
mod reacting;
mod searching;
mod sending;
mod spaces;

use harness::{Client, PASSWORD, SPACE, TestResponse, TestServer, gists, message};
use protocol::{Being, HistoryPage, Intention, SpaceListing};
use serde_json::{Value, json};

/// The spaces of the caller with their heads: `@garden 3`.
async fn spaces_of(caller: &Client) -> Vec<String> {
    let listings: Vec<SpaceListing> = caller.get("/api/spaces").await.of(200);
    let line = |l: &SpaceListing| format!("{} {}", l.space.id, l.last_message_id.created_at());
    listings.iter().map(line).collect()
}

async fn head(caller: &Client) -> u64 {
    let listings: Vec<SpaceListing> = caller.get("/api/spaces").await.of(200);
    let garden = listings.iter().find(|listing| listing.space.id.as_str() == "@garden");
    garden.expect("the garden").last_message_id.0
}

/// Sends a form of a page.
async fn form(caller: &Client, path: &str, fields: &[(&str, &str)]) -> TestResponse {
    let body = serde_urlencoded::to_string(fields).expect("fields");
    let of_a_form = "application/x-www-form-urlencoded";
    caller.ask("POST", path).header("content-type", of_a_form).body(body).await
}

/// The newest page of `@garden`'s history.
async fn history(caller: &Client) -> Vec<Intention> {
    let page: HistoryPage = caller.get(&format!("{SPACE}/intentions?limit=100")).await.of(200);
    page.intentions
}
