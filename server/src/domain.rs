//! Rules, and the types that they are about. There is no SQL here, no HTTP and no tokio.
//!
//! ```text
//! Command -> rules (policy, positions) -> Tx (rows) -> Outcome, Committed
//! ```
//!
//! Always true:
//! - A rule asks who may before it looks at anything else of a space.
//! - A rule refuses before its first write, so a refused command leaves its transaction as it was.

mod accounts;
pub mod answers;
mod beings;
pub mod clock;
pub mod command;
pub mod emoji;
pub mod endpoint;
mod handle;
mod inbox;
pub mod members;
mod membership;
mod mentions;
mod messaging;
pub mod policy;
mod providers;
mod reactions;
pub mod refusal;
pub mod rng;
pub mod settings;
mod spaces;
pub mod token;
pub mod turn_taking;

pub use self::beings::settings_for;
use self::{
    command::{Command, Outcome},
    members::SpaceState,
    policy::Actor,
    refusal::Refusal,
};
use crate::store::{Tx, TxResult};
use protocol::{BeingId, SpaceId};

/// Carries one command out in a transaction.
pub async fn execute(tx: &mut impl Tx, command: &Command) -> TxResult<Outcome> {
    Ok(match command {
        Command::CreateAccount(new) => Outcome::Being(accounts::create(tx, new).await?),
        Command::ReplacePasswordHash(change) => {
            tx.replace_password_hash(&change.being, &change.before, &change.hash).await?;
            Outcome::Done
        }
        Command::StartSession(start) => {
            accounts::start_session(tx, &start.being, &start.token).await?;
            Outcome::Done
        }
        Command::EndSession(end) => {
            tx.delete_session(&end.token).await?;
            Outcome::Done
        }
        Command::CreateSpace(new) => Outcome::Being(spaces::create(tx, new).await?),
        Command::BeginDirect(begin) => Outcome::Begun(spaces::begin_direct(tx, begin).await?),
        Command::ChangeSpace(change) => Outcome::Details(spaces::change(tx, change).await?),
        Command::DeleteSpace(delete) => {
            spaces::delete(tx, delete).await?;
            Outcome::Done
        }
        Command::JoinSpace(join) => Outcome::Being(spaces::join_open(tx, join).await?),
        Command::CreateInvite(new) => {
            membership::create_invite(tx, new).await?;
            Outcome::Done
        }
        Command::AcceptInvite(accept) => {
            Outcome::Being(membership::accept_invite(tx, accept).await?)
        }
        Command::SendMessage(new) => Outcome::Sent(messaging::send(tx, new).await?),
        Command::EditMessage(edit) => Outcome::Message(messaging::edit(tx, edit).await?),
        Command::DeleteMessage(delete) => {
            messaging::delete(tx, delete).await?;
            Outcome::Done
        }
        Command::SetReaction(set) => Outcome::Reacted(reactions::set(tx, set).await?),
        Command::StopAnswer(stop) => {
            answers::stop(tx, stop).await?;
            Outcome::Done
        }
        Command::RetryAnswer(retry) => Outcome::Message(answers::retry(tx, retry).await?),
        Command::AppendToAnswer(append) => {
            answers::append(tx, append).await?;
            Outcome::Done
        }
        Command::EndAnswer(end) => {
            answers::end(tx, end).await?;
            Outcome::Done
        }
        Command::ChangeBeing(change) => Outcome::Being(beings::change(tx, change).await?),
        Command::AddBeing(new) => Outcome::Being(membership::add_being(tx, new).await?),
        Command::RemoveBeing(remove) => {
            membership::remove_being(tx, remove).await?;
            Outcome::Done
        }
        Command::MarkRead(read) => {
            inbox::mark_read(tx, read).await?;
            Outcome::Done
        }
        Command::SetLevel(set) => {
            inbox::set_level(tx, set).await?;
            Outcome::Done
        }
        Command::PutProvider(put) => {
            providers::put(tx, put).await?;
            Outcome::Done
        }
        Command::RemoveProvider(remove) => {
            providers::remove(tx, remove).await?;
            Outcome::Done
        }
    })
}

/// The being that gives a command, with the rights that it has now.
async fn actor(tx: &mut impl Tx, by: &BeingId) -> TxResult<Actor> {
    Ok(Actor { id: by.clone(), is_admin: tx.is_admin(by).await? })
}

/// The space that a command is about.
async fn space(tx: &mut impl Tx, id: &SpaceId) -> TxResult<SpaceState> {
    Ok(tx.space(id).await?.ok_or(Refusal::UnknownSpace)?)
}
