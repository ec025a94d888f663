//! `rhizome reindex`. It begins as a server does, so that a log which one has left is in good hands.

use std::{path::Path, sync::Arc};

use super::{Outcome, open_existing, refused_folder, start::prepare};
use crate::{
    domain::{clock::SystemClock, rng::Rng},
    feed::Feed,
    store::{SqliteStore, Store},
};

pub async fn make_again(path: &Path) -> Outcome {
    let folder = open_existing(path)?;
    let refused = |error| refused_folder(path, &error);
    folder.check().map_err(refused)?;
    folder.require_database().map_err(refused)?;
    let rng = Arc::new(Rng::from_system());
    let log = prepare(&folder, &rng, refused).await?;
    let database = folder.database();
    let messages = SqliteStore::clear_index(&database).await?;
    let store = SqliteStore::open(&database, Arc::new(SystemClock), rng, Feed::default()).await?;
    if let Some(log) = log {
        log.release().await;
    }
    while store.index_portion().await? {}
    store.close().await;
    println!("{messages} messages are indexed.");
    Ok(())
}
