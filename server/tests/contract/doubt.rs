//! Commits of PostgreSQL whose answer is lost: nobody is told anything until it is known what became of them.

use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU32, Ordering},
    },
};

use harness::PostgresDatabase;
use server::{
    domain::refusal::Refusal,
    store::{Execute, PostgresError, PostgresStore, PostgresTx},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

use crate::{
    contract::{Contract, Heard, SetClock, rng},
    view::whole_history,
    world::{GARDEN_HEAD, Served, being, garden, send},
};

#[tokio::test]
async fn a_commit_that_was_done_is_told_though_its_answer_was_lost() {
    let served = Served::<Doubtful>::open().await;
    Misfortune::AnswerLost.strikes_once();
    let sent = served.store.execute(send(&garden(), "@ada", 1, "Hello.")).await.expect("a message");
    assert_eq!(NEXT.with(|next| next.load(Ordering::Relaxed)), 0, "the line broke");
    assert!(sent.is_new);
    assert_eq!(served.heard.take().len(), 1, "it is published once");
    let again = served.store.execute(send(&garden(), "@ada", 1, "Hello.")).await.expect("the same");
    assert!(!again.is_new);
    assert_eq!(again.intention, sent.intention);
    served.store.execute(send(&garden(), "@ada", 2, "On.")).await.expect("the next");
    let said = whole_history(&served.store, &garden(), &being("@ada"), 50).await;
    let numbers: Vec<_> = said.iter().map(|message| message.message_id.0).collect();
    assert_eq!(numbers, [GARDEN_HEAD + 1, GARDEN_HEAD + 2]);
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_refused_and_leaves_nothing() {
    let served = Served::<Doubtful>::open().await;
    let before = served.view().await;
    Misfortune::CommitLost.strikes_once();
    let refused = served.store.execute(send(&garden(), "@ada", 1, "Hello.")).await;
    assert_eq!(refused.expect_err("a refusal"), Refusal::Unavailable);
    assert_eq!(served.heard.take().len(), 0);
    assert_eq!(served.view().await, before);
    let sent = served.store.execute(send(&garden(), "@ada", 1, "Hello.")).await.expect("a message");
    assert!(sent.is_new);
    assert_eq!(sent.intention.message_id.0, GARDEN_HEAD + 1);
}

#[tokio::test]
async fn a_second_server_does_not_write_beside_the_first() {
    let served = Served::<Doubtful>::open().await;
    let place = &served.place;
    let (clock, heard) = (Arc::<SetClock>::default(), Heard::default());
    let second = PostgresStore::open(place.database.options(), clock, rng(), heard).await;
    let refused = second.err().map(PostgresError::from).expect("a refusal");
    assert!(matches!(refused, PostgresError::InUse), "{refused}");
}

/// What happens to the next commit that a line of this thread's test carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Misfortune {
    None,
    /// It never reaches the database.
    CommitLost,
    /// It does, and what the database says to it is lost.
    AnswerLost,
}

thread_local! {
    /// A test runs on one thread.
    static NEXT: Arc<AtomicU8> = Arc::default();
}

impl Misfortune {
    fn strikes_once(self) {
        NEXT.with(|next| next.store(self as u8, Ordering::Relaxed));
    }

    fn take() -> Self {
        match NEXT.with(|next| next.swap(Self::None as u8, Ordering::Relaxed)) {
            1 => Self::CommitLost,
            2 => Self::AnswerLost,
            _ => Self::None,
        }
    }
}

/// PostgreSQL behind a line that may break.
struct Doubtful;

struct Line {
    database: PostgresDatabase,
    folder: PathBuf,
}

impl Drop for Line {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Contract for Doubtful {
    type Place = Line;
    type Store = PostgresStore;
    type Tx = PostgresTx;

    fn place() -> Line {
        static LINES: AtomicU32 = AtomicU32::new(0);
        let number = LINES.fetch_add(1, Ordering::Relaxed);
        let name = format!("rhizome-line-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let database = PostgresDatabase::fresh();
        let listener = UnixListener::bind(folder.join(SOCKET)).expect("a socket");
        tokio::spawn(carry(listener, database.folder().join(SOCKET)));
        Line { database, folder }
    }

    async fn open(line: &Line, clock: Arc<SetClock>, heard: Heard) -> PostgresStore {
        let options = line.database.options().socket(&line.folder);
        PostgresStore::open(options, clock, rng(), heard).await.expect("the store opens")
    }

    async fn index(store: &PostgresStore) -> bool {
        store.index_portion().await.expect("it is indexed")
    }

    async fn open_without_writer(line: &Line, clock: Arc<SetClock>) -> (PostgresStore, PostgresTx) {
        let options = line.database.options().socket(&line.folder);
        let opened = PostgresStore::open_without_writer(options, clock, rng()).await;
        opened.expect("the store opens")
    }
}

/// What PostgreSQL names a socket after its port.
const SOCKET: &str = ".s.PGSQL.5432";
/// A simple query, as the protocol has it (PostgreSQL, "Message Formats"): `Q`, a length, the text, a zero.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

async fn carry(listener: UnixListener, database: PathBuf) {
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        let Ok(server) = UnixStream::connect(&database).await else { return };
        tokio::spawn(carry_one(client, server));
    }
}

/// Carries until one side ends, or the line breaks.
async fn carry_one(client: UnixStream, server: UnixStream) -> std::io::Result<()> {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let (mut said, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut is_answer_lost = false;
    loop {
        tokio::select! {
            count = from_client.read(&mut said) => {
                let said = &said[..count?];
                if said.is_empty() {
                    return Ok(());
                }
                if said == COMMIT {
                    match Misfortune::take() {
                        Misfortune::None => {}
                        Misfortune::CommitLost => return Ok(()),
                        Misfortune::AnswerLost => is_answer_lost = true,
                    }
                }
                to_server.write_all(said).await?;
            }
            count = from_server.read(&mut answered) => {
                let count = count?;
                if count == 0 || is_answer_lost {
                    return Ok(());
                }
                to_client.write_all(&answered[..count]).await?;
            }
        }
    }
}
