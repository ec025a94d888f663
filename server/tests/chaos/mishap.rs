//! What befalls one direction of one connection on its way.

use std::{io, time::Duration};

use rand::{Rng, rngs::StdRng};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::sleep,
};

use crate::tally::Tally;

const PIECE_MAX_BYTES: usize = 16 * 1024;
const CRUMB_MAX_BYTES: usize = 200;
const CRUMB_PAUSE: Duration = Duration::from_millis(1);
const HOLD_MAX_MILLIS: u64 = 700;

pub enum Mishap {
    None,
    /// Both directions end after so many bytes of this one.
    Cut {
        after: usize,
    },
    /// This direction ends after so many bytes; the other goes on.
    HalfClose {
        after: usize,
    },
    /// After so many bytes nothing comes for a while.
    Hold {
        after: usize,
        pause: Duration,
    },
    /// After so many bytes nothing comes any more, and nobody is told.
    Silence {
        after: usize,
    },
    /// It comes in small pieces.
    Crumbs {
        bytes: usize,
    },
}

/// How a direction ended.
#[derive(PartialEq)]
pub enum Ended {
    Finished,
    Cut,
}

impl Mishap {
    /// Each length has its chance: an answer is cut as well as a long stream. Nothing lasts for ever,
    /// but three of five connections are well for longer than an answer is.
    pub fn thrown(dice: &mut StdRng) -> Self {
        let mut up_to = |magnitudes| {
            let magnitude = dice.random_range(magnitudes);
            dice.random_range(0..1usize << magnitude)
        };
        let (after, later) = (up_to(0..16), up_to(12..18));
        let pause = Duration::from_millis(dice.random_range(10..HOLD_MAX_MILLIS));
        match dice.random_range(0..20) {
            0..4 => Self::Cut { after },
            4..6 => Self::HalfClose { after },
            6 => Self::Hold { after, pause },
            7 => Self::Silence { after },
            8 => Self::Crumbs { bytes: dice.random_range(1..CRUMB_MAX_BYTES) },
            9..12 => Self::HalfClose { after: later },
            12 => Self::Silence { after: later },
            _ => Self::Cut { after: later },
        }
    }

    /// Carries bytes until they end, or until it happens.
    pub async fn carry(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        tally: &Tally,
    ) -> io::Result<Ended> {
        let mut piece = vec![0; PIECE_MAX_BYTES];
        let mut left = self.after();
        if matches!(self, Self::Crumbs { .. }) {
            tally.held_back.add();
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
                    Self::Hold { pause, .. } => {
                        tally.held_back.add();
                        sleep(*pause).await;
                    }
                    Self::Silence { .. } => {
                        tally.held_back.add();
                        while from.read(&mut piece).await? > 0 {}
                        to.shutdown().await?;
                        return Ok(Ended::Finished);
                    }
                    Self::None | Self::Crumbs { .. } => {}
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
            if matches!(self, Self::Crumbs { .. }) {
                sleep(CRUMB_PAUSE).await;
            }
        }
    }

    fn after(&self) -> Option<usize> {
        match self {
            Self::None | Self::Crumbs { .. } => None,
            Self::Cut { after }
            | Self::HalfClose { after }
            | Self::Hold { after, .. }
            | Self::Silence { after } => Some(*after),
        }
    }

    fn piece(&self) -> usize {
        match self {
            Self::Crumbs { bytes } => *bytes,
            _ => PIECE_MAX_BYTES,
        }
    }
}
