//! The sync protocol, version 1. **This page is the specification**; a change to the protocol is
//! made here first, and `tests/wire.rs` fails until [`WIRE_VERSION`] was reconsidered.
//!
//! # The one idea
//!
//! A space has a **log position**: [`Seq`], a counter that starts at 0. *Every* committed change to
//! the space (a message created, edited, streamed into, deleted; a being changed, joined, left)
//! takes the next `seq` inside the transaction that makes the change, so commit order, `seq` order
//! and delivery order are one order. Nothing is sent before it is committed; nothing that was
//! committed is ever skipped.
//!
//! - A message's id is the seq that created it: [`MessageId`], `msg_123`. It never changes.
//! - A client's cursor is the seq of the last change it has applied. `?since=msg_130` means
//!   "everything after position 130", whether 130 created, edited or deleted.
//! - The [`Epoch`] names one history. A restored backup gets a new one. A cursor of another epoch,
//!   or ahead of the head, gets a full `space-sync`: it is never silently accepted.
//!
//! On the wire a [`Cursor`] is the SSE `id:` and reads `{epoch}.{seq}`, e.g. `k3f9.130`.
//!
//! # The stream
//!
//! `GET /api/stream?spaceId={id}&since={cursor}` answers `text/event-stream`. `since` takes a full
//! cursor, `msg_130` or `130` (these two mean: of the present epoch); see [`Since`]. The standard
//! `Last-Event-ID` header wins over `since`, because a browser that reconnects by itself sends the
//! old URL with the new header. Neither present: a first visit. Then, in this order:
//!
//! 1. **Catch-up.** A first visit, an unknown epoch, a cursor ahead of the head, or more than
//!    [`CATCH_UP_LIMIT_ROWS`](limits::CATCH_UP_LIMIT_ROWS) changed rows: one `space-sync`.
//!    Otherwise the missed changes, oldest position first, each row once and in its present state.
//! 2. One `caught-up`.
//! 3. **Live** events with contiguous seqs. A client that sees a jump, or whose `heartbeat` names a
//!    head beyond what it has applied, has missed something and reconnects from its cursor.
//! 4. A `heartbeat` after [`HEARTBEAT_SILENCE_SECONDS`](limits::HEARTBEAT_SILENCE_SECONDS) of
//!    silence. It is an event, not a comment, because browsers hide comments from scripts.
//!
//! A listener that cannot keep up is caught up from its cursor on the same connection. Since a
//! client takes a jump in live seqs for a loss, that catch-up is contiguous where no row changed
//! twice, and one `space-sync` where one did; a `caught-up` ends it either way.
//!
//! When a being loses its right to a space its streams of that space end with `access-revoked`.
//!
//! # Answers of AI beings
//!
//! An AI being's answer is one intention that grows. It is created in the transaction of the message
//! that asks for it, `active` and empty, with `replyTo` naming that message. Its text follows as
//! `intention-appended`, each committed before it is sent. It ends with one `intention-updated`, as
//! `complete`, `cancelled` or `failed`; what was said of it until then stays. A failed one has a
//! [`FailureReason`]. No answer stays `active` without somebody writing it: a server that starts
//! ends what an earlier one left, as `failed`, `interrupted`.
//!
//! Any member may stop an answer, and have one that has ended written anew. The new one takes the
//! place of the old: an `intention-updated` with the same `messageId`, `active` and without text,
//! and so on.
//!
//! # Commands
//!
//! JSON over HTTP, below `/api`, with a session in a cookie. What a command changed is told on the
//! stream, too.
//!
//! | request | answer |
//! |---|---|
//! | `POST /accounts` [`CreateAccount`] | 201 [`Being`], and a session. The first account needs no invite, and administers |
//! | `POST /session` [`SignIn`] · `GET` · `DELETE` | 200 [`Being`], and a session · 200 [`Being`]: who calls · 204 |
//! | `GET /spaces` · `POST` [`CreateSpace`] | 200 a list of [`SpaceListing`] · 201 [`Being`] |
//! | `POST /spaces/{space}/invites` · `POST /invites/{token}` | 201 [`Invite`] · 200 [`Being`] of the space joined |
//! | `GET /spaces/{space}/intentions?before={messageId}&limit={n}` | 200 [`HistoryPage`], oldest first |
//! | `POST /spaces/{space}/intentions` [`SendIntention`] | 201 [`Intention`]. The same `id` again: 200, the first result, and nothing is written; with another content, `replyTo` or owner: 409 |
//! | `PATCH /spaces/{space}/intentions/{messageId}?epoch={epoch}` [`EditIntention`] | 200 [`Intention`] |
//! | `DELETE /spaces/{space}/intentions/{messageId}?epoch={epoch}` | 204; a tombstone stays, without the content |
//! | `POST /spaces/{space}/intentions/{messageId}/stop` · `…/retry` | 204, and an answer ends · 200 [`Intention`], and it begins anew |
//! | `POST /spaces/{space}/beings` [`AddBeing`] · `DELETE /spaces/{space}/beings/{id}` | 201 [`Being`] of kind `ai` · 204, also for who leaves |
//! | `PATCH /beings/{id}` [`ChangeBeing`] · `GET /beings/{id}/settings` | 200 [`Being`] · 200 [`BeingSettings`] of an AI being |
//! | `GET /providers` · `PUT /providers/{name}` [`PutProvider`] · `DELETE` | 200 a list of [`ProviderListing`] · 200 [`ProviderListing`] · 204. Only who administers sees addresses, and writes |
//!
//! A page may send [`BEING_HEADER`] with a command, and `being=` with the stream, to say who it means
//! to be.
//!
//! # Refusals
//!
//! An [`ErrorAnswer`], beside the status that fits. A refused command has changed nothing.
//!
//! | status | codes |
//! |---|---|
//! | 400 | `malformed` |
//! | 401 | `no-session`, `wrong-password` |
//! | 403 | `cross-origin`, `not-member` (who once belonged), `not-allowed`, `invite-required` |
//! | 404, also for what the caller may not know of | `unknown-space`, `unknown-message`, `unknown-being`, `unknown-invite`, `unknown-provider`, `unknown-route` |
//! | 405 | `wrong-method` |
//! | 408: it did not arrive whole, and may be sent again | `cut-off`, `too-slow` |
//! | 409 | `handle-taken`, `id-taken`, `changed-since`, `another-history`, `not-an-answer` |
//! | 413 | `too-large`: more than [`BODY_MAX_BYTES`](limits::BODY_MAX_BYTES) |
//! | 422: a value out of its bounds | `out-of-bounds`, with the `field` |
//! | 429, with `Retry-After` | `slow-down` |
//! | 503, with `Retry-After` | `unavailable` |
//!
//! # What a client may rely on
//!
//! Rows reach a client by three roads (the stream, the answer to a command, a page of history) that
//! race each other; of two versions of a row, the one with the higher `seq` is the truth. A change
//! to a message older than what the client has loaded is passed over: the page that loads it brings
//! its present state. [`Replica`](crate::replica::Replica) is that reducer.
//!
//! An edit may say which version of the message it changes, by its `seq`. A message that has changed
//! since is left as it is, and the edit refused with [`CHANGED_SINCE`]: so a request that was given up
//! and arrives after the next edit does not undo that one. With `?epoch=` an edit or a deletion says of
//! which history its message is; of another, it is refused with [`ANOTHER_HISTORY`]: after a backup was
//! restored, the same id may be another message's.
//!
//! JSON has kebab-case tags and camelCase fields. In events, and in the rows that they share with
//! answers, a field at its default (`state: "complete"`, no `reason`, `replyTo` or `modifiedAt`,
//! `hasEarlier: false`, a `seq` of 0) is left out; lists, `content` and everything else are always
//! there. Times are RFC 3339 in UTC.
//!
//! A client passes over fields it does not know. An event of a `type` it does not know takes its
//! position and changes nothing, so that an older client keeps up with a newer server.
//!
//! # Budgets
//!
//! Frame and `id:` line included, an `intention-created` is its content plus at most 300 bytes, a
//! `being-updated` at most 500 bytes, an `intention-appended` its text plus at most 100 bytes. They
//! hold for the longest ids in a space of up to 100,000 changes (each further digit costs a byte), as
//! `tests/wire.rs` shows, with two exceptions it names: what was edited, being a reply, or has failed
//! before it was caught up with.

mod being;
mod command;
mod cursor;
mod error;
mod event;
mod id;
mod intention;
pub mod limits;
mod settings;
mod text;

pub use being::{Being, BeingKind, Hue};
pub use command::{
    AddBeing, ChangeBeing, CreateAccount, CreateSpace, EditIntention, HistoryPage, Invite,
    SendIntention, SignIn, SpaceListing,
};
pub use cursor::{Cursor, Epoch, Since};
pub use error::{ANOTHER_HISTORY, CHANGED_SINCE, ErrorAnswer, ErrorBody};
pub use event::{SpaceSync, SyncEvent};
pub use id::{BeingId, IntentionId, MalformedId, MessageId, Seq, SpaceId};
pub use intention::{FailureReason, Intention, IntentionState, Timestamp};
pub use settings::{AnswersWhen, BeingSettings, ProviderListing, PutProvider};
pub use text::{Content, Name, OutOfBounds, Password};

/// The header by which a page says who it means to be. Another may have signed in on the device since
/// it was opened, and then the command is refused as without a session.
pub const BEING_HEADER: &str = "rhizome-being";

/// The version of the wire form. Clients of an older build keep talking to a newer server, so a
/// change that needs a new number is one they can ignore.
pub const WIRE_VERSION: u32 = 1;

/// Whether a field is at its default, and so left out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
