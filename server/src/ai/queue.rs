//! The answers that committed changes begin and stop, until the responder takes them. It is a
//! subscriber of the feed, so publishing to it never waits, and nothing committed may be lost.
//!
//! A bounded channel would have to do one or the other when it is full. So this is no channel: it keeps
//! the latest job of each answer, and a later job replaces an earlier one that was not taken. An answer
//! that is stopped before it was taken leaves nothing. Nothing has to be read from the store again.
//!
//! Always true:
//! - A job to begin belongs to an answer that grows, a job to stop to an answer that was taken. So there
//!   are never more entries than answers that grow and answers that have a task.
//! - The latest job of an answer is taken last, whatever was taken before.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{
    IntentionCreated, IntentionDeleted, IntentionState, IntentionUpdated, MessageId, Seq, SpaceId,
    SyncEvent,
};
use tokio::sync::mpsc;

use crate::{
    domain::command::AnswerRun,
    store::{Committed, Publish},
};

/// Learns from the feed which answers begin and which are stopped.
pub struct AnswerQueue {
    outstanding: Arc<Mutex<Outstanding>>,
    /// Holds one message while there may be jobs to take.
    wake: mpsc::Sender<()>,
}

/// The responder's end of the queue.
pub(super) struct Jobs {
    outstanding: Arc<Mutex<Outstanding>>,
    woken: mpsc::Receiver<()>,
}

pub(super) enum Job {
    Begin(AnswerRun),
    Stop(SpaceId, MessageId),
}

pub(super) fn queue() -> (AnswerQueue, Jobs) {
    let outstanding = Arc::<Mutex<Outstanding>>::default();
    let (wake, woken) = mpsc::channel(1);
    (AnswerQueue { outstanding: outstanding.clone(), wake }, Jobs { outstanding, woken })
}

impl Jobs {
    /// The next job; none once nothing can begin any more.
    pub async fn next(&mut self) -> Option<Job> {
        loop {
            if let Some(job) = lock(&self.outstanding).take() {
                return Some(job);
            }
            self.woken.recv().await?;
        }
    }
}

impl Publish for AnswerQueue {
    fn publish(&self, committed: &Committed) {
        // Without a responder the server is ending, or a test has none.
        if self.wake.is_closed() {
            return;
        }
        let mut outstanding = lock(&self.outstanding);
        for (seq, event) in committed.changes() {
            outstanding.apply(committed.space(), *seq, event);
        }
        if !outstanding.jobs.is_empty() {
            // A full channel has woken the responder already.
            let _ = self.wake.try_send(());
        }
    }
}

#[derive(Default)]
struct Outstanding {
    jobs: BTreeMap<(SpaceId, MessageId), Job>,
    /// The answers that were taken, and have not ended.
    taken: HashSet<(SpaceId, MessageId)>,
}

impl Outstanding {
    fn apply(&mut self, space: &SpaceId, seq: Seq, event: &SyncEvent) {
        let key = |message: MessageId| (space.clone(), message);
        match event {
            SyncEvent::IntentionCreated(IntentionCreated { message_id, data })
            | SyncEvent::IntentionUpdated(IntentionUpdated { message_id, data })
                if data.state == IntentionState::Active =>
            {
                let answer =
                    AnswerRun { space: space.clone(), message: *message_id, started_at: seq };
                self.jobs.insert(key(*message_id), Job::Begin(answer));
            }
            SyncEvent::IntentionUpdated(IntentionUpdated { message_id, data })
                if data.state == IntentionState::Cancelled =>
            {
                self.stop(key(*message_id));
            }
            SyncEvent::IntentionDeleted(IntentionDeleted { message_id }) => {
                self.stop(key(*message_id));
            }
            // Its own task has ended it.
            SyncEvent::IntentionUpdated(IntentionUpdated { message_id, .. }) => {
                self.taken.remove(&key(*message_id));
            }
            _ => {}
        }
    }

    fn stop(&mut self, key: (SpaceId, MessageId)) {
        if self.taken.contains(&key) {
            let (space, message) = key.clone();
            self.jobs.insert(key, Job::Stop(space, message));
        } else {
            self.jobs.remove(&key);
        }
    }

    fn take(&mut self) -> Option<Job> {
        let (key, job) = self.jobs.pop_first()?;
        match &job {
            Job::Begin(_) => self.taken.insert(key),
            Job::Stop(..) => self.taken.remove(&key),
        };
        Some(job)
    }
}

fn lock(outstanding: &Mutex<Outstanding>) -> MutexGuard<'_, Outstanding> {
    outstanding.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use protocol::{Intention, VersionCount};

    use super::*;

    /// Applies a change that leaves an answer in a state.
    fn change(outstanding: &mut Outstanding, message: u64, seq: u64, state: IntentionState) {
        let data = Intention {
            id: uuid::Uuid::nil().to_string().parse().expect("an id"),
            message_id: MessageId(message),
            owner_id: "@sage".parse().expect("an id"),
            state,
            reason: None,
            content: String::new(),
            reasoning: String::new(),
            reasoning_millis: None,
            created_at: crate::domain::clock::Moment(0).to_timestamp(),
            modified_at: None,
            reply_to: None,
            versions: VersionCount::default(),
            reactions: vec![],
            reactions_seq: Seq(0),
            seq: Seq(seq),
        };
        let event =
            SyncEvent::IntentionUpdated(IntentionUpdated { message_id: data.message_id, data });
        outstanding.apply(&"@garden".parse().expect("an id"), Seq(seq), &event);
    }

    fn all_jobs(outstanding: &mut Outstanding) -> String {
        let jobs = std::iter::from_fn(|| outstanding.take()).map(|job| match job {
            Job::Begin(answer) => format!("begin {} at {}", answer.message, answer.started_at),
            Job::Stop(_, message) => format!("stop {message}"),
        });
        jobs.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_latest_job_of_each_answer_is_taken_once() {
        use IntentionState::{Active, Cancelled};
        let mut outstanding = Outstanding::default();
        change(&mut outstanding, 1, 1, Active);
        change(&mut outstanding, 2, 2, Active);
        assert_eq!(all_jobs(&mut outstanding), "begin msg_1 at 1, begin msg_2 at 2");
        assert_eq!(all_jobs(&mut outstanding), "");
        change(&mut outstanding, 1, 3, Cancelled);
        change(&mut outstanding, 2, 4, Cancelled);
        change(&mut outstanding, 2, 5, Active);
        assert_eq!(all_jobs(&mut outstanding), "stop msg_1, begin msg_2 at 5");
    }

    #[test]
    fn an_answer_that_is_stopped_before_it_is_taken_leaves_nothing() {
        let mut outstanding = Outstanding::default();
        change(&mut outstanding, 1, 1, IntentionState::Active);
        change(&mut outstanding, 1, 2, IntentionState::Cancelled);
        assert_eq!(all_jobs(&mut outstanding), "");
        assert!(outstanding.jobs.is_empty() && outstanding.taken.is_empty());
    }

    #[test]
    fn a_task_that_still_runs_is_stopped_even_if_its_answer_was_begun_again_meanwhile() {
        let mut outstanding = Outstanding::default();
        change(&mut outstanding, 1, 1, IntentionState::Active);
        assert_eq!(all_jobs(&mut outstanding), "begin msg_1 at 1");
        change(&mut outstanding, 1, 2, IntentionState::Cancelled);
        change(&mut outstanding, 1, 3, IntentionState::Active);
        change(&mut outstanding, 1, 4, IntentionState::Cancelled);
        assert_eq!(all_jobs(&mut outstanding), "stop msg_1");
    }

    #[test]
    fn answers_that_have_ended_are_not_remembered() {
        let mut outstanding = Outstanding::default();
        let ends = [IntentionState::Complete, IntentionState::Failed, IntentionState::Cancelled];
        for (message, end) in (1..=999).zip(ends.into_iter().cycle()) {
            change(&mut outstanding, message, message * 2, IntentionState::Active);
            all_jobs(&mut outstanding);
            change(&mut outstanding, message, message * 2 + 1, end);
            all_jobs(&mut outstanding);
        }
        assert!(outstanding.jobs.is_empty() && outstanding.taken.is_empty());
    }

    #[tokio::test]
    async fn the_jobs_end_when_the_queue_is_dropped_and_everything_is_taken() {
        let (queue, mut jobs) = queue();
        change(&mut lock(&queue.outstanding), 1, 1, IntentionState::Active);
        drop(queue);
        assert!(matches!(jobs.next().await, Some(Job::Begin(_))));
        assert!(jobs.next().await.is_none());
    }
}
