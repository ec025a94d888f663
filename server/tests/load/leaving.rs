//! Who has left is forgotten, however they left.

use std::sync::Arc;

use tokio::{net::TcpListener, sync::oneshot};

use super::{
    crowd::{Crowd, until},
    house::House,
    listener::{Door, Pace},
    process,
};

const IN_THE_HALL: usize = 200;
const ROOMS: usize = 30;

/// The same routes on a socket, but in this process, whose hub can be asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_all_have_left_no_room_is_kept_and_nobody_is_counted() {
    process::may_open_many_files();
    let (house, ada, _bob) = House::with_garden().await;
    let mut wish = vec![("@garden".to_owned(), IN_THE_HALL)];
    for number in 0..ROOMS {
        wish.push((ada.found(&format!("Room {number}")).await, 5));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let services = Arc::clone(&house.services);
    let serving = tokio::spawn(server::serve::serve(listener, services, async {
        let _ = stopped.await;
    }));

    let door = Door { address, cookie: format!("rhizome_session={}", ada.token()), from: 5 };
    for _ in 0..2 {
        let crowd = Crowd::gather(&door, &wish, Pace::Quick).await;
        assert_eq!(house.services.hub.census(), (1 + ROOMS, IN_THE_HALL + ROOMS * 5));
        let said = ada.say("@garden", "Is everybody here?").await;
        crowd.have_heard("@garden", said.seq.0).await;
        crowd.is_well();
        drop(crowd);
        until("the hub is empty", || house.services.hub.census() == (0, 0)).await;
    }
    let _ = stop.send(());
    serving.await.expect("it serves to the end");
}
