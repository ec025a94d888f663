//! The folder that everything is kept in.
//!
//! Always true:
//! - One server at a time uses a folder. It holds the lock of the file `lock` for as long as it lives.
//! - Only the user that runs it can read what lies here.
//! - A log is replayed only into the database that it was written for. [`Witness`] says how that is known.
//! - A folder that is refused is left as it was.

mod files;
mod replacement;
mod witness;

use std::{
    fs::{DirBuilder, File, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

pub use files::sync_folder;
use files::{is_hot_journal, length, narrow, require_file, require_folder, require_writable};
pub use replacement::Incoming;
use witness::{Header, Mark, Witness, log_run};

/// SQLite's files, by what follows the name of the database: its write-ahead log, the index of that,
/// and the rollback journal, which SQLite writes only before a database has a log.
const DATABASE: &str = "rhizome.db";
const LOG: &str = "rhizome.db-wal";
const LOG_INDEX: &str = "rhizome.db-shm";
const JOURNAL: &str = "rhizome.db-journal";
const LOCK: &str = "lock";

pub struct DataFolder {
    path: PathBuf,
    /// Its content is the [`Witness`].
    lock: File,
}

/// Why a folder cannot be used, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} is not a folder; name one with --data or RHIZOME_DATA")]
    NotAFolder(PathBuf),
    #[error("{0} is shared by all users of this machine; name a folder within it")]
    Shared(PathBuf),
    #[error("another server uses {0}; stop it, or name another folder with --data or RHIZOME_DATA")]
    InUse(PathBuf),
    #[error(
        "{path} belongs to another user, and others may read it: {source}. Change its owner \
         (`chown`), or take their rights away (`chmod go=`)"
    )]
    ReadableByOthers { path: PathBuf, source: io::Error },
    #[error(
        "others may read {0}, and its file system does not keep permissions; mount it so that \
         only one user can (`umask=077`), or name another folder"
    )]
    WithoutPermissions(PathBuf),
    #[error(
        "{0} is not a file; a link, too, is refused, because SQLite would look for the log \
         beside what it points to"
    )]
    NotAFile(PathBuf),
    #[error(
        "{path} cannot be used: {source}. The user that runs rhizome must be able to read and \
         write it"
    )]
    Inaccessible { path: PathBuf, source: io::Error },
    #[error("{0} is not a database of SQLite; move it away, or put a backup in its place")]
    NotADatabase(PathBuf),
    #[error("there is no rhizome.db in {0}")]
    NoDatabase(PathBuf),
    #[error(
        "a rhizome.db-wal lies in {0} without its database; put the rhizome.db that it belongs \
         to beside it, or move it away"
    )]
    LogAlone(PathBuf),
    #[error(
        "the {log} in {folder} is the log of another file than the rhizome.db beside it: a \
         server that crashed here has left it, and the database was replaced since. Played into \
         this one, it would damage it. Nothing was changed. To go on with this rhizome.db, move \
         {log} away and run `rhizome renew-epochs`; to go on from the crash, put the rhizome.db \
         of then back. Where the two do belong together, delete the file `lock` beside them"
    )]
    LogOfAnother { log: &'static str, folder: PathBuf },
    #[error(
        "a {log} lies in {folder}. If it is of a server that crashed there before the backup \
         was put back, delete it and put the backup back once more, best into an empty folder. \
         If it is of this database, start the server once, and stop it."
    )]
    NotABackup { log: &'static str, folder: PathBuf },
    #[error("{0} is the database of this folder, and no backup of it")]
    OfThisFolder(PathBuf),
    #[error(
        "{0} lies beside it: it is the database of a server that runs or has crashed, and not all \
         of it; make a backup with `rhizome backup`"
    )]
    InUseElsewhere(PathBuf),
}

type Result<T> = std::result::Result<T, FolderError>;

impl DataFolder {
    /// Makes the folder if it is absent, and locks it.
    pub fn open(path: &Path) -> Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        require_folder(path, made)?;
        narrow(path)?;
        let lock_path = path.join(LOCK);
        require_file(&lock_path)?;
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(&lock_path).map_err(|e| inaccessible(&lock_path, e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(inaccessible(&lock_path, error)),
        }
    }

    /// The folder of a server that runs, to read from it.
    pub fn beside_its_server(path: &Path) -> Result<Self> {
        let lock_path = path.join(LOCK);
        let lock = File::open(&lock_path).map_err(|e| inaccessible(&lock_path, e))?;
        Ok(Self { path: path.to_owned(), lock })
    }

    /// Refuses files that a server could not use, or must not. Changes nothing of them but their mode,
    /// which is narrowed once all are found fit.
    pub fn check(&self) -> Result<()> {
        let files = [DATABASE, LOG, LOG_INDEX, JOURNAL].map(|name| self.path.join(name));
        for file in &files {
            require_file(file)?;
            require_writable(file)?;
        }
        files::require_room_for_more(&self.path)?;
        self.finish_replacement()?;
        self.check_log()?;
        files.iter().chain([&self.path.join(LOCK)]).try_for_each(|file| narrow(file))
    }

    /// SQLite replays whatever log lies beside a database, and deletes one beside an empty file.
    fn check_log(&self) -> Result<()> {
        let header = self.header()?;
        if !self.has_leftovers()? {
            return Ok(());
        }
        let (has_log, has_journal) = (self.has_log()?, self.has_journal()?);
        if has_log && header.is_none() {
            return Err(FolderError::LogAlone(self.path.clone()));
        }
        let log = if has_log { LOG } else { JOURNAL };
        // Broken off before the other database was in place.
        match Witness::read(&self.lock).and_then(Witness::of_the_present) {
            None => {
                let path = self.path.join(log);
                tracing::warn!(?path, "a server has left this log, and nothing tells whose it is");
                Ok(())
            }
            // A server that runs writes no journal.
            Some(Witness::Running { .. }) if has_journal => Err(self.log_of_another(JOURNAL)),
            Some(witness) => {
                let log_run = if has_log { self.log_run()? } else { None };
                let fits = header.is_none_or(|header| witness.fits(&header, log_run));
                if fits { Ok(()) } else { Err(self.log_of_another(log)) }
            }
        }
    }

    /// Writes the log that a server has left again, in its place, before anything reads it. A sync of it
    /// may have failed: then the kernel takes for clean what is not on the disk, and so does every later
    /// sync (<https://lwn.net/Articles/752063/>). A power cut in the middle of copying such a log into
    /// the database would leave neither of the two whole.
    pub fn rewrite_log(&self) -> io::Result<()> {
        let mut log = match File::options().read(true).write(true).open(self.path.join(LOG)) {
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

    /// Makes an empty database if there is none: SQLite gives the log the mode that its database has.
    pub fn create_database(&self) -> Result<()> {
        let path = self.database();
        let created = File::options().write(true).create_new(true).mode(0o600).open(&path);
        match created {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                Err(inaccessible(&path, error))
            }
            _ => Ok(()),
        }
    }

    /// Called before the database is written to. Returns the tag that it gets, given a fresh one.
    pub fn record_start(&self, fresh: u32) -> Result<u32> {
        let before = Witness::read(&self.lock).and_then(Witness::of_the_present);
        let (tag, witness) = match (self.has_log()?, before) {
            // The log may hold any tag: as long as nothing is recorded, nothing is refused.
            (true, None) => (fresh, None),
            // The log may hold the tag that this start did not come to write.
            (true, Some(Witness::Starting { before, after })) => {
                (after, Some(Witness::Starting { before, after }))
            }
            _ => {
                let before = self.header()?.map_or(0, |header| header.tag());
                (fresh, Some(Witness::Starting { before, after: fresh }))
            }
        };
        Witness::write(witness, &self.lock).map_err(|e| inaccessible(&self.path.join(LOCK), e))?;
        Ok(tag)
    }

    /// The part of the database's header that stays the same from here on, once it is tagged. None where the tag is in the log
    /// alone, because another program reads the database at the same time; then the witness stays as it is.
    ///
    /// Never called while this process has the database open: to close a file is to give up all locks that
    /// the process has on it (<https://sqlite.org/howtocorrupt.html>, section 2.2).
    pub fn mark(&self, tag: u32) -> Result<Option<Mark>> {
        let header = self.header()?.filter(|header| header.tag() == tag);
        Ok(header.map(|header| header.mark()))
    }

    /// Called once the log has begun. SQLite has no locks on that file.
    pub fn record_running(&self, mark: Mark) -> Result<()> {
        let Some(log_run) = self.log_run()? else { return Ok(()) };
        Witness::write(Some(Witness::Running { mark, log_run }), &self.lock)
            .map_err(|e| inaccessible(&self.path.join(LOCK), e))
    }

    /// Whether a database lies here without a log. Nothing is known of it from then on.
    pub fn take_backup(&self) -> Result<()> {
        for name in [DATABASE, LOG, JOURNAL] {
            require_file(&self.path.join(name))?;
        }
        self.finish_replacement()?;
        if self.header()?.is_none() {
            return Err(FolderError::NoDatabase(self.path.clone()));
        }
        for (log, is_there) in [(LOG, self.has_log()?), (JOURNAL, self.has_journal()?)] {
            if is_there {
                return Err(FolderError::NotABackup { log, folder: self.path.clone() });
            }
        }
        self.check()?;
        Witness::write(None, &self.lock).map_err(|e| inaccessible(&self.path.join(LOCK), e))
    }

    /// Refuses a folder without a database.
    pub fn require_database(&self) -> Result<()> {
        match self.header()? {
            Some(_) => Ok(()),
            None => Err(FolderError::NoDatabase(self.path.clone())),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// Whether a server has left a log, or the journal of a beginning.
    pub fn has_leftovers(&self) -> Result<bool> {
        Ok(self.has_log()? || self.has_journal()?)
    }

    fn log_run(&self) -> Result<Option<u32>> {
        let path = self.path.join(LOG);
        if length(&path)? == 0 {
            return Ok(None);
        }
        log_run(&path).map_err(|e| inaccessible(&path, e))
    }

    fn has_log(&self) -> Result<bool> {
        Ok(length(&self.path.join(LOG))? > 0)
    }

    fn has_journal(&self) -> Result<bool> {
        is_hot_journal(&self.path.join(JOURNAL))
    }

    /// None where there is no database, or an empty file.
    fn header(&self) -> Result<Option<Header>> {
        let path = self.database();
        if length(&path)? == 0 {
            return Ok(None);
        }
        match Header::read(&path).map_err(|e| inaccessible(&path, e))? {
            Some(header) => Ok(Some(header)),
            None => Err(FolderError::NotADatabase(path)),
        }
    }

    fn log_of_another(&self, log: &'static str) -> FolderError {
        FolderError::LogOfAnother { log, folder: self.path.clone() }
    }
}

fn inaccessible(path: &Path, source: io::Error) -> FolderError {
    FolderError::Inaccessible { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
