//! SQLite: a file in a folder of the test's own.

use std::{
    fs,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use server::store::{SqliteStore, SqliteTx};

use crate::contract::{Contract, Heard, SetClock, rng};

pub struct Sqlite;

pub struct Folder(PathBuf);

impl Contract for Sqlite {
    type Place = Folder;
    type Store = SqliteStore;
    type Tx = SqliteTx;

    fn place() -> Folder {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("rhizome-contract-{}-{number}", process::id()));
        // A process that was killed may have left one of this name.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    async fn open(place: &Folder, clock: Arc<SetClock>, heard: Heard) -> SqliteStore {
        SqliteStore::open(&place.database(), clock, rng(), heard).await.expect("the store opens")
    }

    async fn index(store: &SqliteStore) -> bool {
        store.index_portion().await.expect("it is indexed")
    }

    async fn open_without_writer(place: &Folder, clock: Arc<SetClock>) -> (SqliteStore, SqliteTx) {
        let opened = SqliteStore::open_without_writer(&place.database(), clock, rng()).await;
        opened.expect("the store opens")
    }
}

impl Folder {
    fn database(&self) -> PathBuf {
        self.0.join("rhizome.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
