//! PostgreSQL: a database of the test's own.

use std::sync::Arc;

use harness::PostgresDatabase;
use server::store::{PostgresStore, PostgresTx};

use crate::contract::{Contract, Heard, SetClock, rng};

pub struct Postgres;

impl Contract for Postgres {
    type Place = PostgresDatabase;
    type Store = PostgresStore;
    type Tx = PostgresTx;

    fn place() -> PostgresDatabase {
        PostgresDatabase::fresh()
    }

    async fn open(place: &PostgresDatabase, clock: Arc<SetClock>, heard: Heard) -> PostgresStore {
        let opened = PostgresStore::open(place.options(), clock, rng(), heard).await;
        opened.expect("the store opens")
    }

    async fn index(store: &PostgresStore) -> bool {
        store.index_portion().await.expect("it is indexed")
    }

    async fn open_without_writer(
        place: &PostgresDatabase,
        clock: Arc<SetClock>,
    ) -> (PostgresStore, PostgresTx) {
        let opened = PostgresStore::open_without_writer(place.options(), clock, rng()).await;
        opened.expect("the store opens")
    }
}
