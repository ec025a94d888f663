//! A sender of messages: one keep-alive connection, with a minimum of HTTP.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub struct Talker {
    socket: TcpStream,
    path: String,
    cookie: String,
    answer: Vec<u8>,
}

impl Talker {
    pub async fn connect(address: SocketAddr, path: &str, cookie: &str) -> Self {
        let socket = TcpStream::connect(address).await.expect("a connection");
        socket.set_nodelay(true).expect("no delay");
        Self { socket, path: path.to_owned(), cookie: cookie.to_owned(), answer: Vec::new() }
    }

    /// Posts a body, and waits for the acknowledgement.
    pub async fn post(&mut self, body: &str) {
        let request = format!(
            "POST {} HTTP/1.1\r\nhost: bench\r\ncookie: {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.path,
            self.cookie,
            body.len()
        );
        self.socket.write_all(request.as_bytes()).await.expect("a request");
        self.answer.clear();
        while !self.is_complete() {
            let read = self.socket.read_buf(&mut self.answer).await.expect("an answer");
            assert!(read > 0, "the server hung up");
        }
        let status = &self.answer[9..10];
        assert_eq!(status, b"2", "{}", String::from_utf8_lossy(&self.answer));
    }

    /// Sends a message with a new id.
    pub async fn say(&mut self, content: &str) {
        let id = uuid::Uuid::now_v7();
        self.post(&format!(r#"{{"id":"{id}","content":"{content}"}}"#)).await;
    }

    fn is_complete(&self) -> bool {
        let Some(end) = self.answer.windows(4).position(|end| end == b"\r\n\r\n") else {
            return false;
        };
        let head = String::from_utf8_lossy(&self.answer[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().expect("a length"));
        self.answer.len() >= end + 4 + length
    }
}
