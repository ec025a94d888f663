//! What a member says that it has read, by the rules.

use protocol::{Level, MessageId};
use server::{
    domain::{command::*, refusal::Refusal},
    store::{Execute, Store},
};

use crate::{contract::Contract, world::*};

for_every_store![
    a_read_position_goes_forward_unless_it_is_told_to_go_back,
    what_is_not_there_yet_cannot_be_read,
    a_level_that_stays_is_no_change,
];

fn read(by: &str, up_to: u64) -> MarkRead {
    let (by, space, up_to) = (being(by), garden(), MessageId(up_to));
    MarkRead { by, space, up_to, epoch: None, goes_back: false }
}

async fn a_read_position_goes_forward_unless_it_is_told_to_go_back<C: Contract>() {
    let served = Served::<C>::open().await;
    for number in 1..=4 {
        served.store.execute(send(&garden(), "@ada", number, "Hello.")).await.expect("a message");
    }
    let first = GARDEN_HEAD + 1;
    let mut position = served.store.inbox_head(&being("@bob")).await.expect("a head").seq;
    for (up_to, goes_back, read_up_to, unread) in [
        (first, false, first, 3),
        (first, false, first, 3),
        (first - 1, false, first, 3),
        (0, false, first, 3),
        (first + 2, false, first + 2, 1),
        (first, true, first, 3),
        (first, true, first, 3),
        (0, true, 0, 4),
        (first + 3, true, 0, 4),
        (first + 3, false, first + 3, 0),
    ] {
        let before = inbox(&served).await;
        let read = MarkRead { goes_back, ..read("@bob", up_to) };
        served.store.execute(read).await.expect("a read");
        let (shown, counted) = inbox(&served).await;
        assert_eq!((shown, counted), (read_up_to, unread), "{up_to} {goes_back}");
        let head = served.store.inbox_head(&being("@bob")).await.expect("a head").seq;
        let moves = before != (shown, counted);
        assert_eq!(head.0, position.0 + u64::from(moves), "{up_to} {goes_back}");
        position = head;
    }
    assert!(served.heard.take().iter().all(|it| it.changes().len() == 1), "no space is told");
}

async fn inbox<C: Contract>(served: &Served<C>) -> (u64, u64) {
    let (_, inbox) = served.store.inbox(&being("@bob")).await.expect("an inbox");
    let entry = inbox.spaces.into_iter().find(|entry| entry.space.id == being("@garden"));
    let entry = entry.expect("a member");
    (entry.read_up_to.unwrap_or_default().0, entry.unread)
}

async fn what_is_not_there_yet_cannot_be_read<C: Contract>() {
    let served = Served::<C>::open().await;
    let before = served.view().await;
    let head = served.store.head(&garden()).await.expect("the head");
    let another = Some("zzzz".parse().expect("an epoch"));
    for (command, refusal) in [
        (read("@bob", GARDEN_HEAD + 1), Refusal::UnknownMessage),
        (MarkRead { goes_back: true, ..read("@bob", GARDEN_HEAD + 1) }, Refusal::UnknownMessage),
        (MarkRead { epoch: another, ..read("@bob", GARDEN_HEAD) }, Refusal::AnotherHistory),
        (read("@dan", 1), Refusal::NotMember),
        (read("@eve", 1), Refusal::UnknownSpace),
        (MarkRead { space: meadow(), ..read("@bob", 1) }, Refusal::UnknownSpace),
    ] {
        assert_eq!(served.store.execute(command.clone()).await, Err(refusal), "{command:?}");
    }
    assert_eq!(served.view().await, before);
    let of_this = MarkRead { epoch: Some(head.epoch), ..read("@bob", GARDEN_HEAD) };
    served.store.execute(of_this).await.expect("a read");
    assert_eq!(inbox(&served).await, (GARDEN_HEAD, 0));
}

async fn a_level_that_stays_is_no_change<C: Contract>() {
    let served = Served::<C>::open().await;
    let mut position = served.store.inbox_head(&being("@bob")).await.expect("a head").seq.0;
    for (level, is_change) in [
        (Level::Mentions, false),
        (Level::Nothing, true),
        (Level::Nothing, false),
        (Level::Everything, true),
        (Level::Mentions, true),
    ] {
        let set = SetLevel { by: being("@bob"), space: garden(), level };
        served.store.execute(set).await.expect("a level");
        position += u64::from(is_change);
        let (cursor, inbox) = served.store.inbox(&being("@bob")).await.expect("an inbox");
        assert_eq!((cursor.seq.0, inbox.spaces[0].level), (position, level));
    }
    for (by, refusal) in [("@dan", Refusal::NotMember), ("@eve", Refusal::UnknownSpace)] {
        let set = SetLevel { by: being(by), space: garden(), level: Level::Nothing };
        assert_eq!(served.store.execute(set).await, Err(refusal));
    }
}
