//! `rhizome renew-epochs`: for a database that was put into the folder by other means than `restore`.

use std::path::Path;

use super::{Outcome, cannot_open, open_existing, refused_folder};
use crate::{domain::rng::Rng, store::SqliteStore};

pub async fn renew(path: &Path) -> Outcome {
    let folder = open_existing(path)?;
    folder.take_backup().map_err(|error| refused_folder(path, &error))?;
    let (database, cannot) = (folder.database(), |e| cannot_open(&folder, &e));
    SqliteStore::examine(&database, false).await.map_err(cannot)?;
    let spaces = SqliteStore::renew_epochs(&database, &Rng::from_system()).await.map_err(cannot)?;
    println!("{spaces} spaces begin a new history.");
    Ok(())
}
