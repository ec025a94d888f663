//! What lies between the clients and the server: an address that stays the same while servers come
//! and go, and connections to which things happen.

use std::{net::SocketAddr, sync::Arc};

use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

use crate::{
    house::Reach,
    mishap::{Ended, Mishap},
    tally::Tally,
};

pub struct Proxy {
    address: SocketAddr,
    server: watch::Sender<Option<SocketAddr>>,
    severed: watch::Sender<u64>,
    /// Whether nothing happens to new connections.
    is_good: watch::Sender<bool>,
    accepting: AbortHandle,
}

impl Proxy {
    /// Good, until it is told otherwise: what happens to its connections happens at their ends.
    pub async fn open(seed: u64, tally: Arc<Tally>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let address = listener.local_addr().expect("an address");
        let (server, severed) = (watch::Sender::new(None), watch::Sender::new(0));
        let is_good = watch::Sender::new(true);
        let (leads_to, cutter, spares) =
            (server.subscribe(), severed.subscribe(), is_good.subscribe());
        let accepting = tokio::spawn(async move {
            let mut dice = StdRng::seed_from_u64(seed);
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                let mut line = [Mishap::None, Mishap::None];
                if !*spares.borrow() {
                    // To one direction only, so that it is known what happened.
                    let is_downward = dice.random_ratio(3, 4);
                    line[usize::from(is_downward)] = Mishap::thrown(&mut dice);
                }
                // Without a server, the connection just ends.
                let Some(server) = *leads_to.borrow() else { continue };
                tokio::spawn(connect(client, server, line, cutter.clone(), tally.clone()));
            }
        });
        Self { address, server, severed, is_good, accepting: accepting.abort_handle() }
    }

    pub fn reach(&self) -> Reach {
        Reach::Socket(self.address)
    }

    pub fn lead_to(&self, server: Option<SocketAddr>) {
        self.server.send_replace(server);
    }

    /// From now on things happen to connections.
    pub fn spoil(&self) {
        self.is_good.send_replace(false);
    }

    /// From now on nothing does. What is left of those to which something did is cut.
    pub fn repair(&self) {
        self.is_good.send_replace(true);
        self.sever();
    }

    /// Cuts every connection there is.
    pub fn sever(&self) {
        self.severed.send_modify(|times| *times += 1);
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
    [upward, downward]: [Mishap; 2],
    mut severed: watch::Receiver<u64>,
    tally: Arc<Tally>,
) {
    severed.borrow_and_update();
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let is_cut = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let both = async {
            let up = async { is_cut(upward.carry(from_client, to_server, &tally).await) };
            let down = async { is_cut(downward.carry(from_server, to_client, &tally).await) };
            tokio::try_join!(up, down).is_err()
        };
        tokio::select! {
            is_cut = both => is_cut,
            _ = severed.changed() => {
                tally.cuts.add();
                true
            }
        }
    };
    // One side learns of a cut as of an end, the other as of an error: both happen.
    if is_cut {
        let _ = client.set_zero_linger();
    }
}

/// A side that has gone is as good as a cut: the other is let go, too.
fn is_cut(ended: std::io::Result<Ended>) -> Result<(), ()> {
    match ended {
        Ok(Ended::Finished) => Ok(()),
        Ok(Ended::Cut) | Err(_) => Err(()),
    }
}
