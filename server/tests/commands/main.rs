//! Each command of the protocol's table does what it says there: its status, its body, its cookie,
//! and what of it is found afterwards. What a command must not do is in `refusals`.

#[path = "../house/mod.rs"]
mod house;

mod accounts;
mod beings;
mod device;
mod editing;
mod history;
mod invites;
mod sending;
mod spaces;

use app::protocol::{Being, HistoryPage, Intention, SpaceListing};
use house::{Answer, Client, GARDEN, House, PASSWORD, gists, message};
use serde_json::{Value, json};

/// The spaces that the caller belongs to, and where each of them stands: `@garden 3`.
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

/// What the garden's newest page of history holds.
async fn said(caller: &Client) -> Vec<Intention> {
    let page: HistoryPage = caller.get(&format!("{GARDEN}/intentions?limit=100")).await.of(200);
    page.intentions
}
