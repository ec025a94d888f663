//! The behaviour of a provider for one request.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::sync::Semaphore;

#[derive(Clone)]
pub struct Script {
    /// The status line and the headers.
    pub(super) head: String,
    /// Whether the body is sent in the chunks of HTTP/1.1; otherwise it ends with the connection.
    pub(super) is_chunked: bool,
    pub(super) steps: Vec<Step>,
    pub(super) line_end: &'static str,
    /// The seed of the places where bytes are cut; without one they are cut between frames.
    pub(super) cuts: Option<u64>,
}

#[derive(Clone)]
pub(super) enum Step {
    Send(Vec<u8>),
    Pause(Duration),
    Wait(Gate),
    /// Repeated until the client hangs up.
    Forever(Vec<Step>),
    HangUp,
    /// Resets the connection.
    Reset,
    /// Sends nothing more, on a connection that stays open.
    Silence,
}

/// A place in a script where it waits for the test.
#[derive(Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    pub fn shut() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub fn let_through(&self, count: usize) {
        self.0.add_permits(count);
    }

    pub fn open(&self) {
        self.0.add_permits(1 << 20);
    }

    pub(super) async fn pass(&self) {
        self.0.acquire().await.expect("an open semaphore").forget();
    }
}

impl Script {
    /// The beginning of a stream, to which steps are added.
    pub fn stream() -> Self {
        let content_type = ("content-type", "text/event-stream; charset=utf-8");
        let script = Self::head(200, &[content_type, ("transfer-encoding", "chunked")]);
        Self { is_chunked: true, ..script }.chunk(json!({ "role": "assistant", "content": "" }))
    }

    /// Streams this text word by word, and ends.
    pub fn saying(text: &str) -> Self {
        Self::stream().words(text).stop()
    }

    /// An answer without a stream.
    pub fn answering(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let length = body.len().to_string();
        let mut all = vec![("content-length", length.as_str())];
        all.extend(headers);
        Self::head(status, &all).raw(body)
    }

    /// An error, as the API reports it.
    pub fn refusing(status: u16, headers: &[(&str, &str)]) -> Self {
        let message = format!("This is what is wrong: {status}.");
        let error = json!({ "error": { "message": message, "type": "error", "code": null } });
        let mut all = vec![("content-type", "application/json")];
        all.extend(headers);
        Self::answering(status, &all, &error.to_string())
    }

    /// An error in these words.
    pub fn refusing_with(status: u16, message: &str) -> Self {
        let error = json!({ "error": { "message": message, "type": "BadRequestError" } });
        Self::answering(status, &[("content-type", "application/json")], &error.to_string())
    }

    /// Accepts the request, and never answers.
    pub fn mute() -> Self {
        let (head, steps) = (String::new(), vec![Step::Silence]);
        Self { head, is_chunked: false, steps, line_end: "\n", cuts: None }
    }

    /// Accepts the request, and hangs up.
    pub fn hanging_up() -> Self {
        Self { steps: vec![Step::HangUp], ..Self::mute() }
    }

    /// A status line and these headers only.
    pub fn head(status: u16, headers: &[(&str, &str)]) -> Self {
        let mut head = format!("HTTP/1.1 {status} Whatever\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        Self { head: head + "\r\n", steps: vec![], ..Self::mute() }
    }

    /// Sends the body in the chunks of HTTP/1.1, as the head says.
    pub fn chunked(self) -> Self {
        Self { is_chunked: true, ..self }
    }

    pub fn line_end(self, line_end: &'static str) -> Self {
        Self { line_end, ..self }
    }

    /// Cuts the bytes into pieces of odd sizes, anywhere: inside characters, frames and the chunks
    /// of HTTP.
    pub fn cut(self, seed: u64) -> Self {
        Self { cuts: Some(seed), ..self }
    }

    /// One token.
    pub fn say(self, text: &str) -> Self {
        self.chunk(json!({ "content": text }))
    }

    /// Each word is a token, with the space after it.
    pub fn words(self, text: &str) -> Self {
        text.split_inclusive(' ').fold(self, Self::say)
    }

    /// Ends for this reason.
    pub fn finish(self, reason: &str) -> Self {
        self.event(&completion(json!([{ "index": 0, "delta": {}, "finish_reason": reason }])))
    }

    /// Ends successfully.
    pub fn stop(self) -> Self {
        self.finish("stop").done()
    }

    pub fn done(self) -> Self {
        self.raw("data: [DONE]\n\n")
    }

    /// The usage: a chunk without a choice.
    pub fn usage(self) -> Self {
        let mut chunk = completion(json!([]));
        chunk["usage"] = json!({ "prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21 });
        self.event(&chunk)
    }

    pub fn chunk(self, delta: Value) -> Self {
        self.event(&completion(json!([{ "index": 0, "delta": delta, "finish_reason": null }])))
    }

    pub fn event(self, data: &Value) -> Self {
        self.raw(format!("data: {data}\n\n"))
    }

    pub fn raw(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Send(bytes.into()))
    }

    pub fn pause(self, pause: Duration) -> Self {
        self.step(Step::Pause(pause))
    }

    pub fn wait(self, gate: &Gate) -> Self {
        self.step(Step::Wait(gate.clone()))
    }

    /// Repeats the steps that `steps` adds.
    pub fn forever(self, steps: impl FnOnce(Self) -> Self) -> Self {
        let empty = Self { steps: vec![], ..self.clone() };
        self.step(Step::Forever(steps(empty).steps))
    }

    pub fn hang_up(self) -> Self {
        self.step(Step::HangUp)
    }

    pub fn reset(self) -> Self {
        self.step(Step::Reset)
    }

    pub fn silence(self) -> Self {
        self.step(Step::Silence)
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

fn completion(choices: Value) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_795_407_920,
        "model": "scripted",
        "choices": choices,
    })
}
