//! A server that can no longer write reports it, instead of refusing everything for ever.

use std::{sync::Arc, time::Duration};

use harness::Folder;
use protocol::Name;
use server::{
    domain::{
        clock::SystemClock,
        command::{CreateAccount, CreateSpace},
        rng::Rng,
    },
    store::{Committed, Execute, Publish, SqliteStore, Store},
};
use tokio::time::timeout;

/// A subscriber that panics at every commit.
struct Defective;

impl Publish for Defective {
    fn publish(&self, _: &Committed) {
        panic!("a defect, on purpose");
    }
}

#[tokio::test]
async fn a_store_whose_writer_has_panicked_is_broken_and_one_that_is_closed_is_not() {
    let folder = Folder::fresh();
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(Rng::from_seed(1)));
    let store = SqliteStore::open(&folder.database(), clock, rng.clone(), Defective).await;
    let store = store.expect("a store");
    let ada = store.execute(CreateAccount {
        id: "@ada".parse().expect("an id"),
        name: Name::parse("Ada").expect("a name"),
        password_hash: "a hash".to_owned(),
        invite: None,
        session: rng.token().hash(),
    });
    // An account alone publishes nothing.
    let by = ada.await.expect("an account").id;
    assert!(timeout(Duration::from_millis(50), store.broken()).await.is_err());
    let name = Name::parse("Garden").expect("a name");
    assert!(store.execute(CreateSpace { by, name }).await.is_err());
    timeout(Duration::from_secs(10), store.broken()).await.expect("it reports it");
    store.close().await;
    assert!(timeout(Duration::from_millis(50), store.broken()).await.is_err());
}
