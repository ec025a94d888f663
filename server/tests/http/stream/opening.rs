//! Changes while a stream opens. The request is held at each of its awaits in turn, a change is
//! made, and the request continues with what it has read before.

use super::*;
use axum::response::Response;
use futures::{FutureExt, future::BoxFuture};
use harness::TestResponse;
use std::{
    future::{poll_fn, ready},
    io,
    task::Poll,
};

/// More than a request is ever woken, on however slow a machine.
const WAITS_MAX: usize = 500;

type Opening = BoxFuture<'static, io::Result<Response>>;

/// Holds the request when it is woken from this await, with the result of that unread, and says
/// whether it had ended before.
async fn held(request: TestRequest, wait: usize) -> (Opening, bool) {
    let mut opening = request.response().boxed();
    let mut polls = 0;
    let ended = poll_fn(|context| {
        if polls == wait {
            return Poll::Ready(None);
        }
        polls += 1;
        opening.poll_unpin(context).map(Some)
    });
    let ended = ended.await;
    assert!(wait < WAITS_MAX || ended.is_some(), "it waits more than {WAITS_MAX} times");
    match ended {
        Some(response) => (ready(response).boxed(), true),
        None => (opening, false),
    }
}

/// The stream, or the status of the refusal.
async fn opened(opening: Opening) -> Result<Events, u16> {
    let response = opening.await.expect("an answer");
    if response.status() == 200 {
        return Ok(Events::read(response));
    }
    Err(TestResponse::read(response).await.expect("a whole answer").status)
}

/// The events before the end of the stream, which must end before it sends this message.
async fn rest_before(events: &mut Events, later: &Intention) -> Vec<String> {
    let rest = events.rest().await;
    let is_before = |frame: &Frame| frame.id.as_ref().is_none_or(|at| at.seq < later.seq);
    assert!(rest.iter().all(is_before), "it goes on: {:?}", gists(&rest));
    gists(&rest)
}

#[tokio::test]
async fn a_message_that_is_sent_while_a_stream_opens_is_received_once() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    for since_is_named in [false, true] {
        for wait in 0.. {
            let since = ada.say("@garden", "Before.").await.seq;
            let since_text = since_is_named.then(|| since.to_string());
            let request = bob.following("@garden", since_text.as_deref());
            let (opening, has_ended) = held(request, wait).await;
            let last = ada.say("@garden", "Meanwhile.").await.seq;
            let mut events = opened(opening).await.expect("a stream");
            let first = events.one().await;
            let mut at = match &first.event {
                SyncEvent::SpaceSync(sync) => sync.head(),
                SyncEvent::CaughtUp(protocol::CaughtUp { last_message_id }) => {
                    last_message_id.created_at()
                }
                _ => contiguous(since, &[first]),
            };
            while at < last {
                let frame = events.one().await;
                if frame.id.is_some() {
                    at = contiguous(at, &[frame]);
                }
            }
            if has_ended {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_member_who_leaves_while_a_stream_opens_receives_nothing_later() {
    let (_server, ada, bob) = TestServer::with_two_members().await;
    for since_is_named in [false, true] {
        for wait in 0.. {
            let since = ada.say("@garden", "Before.").await.seq;
            let since_text = since_is_named.then(|| since.to_string());
            let request = bob.following("@garden", since_text.as_deref());
            let (opening, has_ended) = held(request, wait).await;
            bob.delete(&format!("{SPACE}/beings/@bob")).await.empty_of(204);
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
            if has_ended {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_session_that_ends_while_a_stream_opens_ends_the_stream() {
    let (server, ada, _) = TestServer::with_two_members().await;
    for wait in 0.. {
        let phone = server.visitor().signed_in("bob").await;
        let since = ada.say("@garden", "Before.").await.seq.to_string();
        let (opening, has_ended) = held(phone.following("@garden", Some(&since)), wait).await;
        phone.delete("/api/session").await.empty_of(204);
        match opened(opening).await {
            Ok(mut events) => {
                let later = ada.say("@garden", "Who was that?").await;
                let told = rest_before(&mut events, &later).await;
                assert_eq!(told, [""; 0], "held at wait {wait}: not even what was read before");
            }
            Err(status) => assert_eq!(status, 401, "held at wait {wait}"),
        }
        if has_ended {
            break;
        }
    }
}

#[tokio::test]
async fn a_shutdown_while_a_stream_opens_ends_it_after_it_is_caught_up() {
    for wait in (0..).step_by(2) {
        let (server, ada, bob) = TestServer::with_two_members().await;
        ada.say_up_to("@garden", 5).await;
        let (opening, has_ended) = held(bob.following("@garden", Some("3")), wait).await;
        server.app_state.hub.close();
        let told = gists(&opened(opening).await.expect("a stream").rest().await);
        assert_eq!(told, ["4 created msg_4", "5 created msg_5", "caught-up msg_5"]);
        if has_ended {
            break;
        }
    }
}
