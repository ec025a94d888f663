//! Somebody who says things, changes some and takes some back, as the product's client would: one
//! thing after the other, each again and again, in the same words, until it is answered.

use std::{sync::Arc, time::Duration};

use app::protocol::{Intention, IntentionId, SendIntention, Seq};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use uuid::Uuid;

use crate::{
    SPEED,
    house::{Answer, Ask, Client},
    tally::Tally,
};

/// As long as the product's client waits for an answer.
const ANSWER_MAX: Duration = Duration::from_millis(20_000 / SPEED);
const BACKOFF_MAX: Duration = Duration::from_millis(2_000 / SPEED);
const LONG_MAX_CHARACTERS: usize = 16_000;
/// It is asked in passing, by whoever mentions it.
pub const GUIDE: &str = "@guide";

pub struct Talker {
    pub space: &'static str,
    /// In the order in which it was said.
    pub said: Vec<Said>,
    who: Client,
    has_guide: bool,
    dice: StdRng,
    tally: Arc<Tally>,
}

/// What somebody knows of a message of theirs: all of it acknowledged.
pub struct Said {
    pub id: IntentionId,
    pub number: u64,
    pub content: String,
    /// Of its last change.
    pub seq: Seq,
    /// How often it was changed since.
    pub changes: u64,
    pub is_deleted: bool,
    pub asks_the_guide: bool,
}

impl Talker {
    pub fn new(who: Client, space: &'static str, seed: u64, tally: Arc<Tally>) -> Self {
        let (has_guide, dice) = (space == "@garden", StdRng::seed_from_u64(seed));
        Self { space, said: vec![], who, has_guide, dice, tally }
    }

    /// Talks until it is enough, and until the last of it is answered.
    pub async fn talk(mut self, enough: watch::Receiver<bool>) -> Self {
        while !*enough.borrow() {
            match self.dice.random_range(0..10) {
                0..2 => self.edit().await,
                2 => self.delete().await,
                _ => self.say().await,
            }
        }
        self
    }

    async fn say(&mut self) {
        let asks_the_guide = self.has_guide && self.dice.random_ratio(1, 15);
        let content = match self.dice.random_range(0..8) {
            _ if asks_the_guide => format!("{GUIDE} how do I invite somebody?"),
            0 => "Etwas Längeres 🌱. ".repeat(self.dice.random_range(1..LONG_MAX_CHARACTERS / 20)),
            _ => format!("Number {}.", self.said.len()),
        };
        let content = content.trim().to_owned();
        let id = IntentionId(Uuid::from_u128(self.dice.random()));
        let wish = SendIntention { id, content: content.clone(), reply_to: None };
        let wish = serde_json::to_value(wish).expect("JSON");
        let send = self.who.post(&format!("/api/spaces/{}/intentions", self.space), wish);
        let may_give_up = self.dice.random_ratio(1, 2);
        let Some((answer, is_first)) = self.insist(send, may_give_up).await else { return };
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
        let before = self.said.last().map_or(0, |said| said.number);
        assert!(number > before, "{number} was said after {before}");
        let seq = sent.seq;
        self.said.push(Said { id, number, content, seq, changes, is_deleted, asks_the_guide });
    }

    /// A request that was given up may still arrive, after the next edit: each says what it changes.
    async fn edit(&mut self) {
        let Some(at) = self.any(|_| true) else { return };
        let said = &self.said[at];
        let content = format!("Thought {} about {}.", said.changes + 2, said.number);
        let edit = self.who.patch(&self.path(at), json!({ "content": content, "seq": said.seq }));
        let Some((answer, _)) = self.insist(edit, true).await else { return };
        let edited: Intention = answer.of(200);
        assert_eq!((edited.id, &edited.content), (self.said[at].id, &content));
        let said = &mut self.said[at];
        (said.content, said.seq) = (content, edited.seq);
        said.changes += 1;
    }

    async fn delete(&mut self) {
        let Some(at) = self.any(|said| !said.is_deleted) else { return };
        let delete = self.who.delete(&self.path(at));
        let Some((answer, is_first)) = self.insist(delete, true).await else { return };
        // An attempt that was not answered may have done it.
        let is_gone = answer.status == 404 && answer.json["error"]["code"] == "unknown-message";
        assert!(
            answer.status == 204 || (is_gone && !is_first),
            "{} {}",
            answer.status,
            answer.text
        );
        self.said[at].is_deleted = true;
        self.said[at].changes += 1;
    }

    /// One of the latest, as people do.
    fn any(&mut self, fits: impl Fn(&Said) -> bool) -> Option<usize> {
        let back = self.dice.random_range(1..20);
        let at = self.said.len().checked_sub(back)?;
        (!self.said[at].is_deleted && fits(&self.said[at])).then_some(at)
    }

    fn path(&self, at: usize) -> String {
        format!("/api/spaces/{}/intentions/msg_{}", self.space, self.said[at].number)
    }

    /// Asks until there is an answer; tells whether no attempt before it may have come to something.
    /// Where all that came is a refusal, it may be left at that: nothing was changed.
    async fn insist(&mut self, ask: Ask, may_give_up: bool) -> Option<(Answer, bool)> {
        let mut is_first = true;
        loop {
            let wait = match timeout(ANSWER_MAX, ask.clone().attempt()).await {
                Ok(Some(answer)) if matches!(answer.status, 429 | 503) => {
                    self.tally.refused.add();
                    if is_first && may_give_up {
                        return None;
                    }
                    later(&answer)
                }
                // It did not arrive, or not whole; a proxy might say so, too.
                Ok(Some(Answer { status: 408, .. }) | None) | Err(_) => {
                    is_first = false;
                    self.tally.unanswered.add();
                    BACKOFF_MAX.mul_f64(self.dice.random())
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

/// When to come again, as a refusal says.
pub fn later(answer: &Answer) -> Duration {
    let seconds = answer.header("retry-after").expect("it says when to come again");
    Duration::from_millis(seconds.parse::<u64>().expect("seconds") * 1000 / SPEED)
}
