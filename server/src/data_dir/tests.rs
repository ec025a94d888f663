use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering},
};

use super::*;

/// A folder as SQLite would leave it, in which a server starts, and crashes at any step.
struct Model {
    folder: DataFolder,
    /// The tag that the log would bring into the database.
    in_log: Option<u32>,
    /// How many logs have begun: each has a salt of its own.
    logs: u32,
}

/// The steps of a start, after any of which it may crash.
const STEPS: usize = 7;

impl Model {
    fn new() -> Self {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let name = format!("rhizome-data-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        Self { folder: DataFolder::open(&path).expect("a folder"), in_log: None, logs: 0 }
    }

    fn put_database(&self, tag: u32) {
        let mut bytes = [0; 4096];
        bytes[..16].copy_from_slice(b"SQLite format 3\0");
        bytes[68..72].copy_from_slice(&tag.to_be_bytes());
        fs::write(self.folder.database(), bytes).expect("a file");
    }

    /// The same log, or one that has begun again; each begins at a random number of its own.
    fn put_log(&self, beginnings: u32) {
        let mut bytes = [0; 4096];
        bytes[..4].copy_from_slice(&0x377f_0683_u32.to_be_bytes());
        bytes[12..16].copy_from_slice(&beginnings.to_be_bytes());
        let salt = self.logs.wrapping_mul(0x9e37_79b9).wrapping_add(beginnings);
        bytes[16..20].copy_from_slice(&salt.to_be_bytes());
        fs::write(self.folder.path.join(LOG), bytes).expect("a file");
    }

    fn check_point(&mut self) {
        if let Some(tag) = self.in_log.take() {
            self.put_database(tag);
        }
        let _ = fs::remove_file(self.folder.path.join(LOG));
    }

    fn write(&mut self, tag: u32) {
        if self.in_log.replace(tag).is_none() {
            self.logs += 1;
            self.put_log(0);
        }
    }

    /// Starts with this tag at hand, and crashes after so many steps.
    fn start(&mut self, fresh: u32, steps: usize) -> Result<()> {
        self.folder.check()?;
        let tag = self.folder.record_start(fresh)?;
        let mut mark = None;
        for step in 0..steps {
            match step {
                0 if self.folder.header()?.is_none() => self.put_database(0),
                0 => {}
                1 => self.check_point(),
                2 => self.write(tag),
                3 => self.check_point(),
                4 => {
                    mark = self.folder.mark(tag)?;
                    self.write(tag);
                }
                5 => self.folder.record_running(mark.take().expect("the tag is in the file"))?,
                _ => self.put_log(7),
            }
        }
        Ok(())
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder.path);
    }
}

#[test]
fn wherever_a_start_crashes_the_next_goes_on() {
    for crashes in 0..(STEPS + 1).pow(3) {
        let mut model = Model::new();
        for start in 0..3 {
            let steps = crashes / (STEPS + 1).pow(start) % (STEPS + 1);
            model.start(100 + start, steps).unwrap_or_else(|e| panic!("{crashes}: {e}"));
        }
        model.start(200, STEPS).unwrap_or_else(|e| panic!("{crashes}: {e}"));

        // Of an earlier run, and of no run. A tag that a crashed start had chosen may be the last one's.
        let header = model.folder.header().expect("a file").expect("a header");
        for tag in [0, 100, 101, 102].into_iter().filter(|tag| *tag != header.tag()) {
            model.put_database(tag);
            let refused = model.folder.check();
            assert!(matches!(refused, Err(FolderError::LogOfAnother { .. })), "{crashes}: {tag}");
        }
        // Without a log it is a backup that was put back, and goes on.
        fs::remove_file(model.folder.path.join(LOG)).expect("a log");
        model.in_log = None;
        model.start(300, STEPS).unwrap_or_else(|e| panic!("{crashes}: {e}"));
    }
}

#[test]
fn a_log_of_another_run_does_not_fit() {
    let mut model = Model::new();
    model.start(100, STEPS).expect("a start");
    model.folder.check().expect("its own log");
    model.logs += 1;
    model.put_log(0);
    assert!(matches!(model.folder.check(), Err(FolderError::LogOfAnother { .. })));
    // SQLite reads nothing of what is no log.
    fs::write(model.folder.path.join(LOG), [0; 4096]).expect("a file");
    model.folder.check().expect("nothing to replay");
}

#[test]
fn a_log_that_is_written_again_is_what_it_was_and_none_is_none() {
    let model = Model::new();
    let log = model.folder.path.join(LOG);
    model.folder.rewrite_log().expect("nothing to do");
    assert!(!log.exists());
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    fs::write(&log, &bytes).expect("a log");
    model.folder.rewrite_log().expect("a log that can be written");
    assert_eq!(fs::read(&log).expect("the log"), bytes);
}

/// After each step at which a restore may be broken off, the next start finds the old database with its log,
/// or the new one without.
#[test]
fn a_replacement_that_is_broken_off_has_happened_or_not() {
    for (is_renamed, is_log_gone) in [(false, false), (true, false), (true, true)] {
        let mut model = Model::new();
        model.put_database(1);
        model.write(1);
        model.put_log(0);
        let mark = model.folder.mark(1).expect("a header").expect("the tag");
        model.folder.record_running(mark).expect("a witness");
        let running = Witness::read(&model.folder.lock).expect("a witness");
        let replaced = Some(Box::new(running.clone()));
        let replacing = Witness::Replacing { tag: 2, replaced };
        Witness::write(Some(replacing.clone()), &model.folder.lock).expect("a witness");
        assert_eq!(Witness::read(&model.folder.lock), Some(replacing));
        if is_renamed {
            model.put_database(2);
        }
        if is_log_gone {
            fs::remove_file(model.folder.path.join(LOG)).expect("a log");
        }
        model.folder.check().expect("it starts");
        assert_eq!(model.folder.has_log().expect("a folder"), !is_renamed, "{is_renamed}");
        let witness = Witness::read(&model.folder.lock).and_then(Witness::of_the_present);
        assert_eq!(witness, (!is_renamed).then_some(running), "{is_renamed}");
        fs::remove_dir_all(&model.folder.path).expect("a folder");
    }
}
