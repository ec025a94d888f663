//! A listener that cannot keep up: nobody waits for it, nothing is skipped, and the memory kept for
//! it is bounded.

use futures::future::join_all;
use harness::TestServer;
use protocol::{BeingId, Content, IntentionId, SpaceId};
use server::{
    app_state::AppState,
    domain::command::{EditMessage, SendMessage, Sent},
    store::Execute,
};
use uuid::Uuid;

use crate::client::Client;

/// More than a replay buffer holds.
const BURST: u128 = 1_500;

fn ada() -> BeingId {
    "@ada".parse().expect("an id")
}

fn space() -> SpaceId {
    "@garden".parse().expect("an id")
}

async fn send(app_state: &AppState, numbers: std::ops::Range<u128>) -> Vec<Sent> {
    let sends = numbers.map(|number| {
        let id = IntentionId(Uuid::from_u128(number));
        let content = Content::parse(format!("The {number}th thing.")).expect("content");
        let send = SendMessage { by: ada(), space: space(), id, content, reply_to: None };
        async { app_state.store.execute(send).await.expect("a send") }
    });
    join_all(sends).await
}

async fn connected(server: &TestServer) -> Client {
    let mut client = Client::new(ada(), space());
    client.connect(&server.app_state).await;
    let head = server.app_state.store.head(&space()).await.expect("a head");
    client.read_up_to(&head).await;
    client
}

async fn assert_catches_up(server: &TestServer, client: &mut Client) {
    let head = server.app_state.store.head(&space()).await.expect("a head");
    client.read_up_to(&head).await;
    client.assert_equals_a_fresh_sync(&server.app_state).await;
}

#[tokio::test]
async fn a_listener_that_reads_nothing_for_long_catches_up_on_the_same_connection() {
    let (server, _, _) = TestServer::with_two_members().await;
    let mut slow = connected(&server).await;
    let mut quick = connected(&server).await;
    for burst in 0..3 {
        send(&server.app_state, burst * BURST..(burst + 1) * BURST).await;
        assert_catches_up(&server, &mut quick).await;
    }
    let before = slow.bytes;
    assert_catches_up(&server, &mut slow).await;
    // One space-sync, not 4,500 messages.
    assert!(slow.bytes - before < 20_000, "{} bytes", slow.bytes - before);
}

#[tokio::test]
async fn a_row_that_changed_twice_causes_no_jump_in_positions() {
    let (server, _, _) = TestServer::with_two_members().await;
    let message = send(&server.app_state, 0..1).await.remove(0).intention.message_id;
    let mut slow = connected(&server).await;
    for number in 0..BURST {
        let content = Content::parse(format!("Edited {number} times.")).expect("content");
        let (by, space) = (ada(), space());
        let edit = EditMessage { by, space, message, content, seq: None, epoch: None };
        server.app_state.store.execute(edit).await.expect("an edit");
    }
    assert_catches_up(&server, &mut slow).await;
}

#[tokio::test]
async fn a_slow_reader_does_not_delay_others() {
    let (server, _, _) = TestServer::with_two_members().await;
    let _slow = connected(&server).await;
    let mut quick = connected(&server).await;
    for number in 0..20 {
        send(&server.app_state, number * 100..(number + 1) * 100).await;
        assert_catches_up(&server, &mut quick).await;
    }
}
