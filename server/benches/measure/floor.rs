//! The floor: a program that only writes the same bytes to each socket, one `write(2)` each. It
//! authenticates nobody, stores nothing, and waits for readers that do not read.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

use socket2::{Domain, Socket, Type};

pub const LISTEN: &str = "GET / HTTP/1.1\r\nhost: bench\r\n\r\n";
pub const IS_LIVE: &str = "event: live\n\n";

type Listeners = Arc<Mutex<Vec<TcpStream>>>;

/// A GET of `/` listens; the body of a POST to `/` is written to all listeners unchanged.
pub fn serve() {
    let listener = listener();
    println!("http://{}", listener.local_addr().expect("an address"));
    let listeners = Listeners::default();
    for socket in listener.incoming() {
        let mut socket = socket.expect("a connection");
        socket.set_nodelay(true).expect("no delay");
        let mut reader = BufReader::new(socket.try_clone().expect("a socket"));
        let Some((line, length)) = head(&mut reader) else { continue };
        if line.starts_with("GET") {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            socket.write_all(format!("{head}{IS_LIVE}").as_bytes()).expect("a reader");
            // The other handle is closed with the reader.
            listeners.lock().expect("no panic").push(socket);
        } else {
            let listeners = listeners.clone();
            std::thread::spawn(move || write_what_is_posted(reader, socket, length, &listeners));
        }
    }
}

/// With an accept queue for all clients at once.
fn listener() -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&address.into()).expect("a port");
    socket.listen(4096).expect("a listener");
    socket.into()
}

fn write_what_is_posted(
    mut reader: BufReader<TcpStream>,
    mut socket: TcpStream,
    first_length: usize,
    listeners: &Listeners,
) {
    let mut next = Some(first_length);
    while let Some(length) = next {
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        for listener in listeners.lock().expect("no panic").iter_mut() {
            let _ = listener.write(&body);
        }
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("a reader");
        next = head(&mut reader).map(|(_, length)| length);
    }
}

/// The first line of a request, and the length of its body; none after the end of the connection.
fn head(reader: &mut BufReader<TcpStream>) -> Option<(String, usize)> {
    let (mut first, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Some((first, length));
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
        if first.is_empty() {
            first = line.to_owned();
        }
    }
}
