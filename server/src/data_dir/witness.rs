//! How it is known that a log belongs to the database beside it. SQLite's log does not name its
//! database, and is replayed into whatever bears its name: a backup that was put there, too.
//!
//! So each server that starts gives the database a tag of its own, in the header of the file (SQLite's
//! `application_id`), and has it on the disk before it writes anything else. From then on the header is
//! the same but for its counters, however much of the log was copied into the file; the witness keeps
//! that part. A backup has another: one of an earlier run an earlier tag, and one that SQLite made during
//! the run (`.backup`, `VACUUM INTO`) another count of schema changes. A backup of the whole folder
//! brings its own witness along; so that also keeps what is the same in the header of the log while a
//! server runs, however often the log begins again ([`log_run`]).
//!
//! What it cannot tell apart: a plain copy of rhizome.db that was made while the server ran, without
//! `.backup`, and put back after the same run crashed. Nor does it know of a server that kept no witness.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
    path::Path,
};

use super::files::is_full;

const HEADER_BYTES: usize = 100;
const LOG_HEADER_BYTES: usize = 32;
/// Its last bit is the order of bytes in the checksums.
const LOG_MAGIC: u32 = 0x377f_0682;
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Always written whole, in one sector, so that it needs no room and is never torn.
const WITNESS_BYTES: usize = 256;

/// The first bytes of a database (<https://sqlite.org/fileformat2.html#the_database_header>).
pub struct Header([u8; HEADER_BYTES]);

/// What stays the same of a header while one server runs: all but the counts of changes and of pages,
/// the free pages, the `user_version`, and the version of SQLite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Witness {
    /// A server was about to tag the database, and to change its tables where they were older.
    Starting {
        before: u32,
        after: u32,
    },
    Running {
        mark: Mark,
        log_run: u32,
    },
    /// A database with this tag is about to take the place of another, whose witness is kept.
    Replacing {
        tag: u32,
        replaced: Option<Box<Witness>>,
    },
}

/// SQLite adds one to the first salt of a log, which is random at first, and to the count of its
/// beginnings, each time that it begins again (<https://sqlite.org/fileformat2.html#walformat>). None
/// where it does not begin as a log, and SQLite reads nothing of it.
pub fn log_run(log: &Path) -> io::Result<Option<u32>> {
    let mut header = [0; LOG_HEADER_BYTES];
    match File::open(log)?.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let number = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let (magic, beginnings, salt) = (number(0), number(12), number(16));
    Ok((magic & !1 == LOG_MAGIC).then(|| salt.wrapping_sub(beginnings)))
}

impl Header {
    /// None where the file begins in another way.
    pub fn read(database: &Path) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEADER_BYTES];
        match File::open(database)?.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes.starts_with(MAGIC).then_some(Self(bytes))),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub fn tag(&self) -> u32 {
        let tag: [u8; 4] = self.0[68..72].try_into().expect("four bytes");
        u32::from_be_bytes(tag)
    }

    pub fn mark(&self) -> Mark {
        let parts = [&self.0[16..24], &self.0[40..60], &self.0[64..92]];
        Mark(hex::encode(parts.concat()))
    }
}

impl Witness {
    pub fn read(lock: &File) -> Option<Self> {
        let mut bytes = [0; WITNESS_BYTES];
        let count = lock.read_at(&mut bytes, 0).ok()?;
        let text = std::str::from_utf8(&bytes[..count]).ok()?;
        Self::parse(&text.split_whitespace().collect::<Vec<_>>())
    }

    fn parse(words: &[&str]) -> Option<Self> {
        let tag = |text: &str| u32::from_str_radix(text, 16).ok();
        match *words {
            ["replacing", by, ref replaced @ ..] => Some(Self::Replacing {
                tag: tag(by)?,
                replaced: Self::parse(replaced).map(Box::new),
            }),
            ["starting", before, after] => {
                Some(Self::Starting { before: tag(before)?, after: tag(after)? })
            }
            ["running", mark, log_run] => {
                Some(Self::Running { mark: Mark(mark.to_owned()), log_run: tag(log_run)? })
            }
            _ => None,
        }
    }

    /// On the disk once this returns. Where there is no room for it, nothing is known from then on.
    pub fn write(witness: Option<Self>, lock: &File) -> io::Result<()> {
        let text = witness.map(|witness| witness.to_string()).unwrap_or_default();
        let line = format!("{text:<width$}\n", width = WITNESS_BYTES - 1);
        match lock.write_all_at(line.as_bytes(), 0).and_then(|()| lock.sync_data()) {
            Err(error) if is_full(&error) => lock.set_len(0),
            written => written,
        }
    }

    /// What is known of the log beside a database that was not replaced after all.
    pub fn of_the_present(self) -> Option<Self> {
        match self {
            Self::Replacing { replaced, .. } => replaced.map(|replaced| *replaced),
            present => Some(present),
        }
    }

    pub fn fits(&self, header: &Header, of_log: Option<u32>) -> bool {
        match self {
            Self::Starting { before, after } => [*before, *after].contains(&header.tag()),
            Self::Running { mark, log_run } => {
                *mark == header.mark() && of_log.is_none_or(|of_log| of_log == *log_run)
            }
            Self::Replacing { .. } => false,
        }
    }
}

impl std::fmt::Display for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Starting { before, after } => write!(f, "starting {before:08x} {after:08x}"),
            Self::Running { mark: Mark(mark), log_run } => {
                write!(f, "running {mark} {log_run:08x}")
            }
            Self::Replacing { tag, replaced: None } => write!(f, "replacing {tag:08x}"),
            Self::Replacing { tag, replaced: Some(replaced) } => {
                write!(f, "replacing {tag:08x} {replaced}")
            }
        }
    }
}
