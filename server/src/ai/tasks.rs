//! One task for each answer that is being written.

use std::collections::HashMap;

use protocol::{MessageId, SpaceId};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use crate::domain::command::AnswerRun;

#[derive(Default)]
pub(super) struct AnswerTasks {
    tasks: JoinSet<()>,
    by_task: HashMap<Id, AnswerRun>,
    by_message: HashMap<(SpaceId, MessageId), AbortHandle>,
}

impl AnswerTasks {
    /// Replaces the task of the same message, if there is one.
    pub fn spawn(&mut self, answer: AnswerRun, task: impl Future<Output = ()> + Send + 'static) {
        let message = (answer.space.clone(), answer.message);
        self.abort(&message);
        let task = self.tasks.spawn(task);
        self.by_task.insert(task.id(), answer);
        self.by_message.insert(message, task);
    }

    pub fn abort(&mut self, message: &(SpaceId, MessageId)) {
        if let Some(task) = self.by_message.remove(message) {
            task.abort();
        }
    }

    /// The next task that ends; none while there are no tasks.
    pub async fn join_next(&mut self) -> Option<Result<(Id, ()), JoinError>> {
        self.tasks.join_next_with_id().await
    }

    /// Forgets a task that ended. Returns its answer if the task panicked, so that the answer has not
    /// ended.
    pub fn remove(&mut self, ended: Result<(Id, ()), JoinError>) -> Option<AnswerRun> {
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
