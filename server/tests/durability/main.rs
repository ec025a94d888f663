//! The program itself, as a process that is started, killed and started again. What it told
//! somebody is there afterwards; and what whoever runs it is promised, it keeps.

#[path = "../house/mod.rs"]
mod house;

mod kills;
mod program;

use app::protocol::{HistoryPage, Intention, SyncEvent};
use house::{Client, Folder, GARDEN, Program, gists, message, run};
use serde_json::json;

/// Ada, and the garden that she founded.
async fn founded(program: &Program) -> Client {
    let ada = program.visitor().signed_up("ada", None).await;
    assert_eq!(ada.found("Garden").await, "@garden");
    ada
}

/// Everything that was ever said in the garden and not taken back, oldest first.
async fn everything_said(caller: &Client) -> Vec<Intention> {
    let mut newest_first = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("{GARDEN}/intentions?limit=100{before}");
        let page: HistoryPage = caller.get(&path).await.of(200);
        newest_first.extend(page.intentions.into_iter().rev());
        if !page.has_earlier {
            newest_first.reverse();
            return newest_first;
        }
        let oldest: &Intention = newest_first.last().expect("there are earlier ones");
        before = format!("&before={}", oldest.message_id);
    }
}
