//! A server that can write nothing any more says so, instead of refusing everything for ever.

use std::{sync::Arc, time::Duration};

use server::{
    chance::Chance,
    clock::SystemClock,
    store::{Committed, NewAccount, Publish, SqliteStore, Store},
};
use tokio::time::timeout;

use crate::house::Folder;

/// Somebody who hears of commits, and has a defect.
struct Defective;

impl Publish for Defective {
    fn publish(&self, _: &Committed) {
        panic!("a defect, on purpose");
    }
}

#[tokio::test]
async fn a_store_whose_writer_has_panicked_is_broken_and_one_that_is_closed_is_not() {
    let folder = Folder::fresh();
    let (clock, chance) = (Arc::new(SystemClock), Arc::new(Chance::from_seed(1)));
    let store = SqliteStore::open(&folder.database(), clock, chance.clone(), Defective).await;
    let store = store.expect("a store");
    let ada = store.open_account(NewAccount {
        id: "@ada".parse().expect("an id"),
        name: app::protocol::Name::parse("Ada").expect("a name"),
        password_hash: "a hash".to_owned(),
        invite: None,
        session: chance.token().hash(),
    });
    // Nothing is told of an account alone.
    let id = ada.await.expect("an account").id;
    let by = server::policy::Actor { id, administers: true };
    assert!(timeout(Duration::from_millis(50), store.broken()).await.is_err());
    let garden = app::protocol::Name::parse("Garden").expect("a name");
    assert!(store.found_space(&by, garden).await.is_err());
    timeout(Duration::from_secs(10), store.broken()).await.expect("it says so");
    store.close().await;
    assert!(timeout(Duration::from_millis(50), store.broken()).await.is_err());
}
