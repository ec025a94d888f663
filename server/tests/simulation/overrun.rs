//! A listener that cannot keep up: it is not waited for, nothing is skipped, and what is kept for it
//! is bounded.

use app::protocol::{BeingId, Content, IntentionId, SpaceId};
use futures::future::join_all;
use server::{
    policy::Actor,
    services::Services,
    store::{Edit, NewIntention, Sent},
};
use uuid::Uuid;

use crate::{client::Client, house::House};

/// More than the ring of a room holds.
const BURST: u128 = 1_500;

fn ada() -> Actor {
    Actor { id: "@ada".parse().expect("an id"), administers: true }
}

fn garden() -> SpaceId {
    "@garden".parse().expect("an id")
}

async fn say(services: &Services, numbers: std::ops::Range<u128>) -> Vec<Sent> {
    let sends = numbers.map(|number| {
        let id = IntentionId(Uuid::from_u128(number));
        let content = Content::parse(format!("The {number}th thing.")).expect("content");
        let new = NewIntention { id, content, reply_to: None };
        async { services.store.send(&ada(), &garden(), new).await.expect("a send") }
    });
    join_all(sends).await
}

async fn listening(house: &House) -> Client {
    let mut client = Client::new(BeingId::clone(&ada().id), garden());
    client.connect(&house.services).await;
    let head = house.services.store.head(&garden()).await.expect("a head");
    client.read_up_to(&head).await;
    client
}

async fn ends_equal(house: &House, client: &mut Client) {
    let head = house.services.store.head(&garden()).await.expect("a head");
    client.read_up_to(&head).await;
    client.assert_equals_a_fresh_sync(&house.services).await;
}

#[tokio::test]
async fn who_reads_nothing_for_a_long_while_is_caught_up_on_the_same_connection() {
    let (house, _, _) = House::with_garden().await;
    let mut slow = listening(&house).await;
    let mut quick = listening(&house).await;
    for burst in 0..3 {
        say(&house.services, burst * BURST..(burst + 1) * BURST).await;
        ends_equal(&house, &mut quick).await;
    }
    let before = slow.bytes;
    ends_equal(&house, &mut slow).await;
    // One space-sync, not 4,500 messages.
    assert!(slow.bytes - before < 20_000, "{} bytes", slow.bytes - before);
}

#[tokio::test]
async fn a_row_that_changed_twice_meanwhile_makes_no_jump() {
    let (house, _, _) = House::with_garden().await;
    let said = say(&house.services, 0..1).await.remove(0).intention.message_id;
    let mut slow = listening(&house).await;
    for number in 0..BURST {
        let content = Content::parse(format!("Edited {number} times.")).expect("content");
        let edit = Edit { content, seq: None, epoch: None };
        house.services.store.edit(&ada(), &garden(), said, edit).await.expect("an edit");
    }
    ends_equal(&house, &mut slow).await;
}

#[tokio::test]
async fn a_slow_reader_holds_nobody_up() {
    let (house, _, _) = House::with_garden().await;
    let _slow = listening(&house).await;
    let mut quick = listening(&house).await;
    for number in 0..20 {
        say(&house.services, number * 100..(number + 1) * 100).await;
        ends_equal(&house, &mut quick).await;
    }
}
