//! A proxy between the clients and the server: its address stays the same across restarts of the
//! server, and it injects faults into connections.

use std::{net::SocketAddr, sync::Arc};

use harness::Transport;
use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

use crate::{
    connection_fault::{ConnectionFault, Ended},
    tally::Tally,
};

pub struct Proxy {
    address: SocketAddr,
    server: watch::Sender<Option<SocketAddr>>,
    dropped: watch::Sender<u64>,
    /// Whether new connections are without faults.
    is_clean: watch::Sender<bool>,
    accepting: AbortHandle,
}

impl Proxy {
    /// Without faults at first.
    pub async fn open(seed: u64, tally: Arc<Tally>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let address = listener.local_addr().expect("an address");
        let (server, dropped) = (watch::Sender::new(None), watch::Sender::new(0));
        let is_clean = watch::Sender::new(true);
        let (forwards_to, cutter, clean) =
            (server.subscribe(), dropped.subscribe(), is_clean.subscribe());
        let accepting = tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(seed);
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                let mut faults = [ConnectionFault::None, ConnectionFault::None];
                if !*clean.borrow() {
                    // In one direction only, so that the effect is known.
                    let is_downward = rng.random_ratio(3, 4);
                    faults[usize::from(is_downward)] = ConnectionFault::random(&mut rng);
                }
                // Without a server, the connection just ends.
                let Some(server) = *forwards_to.borrow() else { continue };
                tokio::spawn(connect(client, server, faults, cutter.clone(), tally.clone()));
            }
        });
        Self { address, server, dropped, is_clean, accepting: accepting.abort_handle() }
    }

    pub fn transport(&self) -> Transport {
        Transport::Socket(self.address)
    }

    pub fn forward_to(&self, server: Option<SocketAddr>) {
        self.server.send_replace(server);
    }

    /// From now on connections have faults.
    pub fn inject_faults(&self) {
        self.is_clean.send_replace(false);
    }

    /// From now on connections have no faults. Those that are open are cut.
    pub fn stop_faults(&self) {
        self.is_clean.send_replace(true);
        self.drop_connections();
    }

    /// Cuts every open connection.
    pub fn drop_connections(&self) {
        self.dropped.send_modify(|times| *times += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connect(
    mut client: TcpStream,
    server: SocketAddr,
    [upward, downward]: [ConnectionFault; 2],
    mut dropped: watch::Receiver<u64>,
    tally: Arc<Tally>,
) {
    dropped.borrow_and_update();
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let is_cut = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let both = async {
            let up = async { is_cut(upward.forward(from_client, to_server, &tally).await) };
            let down = async { is_cut(downward.forward(from_server, to_client, &tally).await) };
            tokio::try_join!(up, down).is_err()
        };
        tokio::select! {
            is_cut = both => is_cut,
            _ = dropped.changed() => {
                tally.cuts.add();
                true
            }
        }
    };
    // One side sees a cut as an end, the other as an error, so that both are tested.
    if is_cut {
        let _ = client.set_zero_linger();
    }
}

/// A side that is gone counts as a cut: the other is closed, too.
fn is_cut(ended: std::io::Result<Ended>) -> Result<(), ()> {
    match ended {
        Ok(Ended::Finished) => Ok(()),
        Ok(Ended::Cut) | Err(_) => Err(()),
    }
}
