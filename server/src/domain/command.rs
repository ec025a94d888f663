//! Everything that can be asked of a store, as data. A batch of commands can be looked at before it
//! runs, and can run again after a database has aborted it.

mod outcome;
mod spaces;

use std::fmt;

use protocol::{
    Being, BeingId, Content, Epoch, FailureReason, Hue, Intention, IntentionId, Level, MessageId,
    Name, Seq, SpaceDetails, SpaceId,
};

use super::{
    emoji::Emoji,
    endpoint::{BaseUrl, Key, OptionsChange, ProviderName},
    settings::Settings,
    token::TokenHash,
};

pub use outcome::{Executable, FromOutcome, Outcome};
pub use spaces::{BeginDirect, Begun, ChangeSpace, CreateSpace, DeleteSpace, JoinSpace};

/// A change that somebody asks for.
#[derive(Debug, Clone)]
pub enum Command {
    CreateAccount(CreateAccount),
    ReplacePasswordHash(ReplacePasswordHash),
    StartSession(StartSession),
    EndSession(EndSession),
    CreateSpace(CreateSpace),
    BeginDirect(BeginDirect),
    ChangeSpace(ChangeSpace),
    DeleteSpace(DeleteSpace),
    JoinSpace(JoinSpace),
    CreateInvite(CreateInvite),
    AcceptInvite(AcceptInvite),
    SendMessage(SendMessage),
    EditMessage(EditMessage),
    DeleteMessage(DeleteMessage),
    SetReaction(SetReaction),
    StopAnswer(StopAnswer),
    RetryAnswer(RetryAnswer),
    AppendToAnswer(AppendToAnswer),
    EndAnswer(EndAnswer),
    ChangeBeing(ChangeBeing),
    AddBeing(AddBeing),
    RemoveBeing(RemoveBeing),
    MarkRead(MarkRead),
    SetLevel(SetLevel),
    PutProvider(PutProvider),
    RemoveProvider(RemoveProvider),
}

/// The first account needs no invite and administers; every later one joins the invite's space.
#[derive(Clone)]
pub struct CreateAccount {
    pub id: BeingId,
    pub name: Name,
    pub password_hash: String,
    pub invite: Option<TokenHash>,
    /// The account is signed in as it is created: both or neither.
    pub session: TokenHash,
}

/// Changes nothing where the hash is no longer `before`.
#[derive(Clone)]
pub struct ReplacePasswordHash {
    pub being: BeingId,
    pub before: String,
    pub hash: String,
}

impl fmt::Debug for ReplacePasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplacePasswordHash {{ being: {} }}", self.being)
    }
}

#[derive(Debug, Clone)]
pub struct StartSession {
    pub being: BeingId,
    pub token: TokenHash,
}

#[derive(Debug, Clone)]
pub struct EndSession {
    pub token: TokenHash,
}

#[derive(Debug, Clone)]
pub struct CreateInvite {
    pub by: BeingId,
    pub space: SpaceId,
    pub token: TokenHash,
}

#[derive(Debug, Clone)]
pub struct AcceptInvite {
    pub by: BeingId,
    pub token: TokenHash,
}

/// Exactly once: a repetition of the same `id` is answered with the first result.
#[derive(Debug, Clone)]
pub struct SendMessage {
    pub by: BeingId,
    pub space: SpaceId,
    pub id: IntentionId,
    pub content: Content,
    pub reply_to: Option<MessageId>,
}

/// With a `seq`, only if that was the message's last change; with an `epoch`, only in that history.
#[derive(Debug, Clone)]
pub struct EditMessage {
    pub by: BeingId,
    pub space: SpaceId,
    pub message: MessageId,
    pub content: Content,
    pub seq: Option<Seq>,
    pub epoch: Option<Epoch>,
}

/// With an `epoch`, only in that history.
#[derive(Debug, Clone)]
pub struct DeleteMessage {
    pub by: BeingId,
    pub space: SpaceId,
    pub message: MessageId,
    pub epoch: Option<Epoch>,
}

/// Adds a reaction, or takes it back; one that is as wanted stays as it is. With an `epoch`, only in that
/// history.
#[derive(Debug, Clone)]
pub struct SetReaction {
    pub by: BeingId,
    pub space: SpaceId,
    pub message: MessageId,
    pub emoji: Emoji,
    /// Whether it is to be there.
    pub is_there: bool,
    pub epoch: Option<Epoch>,
}

/// Ends an AI being's answer; an answer that has ended stays as it is.
#[derive(Debug, Clone)]
pub struct StopAnswer {
    pub by: BeingId,
    pub space: SpaceId,
    pub message: MessageId,
}

/// Begins an AI being's answer again, in its place; an answer that still grows stays as it is.
#[derive(Debug, Clone)]
pub struct RetryAnswer {
    pub by: BeingId,
    pub space: SpaceId,
    pub message: MessageId,
}

/// Adds text to a part of an answer that has `offset` UTF-8 bytes so far. Refused once it has ended.
#[derive(Debug, Clone)]
pub struct AppendToAnswer {
    pub run: AnswerRun,
    pub part: AnswerPart,
    pub offset: u64,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerPart {
    Reasoning,
    Content,
}

/// Adds the last of its reasoning and of its text to an answer, and ends it.
#[derive(Debug, Clone)]
pub struct EndAnswer {
    pub run: AnswerRun,
    pub reasoning: String,
    pub text: String,
    pub outcome: AnswerOutcome,
    /// What the provider said, where it failed.
    pub detail: Option<String>,
}

/// A field that is None stays as it is.
#[derive(Debug, Clone)]
pub struct ChangeBeing {
    pub by: BeingId,
    pub being: BeingId,
    pub name: Option<Name>,
    pub hue: Option<Hue>,
    pub settings: Option<Settings>,
}

/// Makes an AI being, and a member of the space.
#[derive(Debug, Clone)]
pub struct AddBeing {
    pub by: BeingId,
    pub space: SpaceId,
    pub name: Name,
    pub hue: Option<Hue>,
    pub settings: Option<Settings>,
}

#[derive(Debug, Clone)]
pub struct RemoveBeing {
    pub by: BeingId,
    pub space: SpaceId,
    pub being: BeingId,
}

/// With an `epoch`, only in that history. Goes forward only, unless `goes_back`.
#[derive(Debug, Clone)]
pub struct MarkRead {
    pub by: BeingId,
    pub space: SpaceId,
    pub up_to: MessageId,
    pub epoch: Option<Epoch>,
    pub goes_back: bool,
}

#[derive(Debug, Clone)]
pub struct SetLevel {
    pub by: BeingId,
    pub space: SpaceId,
    pub level: Level,
}

#[derive(Debug, Clone)]
pub struct PutProvider {
    pub by: BeingId,
    pub name: ProviderName,
    pub base_url: BaseUrl,
    pub key: KeyChange,
    pub options: OptionsChange,
}

#[derive(Debug, Clone)]
pub struct RemoveProvider {
    pub by: BeingId,
    pub name: ProviderName,
}

/// The answer to a send: the same however often the send is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub intention: Intention,
    /// Whether this very command created the message.
    pub is_new: bool,
}

/// One run of an answer: from its beginning, or from a retry, to its end. A writer whose run has
/// ended, or was begun again since, holds another `started_at` than the row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AnswerRun {
    pub space: SpaceId,
    pub message: MessageId,
    /// The position at which the present text began.
    pub started_at: Seq,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerOutcome {
    Complete,
    Cancelled,
    Failed(FailureReason),
}

/// What becomes of the key that a provider has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyChange {
    /// The key stays, unless the base URL changes: a key is for nobody else's eyes.
    Keep,
    Set(Key),
    Remove,
}

impl Command {
    /// The space that the command names; None where the space is found out only by its rows.
    pub fn space(&self) -> Option<&SpaceId> {
        match self {
            Self::ChangeSpace(ChangeSpace { space, .. })
            | Self::DeleteSpace(DeleteSpace { space, .. })
            | Self::JoinSpace(JoinSpace { space, .. })
            | Self::CreateInvite(CreateInvite { space, .. })
            | Self::SendMessage(SendMessage { space, .. })
            | Self::EditMessage(EditMessage { space, .. })
            | Self::DeleteMessage(DeleteMessage { space, .. })
            | Self::SetReaction(SetReaction { space, .. })
            | Self::StopAnswer(StopAnswer { space, .. })
            | Self::RetryAnswer(RetryAnswer { space, .. })
            | Self::AppendToAnswer(AppendToAnswer { run: AnswerRun { space, .. }, .. })
            | Self::EndAnswer(EndAnswer { run: AnswerRun { space, .. }, .. })
            | Self::AddBeing(AddBeing { space, .. })
            | Self::MarkRead(MarkRead { space, .. })
            | Self::SetLevel(SetLevel { space, .. })
            | Self::RemoveBeing(RemoveBeing { space, .. }) => Some(space),
            Self::CreateAccount(_)
            | Self::ReplacePasswordHash(_)
            | Self::StartSession(_)
            | Self::EndSession(_)
            | Self::CreateSpace(_)
            | Self::BeginDirect(_)
            | Self::AcceptInvite(_)
            | Self::ChangeBeing(_)
            | Self::PutProvider(_)
            | Self::RemoveProvider(_) => None,
        }
    }
}

/// Declares which command is answered with what.
macro_rules! executable {
    ($($command:ident -> $answer:ty),* $(,)?) => {$(
        impl From<$command> for Command {
            fn from(command: $command) -> Self {
                Self::$command(command)
            }
        }

        impl Executable for $command {
            type Answer = $answer;
        }
    )*};
}

executable! {
    CreateAccount -> Being,
    ReplacePasswordHash -> (),
    StartSession -> (),
    EndSession -> (),
    CreateSpace -> Being,
    BeginDirect -> Begun,
    ChangeSpace -> SpaceDetails,
    DeleteSpace -> (),
    JoinSpace -> Being,
    CreateInvite -> (),
    AcceptInvite -> Being,
    SendMessage -> Sent,
    EditMessage -> Intention,
    DeleteMessage -> (),
    SetReaction -> Seq,
    StopAnswer -> (),
    RetryAnswer -> Intention,
    AppendToAnswer -> (),
    EndAnswer -> (),
    ChangeBeing -> Being,
    AddBeing -> Being,
    RemoveBeing -> (),
    MarkRead -> (),
    SetLevel -> (),
    PutProvider -> (),
    RemoveProvider -> (),
}

impl fmt::Debug for CreateAccount {
    /// Without the password's hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateAccount").field("id", &self.id).finish_non_exhaustive()
    }
}
