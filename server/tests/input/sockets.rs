//! Bytes on a socket that are no requests, or not quite: cut in the head, lying about their bodies,
//! several in a row, of another protocol. Whoever sends them is answered or let go, and nobody else
//! suffers for it.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{TestCaseError, TestCaseResult, TestError},
};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};
use uuid::Uuid;

use super::{
    corpus,
    grammar::{ROUTES, draft},
    house::{Client, Reach},
    mutation::texts,
    panics, remember_panics,
    request::Who,
    runner,
    surface::runtime,
    world::{Prepared, World},
};

const CASES: u32 = 400;
/// Far beyond anything that is waited for, and within what the server grants a head or a body: who
/// has said all is let go at once, not when that has passed.
const PATIENCE: Duration = Duration::from_secs(20);
/// So many pieces are sent one by one.
const PIECES_MAX: usize = 4;

/// What one connection sends.
#[derive(Debug, Clone)]
struct Garbage {
    pieces: Vec<Vec<u8>>,
    /// Whether the end is told, or the connection is dropped without a word.
    is_ended: bool,
}

fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let known = select(corpus::connections());
    let request = (0..ROUTES.len(), vec(any::<u8>(), 4), texts())
        .prop_map(|(route, picks, header)| plain(route, &picks, &header));
    // Headers as far as one may go with them, and farther.
    let flood = (select(vec![10, 99, 101, 3_000]), select(vec![1, 9_000, 500_000])).prop_map(
        |(headers, bytes): (usize, usize)| {
            let line = format!("x: {}\r\n", "y".repeat(bytes / headers));
            format!("GET / HTTP/1.1\r\n{}\r\n", line.repeat(headers)).into_bytes()
        },
    );
    let of_a_kind = prop_oneof![
        4 => known,
        4 => request,
        1 => flood,
        1 => vec(any::<u8>(), 0..200),
    ];
    let damage = prop_oneof![
        4 => Just(None),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, bits)| Some((at, Some(bits)))),
        1 => any::<u16>().prop_map(|at| Some((at, None))),
    ];
    (of_a_kind, damage).prop_map(|(mut bytes, damage)| {
        match damage {
            Some((at, Some(bits))) if !bytes.is_empty() => {
                let at = usize::from(at) % bytes.len();
                bytes[at] ^= bits;
            }
            Some((at, None)) if !bytes.is_empty() => bytes.truncate(usize::from(at) % bytes.len()),
            _ => {}
        }
        bytes
    })
}

/// A request as it should be, of somebody without a session, but for one header.
fn plain(route: usize, picks: &[u8], header: &str) -> Vec<u8> {
    let mut shot = draft(Who::Nobody, route, picks).into_shot();
    // Nobody signs in, so that whatever changes does so without a right to.
    let body = String::from_utf8(shot.body).expect("text");
    shot.body = body.replace("correct", "mistaken").into_bytes();
    let mut bytes = format!("{} ", shot.method).into_bytes();
    bytes.extend_from_slice(&shot.target);
    bytes.extend_from_slice(format!(" HTTP/1.1\r\nhost: x\r\nx-any: {header}\r\n").as_bytes());
    for (name, value) in &shot.headers {
        bytes.extend_from_slice(format!("{name}: ").as_bytes());
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", shot.body.len()).as_bytes());
    bytes.extend_from_slice(&shot.body);
    bytes
}

fn connections() -> impl Strategy<Value = Garbage> {
    let pieces = vec(garbage(), 1..PIECES_MAX);
    (pieces, prop::bool::weighted(0.9)).prop_map(|(pieces, is_ended)| Garbage { pieces, is_ended })
}

/// A real server on a socket, and one who talks on all the while.
struct Street {
    world: World,
    address: SocketAddr,
    neighbour: Neighbour,
    serving: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

/// One connection that stays, as a browser's does.
struct Neighbour {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    cookie: String,
}

impl Street {
    async fn open(prepared: &Prepared) -> Self {
        let world = World::begin(prepared).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let services = Arc::clone(&world.services);
        let serving = tokio::spawn(async move {
            let until = async { drop(stopped.await) };
            server::serve::serve(listener, services, until).await;
        });
        let (reader, writer) =
            TcpStream::connect(address).await.expect("a connection").into_split();
        let cookie = prepared.cookie(Who::Bob).expect("a session").to_owned();
        let neighbour = Neighbour { reader: BufReader::new(reader), writer, cookie };
        Self { world, address, neighbour, serving, stop }
    }

    /// Sends it, and reads what is answered until the connection ends.
    async fn receive(&self, garbage: &Garbage) -> Result<Vec<u8>, String> {
        let socket = TcpStream::connect(self.address).await.map_err(|error| error.to_string())?;
        let (mut reader, mut writer) = socket.into_split();
        let said = async {
            let mut all = Vec::new();
            // A connection may end in a reset: the server hears no more of what is no request.
            let _ = reader.read_to_end(&mut all).await;
            all
        };
        let saying = async {
            for piece in &garbage.pieces {
                if writer.write_all(piece).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            if garbage.is_ended {
                let _ = writer.shutdown().await;
            }
        };
        if !garbage.is_ended {
            saying.await;
            return Ok(vec![]);
        }
        let (said, ()) = timeout(PATIENCE, async { tokio::join!(said, saying) })
            .await
            .map_err(|_| "it is not let go".to_owned())?;
        Ok(said)
    }

    async fn close(self) {
        let _ = self.stop.send(());
        self.serving.await.expect("it ends");
    }
}

impl Neighbour {
    /// Asks who it is, on the connection that it always had.
    async fn is_served(&mut self) -> Result<(), String> {
        let request =
            format!("GET /api/session HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n", self.cookie);
        let answered = async {
            self.writer.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            while !answer.ends_with(b"}") {
                answer.push(self.reader.read_u8().await?);
            }
            std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer =
            timeout(PATIENCE, answered).await.map_err(|_| "a neighbour waits".to_owned())?;
        let answer = answer.map_err(|error| format!("a neighbour lost its connection: {error}"))?;
        let is_well = answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"@bob\"");
        if is_well { Ok(()) } else { Err(format!("a neighbour was answered {answer}")) }
    }
}

async fn survive(street: &mut Street, garbage: &Garbage) -> Result<(), String> {
    let panics_before = panics().len();
    let said = street.receive(garbage).await?;
    let begins = |code: &[u8]| said.windows(code.len()).any(|part| part == code);
    if begins(b"HTTP/1.1 5") {
        return Err(format!("a failure: {}", String::from_utf8_lossy(&said)));
    }
    if !said.is_empty() && !said.starts_with(b"HTTP/1.") && !said.starts_with(b"<!DOCTYPE") {
        return Err(format!("no answer: {}", String::from_utf8_lossy(&said)));
    }
    if let Some(panic) = panics().get(panics_before) {
        return Err(panic.clone());
    }
    let news = street.world.news().await;
    if !news.is_empty() {
        return Err(format!("somebody without a session has changed something: {news:?}"));
    }
    street.neighbour.is_served().await
}

#[test]
fn what_is_no_request_harms_nobody_and_is_let_go() {
    remember_panics();
    let runtime = runtime();
    let prepared = runtime.block_on(Prepared::prepare());
    let street = std::cell::RefCell::new(runtime.block_on(Street::open(&prepared)));
    let listener = Client::new(Reach::Socket(street.borrow().address));
    let bob = listener.with_cookie(prepared.cookie(Who::Bob).map(str::to_owned));
    let mut events = runtime.block_on(bob.listen("@garden"));

    let case = |garbage: Garbage| -> TestCaseResult {
        let survived = runtime.block_on(survive(&mut street.borrow_mut(), &garbage));
        survived.map_err(TestCaseError::fail)
    };
    for kept in corpus::connections() {
        let garbage = Garbage { pieces: vec![kept], is_ended: true };
        case(garbage.clone()).unwrap_or_else(|error| panic!("{error}: {garbage:?}"));
    }
    match runner(CASES).run(&connections(), case) {
        Ok(()) => {}
        Err(TestError::Fail(reason, garbage)) => {
            let pieces = garbage.pieces.iter().map(|piece| piece.escape_ascii().to_string());
            panic!("{reason}\n{}", pieces.collect::<Vec<_>>().join("\n"))
        }
        Err(error) => panic!("{error}"),
    }

    runtime.block_on(async {
        // Who listened all the while hears what is said at the end of it, and nothing else.
        let said = bob.say("@garden", "Is anybody there?").await;
        assert_eq!(events.one().await.gist(), format!("{} created {}", said.seq, said.message_id));
        drop(events);
        street.into_inner().close().await;
    });
}

/// Messages in a row on one connection, and something else behind them. Who hangs up behind them may
/// miss an answer, and nothing more.
#[test]
fn of_pipelined_messages_those_that_are_acknowledged_are_there_once_and_no_part_of_any_is() {
    remember_panics();
    let runtime = runtime();
    let prepared = runtime.block_on(Prepared::prepare());
    let street = runtime.block_on(Street::open(&prepared));
    let cookie = prepared.cookie(Who::Bob).expect("a session");
    // Of all cases: what nobody waited for may be stored a moment later.
    let sent = std::cell::RefCell::new(BTreeSet::new());
    let case = |(pads, garbage, cut): (Vec<usize>, Vec<u8>, Option<u8>)| -> TestCaseResult {
        let (mut bytes, mut whole) = (Vec::new(), Vec::new());
        for pad in pads {
            let id = Uuid::now_v7().to_string();
            bytes.extend(sending(cookie, &id, pad));
            whole.push((id, bytes.len()));
        }
        match cut {
            Some(cut) => bytes.truncate(bytes.len() - usize::from(cut).min(bytes.len())),
            None => bytes.extend(garbage),
        }
        whole.retain(|(_, end)| *end <= bytes.len());
        let mut sent = sent.borrow_mut();
        sent.extend(whole.into_iter().map(|(id, _)| id));
        let garbage = Garbage { pieces: vec![bytes], is_ended: true };
        let said = runtime.block_on(street.receive(&garbage)).map_err(TestCaseError::fail)?;
        let said = String::from_utf8_lossy(&said);
        prop_assert!(!said.contains("HTTP/1.1 5"), "{said}");
        let acknowledged = said.split(r#"{"id":""#).skip(1).map(|rest| rest[..36].to_owned());
        let acknowledged: BTreeSet<_> = acknowledged.collect();

        let ids = "SELECT id FROM intentions WHERE owner_id = '@bob' AND length(content) > 20";
        let there = runtime.block_on(street.world.folder.texts(ids));
        let there: BTreeSet<_> = there.into_iter().collect();
        prop_assert!(there.is_subset(&sent));
        prop_assert!(acknowledged.is_subset(&there), "{acknowledged:?}");
        Ok(())
    };
    let cases = (vec(0..3_000usize, 1..5), garbage(), prop::option::of(any::<u8>()));
    runner(CASES / 4).run(&cases, case).unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(street.close());
}

/// The whole request that says something, under this id.
fn sending(cookie: &str, id: &str, pad: usize) -> Vec<u8> {
    let body = json!({ "id": id, "content": "x".repeat(pad + 21) }).to_string();
    let head =
        "POST /api/spaces/@garden/intentions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json";
    let length = body.len();
    format!("{head}\r\ncookie: {cookie}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}
