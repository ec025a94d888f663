//! A listener: a socket, a counter, and a pace.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

use super::tally::Tally;

/// The receive buffer of a slow reader; the kernel may round it up.
const SLOW_RECEIVES_BYTES: u32 = 4 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    Quick,
    ByteASecond,
    Nothing,
}

/// It disconnects when it is dropped.
pub struct Listener {
    state: Arc<State>,
    pace: watch::Sender<Pace>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    tally: Mutex<Tally>,
    /// The first error: an invalid event, or the end of the stream.
    error: Mutex<Option<String>>,
}

/// The address and the session of a stream.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    pub cookie: String,
    /// The last byte of the client's address: each address has ports of its own.
    pub from: u8,
}

impl Listener {
    /// Connects, and requests the stream of a space. `hangs_up` selects how it will disconnect:
    /// with a reset, or in an orderly way.
    pub async fn enter(
        target: &Target,
        space: &str,
        pace: Pace,
        hangs_up: bool,
    ) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if pace != Pace::Quick {
            socket.set_recv_buffer_size(SLOW_RECEIVES_BYTES)?;
        }
        socket.bind(([127, 0, 0, target.from], 0).into())?;
        let mut socket = socket.connect(target.address).await?;
        if hangs_up {
            SockRef::from(&socket).set_linger(Some(Duration::ZERO))?;
        }
        let head = format!("GET /api/stream?spaceId={space} HTTP/1.1\r\nhost: load.test\r\n");
        let request = format!("{head}cookie: {}\r\n\r\n", target.cookie);
        socket.write_all(request.as_bytes()).await?;
        let (pace, paced) = watch::channel(pace);
        let state = Arc::<State>::default();
        let task = tokio::spawn(read(socket, paced, state.clone()));
        Ok(Self { state, pace, task })
    }

    /// The position of the last event, the number of live events, and whether it is caught up.
    pub fn received(&self) -> (u64, u64, bool) {
        let tally = self.state.tally.lock().unwrap_or_else(PoisonError::into_inner);
        (tally.last(), tally.events, tally.is_live)
    }

    pub fn error(&self) -> Option<String> {
        self.state.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn read_at(&self, pace: Pace) {
        self.pace.send_replace(pace);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(mut socket: TcpStream, mut pace: watch::Receiver<Pace>, state: Arc<State>) {
    let mut bytes = [0; 4 * 1024];
    let error = loop {
        let now = *pace.borrow_and_update();
        let read = match now {
            Pace::Quick => socket.read(&mut bytes).await,
            Pace::ByteASecond => {
                sleep(Duration::from_secs(1)).await;
                socket.read(&mut bytes[..1]).await
            }
            Pace::Nothing => match pace.changed().await {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        let taken = match read {
            Ok(0) => Err("the stream has ended".to_owned()),
            Ok(count) => {
                let mut tally = state.tally.lock().unwrap_or_else(PoisonError::into_inner);
                tally.take(&bytes[..count])
            }
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = taken {
            break error;
        }
    };
    *state.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
}
