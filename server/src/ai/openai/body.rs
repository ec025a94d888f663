//! The body of a response: as pieces of an answer, or as the beginning of what it says instead.

use std::{collections::VecDeque, error::Error as _, time::Duration};

use bytes::Bytes;
use futures::{
    Stream, StreamExt,
    stream::{BoxStream, unfold},
};
use protocol::FailureReason;
use reqwest::Response;
use tokio::time::timeout;

use super::completion::Completion;
use crate::ai::provider::{Failure, Piece};

/// No answer within its limits is larger, even where each word comes with the probabilities of others; so
/// a larger body is not an answer.
const RESPONSE_MAX_BYTES: usize = 256 * 1024 * 1024;
/// How long to wait for `[DONE]` after a `finish_reason`.
const DONE_MAX: Duration = Duration::from_secs(2);
/// The part of a body that is read for what it says: more than any provider has words.
const BEGINNING_MAX_BYTES: usize = 16 * 1024;
const BEGINNING_MAX_WAIT: Duration = Duration::from_secs(5);

/// The answer in a body. It is complete where the answer says so, whatever happens to the connection
/// after that.
pub fn pieces(
    response: Response,
    silence_max: Duration,
) -> impl Stream<Item = Result<Piece, Failure>> + Send {
    let body = response.bytes_stream().boxed();
    let completion = Some(Completion::default());
    let reading = Reading { body, completion, silence_max, bytes: 0, pieces: VecDeque::new() };
    unfold(reading, |mut reading| async move {
        let piece = reading.next().await?;
        Some((piece, reading))
    })
}

struct Reading {
    body: BoxStream<'static, reqwest::Result<Bytes>>,
    /// None once it has ended.
    completion: Option<Completion>,
    silence_max: Duration,
    /// Those that came.
    bytes: usize,
    pieces: VecDeque<Result<Piece, Failure>>,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<Piece, Failure>> {
        while self.pieces.is_empty() {
            let mut completion = self.completion.take()?;
            let mut pieces = vec![];
            let is_over = match self.bytes(completion.has_ended()).await {
                Ok(Some(bytes)) => completion
                    .read(&bytes, &mut pieces)
                    .map(|()| completion.is_done().then_some(())),
                Ok(None) => Ok(Some(())),
                Err(failure) => Err(failure),
            };
            let ended = match is_over {
                Ok(None) => {
                    self.completion = Some(completion);
                    Ok(())
                }
                Ok(Some(())) => completion.finish(&mut pieces),
                Err(failure) => Err(failure),
            };
            self.pieces.extend(pieces.into_iter().map(Ok));
            self.pieces.extend(ended.err().map(Err));
        }
        self.pieces.pop_front()
    }

    /// None at the end of the body, and for whatever is wrong with it once the answer `has_ended`.
    async fn bytes(&mut self, has_ended: bool) -> Result<Option<Bytes>, Failure> {
        if has_ended {
            let next = timeout(DONE_MAX, self.body.next()).await;
            return Ok(next.ok().flatten().and_then(Result::ok));
        }
        let next = timeout(self.silence_max, self.body.next()).await;
        let Some(bytes) = next.map_err(|_| silent(self.silence_max))? else { return Ok(None) };
        let bytes =
            bytes.map_err(|error| Failure::new(FailureReason::CutOff, with_causes(error)))?;
        self.bytes += bytes.len();
        if self.bytes > RESPONSE_MAX_BYTES {
            let detail = format!("more than {RESPONSE_MAX_BYTES} bytes");
            return Err(Failure::new(FailureReason::TooLong, detail));
        }
        Ok(Some(bytes))
    }
}

/// What comes of a body while one waits.
pub async fn beginning(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    let read = async {
        while body.len() < BEGINNING_MAX_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            body.extend_from_slice(&chunk);
        }
    };
    let _ = timeout(BEGINNING_MAX_WAIT, read).await;
    body
}

pub fn silent(silence_max: Duration) -> Failure {
    let detail = format!("the provider sent nothing for {} s", silence_max.as_secs_f32());
    Failure::new(FailureReason::Silent, detail)
}

/// An error with its causes, where the network's own message is. Without the address, which only an
/// administrator may see.
pub fn with_causes(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
