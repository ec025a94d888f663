//! `GET /api/stream` as a client sees it: catch-up, `caught-up`, live events with contiguous seqs,
//! heartbeats, and the end of a stream. The tests assert the frames.

mod budgets;
mod catching_up;
mod endings;
mod live;
mod opening;
mod resting;
mod slow;

use futures::future::join_all;
use harness::{Client, Events, Frame, SPACE, TestRequest, TestServer, gists, message};
use protocol::{Intention, Seq, SyncEvent};
use serde_json::json;

/// Summaries of the events up to `caught-up`.
async fn summaries(request: TestRequest) -> Vec<String> {
    gists(&request.stream().await.until_caught_up().await)
}

/// Sends this many messages concurrently.
async fn send_concurrently(who: &Client, space: &str, count: usize) {
    let path = format!("/api/spaces/{space}/intentions");
    let requests = (0..count).map(|number| {
        let request = who.post(&path, message(&format!("Number {number}.")));
        async move { request.await.json_of(201) }
    });
    join_all(requests).await;
}

/// Asserts that each frame moves the cursor by one; returns the last position.
fn contiguous(from: Seq, frames: &[Frame]) -> Seq {
    frames.iter().fold(from, |last, frame| {
        let next = frame.id.as_ref().map(|cursor| cursor.seq);
        assert_eq!(next, Some(last.next()), "{:?}", gists(frames));
        last.next()
    })
}
