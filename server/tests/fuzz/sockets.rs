//! Bytes on a socket that are not requests, or not quite: cut in the head, with a wrong length,
//! several in sequence, of another protocol. The server answers or closes the connection, and no
//! other client is affected.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};

use harness::{Client, Transport};
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
    mutation::texts,
    panics, record_panics,
    request::Sender,
    runner,
    surface::runtime,
    world::{Prepared, World},
};

const CASES: u32 = 400;
/// Longer than any test waits, but within the server's timeouts for a head or a body: a client that
/// has finished is let go at once, not after a timeout.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many pieces are sent separately.
const PIECES_MAX: usize = 4;

/// The bytes of one connection.
#[derive(Debug, Clone)]
struct Garbage {
    pieces: Vec<Vec<u8>>,
    /// Whether the connection is shut down properly, or dropped.
    is_ended: bool,
}

fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let known = select(corpus::connections());
    let request = (0..ROUTES.len(), vec(any::<u8>(), 4), texts())
        .prop_map(|(route, picks, header)| plain(route, &picks, &header));
    // Headers up to the limits, and beyond.
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

/// A valid request without a session, but for one header.
fn plain(route: usize, picks: &[u8], header: &str) -> Vec<u8> {
    let mut fuzzed = draft(Sender::Nobody, route, picks).into_request();
    // No sign-in succeeds, so any change would be without the right to it.
    let body = String::from_utf8(fuzzed.body).expect("text");
    fuzzed.body = body.replace("correct", "mistaken").into_bytes();
    let mut bytes = format!("{} ", fuzzed.method).into_bytes();
    bytes.extend_from_slice(&fuzzed.target);
    bytes.extend_from_slice(format!(" HTTP/1.1\r\nhost: x\r\nx-any: {header}\r\n").as_bytes());
    for (name, value) in &fuzzed.headers {
        bytes.extend_from_slice(format!("{name}: ").as_bytes());
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", fuzzed.body.len()).as_bytes());
    bytes.extend_from_slice(&fuzzed.body);
    bytes
}

fn connections() -> impl Strategy<Value = Garbage> {
    let pieces = vec(garbage(), 1..PIECES_MAX);
    (pieces, prop::bool::weighted(0.9)).prop_map(|(pieces, is_ended)| Garbage { pieces, is_ended })
}

/// A real server on a socket, and another client that uses it all the while.
struct LiveServer {
    world: World,
    address: SocketAddr,
    other: OtherClient,
    serving: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

/// A keep-alive connection, like a browser's.
struct OtherClient {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    cookie: String,
}

impl LiveServer {
    async fn open(prepared: &Prepared) -> Self {
        let world = World::begin(prepared).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let app_state = Arc::clone(&world.app_state);
        let serving = tokio::spawn(async move {
            let until = async { drop(stopped.await) };
            server::serve::serve(listener, app_state, until).await;
        });
        let (reader, writer) =
            TcpStream::connect(address).await.expect("a connection").into_split();
        let cookie = prepared.cookie(Sender::Bob).expect("a session").to_owned();
        let other = OtherClient { reader: BufReader::new(reader), writer, cookie };
        Self { world, address, other, serving, stop }
    }

    /// Sends the bytes, and reads the response up to the end of the connection.
    async fn receive(&self, garbage: &Garbage) -> Result<Vec<u8>, String> {
        let socket = TcpStream::connect(self.address).await.map_err(|error| error.to_string())?;
        let (mut reader, mut writer) = socket.into_split();
        let received = async {
            let mut all = Vec::new();
            // The server may reset the connection: it does not read on after an invalid request.
            let _ = reader.read_to_end(&mut all).await;
            all
        };
        let sending_pieces = async {
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
            sending_pieces.await;
            return Ok(vec![]);
        }
        let (received, ()) = timeout(PATIENCE, async { tokio::join!(received, sending_pieces) })
            .await
            .map_err(|_| "the connection is not closed".to_owned())?;
        Ok(received)
    }

    async fn close(self) {
        let _ = self.stop.send(());
        self.serving.await.expect("it ends");
    }
}

impl OtherClient {
    /// Requests its session, on its own connection.
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
            timeout(PATIENCE, answered).await.map_err(|_| "the other client waits".to_owned())?;
        let answer =
            answer.map_err(|error| format!("the other client lost its connection: {error}"))?;
        let is_well = answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"@bob\"");
        if is_well { Ok(()) } else { Err(format!("the other client received {answer}")) }
    }
}

async fn check(live: &mut LiveServer, garbage: &Garbage) -> Result<(), String> {
    let panics_before = panics().len();
    let received = live.receive(garbage).await?;
    let begins = |code: &[u8]| received.windows(code.len()).any(|part| part == code);
    if begins(b"HTTP/1.1 5") {
        return Err(format!("a failure: {}", String::from_utf8_lossy(&received)));
    }
    if !received.is_empty()
        && !received.starts_with(b"HTTP/1.")
        && !received.starts_with(b"<!DOCTYPE")
    {
        return Err(format!("no answer: {}", String::from_utf8_lossy(&received)));
    }
    if let Some(panic) = panics().get(panics_before) {
        return Err(panic.clone());
    }
    let changes = live.world.changes().await;
    if !changes.is_empty() {
        return Err(format!("somebody without a session has changed something: {changes:?}"));
    }
    live.other.is_served().await
}

#[test]
fn invalid_bytes_affect_no_other_client_and_their_connection_is_closed() {
    record_panics();
    let runtime = runtime();
    let prepared = runtime.block_on(Prepared::prepare());
    let live = std::cell::RefCell::new(runtime.block_on(LiveServer::open(&prepared)));
    let listener = Client::new(Transport::Socket(live.borrow().address));
    let bob = listener.with_cookie(prepared.cookie(Sender::Bob).map(str::to_owned));
    let mut events = runtime.block_on(bob.listen("@garden"));

    let case = |garbage: Garbage| -> TestCaseResult {
        let survived = runtime.block_on(check(&mut live.borrow_mut(), &garbage));
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
        // A stream that was open all the while receives the next message, and nothing else.
        let sent = bob.say("@garden", "Is anybody there?").await;
        assert_eq!(events.one().await.gist(), format!("{} created {}", sent.seq, sent.message_id));
        drop(events);
        live.into_inner().close().await;
    });
}

/// Pipelined messages on one connection, with other bytes after them. A client that hangs up may
/// miss a response, and nothing more.
#[test]
fn acknowledged_pipelined_messages_are_stored_once_and_parts_of_messages_never() {
    record_panics();
    let runtime = runtime();
    let prepared = runtime.block_on(Prepared::prepare());
    let live = runtime.block_on(LiveServer::open(&prepared));
    let cookie = prepared.cookie(Sender::Bob).expect("a session");
    // Of all cases: a message whose response nobody waited for may be stored a moment later.
    let sent = std::cell::RefCell::new(BTreeSet::new());
    let case = |(pads, garbage, cut): (Vec<usize>, Vec<u8>, Option<u8>)| -> TestCaseResult {
        let (mut bytes, mut whole) = (Vec::new(), Vec::new());
        for pad in pads {
            #[expect(clippy::disallowed_methods, reason = "an id has only to be new")]
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
        let received = runtime.block_on(live.receive(&garbage)).map_err(TestCaseError::fail)?;
        let received = String::from_utf8_lossy(&received);
        prop_assert!(!received.contains("HTTP/1.1 5"), "{received}");
        let acknowledged = received.split(r#"{"id":""#).skip(1).map(|rest| rest[..36].to_owned());
        let acknowledged: BTreeSet<_> = acknowledged.collect();

        let ids = "SELECT id FROM intentions WHERE owner_id = '@bob' AND length(content) > 20";
        let stored = runtime.block_on(live.world.folder.texts(ids));
        let stored: BTreeSet<_> = stored.into_iter().collect();
        prop_assert!(stored.is_subset(&sent));
        prop_assert!(acknowledged.is_subset(&stored), "{acknowledged:?}");
        Ok(())
    };
    let cases = (vec(0..3_000usize, 1..5), garbage(), prop::option::of(any::<u8>()));
    runner(CASES / 4).run(&cases, case).unwrap_or_else(|error| panic!("{error}"));
    runtime.block_on(live.close());
}

/// A complete request that sends a message with this id.
fn sending(cookie: &str, id: &str, pad: usize) -> Vec<u8> {
    let body = json!({ "id": id, "content": "x".repeat(pad + 21) }).to_string();
    let head =
        "POST /api/spaces/@garden/intentions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json";
    let length = body.len();
    format!("{head}\r\ncookie: {cookie}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
}
