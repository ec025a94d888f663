//! All clients reconnect at the same moment, after a restart.

use super::*;
use futures::future::join_all;

const LISTENERS: usize = 300;
/// Each database reader may run the queries before the first result is cached.
const AT_FIRST_MAX: usize = 3 * 8;

/// Sends this many messages that nobody receives, restarts the server, and counts its queries while
/// all clients reconnect.
async fn reconnect(missed: usize) -> (Vec<Vec<String>>, usize) {
    let statements = Statements::listen().await;
    let (server, ada, _) = TestServer::with_two_members().await;
    let received_up_to = ada.say("@garden", "Here we all are.").await.seq.0;
    for _ in 0..missed {
        ada.say("@garden", "Nobody hears this.").await;
    }
    let server = server.reopen().await;
    let ada = server.again(&ada);
    statements.take();
    let since = received_up_to.to_string();
    let coming = (0..LISTENERS).map(|_| async {
        let mut events = ada.follow("@garden", Some(&since)).await;
        gists(&events.until_caught_up().await)
    });
    let received = join_all(coming).await;
    (received, statements.take().len())
}

#[tokio::test]
async fn clients_that_missed_the_same_share_one_query() {
    let (received, queries) = reconnect(20).await;
    assert!(received.iter().all(|one| *one == received[0] && one.len() == 21), "{:?}", received[0]);
    assert!(queries <= AT_FIRST_MAX, "{queries} queries for {LISTENERS} listeners");
}

#[tokio::test]
async fn clients_that_missed_too_much_share_one_sync() {
    let (received, queries) = reconnect(101).await;
    assert!(received.iter().all(|one| *one == ["105 space-sync with 50", "caught-up msg_105"]));
    assert!(queries <= AT_FIRST_MAX, "{queries} queries for {LISTENERS} listeners");
}
