//! A closed stream is forgotten, however it was closed.

use std::sync::Arc;

use harness::TestServer;
use tokio::{net::TcpListener, sync::oneshot};

use super::{
    crowd::{Crowd, until},
    listener::{Pace, Target},
    process,
};

const IN_LARGE_SPACE: usize = 200;
const SMALL_SPACES: usize = 30;

/// The same routes on a socket, but in this process, where the hub can be inspected.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_all_streams_close_the_hub_is_empty() {
    process::raise_descriptor_limit();
    let (server, ada, _bob) = TestServer::with_two_members().await;
    let mut plan = vec![("@garden".to_owned(), IN_LARGE_SPACE)];
    for number in 0..SMALL_SPACES {
        plan.push((ada.create_space(&format!("Room {number}")).await, 5));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let app_state = Arc::clone(&server.app_state);
    let serving = tokio::spawn(server::serve::serve(listener, app_state, async {
        let _ = stopped.await;
    }));

    let target = Target { address, cookie: format!("rhizome_session={}", ada.token()), from: 5 };
    for _ in 0..2 {
        let crowd = Crowd::gather(&target, &plan, Pace::Quick).await;
        assert_eq!(
            server.app_state.hub.stats(),
            (1 + SMALL_SPACES, IN_LARGE_SPACE + SMALL_SPACES * 5)
        );
        let sent = ada.say("@garden", "Is everybody here?").await;
        crowd.have_received("@garden", sent.seq.0).await;
        crowd.assert_no_errors();
        drop(crowd);
        until("the hub is empty", || server.app_state.hub.stats() == (0, 0)).await;
    }
    let _ = stop.send(());
    serving.await.expect("it serves to the end");
}
