//! `GET /api/stream` as a client sees it: catch-up, `caught-up`, live events with contiguous seqs,
//! heartbeats, and how a stream ends. What is asserted is what stands in the frames.

#[path = "../house/mod.rs"]
mod house;

mod budgets;
mod catching_up;
mod endings;
mod live;
mod opening;
mod resting;
mod slow;

use app::protocol::{Intention, Seq, SyncEvent};
use futures::future::join_all;
use house::{Ask, Client, Events, Frame, GARDEN, House, gists, message};
use serde_json::json;

/// What a stream tells, up to `caught-up`, in a few words for each event.
async fn told(ask: Ask) -> Vec<String> {
    gists(&ask.stream().await.until_caught_up().await)
}

/// Says so many things at once, as many people would.
async fn all_say(who: &Client, space: &str, count: usize) {
    let path = format!("/api/spaces/{space}/intentions");
    let asks = (0..count).map(|number| {
        let ask = who.post(&path, message(&format!("Number {number}.")));
        async move { ask.await.json_of(201) }
    });
    join_all(asks).await;
}

/// Checks that each frame moves the cursor by one, and answers with where that leads to.
fn contiguous(from: Seq, frames: &[Frame]) -> Seq {
    frames.iter().fold(from, |last, frame| {
        let next = frame.id.as_ref().map(|cursor| cursor.seq);
        assert_eq!(next, Some(last.next()), "{:?}", gists(frames));
        last.next()
    })
}
