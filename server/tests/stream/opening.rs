//! What happens in the very moment in which a stream opens. The request is held at each of its waits
//! in turn, something happens, and it goes on: what it had looked at by then is old.

use super::*;
use axum::response::Response;
use futures::{FutureExt, future::BoxFuture};
use house::Answer;
use std::{
    future::{poll_fn, ready},
    io,
    task::Poll,
};

/// More waits than the request has; from there on it is open already.
const WAITS_MAX: usize = 24;

type Opening = BoxFuture<'static, io::Result<Response>>;

/// Holds the request when it is woken from this wait, with the answer to it still unread.
async fn held(ask: Ask, wait: usize) -> Opening {
    let mut opening = ask.response().boxed();
    let mut polls = 0;
    let ended = poll_fn(|context| {
        if polls == wait {
            return Poll::Ready(None);
        }
        polls += 1;
        opening.poll_unpin(context).map(Some)
    });
    let ended = ended.await;
    assert!(wait + 1 < WAITS_MAX || ended.is_some(), "it waits more than {WAITS_MAX} times");
    match ended {
        Some(response) => ready(response).boxed(),
        None => opening,
    }
}

/// The stream, if it opened, or with what status it was refused.
async fn opened(opening: Opening) -> Result<Events, u16> {
    let response = opening.await.expect("an answer");
    if response.status() == 200 {
        return Ok(Events::read(response));
    }
    Err(Answer::read(response).await.expect("a whole answer").status)
}

/// What the stream tells before it ends. It must end before it tells of this message.
async fn rest_before(events: &mut Events, later: &Intention) -> Vec<String> {
    let rest = events.rest().await;
    let is_before = |frame: &Frame| frame.id.as_ref().is_none_or(|at| at.seq < later.seq);
    assert!(rest.iter().all(is_before), "it goes on: {:?}", gists(&rest));
    gists(&rest)
}

#[tokio::test]
async fn what_is_said_while_a_stream_opens_is_told_once() {
    let (_house, ada, bob) = House::with_garden().await;
    for wait in 0..WAITS_MAX {
        let since = ada.say("@garden", "Before.").await.seq;
        for since_text in [None, Some(since.to_string())] {
            let opening = held(bob.following("@garden", since_text.as_deref()), wait).await;
            let last = ada.say("@garden", "Meanwhile.").await.seq;
            let mut events = opened(opening).await.expect("a stream");
            let first = events.one().await;
            let mut at = match &first.event {
                SyncEvent::SpaceSync(sync) => sync.head(),
                SyncEvent::CaughtUp { last_message_id } => last_message_id.created_at(),
                _ => contiguous(since, &[first]),
            };
            while at < last {
                let frame = events.one().await;
                if frame.id.is_some() {
                    at = contiguous(at, &[frame]);
                }
            }
        }
    }
}

#[tokio::test]
async fn who_leaves_while_a_stream_opens_hears_nothing_of_what_comes_after() {
    let (_house, ada, bob) = House::with_garden().await;
    for wait in 0..WAITS_MAX {
        for since in [None, Some("3")] {
            let opening = held(bob.following("@garden", since), wait).await;
            bob.delete(&format!("{GARDEN}/beings/@bob")).await.empty_of(204);
            let later = ada.say("@garden", "At last we can talk.").await;
            match opened(opening).await {
                Ok(mut events) => {
                    let told = rest_before(&mut events, &later).await;
                    assert_eq!(told, ["access-revoked"], "held at wait {wait}");
                }
                Err(status) => assert_eq!(status, 403, "held at wait {wait}"),
            }
            let token = ada.invite("@garden").await;
            bob.post(&format!("/api/invites/{token}"), json!({})).await.json_of(200);
        }
    }
}

#[tokio::test]
async fn a_session_that_ends_while_a_stream_opens_takes_the_stream_with_it() {
    let (house, ada, _) = House::with_garden().await;
    for wait in 0..WAITS_MAX {
        let phone = house.visitor().signed_in("bob").await;
        let opening = held(phone.following("@garden", Some("3")), wait).await;
        phone.delete("/api/session").await.empty_of(204);
        match opened(opening).await {
            Ok(mut events) => {
                let later = ada.say("@garden", "Who was that?").await;
                rest_before(&mut events, &later).await;
            }
            Err(status) => assert_eq!(status, 401, "held at wait {wait}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_ends_while_a_stream_opens_ends_it_after_it_is_caught_up() {
    for wait in (0..WAITS_MAX).step_by(2) {
        let (house, ada, bob) = House::with_garden().await;
        ada.say_up_to("@garden", 5).await;
        let opening = held(bob.following("@garden", Some("3")), wait).await;
        house.services.hub.close();
        let told = gists(&opened(opening).await.expect("a stream").rest().await);
        assert_eq!(told, ["4 created msg_4", "5 created msg_5", "caught-up msg_5"]);
    }
}
