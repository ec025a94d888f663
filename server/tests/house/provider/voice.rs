//! How a script comes out: byte by byte, if it must be.

use std::io;

use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{io::AsyncWriteExt, net::tcp::OwnedWriteHalf, task::yield_now, time::sleep};

use super::{Script, script::Step};

pub(super) struct Voice<'a> {
    socket: &'a mut OwnedWriteHalf,
}

pub(super) enum Ending {
    /// Everything, so that the next request may come.
    Said,
    HangsUp,
    LeftAlone,
}

/// How bytes are put on the wire.
struct Manner<'a> {
    script: &'a Script,
    dice: Option<StdRng>,
    /// What waits for the next border, where bytes are cut without regard to what they mean.
    held: Vec<u8>,
}

impl<'a> Voice<'a> {
    pub fn new(socket: &'a mut OwnedWriteHalf) -> Self {
        Self { socket }
    }

    pub async fn play(mut self, script: &Script) -> Ending {
        let dice = script.cuts.map(StdRng::seed_from_u64);
        let mut manner = Manner { script, dice, held: vec![] };
        // An error is somebody who does not listen any more.
        self.try_play(&mut manner).await.unwrap_or(Ending::LeftAlone)
    }

    async fn try_play(&mut self, manner: &mut Manner<'_>) -> io::Result<Ending> {
        self.socket.write_all(manner.script.head.as_bytes()).await?;
        if let Some(ending) = self.take(manner, &manner.script.steps).await? {
            return Ok(ending);
        }
        self.flush(manner).await?;
        if manner.script.is_chunked {
            self.socket.write_all(b"0\r\n\r\n").await?;
        }
        let announces_its_end =
            manner.script.is_chunked || manner.script.head.contains("content-length");
        Ok(if announces_its_end { Ending::Said } else { Ending::HangsUp })
    }

    async fn take(
        &mut self,
        manner: &mut Manner<'_>,
        steps: &[Step],
    ) -> io::Result<Option<Ending>> {
        for step in steps {
            if let Step::Send(bytes) = step {
                self.send(manner, bytes).await?;
                continue;
            }
            self.flush(manner).await?;
            match step {
                Step::Send(_) => {}
                Step::Pause(pause) => sleep(*pause).await,
                Step::Wait(gate) => gate.pass().await,
                Step::Forever(steps) => loop {
                    Box::pin(self.take(manner, steps)).await?;
                    self.flush(manner).await?;
                },
                Step::HangUp => return Ok(Some(Ending::HangsUp)),
                Step::Reset => {
                    self.socket.as_ref().set_zero_linger()?;
                    return Ok(Some(Ending::HangsUp));
                }
                Step::Silence => std::future::pending().await,
            }
        }
        Ok(None)
    }

    async fn send(&mut self, manner: &mut Manner<'_>, bytes: &[u8]) -> io::Result<()> {
        if manner.script.line_end == "\n" {
            manner.held.extend_from_slice(bytes);
        } else {
            for byte in bytes {
                match byte {
                    b'\n' => manner.held.extend_from_slice(manner.script.line_end.as_bytes()),
                    _ => manner.held.push(*byte),
                }
            }
        }
        if manner.dice.is_none() { self.flush(manner).await } else { Ok(()) }
    }

    async fn flush(&mut self, manner: &mut Manner<'_>) -> io::Result<()> {
        let held = std::mem::take(&mut manner.held);
        let is_chunked = manner.script.is_chunked;
        let Some(dice) = &mut manner.dice else {
            return self.socket.write_all(&framed(&held, is_chunked)).await;
        };
        let mut wire = Vec::new();
        for piece in pieces(&held, dice) {
            wire.extend(framed(piece, is_chunked));
        }
        for piece in pieces(&wire, dice) {
            self.socket.write_all(piece).await?;
            // Whoever reads has a chance to see it so.
            yield_now().await;
        }
        Ok(())
    }
}

fn framed(bytes: &[u8], is_chunked: bool) -> Vec<u8> {
    // An empty chunk would be the end.
    if !is_chunked || bytes.is_empty() {
        return bytes.to_vec();
    }
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// One byte here, and a few dozen there.
fn pieces<'b>(mut bytes: &'b [u8], dice: &mut StdRng) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let most = if dice.random_ratio(1, 3) { 3 } else { 120 };
        let (piece, rest) = bytes.split_at(dice.random_range(1..=most).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}
