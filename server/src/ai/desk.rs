//! Who writes what at present: one task for each answer that grows.

use std::collections::HashMap;

use app::protocol::{MessageId, SpaceId};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::store::Answer;

/// The answers that are being written.
#[derive(Default)]
pub(super) struct Desk {
    pub tasks: JoinSet<()>,
    by_task: HashMap<Id, Answer>,
    by_message: HashMap<(SpaceId, MessageId), AbortHandle>,
}

impl Desk {
    /// In the place of what was written there before.
    pub fn put(&mut self, answer: Answer, write: impl Future<Output = ()> + Send + 'static) {
        let message = (answer.space.clone(), answer.message);
        self.clear(&message);
        let task = self.tasks.spawn(write);
        self.by_task.insert(task.id(), answer);
        self.by_message.insert(message, task);
    }

    pub fn clear(&mut self, message: &(SpaceId, MessageId)) {
        if let Some(task) = self.by_message.remove(message) {
            task.abort();
        }
    }

    /// What ended; the answer comes out if nobody has ended it, because who wrote it panicked.
    pub fn take_away(&mut self, ended: Result<(Id, ()), JoinError>) -> Option<Answer> {
        let (id, panicked) = match ended {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), error.is_panic()),
        };
        let answer = self.by_task.remove(&id)?;
        let message = (answer.space.clone(), answer.message);
        if self.by_message.get(&message).is_some_and(|task| task.id() == id) {
            self.by_message.remove(&message);
        }
        panicked.then_some(answer)
    }
}
