//! Writes a script to a socket: byte by byte, if the script says so.

use std::io;

use rand::{Rng, SeedableRng, rngs::StdRng};
use tokio::{io::AsyncWriteExt, net::tcp::OwnedWriteHalf, task::yield_now, time::sleep};

use super::{Script, script::Step};

pub(super) struct Player<'a> {
    socket: &'a mut OwnedWriteHalf,
}

pub(super) enum Ending {
    /// The whole answer was sent; the next request may come.
    Complete,
    HangUp,
    Abandoned,
}

/// The state of one script that is played.
struct Playback<'a> {
    script: &'a Script,
    rng: Option<StdRng>,
    /// The bytes since the last flush, which are cut without regard to their meaning.
    held: Vec<u8>,
}

impl<'a> Player<'a> {
    pub fn new(socket: &'a mut OwnedWriteHalf) -> Self {
        Self { socket }
    }

    pub async fn play(mut self, script: &Script) -> Ending {
        let rng = script.cuts.map(StdRng::seed_from_u64);
        let mut playback = Playback { script, rng, held: vec![] };
        // An error means that the client has hung up.
        self.try_play(&mut playback).await.unwrap_or(Ending::Abandoned)
    }

    async fn try_play(&mut self, playback: &mut Playback<'_>) -> io::Result<Ending> {
        self.socket.write_all(playback.script.head.as_bytes()).await?;
        if let Some(ending) = self.take(playback, &playback.script.steps).await? {
            return Ok(ending);
        }
        self.flush(playback).await?;
        if playback.script.is_chunked {
            self.socket.write_all(b"0\r\n\r\n").await?;
        }
        let announces_its_end =
            playback.script.is_chunked || playback.script.head.contains("content-length");
        Ok(if announces_its_end { Ending::Complete } else { Ending::HangUp })
    }

    async fn take(
        &mut self,
        playback: &mut Playback<'_>,
        steps: &[Step],
    ) -> io::Result<Option<Ending>> {
        for step in steps {
            if let Step::Send(bytes) = step {
                self.send(playback, bytes).await?;
                continue;
            }
            self.flush(playback).await?;
            match step {
                Step::Send(_) => {}
                Step::Pause(pause) => sleep(*pause).await,
                Step::Wait(gate) => gate.pass().await,
                Step::Forever(steps) => loop {
                    Box::pin(self.take(playback, steps)).await?;
                    self.flush(playback).await?;
                },
                Step::HangUp => return Ok(Some(Ending::HangUp)),
                Step::Reset => {
                    self.socket.as_ref().set_zero_linger()?;
                    return Ok(Some(Ending::HangUp));
                }
                Step::Silence => std::future::pending().await,
            }
        }
        Ok(None)
    }

    async fn send(&mut self, playback: &mut Playback<'_>, bytes: &[u8]) -> io::Result<()> {
        if playback.script.line_end == "\n" {
            playback.held.extend_from_slice(bytes);
        } else {
            for byte in bytes {
                match byte {
                    b'\n' => playback.held.extend_from_slice(playback.script.line_end.as_bytes()),
                    _ => playback.held.push(*byte),
                }
            }
        }
        if playback.rng.is_none() { self.flush(playback).await } else { Ok(()) }
    }

    async fn flush(&mut self, playback: &mut Playback<'_>) -> io::Result<()> {
        let held = std::mem::take(&mut playback.held);
        let is_chunked = playback.script.is_chunked;
        let Some(rng) = &mut playback.rng else {
            return self.socket.write_all(&framed(&held, is_chunked)).await;
        };
        let mut wire = Vec::new();
        for piece in pieces(&held, rng) {
            wire.extend(framed(piece, is_chunked));
        }
        for piece in pieces(&wire, rng) {
            self.socket.write_all(piece).await?;
            // The reader may see this piece alone.
            yield_now().await;
        }
        Ok(())
    }
}

fn framed(bytes: &[u8], is_chunked: bool) -> Vec<u8> {
    // An empty chunk would end the body.
    if !is_chunked || bytes.is_empty() {
        return bytes.to_vec();
    }
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// Pieces of a few bytes, and of up to 120.
fn pieces<'b>(mut bytes: &'b [u8], rng: &mut StdRng) -> Vec<&'b [u8]> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let most = if rng.random_ratio(1, 3) { 3 } else { 120 };
        let (piece, rest) = bytes.split_at(rng.random_range(1..=most).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}
