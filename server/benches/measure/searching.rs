//! Search: a page of it against a read by the primary key, in the same store; the index beside the text; and
//! what the index costs a send, against a store that has none for the space.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use harness::Folder;
use protocol::{BeingId, Content, IntentionId, MessageId, SpaceId};
use server::{
    delivery::hub::Hub,
    domain::{clock::SystemClock, command::SendMessage, rng::Rng},
    store::{Execute, Search, Searches, SqliteStore, Store},
};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    instance::{Instance, fill},
    table::{Spread, row, short},
};

const MESSAGES: u64 = 200_000;
const TURNS: usize = 9;
/// In each turn, of each word.
const QUERIES: usize = 40;
/// As the page of the search has.
const HITS: usize = 20;
const SENDERS: usize = 256;
const SENDS: usize = 12_000;
const ASKED: [(&str, &str); 6] = [
    ("the most frequent word", "w0x"),
    ("a word of one message in 60", "w99x"),
    ("a word of one message in 5000", "w7999x"),
    ("the beginning of many words", "w1"),
    ("two words", "w1x w5x"),
    ("上海 inside a sentence", "上海"),
];

/// A text of about a hundred characters. The words are as frequent as those of a language: the rank of one is
/// in proportion to how seldom it is (Zipf). One text in twenty is Chinese.
fn text(rng: &Rng) -> String {
    let mut text = String::new();
    if rng.below(20) == 0 {
        for _ in 0..30 {
            let rank = zipf(rng, 2_000);
            text.push(char::from_u32(0x4e00 + rank).expect("a character"));
        }
        if rng.below(40) == 0 {
            text.push_str("我明天在上海吃饭");
        }
        return text;
    }
    while text.len() < 100 {
        let rank = zipf(rng, 20_000);
        text += &format!("w{rank}x ");
    }
    text
}

fn zipf(rng: &Rng, words: u32) -> u32 {
    let uniform = f64::from(rng.below(1 << 30)) / f64::from(1 << 30);
    (f64::from(words).powf(uniform) - 1.0) as u32
}

pub async fn measure() {
    let Instance { process, folder, .. } = Instance::open().await;
    process.kill();
    let rng = Rng::from_seed(13);
    let bytes_of_text = write(&folder, &rng).await;
    let store = open(&folder.database()).await;
    while store.index_portion().await.expect("a portion") {}
    queries(&store, &rng).await;
    store.close().await;
    let size = "SELECT CAST((SELECT sum(length(block)) FROM search_data) \
         + (SELECT sum(length(term) + 8) FROM search_idx) \
         + (SELECT sum(length(sz) + 16) FROM search_docsize) AS TEXT)";
    let bytes: f64 = folder.texts(size).await[0].parse().expect("a number");
    row(
        "bytes of the index / bytes of the text",
        &std::iter::once(bytes / bytes_of_text as f64).collect(),
        &format!(
            "{} MB of {} MB in {MESSAGES} messages; aim: at most 2.5",
            short(bytes / 1e6),
            short(bytes_of_text as f64 / 1e6)
        ),
    );
    sends(&rng).await;
}

/// Fills the space; how many bytes its messages have.
async fn write(folder: &Folder, rng: &Rng) -> usize {
    folder.execute(&fill("@garden", MESSAGES)).await;
    let file = SqliteConnectOptions::new().filename(folder.database());
    let mut connection = file.connect().await.expect("the database");
    let mut writing = connection.begin().await.expect("a transaction");
    let mut bytes = 0;
    for number in 0..MESSAGES as i64 {
        let text = text(rng);
        bytes += text.len();
        let sql = "UPDATE intentions SET content = $1 WHERE space_id = '@garden' AND number = $2";
        let written = sqlx::query(sql).bind(text).bind(number + 3).execute(&mut *writing).await;
        written.expect("a row");
    }
    writing.commit().await.expect("a commit");
    connection.close().await.expect("the database closes");
    bytes
}

async fn open(file: &Path) -> Arc<SqliteStore> {
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(Rng::from_system()));
    Arc::new(SqliteStore::open(file, clock, rng, Arc::<Hub>::default()).await.expect("a database"))
}

async fn queries(store: &SqliteStore, rng: &Rng) {
    let (ada, garden): (BeingId, SpaceId) =
        ("@ada".parse().expect("an id"), "@garden".parse().expect("an id"));
    for (what, q) in ASKED {
        let query = q.parse().expect("a query");
        let being = ada.clone();
        let search = Search { being, query, space: None, author: None, before: None, limit: HITS };
        let mut turns = Vec::new();
        let mut hits = 0;
        for _ in 0..TURNS {
            let (mut read, mut found) = (Vec::new(), Vec::new());
            for _ in 0..QUERIES {
                let number = MessageId(3 + u64::from(rng.below(MESSAGES as u32)));
                let began = Instant::now();
                let message = store.message(&garden, number).await.expect("an answer");
                message.for_being(store, &ada).await.expect("a member").expect("a message");
                read.push(began.elapsed());
                let began = Instant::now();
                let page = store.search(&search).await.expect("an answer").hits;
                hits = page.len();
                for hit in page {
                    hit.for_being(store, &ada).await.expect("a member");
                }
                found.push(began.elapsed());
            }
            turns.push((p50(read), p50(found)));
        }
        let median =
            |of: fn(&(f64, f64)) -> f64| short(turns.iter().map(of).collect::<Spread>().median());
        row(
            &format!("search over {MESSAGES} messages for {what}, p50 / a read by the primary key"),
            &turns.iter().map(|(read, found)| found / read).collect(),
            &format!(
                "{} ms for {hits} messages with their marks, {} ms for one; aim: at most 10",
                median(|turn| turn.1),
                median(|turn| turn.0)
            ),
        );
    }
}

/// In milliseconds.
fn p50(took: Vec<Duration>) -> f64 {
    took.into_iter().map(|it| it.as_secs_f64() * 1e3).collect::<Spread>().median()
}

/// Seconds with the index and without: until all is sent, and until all is indexed, too.
type Took = Vec<(f64, f64)>;

/// The same sends, where the index follows and where it does not know the space.
async fn sends(rng: &Rng) {
    let texts: Arc<Vec<String>> = Arc::new((0..SENDS).map(|_| text(rng)).collect());
    let mut turns = Vec::new();
    let mut stores = Vec::new();
    for is_indexed in [true, false] {
        let Instance { process, folder, .. } = Instance::open().await;
        process.kill();
        if !is_indexed {
            folder.execute("DELETE FROM search_spaces").await;
        }
        stores.push((open(&folder.database()).await, folder));
    }
    for _ in 0..TURNS {
        let mut took = Took::new();
        for (store, _) in &stores {
            let began = Instant::now();
            send_all(store, &texts).await;
            let sent = began.elapsed().as_secs_f64();
            while store.index_portion().await.expect("a portion") {}
            took.push((sent, began.elapsed().as_secs_f64()));
        }
        turns.push(took);
    }
    let a_second = |of: &dyn Fn(&Took) -> f64| {
        short(turns.iter().map(|turn| SENDS as f64 / of(turn)).collect::<Spread>().median())
    };
    row(
        "a send with the index / without, 256 at once",
        &turns.iter().map(|took| took[0].0 / took[1].0).collect(),
        &format!(
            "{} and {} acknowledged sends a second of the store alone; aim: at most 1.3",
            a_second(&|turn| turn[0].0),
            a_second(&|turn| turn[1].0)
        ),
    );
    row(
        "the same, until all is indexed, too / without",
        &turns.iter().map(|took| took[0].1 / took[1].1).collect(),
        &format!("{} messages a second are sent and indexed", a_second(&|turn| turn[0].1)),
    );
    for (store, _) in stores {
        store.close().await;
    }
}

async fn send_all(store: &Arc<SqliteStore>, texts: &Arc<Vec<String>>) {
    let mut sending = JoinSet::new();
    for sender in 0..SENDERS {
        let (store, texts) = (store.clone(), texts.clone());
        sending.spawn(async move {
            let ada: BeingId = "@ada".parse().expect("an id");
            let garden: SpaceId = "@garden".parse().expect("an id");
            for text in texts.iter().skip(sender).step_by(SENDERS) {
                let content = Content::parse(text.clone()).expect("content");
                let (by, space, id) = (ada.clone(), garden.clone(), IntentionId(Uuid::now_v7()));
                let send = SendMessage { by, space, id, content, reply_to: None };
                store.execute(send).await.expect("a send");
            }
        });
    }
    sending.join_all().await;
}
