//! Members: who belongs to a space, and who once did.

use protocol::{AnswersWhen, Being, BeingLeft, BeingUpdated, Hue, Seq, SyncEvent};
use server::{domain::policy::Membership, store::Store};

use crate::{contract::Contract, world::*};

for_every_store![
    a_being_joins_at_the_place,
    a_member_that_has_changed_is_told_in_each_of_its_spaces,
    a_being_leaves_at_the_place_and_answers_no_more,
    a_being_that_has_left_can_come_back,
    only_a_member_can_be_removed,
    the_spaces_of_a_being_come_in_the_order_of_their_ids,
    two_beings_have_a_space_in_common_while_both_belong_to_it,
    the_ai_beings_that_a_being_made_are_those_that_belong_to_the_space,
];

async fn a_being_joins_at_the_place<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let place = rows.next(&garden()).await;
    let seq = place.seq();
    let eve = rows.tx.put_member(place, person(&being("@eve"))).await.expect("a member");
    assert_eq!(eve, Being { seq, ..person(&being("@eve")) });
    let members = rows.tx.space(&garden()).await.expect("a read").expect("the space").members;
    assert_eq!(members.present.get(&eve.id), Some(&eve));
    assert_eq!(members.membership(&eve.id), Membership::Member);
    let standing = rows.store.membership(&garden(), &eve.id).await;
    assert_eq!(standing, Ok(Membership::Stranger), "it is not committed yet");
    let committed = rows.commit().await;
    let data = eve.clone();
    let joined = (seq, SyncEvent::BeingUpdated(BeingUpdated { data }));
    assert_eq!(committed[0].changes(), [joined]);
    for _ in 0..2 {
        assert_eq!(rows.store.membership(&garden(), &eve.id).await, Ok(Membership::Member));
        rows = rows.reopen().await;
    }
}

async fn a_member_that_has_changed_is_told_in_each_of_its_spaces<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let ada = Being { name: "Ada L.".into(), hue: Hue::from(7), ..person(&being("@ada")) };
    rows.tx.update_being(&ada).await.expect("the change");
    assert_eq!(rows.tx.being(&ada.id).await.expect("a read").expect("a being").being, ada);
    for space in rows.tx.spaces_with(&ada.id).await.expect("a read") {
        let place = rows.next(&space).await;
        rows.tx.put_member(place, ada.clone()).await.expect("a member");
    }
    let committed = rows.commit().await;
    let told = committed.iter().map(|committed| (committed.space().clone(), committed.changes()));
    for ((space, changes), seq) in told.zip([GARDEN_HEAD + 1, POND_HEAD + 1]) {
        let data = Being { seq: Seq(seq), ..ada.clone() };
        let expected = [(data.seq, SyncEvent::BeingUpdated(BeingUpdated { data }))];
        assert_eq!(changes, expected, "{space}");
    }
    let view = rows.view().await;
    assert_eq!(rows.reopen().await.view().await, view);
}

async fn a_being_leaves_at_the_place_and_answers_no_more<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let sage = being("@sage");
    rows.begin().await;
    let place = rows.next(&garden()).await;
    let seq = place.seq();
    rows.tx.remove_member(place, &sage).await.expect("a leave");
    let members = rows.tx.space(&garden()).await.expect("a read").expect("the space").members;
    assert_eq!(members.membership(&sage), Membership::Left);
    assert_eq!(members.former.get(&sage), Some(&seq));
    assert!(!members.answering.contains_key(&sage));
    let committed = rows.commit().await;
    let left = SyncEvent::BeingLeft(BeingLeft { being_id: sage.clone() });
    assert_eq!(committed[0].changes(), [(seq, left)]);
    for _ in 0..2 {
        assert_eq!(rows.store.membership(&garden(), &sage).await, Ok(Membership::Left));
        let view = rows.view().await;
        rows = rows.reopen().await;
        assert_eq!(rows.view().await, view);
    }
}

async fn a_being_that_has_left_can_come_back<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let sage = being("@sage");
    rows.begin().await;
    let place = rows.next(&garden()).await;
    rows.tx.remove_member(place, &sage).await.expect("a leave");
    rows.commit().await;
    rows.begin().await;
    let place = rows.next(&garden()).await;
    let seq = place.seq();
    rows.tx.put_member(place, ai("@sage")).await.expect("a return");
    rows.tx.set_answering(&garden(), &sage, &settings("guide", false)).await.expect("answering");
    let members = rows.tx.space(&garden()).await.expect("a read").expect("the space").members;
    assert_eq!(members.present.get(&sage).map(|being| being.seq), Some(seq));
    assert_eq!(members.former.get(&sage), None);
    assert_eq!(members.answering.get(&sage), Some(&AnswersWhen::Mentioned));
    rows.commit().await;
    assert_eq!(rows.store.membership(&garden(), &sage).await, Ok(Membership::Member));
    let view = rows.view().await;
    assert_eq!(rows.reopen().await.view().await, view);
}

async fn only_a_member_can_be_removed<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let before = rows.view().await;
    rows.begin().await;
    let place = rows.next(&garden()).await;
    assert!(rows.tx.remove_member(place, &being("@eve")).await.is_err());
    rows.roll_back().await;
    assert_eq!(rows.view().await, before);
}

async fn the_spaces_of_a_being_come_in_the_order_of_their_ids<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    create_space(&mut rows.tx, &meadow(), &being("@ada")).await;
    let place = rows.next(&meadow()).await;
    rows.tx.put_member(place, person(&being("@ada"))).await.expect("a member");
    for (id, spaces) in [
        ("@ada", vec![garden(), meadow(), pond()]),
        ("@bob", vec![garden(), pond()]),
        ("@sage", vec![garden()]),
        ("@dan", vec![]),
        ("@eve", vec![]),
        ("@owl", vec![]),
    ] {
        assert_eq!(rows.tx.spaces_with(&being(id)).await.expect("a read"), spaces, "{id}");
    }
}

async fn two_beings_have_a_space_in_common_while_both_belong_to_it<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let place = rows.next(&pond()).await;
    rows.tx.put_member(place, person(&being("@eve"))).await.expect("a member");
    let place = rows.next(&pond()).await;
    rows.tx.remove_member(place, &being("@ada")).await.expect("a leave");
    for (one, other, expected) in [
        ("@ada", "@bob", true),
        ("@ada", "@sage", true),
        ("@ada", "@garden", true),
        ("@bob", "@eve", true),
        ("@ada", "@eve", false),
        ("@ada", "@pond", false),
        ("@ada", "@dan", false),
        ("@dan", "@garden", false),
        ("@ada", "@owl", false),
    ] {
        for (one, other) in [(one, other), (other, one)] {
            let found = rows.tx.have_a_space_in_common(&being(one), &being(other)).await;
            assert_eq!(found.expect("a read"), expected, "{one} and {other}");
        }
    }
}

async fn the_ai_beings_that_a_being_made_are_those_that_belong_to_the_space<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let oak = ai("@oak");
    rows.tx.insert_being(&oak, Some(&being("@ada"))).await.expect("an AI being");
    let place = rows.next(&pond()).await;
    rows.tx.put_member(place, oak.clone()).await.expect("a member");
    rows.commit().await;
    // The gardens themselves are made by somebody, too.
    for (space, maker, made) in [
        (garden(), "@ada", vec![being("@sage")]),
        (pond(), "@ada", vec![oak.id.clone()]),
        (pond(), "@bob", vec![]),
    ] {
        assert_eq!(rows.store.made_in(&space, &being(maker)).await, Ok(made), "{space} {maker}");
    }
    rows.begin().await;
    let place = rows.next(&pond()).await;
    rows.tx.remove_member(place, &oak.id).await.expect("a leave");
    rows.commit().await;
    assert_eq!(rows.store.made_in(&pond(), &being("@ada")).await, Ok(vec![]));
}
