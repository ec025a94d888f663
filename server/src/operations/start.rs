//! What happens to a data folder before a database in it is opened to be written.

use super::{Outcome, cannot_open};
use crate::{
    data_dir::{DataFolder, FolderError},
    domain::rng::Rng,
    store::{BegunLog, SqliteStore},
};

/// Any fault of the database is found here, before the server says that it listens.
pub async fn prepare(
    folder: &DataFolder,
    rng: &Rng,
    refused: impl Fn(FolderError) -> String,
) -> Outcome<Option<BegunLog>> {
    let database = folder.database();
    let (has_leftovers, cannot) =
        (folder.has_leftovers().map_err(&refused)?, |e| cannot_open(folder, &e));
    folder.create_database().map_err(&refused)?;
    SqliteStore::examine(&database, has_leftovers).await.map_err(cannot)?;
    folder.rewrite_log().map_err(|e| format!("the log of the database cannot be written: {e}"))?;
    let mut tag = [0; 4];
    rng.fill(&mut tag);
    let tag = folder.record_start(u32::from_ne_bytes(tag)).map_err(&refused)?;
    if !SqliteStore::prepare(&database, tag).await.map_err(cannot)? {
        return Ok(None);
    }
    let mark = folder.mark(tag).map_err(&refused)?;
    let log = SqliteStore::begin_log(&database).await.map_err(cannot)?;
    if let (Some(mark), Some(_)) = (mark, &log) {
        folder.record_running(mark).map_err(&refused)?;
    }
    Ok(log)
}
