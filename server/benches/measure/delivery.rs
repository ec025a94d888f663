//! Row 5: the time from a send until the last of 1,000 listeners has it, on an idle server, and
//! while 100 answers are streaming.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{
    crowd::Crowd,
    floor,
    instance::Instance,
    process::Process,
    table::{Spread, row, short},
    talker::Talker,
};

const LISTENERS: usize = 1_000;
const ANSWERS: usize = 100;
const TURNS: usize = 5;
const SENDS_A_TURN: usize = 60;
/// The speed of a fast model.
const TOKEN_EVERY: Duration = Duration::from_millis(20);
/// More than the measurement needs.
const TOKENS: usize = 20_000;

/// Milliseconds: the median and the 99th percentile.
struct Delay {
    p50: f64,
    p99: f64,
}

pub async fn measure() {
    let instance = Instance::open().await;
    let crowd = instance.crowd(LISTENERS).await;
    let mut talker = instance.talker().await;
    let lowest = Process::in_role("floor", &[]);
    let floor_crowd = Crowd::gather(lowest.address, floor::LISTEN, LISTENERS, floor::IS_LIVE).await;
    let mut floor_talker = Talker::connect(lowest.address, "/", "").await;

    let (mut idle, mut floor, mut busy) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        idle.push(delay(&crowd, async || talker.say("How long does this take?").await).await);
        let event = format!("data: {}\n\n", "x".repeat(250));
        floor.push(delay(&floor_crowd, async || floor_talker.post(&event).await).await);
    }
    let shed = answering(&instance).await;
    let watcher = instance.crowd_in(&shed, "", 1).await;
    let (began, portions) = (Instant::now(), watcher.events());
    for _ in 0..TURNS {
        busy.push(delay(&crowd, async || talker.say("And now?").await).await);
    }
    let portions = (watcher.events() - portions) as f64 / began.elapsed().as_secs_f64();

    let of = |delays: &[Delay], which: fn(&Delay) -> f64| {
        short(delays.iter().map(which).collect::<Spread>().median())
    };
    for (name, which) in [("p50", (|d| d.p50) as fn(&Delay) -> f64), ("p99", |d| d.p99)] {
        let ratio = |above: &[Delay], below: &[Delay]| -> Spread {
            above.iter().zip(below).map(|(a, b)| which(a) / which(b)).collect()
        };
        row(
            &format!("send to the last of {LISTENERS}, {name}: Rhizome / floor"),
            &ratio(&idle, &floor),
            &format!(
                "{} ms, commit included; {} ms where nothing is stored",
                of(&idle, which),
                of(&floor, which)
            ),
        );
        row(
            &format!("send to the last of {LISTENERS}, {name}: beside {ANSWERS} answers / idle"),
            &ratio(&busy, &idle),
            &format!(
                "{} ms beside {} portions of answers a second",
                of(&busy, which),
                short(portions)
            ),
        );
    }
}

async fn delay(crowd: &Crowd, mut send: impl AsyncFnMut()) -> Delay {
    let mut took = Vec::new();
    for _ in 0..SENDS_A_TURN {
        let expected = crowd.events() + LISTENERS as u64;
        let began = Instant::now();
        send().await;
        crowd.until(expected).await;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    Delay { p50: took[took.len() / 2], p99: took[took.len() * 99 / 100] }
}

/// Creates another space, in which this many answers are streaming.
async fn answering(instance: &Instance) -> String {
    let provider = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", provider.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((socket, _)) = provider.accept().await {
            tokio::spawn(write_tokens(socket));
        }
    });
    let put = instance.ada.ask("PUT", "/api/providers/slow").json(json!({ "baseUrl": url }));
    assert_eq!(put.await.status / 100, 2);
    let shed = instance.ada.create_space("Shed").await;
    let path = format!("/api/spaces/{shed}/beings");
    for number in 0..ANSWERS {
        let settings = json!({ "provider": "slow", "model": "m" });
        let new = json!({ "name": format!("Sage {number}"), "settings": settings });
        let being = instance.ada.post(&path, new).await.json_of(201);
        let id = being["id"].as_str().expect("an id");
        instance.ada.say(&shed, &format!("{id} tell me a long story.")).await;
    }
    shed
}

/// Ignores the request, and answers with a token at intervals.
async fn write_tokens(mut socket: TcpStream) {
    let _ = socket.read(&mut [0; 16 * 1024]).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
    let token = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word \"}}]}\n\n";
    if socket.write_all(head.as_bytes()).await.is_err() {
        return;
    }
    for _ in 0..TOKENS {
        if socket.write_all(token.as_bytes()).await.is_err() {
            return;
        }
        tokio::time::sleep(TOKEN_EVERY).await;
    }
}
