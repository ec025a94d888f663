//! What is there, asked over HTTP, against what everybody was told of it.

use std::{collections::BTreeMap, time::Duration};

use app::protocol::{
    Cursor, FailureReason, Intention, IntentionId, IntentionState, SpaceListing, SpaceSync,
    SyncEvent,
};
use tokio::time::{Instant, sleep};

use crate::{
    house::Client,
    talker::{GUIDE, Said, Talker},
    tally::Tally,
    watcher::Watcher,
};

/// An answer ends sooner, or never.
const ANSWER_MAX: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A space as somebody sees it who comes for the first time, and loads all of its history.
pub struct Truth {
    pub cursor: Cursor,
    sync: SpaceSync,
    /// Oldest first.
    everything: Vec<Intention>,
}

impl Truth {
    /// Once nobody says anything any more.
    pub async fn of(space: &str, caller: &Client) -> Self {
        let gives_up = Instant::now() + ANSWER_MAX;
        loop {
            let truth = Self::now(space, caller).await;
            if truth.everything.iter().all(|row| row.state != IntentionState::Active) {
                return truth;
            }
            assert!(Instant::now() < gives_up, "an answer stays active");
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn now(space: &str, caller: &Client) -> Self {
        let everything = caller.everything_said(space).await;
        let first = caller.follow(space, None).await.one().await;
        let SyncEvent::SpaceSync(sync) = first.event else { panic!("{}", first.text) };
        let cursor = first.id.expect("a cursor");
        Self { cursor, sync, everything }
    }

    pub async fn holds(&self, caller: &Client) {
        let spaces: Vec<SpaceListing> = caller.get("/api/spaces").await.of(200);
        let listed = spaces.iter().find(|listing| listing.space.id == self.sync.space.id);
        let listed = listed.expect("it is listed").last_message_id;
        assert_eq!((listed, listed), (self.cursor.seq.as_message(), self.sync.last_message_id));
        assert!(self.everything.is_sorted_by(|a, b| a.message_id < b.message_id));
        assert!(self.everything.ends_with(&self.sync.intentions));
    }

    /// Every acknowledged message once, at its place and as it was acknowledged; nothing else.
    pub fn is_what_was_told(&self, talkers: &[Talker]) {
        let here = talkers.iter().filter(|talker| talker.space == self.space());
        let told: Vec<&Said> = here.flat_map(|talker| &talker.said).collect();
        let rows: BTreeMap<_, _> = self.everything.iter().map(|row| (row.id, row)).collect();
        assert_eq!(rows.len(), self.everything.len(), "something is there twice");
        for said in &told {
            let row = rows.get(&said.id).filter(|_| !said.is_deleted);
            assert!(row.is_some() || said.is_deleted, "{} is lost", said.number);
            assert!(said.is_deleted != rows.contains_key(&said.id), "{} is back", said.number);
            if let Some(row) = row {
                assert_eq!((row.message_id.0, &row.content), (said.number, &said.content));
            }
        }
        let is_answer = |row: &&Intention| row.owner_id.as_str() == GUIDE;
        let answers: Vec<_> = self.everything.iter().filter(is_answer).collect();
        let there = told.iter().filter(|said| !said.is_deleted).count();
        assert_eq!(self.everything.len(), there + answers.len(), "something is there unasked");
        self.are_answers(&told, &answers);
        if answers.is_empty() {
            // Nobody but those who were told takes positions here: each change has taken one.
            let changes: u64 = told.iter().map(|said| 1 + said.changes).sum();
            assert_eq!(self.cursor.seq.0, self.founding() + changes);
        }
    }

    /// Each question has one answer, which came to an end, and says which.
    fn are_answers(&self, told: &[&Said], answers: &[&Intention]) {
        let questions = told.iter().filter(|said| said.asks_the_guide).map(|said| said.number);
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

    /// What a client holds is what is there, and what it was ever told of was so.
    pub fn is_what_is_held_by(&self, watcher: &Watcher, talkers: &[Talker]) {
        let replica = &watcher.replica;
        assert_eq!(replica.cursor(), Some(&self.cursor));
        assert_eq!(replica.roster().space(), Some(&self.sync.space));
        assert!(replica.roster().iter().eq(&self.sync.beings));
        let held: Vec<_> = replica.timeline().iter().collect();
        let unloaded = self.everything.len() - held.len();
        assert!(held.iter().copied().eq(&self.everything[unloaded..]));
        assert!(unloaded == 0 || replica.timeline().has_earlier());

        let here = talkers.iter().filter(|talker| talker.space == self.space());
        let told = here.flat_map(|talker| &talker.said).map(|said| (said.number, said.id));
        let there = self.everything.iter().map(|row| (row.message_id.0, row.id));
        let known: BTreeMap<u64, IntentionId> = told.chain(there).collect();
        for (number, id) in &watcher.heard {
            assert_eq!(known.get(number), Some(id), "msg_{number} was seen, and never was");
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

    /// The positions before anything was said: of the space, and of its members.
    fn founding(&self) -> u64 {
        1 + self.sync.beings.len() as u64
    }
}
