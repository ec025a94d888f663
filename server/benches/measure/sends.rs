//! Row 4: acknowledged (so durable) messages in a second: against one `fdatasync` for each on the
//! same disk, and against the database where only the whole batch has to be durable.

use harness::Folder;
use std::{
    fs::File,
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use protocol::{BeingId, Content, IntentionId, SpaceId};
use server::{
    delivery::hub::Hub,
    domain::{clock::SystemClock, command::SendMessage, rng::Rng},
    store::{Execute, SqliteStore, Store},
};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    instance::{Instance, fill},
    table::{Spread, row, short},
};

const TURNS: usize = 5;
const SENDERS: [usize; 3] = [1, 16, 256];
const MESSAGES: [usize; 3] = [300, 3_000, 12_000];
const SYNCED: usize = 500;
const IN_ONE: usize = 20_000;
const TEXT: &str = "Something that one says, which is neither short nor long, but about a hundred characters in all.";

/// Rates per second.
struct Turn {
    synced: f64,
    sent: Vec<f64>,
    /// Microseconds of the server's processor time per message, in the last of `sent`.
    cpu: f64,
    stored: f64,
    in_one: f64,
}

pub async fn measure() {
    let instance = Instance::open().await;
    let other = Instance::open().await;
    let Instance { process, folder, .. } = other;
    process.kill();
    let mut turns = Vec::new();
    for _ in 0..TURNS {
        let synced = synced(&instance.folder);
        let (mut sent, mut cpu) = (Vec::new(), 0.0);
        for (senders, messages) in SENDERS.into_iter().zip(MESSAGES) {
            let before = instance.process.cpu_nanos();
            sent.push(sent_by(&instance, senders, messages).await);
            cpu = (instance.process.cpu_nanos() - before) as f64 / messages as f64 / 1000.0;
        }
        let stored = stored_by(&folder, SENDERS[2], MESSAGES[2]).await;
        turns.push(Turn { synced, sent, cpu, stored, in_one: in_one(&folder).await });
    }
    let median = |of: &dyn Fn(&Turn) -> f64| -> String {
        short(turns.iter().map(of).collect::<Spread>().median())
    };
    let synced = median(&|turn| turn.synced);
    for (at, senders) in SENDERS.into_iter().enumerate() {
        let aim = match senders {
            256 => {
                format!(
                    "; {} µs of the server's processor each, aim: at most 25; aim: at least 5",
                    median(&|turn| turn.cpu)
                )
            }
            _ => String::new(),
        };
        row(
            &format!("acknowledged sends, {senders} at once / one fdatasync each"),
            &turns.iter().map(|turn| turn.sent[at] / turn.synced).collect(),
            &format!(
                "{} a second over HTTP, where this disk does {synced} fdatasyncs{aim}",
                median(&|turn| turn.sent[at])
            ),
        );
    }
    row(
        "the store alone, 256 at once / one fdatasync each",
        &turns.iter().map(|turn| turn.stored / turn.synced).collect(),
        &format!(
            "{} a second, without HTTP and its client, which share the processors otherwise",
            median(&|turn| turn.stored)
        ),
    );
    row(
        "the store alone, 256 at once / one big transaction",
        &turns.iter().map(|turn| turn.stored / turn.in_one).collect(),
        &format!(
            "the database inserts {} such rows a second by one statement; aim: at least 0.25",
            median(&|turn| turn.in_one)
        ),
    );
}

fn a_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Writes as many bytes as a message has, and calls `fdatasync`, repeatedly.
fn synced(folder: &Folder) -> f64 {
    let mut file = File::create(folder.path().join("synced")).expect("a file");
    let began = Instant::now();
    for _ in 0..SYNCED {
        file.write_all(&[b'x'; 300]).expect("a write");
        file.sync_data().expect("a disk");
    }
    a_second(SYNCED, began.elapsed())
}

async fn sent_by(instance: &Instance, senders: usize, messages: usize) -> f64 {
    let mut talkers = Vec::new();
    for _ in 0..senders {
        talkers.push(instance.talker().await);
    }
    let began = Instant::now();
    let mut sending = JoinSet::new();
    for mut talker in talkers {
        sending.spawn(async move {
            for _ in 0..messages / senders {
                talker.say(TEXT).await;
            }
        });
    }
    sending.join_all().await;
    a_second(messages / senders * senders, began.elapsed())
}

/// The same without HTTP.
async fn stored_by(folder: &Folder, senders: usize, messages: usize) -> f64 {
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(Rng::from_system()));
    let store = SqliteStore::open(&folder.database(), clock, rng, Arc::<Hub>::default()).await;
    let store = Arc::new(store.expect("a database"));
    let began = Instant::now();
    let mut sending = JoinSet::new();
    for _ in 0..senders {
        let store = store.clone();
        sending.spawn(async move {
            let ada: BeingId = "@ada".parse().expect("an id");
            let garden: SpaceId = "@garden".parse().expect("an id");
            for _ in 0..messages / senders {
                let content = Content::parse(TEXT.to_owned()).expect("content");
                let (by, space, id) = (ada.clone(), garden.clone(), IntentionId(Uuid::now_v7()));
                let send = SendMessage { by, space, id, content, reply_to: None };
                store.execute(send).await.expect("a send");
            }
        });
    }
    sending.join_all().await;
    let took = began.elapsed();
    store.close().await;
    a_second(messages / senders * senders, took)
}

/// Inserts with one statement, so that only the database is measured.
async fn in_one(folder: &Folder) -> f64 {
    let file = SqliteConnectOptions::new().filename(folder.database());
    let mut connection = file.connect().await.expect("the database");
    let began = Instant::now();
    let inserting = sqlx::raw_sql(&fill("@garden", IN_ONE as u64)).execute(&mut connection).await;
    inserting.expect("rows");
    a_second(IN_ONE, began.elapsed())
}
