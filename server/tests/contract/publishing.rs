//! What is committed is published, in commit order, before its command is answered; and nothing else is.

use std::collections::BTreeMap;

use futures::future::join_all;
use protocol::{Name, Seq, SpaceId, SyncEvent};
use server::{
    domain::command::*,
    store::{Committed, Execute, Store},
};

use crate::{contract::Contract, view::changes_since, world::*};

for_every_store![
    a_change_is_published_before_its_command_is_answered,
    changes_are_published_in_the_order_of_their_positions,
    what_was_published_is_what_can_be_read,
    a_command_that_changes_no_space_is_published_to_nobody,
    a_space_is_published_from_its_first_position_on,
];

async fn a_change_is_published_before_its_command_is_answered<C: Contract>() {
    let served = Served::<C>::open().await;
    for number in 1..=5 {
        let sent = served.store.execute(send(&garden(), "@ada", number, "Hello.")).await;
        let sent = sent.expect("a message").intention;
        let heard = served.heard.take();
        let [committed] = &heard[..] else { panic!("{heard:?}") };
        let head = served.store.head(&garden()).await.expect("the head");
        assert_eq!((committed.space(), committed.epoch()), (&garden(), &head.epoch));
        let [(seq, SyncEvent::IntentionCreated(created))] = committed.changes() else {
            panic!("{committed:?}");
        };
        assert_eq!((*seq, &created.data), (sent.seq, &sent));
        assert_eq!(head.seq, sent.seq);
    }
}

async fn changes_are_published_in_the_order_of_their_positions<C: Contract>() {
    let served = Served::<C>::open().await;
    let heard_at_answer = |number: u128| {
        let space = if number.is_multiple_of(3) { pond() } else { garden() };
        let (store, heard) = (&served.store, &served.heard);
        async move {
            let sent = store.execute(send(&space, "@ada", number, "Hello.")).await;
            let seq = sent.expect("a message").intention.seq;
            let is_heard = heard.all().iter().any(|committed| {
                *committed.space() == space && committed.changes().iter().any(|(at, _)| *at == seq)
            });
            assert!(is_heard, "{seq} of {space} is answered, and not published yet");
        }
    };
    join_all((1..=400).map(heard_at_answer)).await;
    let positions = positions(&served.heard.take());
    let garden_sends = 400 - 133;
    assert_eq!(positions[&garden()], span(GARDEN_HEAD, garden_sends));
    assert_eq!(positions[&pond()], span(POND_HEAD, 133));
}

async fn what_was_published_is_what_can_be_read<C: Contract>() {
    let served = Served::<C>::open().await;
    let sends = (1..=40).map(|number| send(&garden(), "@ada", number, "Hello."));
    join_all(sends.map(|send| served.store.execute(send))).await;
    let published: Vec<_> =
        served.heard.take().iter().flat_map(|one| one.changes().to_vec()).collect();
    let since = Seq(GARDEN_HEAD);
    for _ in 0..2 {
        let read = changes_since(&served.store, &garden(), since, &being("@ada")).await;
        assert_eq!(read.expect("few changes").1, published);
    }
    let served = served.reopen().await;
    let read = changes_since(&served.store, &garden(), since, &being("@ada")).await;
    assert_eq!(read.expect("few changes").1, published);
    assert!(served.heard.take().is_empty(), "it was published before");
}

async fn a_command_that_changes_no_space_is_published_to_nobody<C: Contract>() {
    let served = Served::<C>::open().await;
    served.store.execute(send(&garden(), "@ada", 1, "Hello.")).await.expect("a message");
    served.heard.take();
    let always = Some(settings("guide", true));
    let (by, being_id) = (being("@ada"), being("@sage"));
    let commands: [Command; 6] = [
        send(&garden(), "@ada", 1, "Hello.").into(),
        StartSession { being: being("@bob"), token: token("session") }.into(),
        EndSession { token: token("session") }.into(),
        CreateInvite { by: being("@bob"), space: garden(), token: token("invite") }.into(),
        AcceptInvite { by: being("@ada"), token: token("invite") }.into(),
        ChangeBeing { by, being: being_id, name: None, hue: None, settings: always }.into(),
    ];
    for command in commands {
        let what = format!("{command:?}");
        served.store.submit(command).await.expect("an outcome");
        let heard = served.heard.take();
        assert!(heard.is_empty(), "{what} tells {heard:?}");
    }
}

async fn a_space_is_published_from_its_first_position_on<C: Contract>() {
    let served = Served::<C>::open().await;
    let name = Name::parse("Meadow").expect("a name");
    let space = served.store.execute(CreateSpace { by: being("@eve"), name }).await;
    let space = SpaceId::from(space.expect("a space").id);
    assert_eq!(positions(&served.heard.take()), BTreeMap::from([(space, vec![1, 2])]));
}

/// The positions that were published, space by space, in the order of the publishing.
fn positions(heard: &[Committed]) -> BTreeMap<SpaceId, Vec<u64>> {
    let mut positions = BTreeMap::<_, Vec<u64>>::new();
    for committed in heard {
        let seqs = committed.changes().iter().map(|(seq, _)| seq.0);
        positions.entry(committed.space().clone()).or_default().extend(seqs);
    }
    positions
}

fn span(head: u64, changes: u64) -> Vec<u64> {
    (head + 1..=head + changes).collect()
}
