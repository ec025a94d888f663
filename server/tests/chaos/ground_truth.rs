//! The state of the server, read over HTTP, compared with what was acknowledged and with what every
//! listener holds.

use std::{collections::BTreeMap, time::Duration};

use harness::Client;
use protocol::{
    Cursor, FailureReason, InboxEvent, Intention, IntentionId, IntentionState, SearchAnswer,
    SpaceListing, SpaceSync, SyncEvent, limits::SEARCH_MAX_CHARACTERS,
};
use tokio::time::{Instant, sleep};

use crate::{
    listener::Listener,
    tally::Tally,
    writer::{GUIDE, REACTION, SentMessage, Writer},
};

/// The caller of the ground truth.
const ADA: &str = "@ada";
/// How long an answer may stay active.
const ANSWER_MAX: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// A space as a new client sees it that loads the whole history.
pub struct GroundTruth {
    pub cursor: Cursor,
    sync: SpaceSync,
    /// Oldest first.
    everything: Vec<Intention>,
}

impl GroundTruth {
    /// Reads the space once no answer is active any more.
    pub async fn read(space: &str, caller: &Client) -> Self {
        let gives_up = Instant::now() + ANSWER_MAX;
        loop {
            let truth = Self::read_once(space, caller).await;
            if truth.everything.iter().all(|row| row.state != IntentionState::Active) {
                return truth;
            }
            assert!(Instant::now() < gives_up, "an answer stays active");
            sleep(POLL_INTERVAL).await;
        }
    }

    async fn read_once(space: &str, caller: &Client) -> Self {
        let everything = caller.everything_said(space).await;
        let first = caller.follow(space, None).await.one().await;
        let SyncEvent::SpaceSync(sync) = first.event else { panic!("{}", first.text) };
        let cursor = first.id.expect("a cursor");
        Self { cursor, sync, everything }
    }

    pub async fn check_listing(&self, caller: &Client) {
        let spaces: Vec<SpaceListing> = caller.get("/api/spaces").await.of(200);
        let listed = spaces.iter().find(|listing| listing.space.id == self.sync.space.id);
        let listed = listed.expect("it is listed").last_message_id;
        assert_eq!((listed, listed), (self.cursor.seq.as_message(), self.sync.last_message_id));
        assert!(self.everything.is_sorted_by(|a, b| a.message_id < b.message_id));
        assert!(self.everything.ends_with(&self.sync.intentions));
    }

    /// Every acknowledged message is there once, in its place and with its acknowledged content,
    /// and there is nothing else.
    pub fn check_acknowledged(&self, writers: &[Writer]) {
        let here = writers.iter().filter(|writer| writer.space == self.space());
        let sent: Vec<&SentMessage> = here.flat_map(|writer| &writer.sent).collect();
        let rows: BTreeMap<_, _> = self.everything.iter().map(|row| (row.id, row)).collect();
        assert_eq!(rows.len(), self.everything.len(), "a message is there twice");
        for message in &sent {
            let row = rows.get(&message.id).filter(|_| !message.is_deleted);
            assert!(row.is_some() || message.is_deleted, "{} is lost", message.number);
            assert!(
                message.is_deleted != rows.contains_key(&message.id),
                "{} is back",
                message.number
            );
            if let Some(row) = row {
                assert_eq!((row.message_id.0, &row.content), (message.number, &message.content));
                let reactions = row.reactions.iter().map(|it| (it.emoji.as_str(), &it.by[..]));
                let by = [row.owner_id.clone()];
                let expected = message.has_reaction.then_some((REACTION, &by[..]));
                assert!(reactions.eq(expected), "{}: {:?}", message.number, row.reactions);
            }
        }
        let is_answer = |row: &&Intention| row.owner_id.as_str() == GUIDE;
        let answers: Vec<_> = self.everything.iter().filter(is_answer).collect();
        let remaining = sent.iter().filter(|message| !message.is_deleted).count();
        assert_eq!(
            self.everything.len(),
            remaining + answers.len(),
            "there are messages that nobody sent"
        );
        self.check_answers(&sent, &answers);
        if answers.is_empty() {
            // Only the writers take positions here: each change has taken one.
            let changes: u64 = sent.iter().map(|message| 1 + message.changes).sum();
            assert_eq!(self.cursor.seq.0, self.initial_positions() + changes);
        }
    }

    /// What a being has said that it has read is read, and a message is found by what was said last in it.
    pub async fn check_read_and_found(&self, caller: &Client, writers: &[Writer]) {
        let first = caller.get("/api/inbox").stream().await.next_text().await.expect("an event");
        let data = first.lines().find_map(|line| line.strip_prefix("data: ")).expect("data");
        let event = serde_json::from_str(data).expect("an event of an inbox");
        let InboxEvent::InboxSync(inbox) = event else { panic!("{first}") };
        let entry = inbox.spaces.iter().find(|entry| entry.space.id == self.sync.space.id);
        let read_up_to = entry.expect("a space of the caller's").read_up_to.unwrap_or_default();
        let mine = |writer: &&Writer| {
            writer.space == self.space() && writer.by.as_ref().is_some_and(|by| by.as_str() == ADA)
        };
        for writer in writers.iter().filter(mine) {
            assert!(read_up_to.0 >= writer.read_up_to, "{} was read", writer.read_up_to);
        }
        for writer in writers.iter().filter(|writer| writer.space == self.space()) {
            let is_there = |message: &&SentMessage| !message.is_deleted;
            let Some(message) = writer.sent.iter().rfind(is_there) else { continue };
            let found = self.finds(caller, message).await;
            assert!(found, "msg_{} is not found by {:?}", message.number, message.content);
        }
    }

    async fn finds(&self, caller: &Client, message: &SentMessage) -> bool {
        let words: String = message.content.chars().take(SEARCH_MAX_CHARACTERS - 2).collect();
        let query = [("q", format!("\"{words}\"")), ("spaceId", self.space().to_owned())];
        let mut before = None;
        loop {
            let fields = query.iter().cloned().chain(before.map(|before| ("before", before)));
            let fields: Vec<_> = fields.collect();
            let fields = serde_urlencoded::to_string(fields).expect("a query");
            let page: SearchAnswer = caller.get(&format!("/api/search?{fields}")).await.of(200);
            if page.hits.iter().any(|hit| hit.intention.message_id.0 == message.number) {
                return true;
            }
            let Some(next) = page.next else { return false };
            before = Some(next);
        }
    }

    /// Each question has exactly one answer, complete or interrupted.
    fn check_answers(&self, sent: &[&SentMessage], answers: &[&Intention]) {
        let questions =
            sent.iter().filter(|message| message.asks_guide).map(|message| message.number);
        let mut questions: Vec<_> = questions.collect();
        let mut answered: Vec<_> = answers.iter().filter_map(|row| Some(row.reply_to?.0)).collect();
        questions.sort_unstable();
        answered.sort_unstable();
        assert_eq!(answered, questions);
        for row in answers {
            let is_whole = row.state == IntentionState::Complete && !row.content.is_empty();
            let is_interrupted = row.state == IntentionState::Failed
                && row.reason == Some(FailureReason::Interrupted);
            assert!(is_whole || is_interrupted, "{row:?}");
        }
    }

    /// A replica equals the ground truth, and every message that it ever received existed.
    pub fn check_replica(&self, listener: &Listener, writers: &[Writer]) {
        let replica = &listener.replica;
        assert_eq!(replica.cursor(), Some(&self.cursor));
        assert_eq!(replica.roster().space(), Some(&self.sync.space));
        assert!(replica.roster().iter().eq(&self.sync.beings));
        let held: Vec<_> = replica.timeline().iter().collect();
        let unloaded = self.everything.len() - held.len();
        assert!(held.iter().copied().eq(&self.everything[unloaded..]));
        assert!(unloaded == 0 || replica.timeline().has_earlier());

        let here = writers.iter().filter(|writer| writer.space == self.space());
        let sent = here.flat_map(|writer| &writer.sent).map(|message| (message.number, message.id));
        let there = self.everything.iter().map(|row| (row.message_id.0, row.id));
        let known: BTreeMap<u64, IntentionId> = sent.chain(there).collect();
        for (number, id) in &listener.received {
            assert_eq!(known.get(number), Some(id), "msg_{number} was received, and never existed");
        }
    }

    pub fn count_answers(&self, tally: &Tally, since: u64) {
        for row in self.everything.iter().filter(|row| row.message_id.0 > since) {
            if row.owner_id.as_str() == GUIDE {
                tally.answers.add();
                if row.state == IntentionState::Failed {
                    tally.interrupted.add();
                }
            }
        }
    }

    pub fn is_of(&self, space: &str) -> bool {
        self.space() == space
    }

    fn space(&self) -> &str {
        self.sync.space.id.as_str()
    }

    /// The positions taken before the first message: by the space, and by its members.
    fn initial_positions(&self) -> u64 {
        1 + self.sync.beings.len() as u64
    }
}
