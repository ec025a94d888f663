//! One database takes the place of another, with all that lies beside that, as if at once.
//!
//! A rename replaces a file in one step, but the log beside it is a file of its own. So it is said first, in
//! the lock file, which tag the new database has. From the rename on the database has that tag: then the log
//! is of the old one, and goes. Until then nothing has happened, and the log keeps its witness.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::{
    DATABASE, DataFolder, FolderError, JOURNAL, LOCK, LOG, LOG_INDEX, Result, Witness, files,
    inaccessible, sync_folder,
};

const INCOMING: &str = "rhizome.db-incoming";
/// What SQLite may have left beside it.
const LEFTOVERS: [&str; 3] =
    ["rhizome.db-incoming-wal", "rhizome.db-incoming-shm", "rhizome.db-incoming-journal"];

/// A copy of a database that is to take the place of another. It is removed unless it does.
pub struct Incoming(PathBuf);

impl Incoming {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        remove_incoming(&self.0);
    }
}

impl DataFolder {
    /// Copies a database into the folder, under a name of its own.
    pub fn take_in(&self, from: &Path) -> Result<Incoming> {
        for name in [DATABASE, LOG, LOG_INDEX, JOURNAL, INCOMING] {
            files::require_file(&self.path.join(name))?;
        }
        if is_the_same(from, &self.database()) {
            return Err(FolderError::OfThisFolder(from.to_owned()));
        }
        let mut log = from.as_os_str().to_owned();
        log.push("-wal");
        if files::length(Path::new(&log))? > 0 {
            return Err(FolderError::InUseElsewhere(PathBuf::from(log)));
        }
        let path = self.path.join(INCOMING);
        remove_incoming(&path);
        let copied = || -> io::Result<()> {
            let mut options = File::options();
            options.write(true).create_new(true).mode(0o600);
            let (mut source, mut copy) = (File::open(from)?, options.open(&path)?);
            io::copy(&mut source, &mut copy)?;
            copy.sync_all()
        };
        let incoming = Incoming(path.clone());
        copied().map_err(|e| inaccessible(&path, e))?;
        Ok(incoming)
    }

    /// Has the copy, which bears this tag, take the place of the database and its log. Broken off at any
    /// point, the folder holds the one or the other.
    pub fn replace_database(&self, incoming: Incoming, tag: u32) -> Result<()> {
        let present = Witness::read(&self.lock).and_then(Witness::of_the_present);
        let replacing = Witness::Replacing { tag, replaced: present.map(Box::new) };
        self.witness(Some(replacing.clone()))?;
        if Witness::read(&self.lock).as_ref() != Some(&replacing) {
            let full = io::Error::from(io::ErrorKind::StorageFull);
            return Err(inaccessible(&self.path.join(LOCK), full));
        }
        let replaced = || -> io::Result<()> {
            File::open(&incoming.0)?.sync_all()?;
            sync_folder(&incoming.0)?;
            fs::rename(&incoming.0, self.database())?;
            sync_folder(&incoming.0)
        };
        replaced().map_err(|e| inaccessible(&self.database(), e))?;
        self.finish_replacement()
    }

    /// Ends what a restore that was broken off has begun.
    pub(super) fn finish_replacement(&self) -> Result<()> {
        remove_incoming(&self.path.join(INCOMING));
        let Some(Witness::Replacing { tag, .. }) = Witness::read(&self.lock) else { return Ok(()) };
        if self.header()?.is_none_or(|header| header.tag() != tag) {
            return Ok(());
        }
        for name in [LOG, LOG_INDEX, JOURNAL] {
            let path = self.path.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(inaccessible(&path, error));
                }
                _ => {}
            }
        }
        // The log is gone for good before it is forgotten whose it was.
        sync_folder(&self.database()).map_err(|e| inaccessible(&self.path, e))?;
        self.witness(None)
    }

    fn witness(&self, witness: Option<Witness>) -> Result<()> {
        Witness::write(witness, &self.lock).map_err(|e| inaccessible(&self.path.join(LOCK), e))
    }
}

fn remove_incoming(path: &Path) {
    let _ = fs::remove_file(path);
    for name in LEFTOVERS {
        let _ = fs::remove_file(path.with_file_name(name));
    }
}

fn is_the_same(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}
