//! A writer sends messages, edits some, reacts to some and deletes some, and says what it has read, as the
//! product's client would: one change after the other, each repeated in the same words until it is answered.

use std::{sync::Arc, time::Duration};

use harness::{Client, TestRequest, TestResponse};
use protocol::{BeingId, Intention, IntentionId, SendIntention, Seq};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use uuid::Uuid;

use crate::{SPEED, tally::Tally};

/// As long as the product's client waits for a response.
const ANSWER_MAX: Duration = Duration::from_millis(20_000 / SPEED);
const BACKOFF_MAX: Duration = Duration::from_millis(2_000 / SPEED);
const LONG_MAX_CHARACTERS: usize = 16_000;
/// A message that mentions it is a question to it.
pub const GUIDE: &str = "@guide";
pub const REACTION: &str = "🌱";

pub struct Writer {
    pub space: &'static str,
    /// In the order of sending.
    pub sent: Vec<SentMessage>,
    /// Who it writes as, once it has sent something.
    pub by: Option<BeingId>,
    /// The number of the last message that it has said it has read; 0 before that.
    pub read_up_to: u64,
    client: Client,
    has_guide: bool,
    rng: StdRng,
    tally: Arc<Tally>,
}

/// An acknowledged message, as its writer knows it.
pub struct SentMessage {
    pub id: IntentionId,
    pub number: u64,
    pub content: String,
    /// The position of its last change.
    pub seq: Seq,
    /// The number of changes since it was sent.
    pub changes: u64,
    pub is_deleted: bool,
    pub has_reaction: bool,
    pub asks_guide: bool,
}

impl Writer {
    pub fn new(client: Client, space: &'static str, seed: u64, tally: Arc<Tally>) -> Self {
        let (has_guide, rng) = (space == "@garden", StdRng::seed_from_u64(seed));
        Self { space, sent: vec![], by: None, read_up_to: 0, client, has_guide, rng, tally }
    }

    /// Writes until told to stop, and until the last change is answered.
    pub async fn run(mut self, stop: watch::Receiver<bool>) -> Self {
        while !*stop.borrow() {
            match self.rng.random_range(0..12) {
                0..2 => self.edit().await,
                2 => self.delete().await,
                3 => self.react().await,
                4 => self.read().await,
                _ => self.send().await,
            }
        }
        self
    }

    async fn send(&mut self) {
        let asks_guide = self.has_guide && self.rng.random_ratio(1, 15);
        let content = match self.rng.random_range(0..8) {
            _ if asks_guide => format!("{GUIDE} how do I invite somebody?"),
            0 => "Etwas Längeres 🌱. ".repeat(self.rng.random_range(1..LONG_MAX_CHARACTERS / 20)),
            _ => format!("Number {}.", self.sent.len()),
        };
        let content = content.trim().to_owned();
        let id = IntentionId(Uuid::from_u128(self.rng.random()));
        let body = SendIntention { id, content: content.clone(), reply_to: None };
        let body = serde_json::to_value(body).expect("JSON");
        let send = self.client.post(&format!("/api/spaces/{}/intentions", self.space), body);
        let may_give_up = self.rng.random_ratio(1, 2);
        let Some((answer, is_first)) = self.send_until_answered(send, may_give_up).await else {
            return;
        };
        assert!(
            answer.status == 201 || (answer.status == 200 && !is_first),
            "{} {}",
            answer.status,
            answer.text
        );
        let status = answer.status;
        let sent: Intention = answer.of(status);
        assert_eq!((sent.id, &sent.content), (id, &content));
        let (number, changes, is_deleted) = (sent.message_id.0, 0, false);
        let before = self.sent.last().map_or(0, |message| message.number);
        assert!(number > before, "{number} was sent after {before}");
        let seq = sent.seq;
        self.by = Some(sent.owner_id);
        self.sent.push(SentMessage {
            id,
            number,
            content,
            seq,
            changes,
            is_deleted,
            has_reaction: false,
            asks_guide,
        });
    }

    /// A request that was given up may still arrive, after the next edit, so each names the version
    /// that it changes.
    async fn edit(&mut self) {
        let Some(at) = self.recent(|_| true) else { return };
        let message = &self.sent[at];
        let content = format!("Thought {} about {}.", message.changes + 2, message.number);
        let edit =
            self.client.patch(&self.path(at), json!({ "content": content, "seq": message.seq }));
        let Some((answer, _)) = self.send_until_answered(edit, true).await else { return };
        let edited: Intention = answer.of(200);
        assert_eq!((edited.id, &edited.content), (self.sent[at].id, &content));
        let message = &mut self.sent[at];
        (message.content, message.seq) = (content, edited.seq);
        message.changes += 1;
    }

    /// A reaction that is there already takes no position.
    async fn react(&mut self) {
        let Some(at) = self.recent(|_| true) else { return };
        let emoji = "%F0%9F%8C%B1";
        let react = self.client.ask("PUT", &format!("{}/reactions/{emoji}", self.path(at)));
        let Some((answer, _)) = self.send_until_answered(react, true).await else { return };
        assert!(answer.is_success(), "{} {}", answer.status, answer.text);
        let message = &mut self.sent[at];
        message.changes += u64::from(!message.has_reaction);
        message.has_reaction = true;
    }

    /// Others read as the same being, further or less far: what is read stays read.
    async fn read(&mut self) {
        let Some(at) = self.recent(|_| true) else { return };
        let number = self.sent[at].number;
        let path = format!("/api/spaces/{}/read", self.space);
        let read = self.client.ask("PUT", &path).json(json!({ "upTo": format!("msg_{number}") }));
        let Some((answer, _)) = self.send_until_answered(read, true).await else { return };
        assert_eq!(answer.status, 204, "{}", answer.text);
        self.read_up_to = self.read_up_to.max(number);
    }

    async fn delete(&mut self) {
        let Some(at) = self.recent(|message| !message.is_deleted) else { return };
        let delete = self.client.delete(&self.path(at));
        let Some((answer, is_first)) = self.send_until_answered(delete, true).await else { return };
        // An attempt that got no response may have done it.
        let was_deleted = answer.status == 404 && answer.json["error"]["code"] == "unknown-message";
        assert!(
            answer.status == 204 || (was_deleted && !is_first),
            "{} {}",
            answer.status,
            answer.text
        );
        self.sent[at].is_deleted = true;
        self.sent[at].changes += 1;
    }

    /// One of the latest messages, as people do.
    fn recent(&mut self, fits: impl Fn(&SentMessage) -> bool) -> Option<usize> {
        let back = self.rng.random_range(1..20);
        let at = self.sent.len().checked_sub(back)?;
        (!self.sent[at].is_deleted && fits(&self.sent[at])).then_some(at)
    }

    fn path(&self, at: usize) -> String {
        format!("/api/spaces/{}/intentions/msg_{}", self.space, self.sent[at].number)
    }

    /// Repeats a request until it is answered. Returns whether the request was the first that may
    /// have had an effect. If all responses were refusals, it may be given up: nothing was changed.
    async fn send_until_answered(
        &mut self,
        ask: TestRequest,
        may_give_up: bool,
    ) -> Option<(TestResponse, bool)> {
        let mut is_first = true;
        loop {
            let wait = match timeout(ANSWER_MAX, ask.clone().attempt()).await {
                Ok(Some(answer)) if matches!(answer.status, 429 | 503) => {
                    self.tally.refused.add();
                    if is_first && may_give_up {
                        return None;
                    }
                    retry_delay(&answer)
                }
                // The request did not arrive whole; a proxy might say so, too.
                Ok(Some(TestResponse { status: 408, .. }) | None) | Err(_) => {
                    is_first = false;
                    self.tally.unanswered.add();
                    BACKOFF_MAX.mul_f64(self.rng.random())
                }
                Ok(Some(answer)) => {
                    self.tally.acknowledged.add();
                    return Some((answer, is_first));
                }
            };
            sleep(wait).await;
        }
    }
}

/// The delay that a refusal asks for.
pub fn retry_delay(answer: &TestResponse) -> Duration {
    let seconds = answer.header("retry-after").expect("a retry-after header");
    Duration::from_millis(seconds.parse::<u64>().expect("seconds") * 1000 / SPEED)
}
