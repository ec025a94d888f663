//! Where the data of one test lies: a temporary folder, and a database of PostgreSQL where that is the store
//! that is tested, as `RHIZOME_TEST_STORE=postgres` says.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::PostgresDatabase;

pub struct Folder {
    path: PathBuf,
    postgres: Option<PostgresDatabase>,
}

impl Folder {
    /// With a database of PostgreSQL, where that is the store that is tested.
    pub fn of_the_store() -> Self {
        let is_postgres = std::env::var("RHIZOME_TEST_STORE").is_ok_and(|it| it == "postgres");
        let mut folder = Self::fresh();
        folder.postgres = is_postgres.then(PostgresDatabase::fresh);
        folder
    }

    /// For files alone.
    pub fn fresh() -> Self {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("rhizome-test-{}-{number}", process::id());
        let path = std::env::temp_dir().join(name);
        // A process that was killed may have left a folder of this name.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self { path, postgres: None }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database of PostgreSQL, where that is the store.
    pub fn postgres(&self) -> Option<&PostgresDatabase> {
        self.postgres.as_ref()
    }

    pub fn database(&self) -> PathBuf {
        self.path.join("rhizome.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
