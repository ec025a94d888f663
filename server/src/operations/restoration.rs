//! `rhizome restore FILE`: a backup takes the place of what the data folder holds. Every space and every inbox
//! begins a new history, so that a client which has seen more than the backup holds fetches everything again.
//!
//! Always true: whenever it is broken off, the next server finds the folder as it was before, or as it is
//! after. [`DataFolder::replace_database`] says how.

use std::path::Path;

use super::{Outcome, open, refused_folder};
use crate::{
    domain::rng::Rng,
    store::{PreparationError, SqliteStore},
};

pub async fn restore(path: &Path, from: &Path) -> Outcome {
    let why_not = |reason: &str| format!("{} cannot be restored: {reason}", from.display());
    match std::fs::metadata(from) {
        Err(error) => return Err(why_not(&error.to_string()).into()),
        Ok(found) if !found.is_file() => return Err(why_not("it is not a file").into()),
        Ok(_) => {}
    }
    let folder = open(path)?;
    let refused = |error| refused_folder(path, &error);
    let rng = Rng::from_system();
    let incoming = folder.take_in(from).map_err(|e| why_not(&e.to_string()))?;
    let mut tag = [0; 4];
    rng.fill(&mut tag);
    let tag = u32::from_ne_bytes(tag);
    let spaces = match SqliteStore::adopt(incoming.path(), tag, &rng).await {
        Ok(spaces) => spaces,
        Err(error) => return Err(why_not(&explain(&error)).into()),
    };
    folder.replace_database(incoming, tag).map_err(refused)?;
    println!("{} is restored; {spaces} spaces begin a new history.", from.display());
    Ok(())
}

/// What helps is otherwise than where a server finds such a file in its folder.
fn explain(error: &PreparationError) -> String {
    match error {
        PreparationError::Newer { theirs, ours } => format!(
            "it was written by a newer version of Rhizome (its tables are of version {theirs}, and \
             this one knows {ours}); restore it with that version"
        ),
        PreparationError::OfAnotherBuild(version) => format!(
            "its tables are of another build of Rhizome (they differ from version {version} on); \
             restore it with that build"
        ),
        PreparationError::Foreign => "it is a database of another program".to_owned(),
        PreparationError::Damaged(error) => {
            format!("it is no database, or a damaged one ({error}); take another backup")
        }
        PreparationError::Locked(error) | PreparationError::Other(error) => error.to_string(),
    }
}
