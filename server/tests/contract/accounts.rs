//! Beings, their accounts and their sessions.

use protocol::{Being, Hue};
use server::store::{BeingRow, Store};

use crate::{
    contract::{Contract, rng},
    view::signed_in,
    world::*,
};

for_every_store![
    a_being_is_kept_with_the_being_that_made_it,
    only_a_being_that_is_there_can_be_changed,
    an_installation_has_accounts_from_the_first_one_on,
    an_account_keeps_its_hash_and_whether_it_administers,
    a_session_signs_in_until_it_expires,
    a_session_that_was_ended_signs_nobody_in,
    what_has_expired_is_forgotten_for_good,
];

async fn a_being_is_kept_with_the_being_that_made_it<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let owl = Being { name: "Öwl 🦉".into(), hue: Hue::from(359), ..ai("@owl") };
    rows.tx.insert_being(&owl, Some(&being("@bob"))).await.expect("a being");
    rows.tx.insert_being(&person(&being("@fay")), None).await.expect("a being");
    for _ in 0..2 {
        for (being, made_by) in [(owl.clone(), Some(being("@bob"))), (person(&being("@fay")), None)]
        {
            let found = rows.tx.being(&being.id).await.expect("a read");
            assert_eq!(found, Some(BeingRow { being, made_by }));
        }
        assert_eq!(rows.tx.being(&being("@meadow")).await.expect("a read"), None);
        rows.commit().await;
        assert_eq!(rows.store.being(&owl.id).await, Ok(Some(owl.clone())));
        rows = rows.reopen().await;
        rows.begin().await;
    }
    // A member's position is that of its membership; alone, a being has none.
    let ada = rows.tx.being(&being("@ada")).await.expect("a read").expect("a being");
    assert_eq!(ada.being, person(&being("@ada")));
}

async fn only_a_being_that_is_there_can_be_changed<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    assert!(rows.tx.update_being(&ai("@owl")).await.is_err());
    rows.roll_back().await;
    rows.begin().await;
    assert!(rows.tx.insert_being(&ai("@ada"), None).await.is_err(), "the id is taken");
    rows.roll_back().await;
}

async fn an_installation_has_accounts_from_the_first_one_on<C: Contract>() {
    let mut rows = Rows::<C>::empty().await;
    assert_eq!(rows.store.has_accounts().await, Ok(false));
    rows.begin().await;
    assert!(!rows.tx.has_accounts().await.expect("a read"));
    rows.tx.insert_being(&person(&being("@ada")), None).await.expect("a being");
    assert!(!rows.tx.has_accounts().await.expect("a read"));
    rows.tx.insert_account(&being("@ada"), "hash", true, &rng().epoch()).await.expect("an account");
    assert!(rows.tx.has_accounts().await.expect("a read"));
    assert_eq!(rows.store.has_accounts().await, Ok(false), "it is not committed yet");
    rows.commit().await;
    assert_eq!(rows.store.has_accounts().await, Ok(true));
}

async fn an_account_keeps_its_hash_and_whether_it_administers<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    for _ in 0..2 {
        rows.begin().await;
        for (id, is_admin, has_account) in [
            ("@ada", true, true),
            ("@bob", false, true),
            ("@sage", false, false),
            ("@garden", false, false),
            ("@fay", false, false),
        ] {
            let id = being(id);
            assert_eq!(rows.tx.is_admin(&id).await.expect("a read"), is_admin, "{id}");
            let account = rows.store.account(&id).await.expect("an answer");
            let hash = has_account.then(|| format!("hash of {id}"));
            assert_eq!(account.map(|account| account.password_hash), hash, "{id}");
        }
        rows.roll_back().await;
        rows = rows.reopen().await;
    }
    rows.begin().await;
    let fay = being("@fay");
    rows.tx.insert_being(&person(&fay), None).await.expect("a being");
    rows.tx.insert_account(&fay, "hash", true, &rng().epoch()).await.expect("an account");
    assert!(rows.tx.is_admin(&fay).await.expect("a read"), "in its own transaction");
}

async fn a_session_signs_in_until_it_expires<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let now = rows.tx.now();
    let expires_at = server::domain::clock::Moment(now.0 + 1000);
    rows.tx.insert_session(&being("@bob"), &token("session"), expires_at).await.expect("a session");
    assert_eq!(signed_in(&rows.store, &token("session")).await, None, "it is not committed yet");
    rows.commit().await;
    for reopens in [false, true] {
        if reopens {
            rows = rows.reopen().await;
        }
        assert_eq!(signed_in(&rows.store, &token("session")).await, Some(being("@bob")));
        assert_eq!(signed_in(&rows.store, &token("@ada")).await, Some(being("@ada")));
        assert_eq!(signed_in(&rows.store, &token("nobody's")).await, None);
    }
    rows.clock.forward(999);
    assert_eq!(signed_in(&rows.store, &token("session")).await, Some(being("@bob")));
    rows.clock.forward(1);
    assert_eq!(signed_in(&rows.store, &token("session")).await, None);
    let rows = rows.reopen().await;
    assert_eq!(signed_in(&rows.store, &token("session")).await, None);
}

async fn a_session_that_was_ended_signs_nobody_in<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let bob = token("@bob");
    assert_eq!(signed_in(&rows.store, &bob).await, Some(being("@bob")));
    rows.begin().await;
    rows.tx.delete_session(&bob).await.expect("the end of a session");
    rows.tx.delete_session(&token("nobody's")).await.expect("the end of none");
    assert_eq!(signed_in(&rows.store, &bob).await, Some(being("@bob")), "not committed yet");
    rows.commit().await;
    for _ in 0..2 {
        assert_eq!(signed_in(&rows.store, &bob).await, None);
        assert_eq!(signed_in(&rows.store, &token("@ada")).await, Some(being("@ada")));
        rows = rows.reopen().await;
    }
}

async fn what_has_expired_is_forgotten_for_good<C: Contract>() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    for deletes in [false, true] {
        let mut rows = Rows::<C>::open().await;
        rows.begin().await;
        let tomorrow = rows.tx.now().plus_days(1);
        let bob = being("@bob");
        rows.tx.insert_session(&bob, &token("session"), tomorrow).await.expect("a session");
        rows.tx.insert_invite(&pond(), &bob, &token("invite"), tomorrow).await.expect("an invite");
        let later = tomorrow.plus_days(1);
        rows.tx.insert_invite(&pond(), &bob, &token("later"), later).await.expect("an invite");
        rows.commit().await;
        rows.clock.forward(DAY);
        rows.begin().await;
        if deletes {
            rows.tx.delete_expired().await.expect("what has expired");
        }
        rows.commit().await;
        // Nobody sees what has expired; a clock that is set back tells whether it is still there.
        rows.clock.forward(-DAY);
        let rows = rows.reopen().await;
        let is_kept = signed_in(&rows.store, &token("session")).await.is_some();
        assert_eq!(is_kept, !deletes, "the session");
        let is_kept = rows.store.invited_to(&token("invite")).await.is_ok();
        assert_eq!(is_kept, !deletes, "the invite");
        assert!(rows.store.invited_to(&token("later")).await.is_ok());
        assert!(signed_in(&rows.store, &token("@bob")).await.is_some());
    }
}
