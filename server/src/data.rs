//! The folder that everything is kept in.

use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

/// Held as long as this lives: two servers on one folder would each believe its own memory.
pub struct DataFolder {
    path: PathBuf,
    _lock: File,
}

impl DataFolder {
    /// Makes the folder if it is absent. Fails when another server holds it.
    pub fn open(path: &Path) -> io::Result<Self> {
        // What is said here is nobody else's on this machine.
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let lock = File::create(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("another server uses {}", path.display());
                Err(io::Error::new(io::ErrorKind::ResourceBusy, message))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    pub fn database(&self) -> PathBuf {
        self.path.join("rhizome.db")
    }
}
