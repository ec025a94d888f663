//! The server's own clock, which can be set while it runs. Durations are measured as before, as on
//! a machine whose administrator sets the time.

use std::{
    fs,
    path::{Path, PathBuf},
};

use harness::Folder;
use jiff::{SignedDuration, Timestamp};
use tokio::process::Command;

const LIBRARIES: &str = "/usr/lib";
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

pub struct Clock {
    file: PathBuf,
    library: PathBuf,
    ahead_seconds: i64,
}

impl Clock {
    pub fn in_folder(folder: &Folder) -> Self {
        let (file, library) = (folder.path().join("clock"), library());
        let clock = Self { file, library, ahead_seconds: 0 };
        clock.write();
        clock
    }

    /// Makes a server read the time from this clock.
    pub fn inject_into(&self, server: &mut Command) {
        server
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
    }

    /// Sets the clock this far ahead of the machine's, or behind it.
    pub fn set(&mut self, ahead_seconds: i64) {
        self.ahead_seconds = ahead_seconds;
        self.write();
    }

    /// The time that the server reads.
    #[expect(clippy::disallowed_methods, reason = "the server runs by the clock of this machine")]
    pub fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.ahead_seconds)
    }

    /// Atomic, because the server reads the file all the time.
    fn write(&self) {
        let whole = self.file.with_extension("new");
        fs::write(&whole, format!("{:+}", self.ahead_seconds)).expect("a file");
        fs::rename(whole, &self.file).expect("a file");
    }
}

fn library() -> PathBuf {
    let folders = fs::read_dir(LIBRARIES).expect("libraries");
    let of_machine = folders.filter_map(|folder| Some(folder.ok()?.path().join(LIBRARY)));
    let directly = Path::new(LIBRARIES).join(LIBRARY);
    let found = of_machine.chain([directly]).find(|library| library.exists());
    found.expect("libfaketime; `make faketime` installs it")
}
