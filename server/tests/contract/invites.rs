//! Invites: each opens one space, until it expires or is taken back.

use server::{
    domain::{clock::Moment, refusal::Refusal},
    store::Store,
};

use crate::{contract::Contract, world::*};

for_every_store![
    an_invite_opens_its_space_until_it_expires,
    the_invites_of_a_space_are_taken_back_together,
];

async fn an_invite_opens_its_space_until_it_expires<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let expires_at = Moment(rows.tx.now().0 + 1000);
    rows.tx
        .insert_invite(&pond(), &being("@bob"), &token("invite"), expires_at)
        .await
        .expect("an invite");
    let opened = rows.tx.invited_to(&token("invite")).await.expect("a read");
    assert_eq!(opened, Some(pond()), "in its own transaction");
    let unknown = rows.store.invited_to(&token("invite")).await;
    assert_eq!(unknown, Err(Refusal::UnknownInvite), "not committed yet");
    rows.commit().await;
    for (millis, is_open) in [(0, true), (999, true), (1, false), (-1, true), (1000, false)] {
        rows.clock.forward(millis);
        rows.begin().await;
        let opened = rows.tx.invited_to(&token("invite")).await.expect("a read");
        assert_eq!(opened, is_open.then(pond));
        assert_eq!(rows.tx.invited_to(&token("another")).await.expect("a read"), None);
        rows.roll_back().await;
        let shown = rows.store.invited_to(&token("invite")).await;
        let expected = if is_open {
            Ok(*pond().as_being() == being("@pond"))
        } else {
            Err(Refusal::UnknownInvite)
        };
        assert_eq!(shown.map(|space| space.id == being("@pond")), expected);
        rows = rows.reopen().await;
    }
}

async fn the_invites_of_a_space_are_taken_back_together<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let expires_at = rows.tx.now().plus_days(1);
    for (space, by, name) in
        [(garden(), "@ada", "a"), (garden(), "@bob", "b"), (pond(), "@bob", "c")]
    {
        let token = token(name);
        rows.tx.insert_invite(&space, &being(by), &token, expires_at).await.expect("an invite");
    }
    rows.commit().await;
    rows.begin().await;
    rows.tx.delete_invites(&garden()).await.expect("the invites");
    for _ in 0..2 {
        for (name, opened) in [("a", None), ("b", None), ("c", Some(pond()))] {
            assert_eq!(rows.tx.invited_to(&token(name)).await.expect("a read"), opened, "{name}");
        }
        rows.commit().await;
        rows.begin().await;
    }
}
