//! Everything that can be asked of a store, as a value: told to the store and to the model alike.

use std::sync::Arc;

use app::protocol::{
    AnswersWhen, Being, BeingId, BeingSettings, Content, Intention, MessageId, Name, Seq, SpaceId,
};
use futures::future::LocalBoxFuture;
use server::{
    ai::{endpoint::GUIDE, settings::Settings},
    chance::Token,
    policy::Actor,
    refusal::Refusal,
    store::{self, BeingPatch, Edit, Ending, NewBeing, NewIntention, Sent, Store},
};

#[derive(Debug, Clone)]
pub struct Command {
    pub by: Actor,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    Send(SpaceId, NewIntention),
    /// With the version that it changes.
    Edit(SpaceId, MessageId, String, Option<Seq>),
    Delete(SpaceId, MessageId),
    Stop(SpaceId, MessageId),
    Retry(SpaceId, MessageId),
    /// What an AI being writes. Nobody is the actor of it.
    Append(store::Answer, u64, String),
    Finish(store::Answer, String, Ending),
    Rename(BeingId, String),
    /// An AI being; one that answers everything, or one that never does.
    Bring(SpaceId, String, bool),
    Remove(SpaceId, BeingId),
    Found(String),
    Invite(SpaceId, String),
    Accept(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    Sent(Sent),
    Message(Intention),
    Being(Being),
}

pub type Outcome = Result<Answer, Refusal>;

impl Command {
    /// The space in which it happens, where it happens in one.
    pub fn space(&self) -> Option<&SpaceId> {
        match &self.what {
            What::Send(space, _)
            | What::Edit(space, ..)
            | What::Delete(space, _)
            | What::Stop(space, _)
            | What::Retry(space, _)
            | What::Bring(space, ..)
            | What::Remove(space, _)
            | What::Invite(space, _) => Some(space),
            What::Append(answer, ..) | What::Finish(answer, ..) => Some(&answer.space),
            What::Rename(..) | What::Found(_) | What::Accept(_) => None,
        }
    }

    pub fn carry_out(self, store: Arc<dyn Store>) -> LocalBoxFuture<'static, Outcome> {
        let by = self.by;
        Box::pin(async move {
            let nothing = |()| Answer::Nothing;
            match self.what {
                What::Send(space, new) => store.send(&by, &space, new).await.map(Answer::Sent),
                What::Edit(space, message, text, seq) => {
                    let edit =
                        Edit { content: Content::parse(text).expect("content"), seq, epoch: None };
                    store.edit(&by, &space, message, edit).await.map(Answer::Message)
                }
                What::Delete(space, message) => {
                    store.delete(&by, &space, message, None).await.map(nothing)
                }
                What::Stop(space, message) => store.stop(&by, &space, message).await.map(nothing),
                What::Retry(space, message) => {
                    store.retry(&by, &space, message).await.map(Answer::Message)
                }
                What::Append(answer, offset, text) => {
                    store.append(&answer, offset, text).await.map(nothing)
                }
                What::Finish(answer, text, ending) => {
                    store.finish(&answer, text, ending).await.map(nothing)
                }
                What::Rename(id, text) => {
                    let patch = BeingPatch { name: Some(name(&text)), ..BeingPatch::default() };
                    store.change_being(&by, &id, patch).await.map(Answer::Being)
                }
                What::Bring(space, text, answers) => {
                    let settings = answers.then(|| {
                        let answers_when = AnswersWhen::EveryMessage;
                        let wish =
                            BeingSettings { answers_when, ..BeingSettings::with_provider(GUIDE) };
                        Settings::parse(wish).expect("settings")
                    });
                    let new = NewBeing { name: name(&text), hue: None, settings };
                    store.add_being(&by, &space, new).await.map(Answer::Being)
                }
                What::Remove(space, id) => store.remove_being(&by, &space, &id).await.map(nothing),
                What::Found(text) => store.found_space(&by, name(&text)).await.map(Answer::Being),
                What::Invite(space, token) => {
                    let token = Token::presented(&token).hash();
                    store.make_invite(&by, &space, token).await.map(nothing)
                }
                What::Accept(token) => {
                    let token = Token::presented(&token).hash();
                    store.accept_invite(&by, token).await.map(Answer::Being)
                }
            }
        })
    }
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}
