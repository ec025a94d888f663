//! The folder that everything is kept in.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io::{self, Read, Seek, Write},
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

    /// Writes the log that a server has left anew, in its place, before anything reads it. A sync of it
    /// may have failed: then the kernel takes for clean what is not on the disk, and so does every later
    /// sync (<https://lwn.net/Articles/752063/>). A power cut in the middle of copying such a log into
    /// the database would leave neither of the two whole.
    pub fn write_log_anew(&self) -> io::Result<()> {
        let mut log = match File::options().read(true).write(true).open(self.log()) {
            Ok(log) => log,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        log.read_to_end(&mut bytes)?;
        log.rewind()?;
        log.write_all(&bytes)?;
        log.sync_all()
    }

    /// Whether what lies here is a database without a log. The log of another server, that was left
    /// here when it crashed, would be played into a backup that was put beside it.
    pub fn is_a_backup(&self) -> io::Result<()> {
        let folder = self.path.display();
        if !self.database().is_file() {
            let message = format!("there is no rhizome.db in {folder}");
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        if fs::metadata(self.log()).is_ok_and(|log| log.len() > 0) {
            let message = format!(
                "a rhizome.db-wal lies in {folder}. If it is of a server that crashed there before the \
                 backup was put back, delete it and put the backup back once more, best into an empty \
                 folder. If it is of this database, start the server once, and stop it."
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(())
    }

    pub fn database(&self) -> PathBuf {
        self.path.join("rhizome.db")
    }

    /// SQLite's write-ahead log.
    fn log(&self) -> PathBuf {
        self.path.join("rhizome.db-wal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_written_anew_is_what_it_was_and_none_is_none() {
        let path = std::env::temp_dir().join(format!("rhizome-data-{}", std::process::id()));
        let folder = DataFolder::open(&path).expect("a folder");
        folder.write_log_anew().expect("nothing to do");
        assert!(!folder.log().exists());
        let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
        fs::write(folder.log(), &bytes).expect("a log");
        folder.write_log_anew().expect("a log that can be written");
        assert_eq!(fs::read(folder.log()).expect("the log"), bytes);
        fs::remove_dir_all(&path).expect("the folder goes");
    }
}
