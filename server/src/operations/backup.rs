//! `rhizome backup FILE`: the database as it is at one moment, while a server runs, or while none does.
//!
//! Always true:
//! - The name FILE is given to a copy that is whole, checked and on the disk; a backup that was broken off
//!   has another name.
//! - A file that is there is not replaced.
//! - Only the user that makes it can read it.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::{Outcome, cannot_open, refused_folder, require_existing};
use crate::{
    data_dir::{DataFolder, FolderError, sync_folder},
    store::SqliteStore,
};

pub async fn make(path: &Path, to: &Path) -> Outcome {
    require_existing(path)?;
    // Held where no server runs, so that none begins to write meanwhile.
    let (folder, is_in_use) = match DataFolder::open(path) {
        Ok(folder) => {
            folder.check().map_err(|error| refused_folder(path, &error))?;
            (folder, false)
        }
        Err(FolderError::InUse(_)) => (DataFolder::beside_its_server(path)?, true),
        Err(error) => return Err(refused_folder(path, &error).into()),
    };
    let refused = |error| refused_folder(path, &error);
    folder.require_database().map_err(refused)?;
    let has_log = is_in_use || folder.has_leftovers().map_err(refused)?;
    let partial = Partial::beside(to)?;
    let database = folder.database();
    SqliteStore::examine(&database, has_log).await.map_err(|e| cannot_open(&folder, &e))?;
    SqliteStore::copy(&database, has_log, &partial.path)
        .await
        .map_err(|e| format!("no backup was made: {e}"))?;
    let bytes = partial.finish(to)?;
    println!("{} holds all that was said until now, in {bytes} bytes.", to.display());
    Ok(())
}

/// A backup that is being made. It is removed unless it is finished.
struct Partial {
    path: PathBuf,
}

impl Partial {
    fn beside(to: &Path) -> Result<Self, String> {
        if fs::symlink_metadata(to).is_ok() {
            return Err(is_there(to));
        }
        let Some(name) = to.file_name() else {
            return Err(format!("{} is no name of a file", to.display()));
        };
        let mut partial = name.to_owned();
        partial.push(format!(".partial-{}", std::process::id()));
        let path = to.with_file_name(partial);
        let mut options = File::options();
        options.write(true).create_new(true).mode(0o600);
        options.open(&path).map_err(|e| cannot_write(to, &e))?;
        Ok(Self { path })
    }

    /// Gives it its name once it is on the disk. Returns its size.
    fn finish(self, to: &Path) -> Result<u64, String> {
        let named = || -> io::Result<u64> {
            let file = File::open(&self.path)?;
            file.sync_all()?;
            match fs::hard_link(&self.path, to) {
                // Some file systems have no second name for a file.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !to.exists() => {
                    fs::rename(&self.path, to)?;
                }
                linked => linked?,
            }
            sync_folder(to)?;
            Ok(file.metadata()?.len())
        };
        named().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => is_there(to),
            _ => cannot_write(to, &error),
        })
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn is_there(to: &Path) -> String {
    format!("{} is there already, and no backup replaces another; name a new file", to.display())
}

fn cannot_write(to: &Path, error: &io::Error) -> String {
    format!("the backup cannot be written to {}: {error}", to.display())
}
