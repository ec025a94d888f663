//! Files and folders as a server needs them: of the right kind, writable, and closed to other users.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
};

use super::{FolderError, Result, inaccessible};

/// The rights of the group and of everybody.
const OTHERS: u32 = 0o077;
/// Set on folders in which everybody may make files, as on `/tmp`.
const STICKY: u32 = 0o1000;

/// `made` is how making it went.
pub fn require_folder(path: &Path, made: io::Result<()>) -> Result<()> {
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => Err(FolderError::NotAFolder(path.to_owned())),
        Ok(found) if found.mode() & STICKY != 0 => Err(FolderError::Shared(path.to_owned())),
        Ok(_) => Ok(()),
        // A link to nothing, or a file on the way to it.
        Err(_) if fs::symlink_metadata(path).is_ok() => {
            Err(FolderError::NotAFolder(path.to_owned()))
        }
        Err(error) => Err(inaccessible(path, made.err().unwrap_or(error))),
    }
}

/// Refuses what is there and is no file.
pub fn require_file(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() => Err(FolderError::NotAFile(path.to_owned())),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(inaccessible(path, error)),
    }
}

/// Refuses a file that is there and that this user may not write.
pub fn require_writable(path: &Path) -> Result<()> {
    match File::options().read(true).write(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(inaccessible(path, error)),
    }
}

/// Refuses a folder in which no file can be made. A full disk is no reason: it mends itself.
pub fn require_room_for_more(folder: &Path) -> Result<()> {
    let probe = folder.join("rhizome.probe");
    let _ = fs::remove_file(&probe);
    match File::create_new(&probe).and_then(|_| fs::remove_file(&probe)) {
        Ok(()) => Ok(()),
        Err(error) if is_full(&error) => Ok(()),
        Err(error) => Err(inaccessible(folder, error)),
    }
}

/// Takes the rights of others away.
pub fn narrow(path: &Path) -> Result<()> {
    let mode = match fs::metadata(path) {
        Ok(found) => found.mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(inaccessible(path, error)),
    };
    if mode & OTHERS == 0 {
        return Ok(());
    }
    let narrowed = fs::Permissions::from_mode(mode & 0o777 & !OTHERS);
    fs::set_permissions(path, narrowed)
        .map_err(|source| FolderError::ReadableByOthers { path: path.to_owned(), source })?;
    let mode = fs::metadata(path).map_err(|e| inaccessible(path, e))?.mode();
    if mode & OTHERS != 0 {
        return Err(FolderError::WithoutPermissions(path.to_owned()));
    }
    tracing::info!(?path, "others could read this, and cannot any more");
    Ok(())
}

/// 0 where there is no file.
pub fn length(path: &Path) -> Result<u64> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(inaccessible(path, error)),
    }
}

/// Whether SQLite would roll a database back with it: one that it is done with begins with zeros.
pub fn is_hot_journal(path: &Path) -> Result<bool> {
    let mut first = [0];
    match File::open(path).and_then(|mut journal| journal.read(&mut first)) {
        Ok(_) => Ok(first != [0]),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(inaccessible(path, error)),
    }
}

pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Has the name of a file on the disk, or that it is gone.
pub fn sync_folder(of: &Path) -> io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
