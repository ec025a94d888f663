//! What an operator does by a command beside the server: each opens the data folder, does one thing, and says
//! in one sentence what it did, or why not.
//!
//! Always true:
//! - What changes a database has the folder for itself: a server remembers what it has written, and would not
//!   notice. [`backup`] alone works beside one, because it only reads.
//! - What is refused has changed nothing.

pub mod backup;
pub mod epochs;
pub mod index;
pub mod place;
pub mod restoration;
pub mod start;

use std::{error::Error, path::Path};

use crate::data_dir::{DataFolder, FolderError};

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Opens a data folder, and makes it where there is none.
pub fn open(folder: &Path) -> Result<DataFolder, String> {
    DataFolder::open(folder).map_err(|error| refused_folder(folder, &error))
}

/// Opens a data folder that is there.
pub fn open_existing(folder: &Path) -> Result<DataFolder, String> {
    require_existing(folder)?;
    open(folder)
}

fn require_existing(folder: &Path) -> Result<(), String> {
    if folder.is_dir() {
        return Ok(());
    }
    let folder = folder.display();
    Err(format!("there is no data folder {folder}; name it with --data or RHIZOME_DATA"))
}

pub fn refused_folder(folder: &Path, error: &FolderError) -> String {
    format!("the data folder cannot be used: {}: {error}", folder.display())
}

pub fn cannot_open(folder: &DataFolder, error: &dyn Error) -> String {
    format!("the database {} cannot be opened: {error}", folder.database().display())
}
