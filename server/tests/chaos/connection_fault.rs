//! The faults of one direction of one connection.

use std::{io, time::Duration};

use rand::{Rng, rngs::StdRng};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::sleep,
};

use crate::tally::Tally;

const PIECE_MAX_BYTES: usize = 16 * 1024;
const TRICKLE_MAX_BYTES: usize = 200;
const TRICKLE_PAUSE: Duration = Duration::from_millis(1);
const STALL_MAX_MILLIS: u64 = 700;

pub enum ConnectionFault {
    None,
    /// Both directions end after this many bytes of this one.
    Cut {
        after: usize,
    },
    /// This direction ends after this many bytes; the other goes on.
    HalfClose {
        after: usize,
    },
    /// After this many bytes nothing is forwarded for a while.
    Stall {
        after: usize,
        pause: Duration,
    },
    /// After this many bytes nothing more is forwarded, without an end or an error.
    BlackHole {
        after: usize,
    },
    /// The bytes are forwarded in small pieces.
    Trickle {
        bytes: usize,
    },
}

/// How a direction ended.
#[derive(PartialEq)]
pub enum Ended {
    Finished,
    Cut,
}

impl ConnectionFault {
    /// Every order of magnitude has its share, so that short responses are cut as well as long
    /// streams. No connection lasts for ever, but three of five work for longer than a response
    /// takes.
    pub fn random(rng: &mut StdRng) -> Self {
        let mut up_to = |magnitudes| {
            let magnitude = rng.random_range(magnitudes);
            rng.random_range(0..1usize << magnitude)
        };
        let (after, late) = (up_to(0..16), up_to(12..18));
        let pause = Duration::from_millis(rng.random_range(10..STALL_MAX_MILLIS));
        match rng.random_range(0..20) {
            0..4 => Self::Cut { after },
            4..6 => Self::HalfClose { after },
            6 => Self::Stall { after, pause },
            7 => Self::BlackHole { after },
            8 => Self::Trickle { bytes: rng.random_range(1..TRICKLE_MAX_BYTES) },
            9..12 => Self::HalfClose { after: late },
            12 => Self::BlackHole { after: late },
            _ => Self::Cut { after: late },
        }
    }

    /// Forwards bytes until they end, or until the fault occurs.
    pub async fn forward(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        tally: &Tally,
    ) -> io::Result<Ended> {
        let mut piece = vec![0; PIECE_MAX_BYTES];
        let mut left = self.after();
        if matches!(self, Self::Trickle { .. }) {
            tally.delayed.add();
        }
        loop {
            let most = self.piece().min(left.unwrap_or(usize::MAX));
            if most == 0 {
                match self {
                    Self::Cut { .. } => {
                        tally.cuts.add();
                        return Ok(Ended::Cut);
                    }
                    Self::HalfClose { .. } => {
                        tally.half_closed.add();
                        to.shutdown().await?;
                        return Ok(Ended::Finished);
                    }
                    Self::Stall { pause, .. } => {
                        tally.delayed.add();
                        sleep(*pause).await;
                    }
                    Self::BlackHole { .. } => {
                        tally.delayed.add();
                        while from.read(&mut piece).await? > 0 {}
                        to.shutdown().await?;
                        return Ok(Ended::Finished);
                    }
                    Self::None | Self::Trickle { .. } => {}
                }
                left = None;
                continue;
            }
            let read = from.read(&mut piece[..most]).await?;
            if read == 0 {
                to.shutdown().await?;
                return Ok(Ended::Finished);
            }
            to.write_all(&piece[..read]).await?;
            left = left.map(|left| left - read);
            if matches!(self, Self::Trickle { .. }) {
                sleep(TRICKLE_PAUSE).await;
            }
        }
    }

    fn after(&self) -> Option<usize> {
        match self {
            Self::None | Self::Trickle { .. } => None,
            Self::Cut { after }
            | Self::HalfClose { after }
            | Self::Stall { after, .. }
            | Self::BlackHole { after } => Some(*after),
        }
    }

    fn piece(&self) -> usize {
        match self {
            Self::Trickle { bytes } => *bytes,
            _ => PIECE_MAX_BYTES,
        }
    }
}
