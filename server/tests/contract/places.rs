//! Places: each is one position of one space, and is spent once.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use protocol::{Seq, SpaceId};
use server::store::{Committed, WriteConnection};

use crate::{contract::Contract, world::*};

for_every_store![
    positions_follow_each_other_in_each_space_of_a_transaction,
    a_place_that_is_dropped_takes_no_position,
    a_place_is_spent_once,
    a_space_has_no_place_before_it_was_asked_for,
    a_commit_that_fails_leaves_nothing,
    a_verb_that_fails_leaves_nothing,
    a_transaction_begins_where_the_last_one_ended,
];

async fn positions_follow_each_other_in_each_space_of_a_transaction<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let mut number = 0;
    for round in 0..4 {
        number += 1;
        rows.insert(&garden(), &being("@ada"), id(number)).await;
        if round == 1 {
            create_space(&mut rows.tx, &meadow(), &being("@bob")).await;
        }
        for _ in 0..round {
            number += 1;
            rows.insert(&pond(), &being("@bob"), id(number)).await;
        }
        let place = rows.next(&garden()).await;
        rows.tx.put_member(place, person(&being("@eve"))).await.expect("a member");
    }
    let mut committed = rows.commit().await;
    committed.sort_by_key(|committed| committed.space().to_string());
    let positions: Vec<_> = committed.iter().map(positions).collect();
    let expected = [
        (garden(), (GARDEN_HEAD + 1..=GARDEN_HEAD + 8).collect()),
        (meadow(), vec![1]),
        (pond(), (POND_HEAD + 1..=POND_HEAD + 6).collect::<Vec<_>>()),
    ];
    assert_eq!(positions, expected);
}

async fn a_place_that_is_dropped_takes_no_position<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    for _ in 0..3 {
        let place = rows.next(&garden()).await;
        assert_eq!(place.seq(), Seq(GARDEN_HEAD + 1));
        assert_eq!(*place.space(), garden());
    }
    rows.insert(&garden(), &being("@ada"), id(1)).await;
    let committed = rows.commit().await;
    assert_eq!(positions(&committed[0]), (garden(), vec![GARDEN_HEAD + 1]));
}

async fn a_place_is_spent_once<C: Contract>() {
    for is_message in [false, true] {
        let mut rows = Rows::<C>::open().await;
        let before = rows.view().await;
        rows.begin().await;
        let (one, other) = (rows.next(&garden()).await, rows.next(&garden()).await);
        rows.tx.put_member(one, person(&being("@eve"))).await.expect("a member");
        let again = async {
            if is_message {
                let new = intention(&other, rows.tx.now(), &being("@ada"), id(1));
                rows.tx.insert_message(other, new, false).await
            } else {
                rows.tx.put_member(other, person(&being("@bob"))).await.map(drop)
            }
        };
        // The database may find out first, and fail.
        let again = AssertUnwindSafe(again).catch_unwind().await;
        assert!(!matches!(again, Ok(Ok(()))), "one position, two changes");
        rows.roll_back().await;
        assert_eq!(rows.view().await, before);
    }
}

async fn a_space_has_no_place_before_it_was_asked_for<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let next = std::panic::catch_unwind(AssertUnwindSafe(|| drop(rows.tx.next(&garden()))));
    assert!(next.is_err(), "nobody knows where its log stands");
}

async fn a_commit_that_fails_leaves_nothing<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.commit().await;
    let before = rows.view().await;

    rows.begin().await;
    rows.insert(&pond(), &being("@bob"), id(2)).await;
    let place = rows.next(&garden()).await;
    rows.tx.put_member(place, person(&being("@eve"))).await.expect("a member");
    // The id is taken. The database says so now, or when it commits.
    let place = rows.next(&garden()).await;
    let taken = intention(&place, rows.tx.now(), &being("@bob"), id(1));
    let inserted = rows.tx.insert_message(place, taken, false).await.is_ok();
    assert!(!inserted || rows.tx.commit().await.is_err(), "two messages have one id");
    rows.roll_back().await;
    assert_eq!(rows.view().await, before);

    rows.begin().await;
    let message = rows.insert(&garden(), &being("@bob"), id(2)).await;
    assert_eq!(message.created_at(), Seq(GARDEN_HEAD + 2), "the position is free");
    assert_eq!(rows.commit().await.len(), 1);
    let after = rows.view().await;
    assert_eq!(rows.reopen().await.view().await, after);
}

async fn a_verb_that_fails_leaves_nothing<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let before = rows.view().await;
    rows.begin().await;
    rows.insert(&garden(), &being("@ada"), id(1)).await;
    let nobody = person(&being("@owl"));
    let place = rows.next(&garden()).await;
    assert!(rows.tx.put_member(place, nobody).await.is_err(), "a member that is no being");
    rows.roll_back().await;
    assert_eq!(rows.view().await, before);
}

async fn a_transaction_begins_where_the_last_one_ended<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    for round in 1..=3 {
        rows.begin().await;
        let message = rows.insert(&garden(), &being("@ada"), id(u128::from(round))).await;
        assert_eq!(message.created_at(), Seq(GARDEN_HEAD + round));
        rows.commit().await;
        if round == 2 {
            rows = rows.reopen().await;
        }
    }
}

fn positions(committed: &Committed) -> (SpaceId, Vec<u64>) {
    let positions = committed.changes().iter().map(|(seq, _)| seq.0).collect();
    (committed.space().clone(), positions)
}
