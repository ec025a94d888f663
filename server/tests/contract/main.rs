//! The contract of every store: each verb of `Tx`, and each promise of `Store`, asked through the traits
//! only. A database that passes can be put in the place of another.
//!
//! A test is a function for any [`Contract`](contract::Contract). Each module lists its tests in
//! [`for_every_store`], which runs them for every store there is; one that is not listed is unused, and
//! the compiler says so.

/// Runs these tests for every store. Another store is another module in here, and nothing else.
macro_rules! for_every_store {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test::<crate::sqlite::Sqlite>().await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $test() {
                    super::$test::<crate::postgres::Postgres>().await;
                }
            )*
        }
    };
}

mod contract;
mod postgres;
mod sqlite;
mod view;
mod world;

// The verbs of `Tx`.
mod accounts;
mod answers;
mod buffered;
mod inbox;
mod invites;
mod members;
mod mentions;
mod messages;
mod places;
mod providers;
mod reactions;
mod spaces;
mod verbs;
mod versions;

// The promises of `Store`.
mod closing;
mod publishing;
mod reading;
mod reading_up_to;
mod refusing;
mod search;
mod sending;
mod tracked;
mod windows;

// Of PostgreSQL alone.
mod doubt;
