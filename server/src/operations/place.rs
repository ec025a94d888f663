//! The place that a server is told to keep everything in: a data folder, or a PostgreSQL.

use std::{pin::Pin, sync::Arc};

use super::{Outcome, cannot_open, open, refused_folder, start::prepare};
use crate::{
    config::Serve,
    data_dir::DataFolder,
    domain::{clock::SystemClock, rng::Rng},
    feed::Feed,
    store::{BegunLog, PostgresAddress, PostgresError, PostgresStore, SqliteStore, Store},
};

/// Where everything is kept.
pub enum Place {
    Folder(DataFolder),
    Postgres(PostgresAddress),
}

/// Done once nothing can be written any more.
pub type Broken = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Place {
    pub async fn of(options: &Serve) -> Outcome<Self> {
        if let Some(address) = &options.database {
            let address = PostgresStore::examine(address).await.map_err(cannot_use)?;
            return Ok(Self::Postgres(address));
        }
        let folder = open(&options.data.folder)?;
        folder.check().map_err(|error| refused_folder(&options.data.folder, &error))?;
        Ok(Self::Folder(folder))
    }

    pub async fn prepare(&self, rng: &Rng) -> Outcome<Option<BegunLog>> {
        match self {
            Self::Folder(folder) => {
                prepare(folder, rng, |error| refused_folder(folder.path(), &error)).await
            }
            Self::Postgres(_) => Ok(None),
        }
    }

    pub async fn open(
        &self,
        clock: Arc<SystemClock>,
        rng: Arc<Rng>,
        feed: Feed,
    ) -> Outcome<(Arc<dyn Store>, Broken)> {
        match self {
            Self::Folder(folder) => {
                let opened = SqliteStore::open(&folder.database(), clock, rng, feed).await;
                let store = Arc::new(opened.map_err(|error| cannot_open(folder, &error))?);
                let broken = store.clone();
                Ok((store, Box::pin(async move { broken.broken().await })))
            }
            Self::Postgres(address) => {
                let opened = PostgresStore::open(address.clone(), clock, rng, feed).await;
                let opened = opened.map_err(PostgresError::from).map_err(cannot_use)?;
                let store = Arc::new(opened);
                let broken = store.clone();
                Ok((store, Box::pin(async move { broken.broken().await })))
            }
        }
    }
}

fn cannot_use(error: PostgresError) -> String {
    format!("the database that --database or RHIZOME_DATABASE names cannot be used: {error}")
}
