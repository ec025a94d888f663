//! The way to a server: a call in this process, or a socket.

use std::{io, net::SocketAddr};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::Response,
};
use futures::stream::unfold;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};
use tower::ServiceExt;

#[derive(Clone)]
pub enum Transport {
    InProcess(Router),
    Socket(SocketAddr),
}

impl Transport {
    pub async fn call(&self, request: Request) -> io::Result<Response> {
        match self {
            Self::InProcess(router) => {
                Ok(router.clone().oneshot(request).await.unwrap_or_else(|never| match never {}))
            }
            Self::Socket(address) => over_socket(*address, request).await,
        }
    }
}

/// One request for each connection, in HTTP/1.0: there a body ends with the connection, and a test
/// needs no decoder.
async fn over_socket(address: SocketAddr, request: Request) -> io::Result<Response> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(io::Error::other)?;
    let mut text = format!("{} {} HTTP/1.0\r\n", head.method, head.uri);
    for (name, value) in &head.headers {
        text += &format!("{name}: {}\r\n", value.to_str().expect("text"));
    }
    text += &format!("content-length: {}\r\n\r\n", body.len());

    let mut socket = TcpStream::connect(address).await?;
    socket.write_all(text.as_bytes()).await?;
    socket.write_all(&body).await?;

    let mut socket = BufReader::new(socket);
    let status = line(&mut socket).await?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok());
    let mut response = Response::builder().status(status.ok_or(io::ErrorKind::InvalidData)?);
    loop {
        let line = line(&mut socket).await?;
        let Some((name, value)) = line.split_once(": ") else { break };
        response = response.header(name, value);
    }
    let body = unfold(socket, async |mut socket| {
        let mut bytes = vec![0; 16 * 1024];
        let read = socket.read(&mut bytes).await.map(|count| {
            bytes.truncate(count);
            bytes
        });
        let is_end = read.as_ref().is_ok_and(Vec::is_empty);
        (!is_end).then_some((read, socket))
    });
    response.body(Body::from_stream(body)).map_err(io::Error::other)
}

async fn line(socket: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    socket.read_line(&mut line).await?;
    if !line.ends_with('\n') {
        // The end, or a cut line, which may look like a whole one.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
