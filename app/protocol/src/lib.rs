//! The sync protocol, version 1. **This page is the specification**; a change to the protocol is
//! made here first, and `tests/wire.rs` fails until [`WIRE_VERSION`] has been reconsidered.
//!
//! A *being* is what others call a user or a bot, a *space* is a channel or a room, and an *intention*
//! is a message.
//!
//! # The one idea
//!
//! A space has a **log position**: [`Seq`], a counter that starts at 0. *Every* committed change to
//! the space (a message created, edited, streamed into, deleted; a reaction added, removed; a being
//! changed, joined, left; the details of the space changed)
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
//! `GET /api/stream?spaceId={id}&since={cursor}` answers with `text/event-stream`. `since` takes a
//! full cursor, `msg_130` or `130` (the last two mean: in the current epoch); see [`Since`]. The
//! standard `Last-Event-ID` header takes precedence over `since`, because a browser that reconnects by
//! itself sends the old URL with the new header. A request with neither is a first visit. The server
//! then sends, in this order:
//!
//! 1. **Catch-up.** On a first visit, an unknown epoch, a cursor ahead of the head, or more than
//!    [`CATCH_UP_LIMIT_ROWS`](limits::CATCH_UP_LIMIT_ROWS) changed rows: one `space-sync`.
//!    Otherwise the missed changes, oldest position first, each row once and in its current state.
//! 2. One `caught-up`.
//! 3. **Live** events with contiguous seqs. A client that sees a jump, or whose `heartbeat` names a
//!    head beyond what it has applied, has missed something and reconnects from its cursor.
//! 4. A `heartbeat` after [`HEARTBEAT_SILENCE_SECONDS`](limits::HEARTBEAT_SILENCE_SECONDS) of
//!    silence. It is an event, not a comment, because browsers hide comments from scripts.
//!
//! A subscriber that cannot keep up is caught up from its cursor on the same connection. Since a
//! client takes a jump in live seqs for a loss, that catch-up is contiguous if no row changed twice,
//! and one `space-sync` if one did; a `caught-up` ends it either way.
//!
//! When a being loses its right to a space, its streams of that space end with `access-revoked`.
//!
//! # Answers of AI beings
//!
//! An AI being's answer is one intention that grows. It is created in the transaction of the message
//! that asks for it, `active` and empty, with `replyTo` naming that message. Its text follows as
//! `intention-appended`, each committed before it is sent. It ends with one `intention-updated`, as
//! `complete`, `cancelled` or `failed`; the text written until then stays. A failed answer has a
//! [`FailureReason`], and what its provider said about it may be asked for. No answer stays `active` unless a server is writing it: a server that starts
//! ends the answers that an earlier one left, as `failed`, `interrupted`.
//!
//! What a model thinks before it answers is its **reasoning**: shown folded, no content, and in no later
//! prompt; it mentions nobody and wakes nobody. It grows by `reasoning-appended`, each committed before
//! it is sent; its `offset` counts the bytes of the reasoning. A row has all of it as `reasoning`, at
//! most [`REASONING_MAX_CHARACTERS`](limits::REASONING_MAX_CHARACTERS); what exceeds them is dropped, and
//! the answer goes on. `reasoningMillis` is settled with the first text of the answer, whose
//! `intention-appended` has it, or at the answer's end; of one that a server left unfinished nobody knows
//! it. A deleted message has no reasoning.
//!
//! Any member may stop an answer, and may have one that has ended written again. The new answer
//! replaces the old one: an `intention-updated` with the same `messageId`, `active` and without text
//! and reasoning, and so on.
//!
//! The old one is kept as an earlier **version**, if it has text or has failed. `versions` counts them with
//! the present one, which is the newest; at most [`ANSWER_VERSIONS_MAX`](limits::ANSWER_VERSIONS_MAX) are
//! kept, and the oldest goes first. Those that have ended may be asked for, oldest first; the last is the
//! present one, unless that is `active`. They are deleted with the message. (The end of a version from
//! before this was kept reads as the time at which the message was created.)
//!
//! # Reactions
//!
//! A member may react to a message with emoji, with each once. An emoji is one RGI emoji sequence (Unicode
//! Technical Standard 51). It is stored and sent fully qualified: ❤ and ❤️ are one. Each change takes a
//! position, told by `reaction-added` or `reaction-removed`; a repetition changes nothing, and takes none. A
//! message has at most [`REACTION_KINDS_MAX`](limits::REACTION_KINDS_MAX) kinds and
//! [`REACTIONS_MAX`](limits::REACTIONS_MAX) reactions. They stay when their being leaves, and are gone with
//! their message.
//!
//! A reaction does not change the `seq` of its message. In a `space-sync`, in a page of history, and read
//! alone, a message that has reactions has `reactions`, and one that ever had any has `reactionsSeq`, the
//! position of their last change. `intention-created`, `intention-updated` and the answers to commands have neither, and say
//! nothing about reactions. A catch-up tells each changed reaction once, in its present state, at its
//! position, and counts it as a row; it tells none of a deleted message.
//!
//! A client replaces what it holds by a page whose `reactionsSeq` is higher, and applies an event whose
//! position is higher, which becomes the new `reactionsSeq`. It keeps the reaction events that pass while
//! a page is on its way, and applies them after it. A catch-up may tell a reaction before its message,
//! where that has changed since; a client keeps it until the message comes, or its deletion. Kinds, and
//! the beings of a kind, stand in the order of their first that is there. Events put new ones at the end; so where
//! a first one is taken back, a client may have another order until it reads the row. What is there is the same.
//!
//! # Spaces
//!
//! Besides its being, a space has [`SpaceDetails`]: a topic of at most
//! [`TOPIC_MAX_CHARACTERS`](limits::TOPIC_MAX_CHARACTERS) on one line, and whether it is archived, open or
//! direct. They travel in a `space-sync`, as its `details`, and in `space-changed`, which always has all of
//! them and replaces what a client holds: a field that is left out is at its default. A change takes one
//! position, whatever it changes, and is told once in a catch-up, in its present state, at its position; what
//! changes nothing takes none. The founder of a space and administrators among its members may change the
//! details and delete the space; of a direct space, each of its persons may change them, and nobody deletes it.
//!
//! - **Archived**: it is read, searched, marked as read and left as before, and answers that are being written go
//!   on to their end. Whatever would add to it is refused with `not-allowed`: a message, an edit, a
//!   reaction, another version of an answer, an AI being, an invite, and joining. What takes away is done: a
//!   deletion, a reaction taken back, a stop, a removal.
//! - **Open**: everybody with an account finds it in the directory, and may join. Others are by invite. Who was
//!   removed from an open space may join again. To an open space that is archived nobody joins, and it is
//!   not in the directory. For who does not belong to it, one that is not open does not exist: 404 `unknown-space`.
//! - **Direct**: the one space of exactly its persons, at least two and at most
//!   [`DIRECT_MAX_PERSONS`](limits::DIRECT_MAX_PERSONS). `POST /direct` makes it, or answers with the one that
//!   is there, however many ask at once; the caller is one of its persons, named or not. The caller has to
//!   share a space with each of the others, or be an administrator: anybody else is an `unknown-being`, as
//!   everywhere, so that nobody learns by asking which handles exist. So its persons stay: it is not opened, nobody
//!   is invited, joins, leaves or is removed, which is refused with `not-allowed`. AI beings come and go in it as
//!   in any space. It is called after its persons, in the order of their ids, and again when one of them takes
//!   another name; nobody else names it. An archived one is answered with as it is.
//! - **Deleted**: its growing answers are cancelled, its streams end with `access-revoked`, the inboxes of its members
//!   get `space-left`, and from then on it does not exist: 404 `unknown-space`, also for those who belonged. Its content
//!   is removed, a portion at a time. Its id is not given again, so that what a device has not sent yet
//!   does not go to another space.
//!
//! The directory has the open spaces by their ids, at most
//! [`DIRECTORY_PAGE_SPACES`](limits::DIRECTORY_PAGE_SPACES) in a page. With `q`, of at most
//! [`NAME_MAX_CHARACTERS`](limits::NAME_MAX_CHARACTERS), it has those whose name, id or topic has that in
//! it, upper or lower case alike, among the next
//! [`DIRECTORY_LOOK_SPACES`](limits::DIRECTORY_LOOK_SPACES); so a page may be empty and yet name a `next`, which
//! is the `after` of the page that follows.
//!
//! # Windows into history
//!
//! A page of history has at most `limit` messages, oldest first: 1 to
//! [`PAGE_MAX_MESSAGES`](limits::PAGE_MAX_MESSAGES), by default
//! [`PAGE_DEFAULT_MESSAGES`](limits::PAGE_DEFAULT_MESSAGES). A larger limit counts as the largest; 0 is
//! refused with 422, field `limit`. A request names at most one position; with two it is `malformed`. At a
//! position any message may have stood, or none: it is a place in the log.
//!
//! | query | page |
//! |---|---|
//! | none | the newest messages |
//! | `before` | the newest of those before the position |
//! | `after` | the oldest of those after it |
//! | `around` | half of `limit` before it, and half from it on, with the message at it where that is there; of an odd limit this half is the larger. Where fewer follow, more that stand before fill the page: so ahead of the head it is the newest page |
//!
//! `hasEarlier` and `hasLater` say whether there are messages before and after the page; of an empty one,
//! before and after its place. `hasLater: false` is left out. Deleted messages are in no page, and do not
//! count.
//!
//! A page says nothing of what is live, and moves no cursor. A client may show a window that does not reach the
//! live end: the replica keeps that, and holds the window beside it until both touch. A change is applied
//! wherever its message is held.
//!
//! `/spaces/{space}?at={messageId}` is the permalink of a message: the page of the space opens with the window
//! around it.
//!
//! # Mentions
//!
//! A message mentions the persons of its space that its text names: `@handle` outside code and outside the
//! address of a link, where no ASCII letter, digit, `_` or `-` stands directly before the `@` or after the
//! handle. ASCII letters compare without case, and a fullwidth `＠` counts. A reply mentions the *person*
//! whose message it answers; so does an answer of an AI being, once it has ended. Nobody mentions themselves.
//! `@everyone` means all persons of the space, where its founder or an administrator says it; from others it
//! is plain text. It wakes no AI being, and no new being has this handle. Whom a message mentions is settled when it is sent, when it is edited
//! and when an answer ends; an answer that is written again mentions nobody until it ends again.
//!
//! # The inbox
//!
//! Every person has a log of their own, with an epoch, positions and a catch-up as a space has them. Only that
//! being can read it. `GET /api/inbox?since={cursor}` answers with `text/event-stream`, of one [`InboxEvent`]
//! after the other, by the rules of the stream above: `Last-Event-ID`, catch-up, `caught-up`, live events with
//! contiguous ids, `heartbeat`. A cursor of another epoch, or ahead of the head, gets an `inbox-sync`. Positions
//! are numbers: `lastPosition`. At sign-out the stream ends with `access-revoked`.
//!
//! The log moves when the being joins or leaves a space, when its read position moves, and when it chooses
//! another [`Level`]; however much is said, it stays where it is.
//!
//! - `unread` counts the messages that are there, above `readUpTo`, and of others. `mentions` counts those of them
//!   that mention the being. Both are counted up to [`COUNT_MAX_MESSAGES`](limits::COUNT_MAX_MESSAGES). An `active`
//!   answer counts from its creation, and its mentions from its end; an edit may add or take mentions.
//! - Saying something moves nothing. A being that joins has read up to the head. So has every member when a
//!   database of an earlier version is opened for the first time. A `readUpTo` ahead of the head counts as the
//!   head.
//! - `space-heads` is state and no change, and has no position. After each `caught-up` there is one with all
//!   spaces; then those that have changed follow. The first change after a quiet
//!   [`SPACE_HEADS_MILLIS`](limits::SPACE_HEADS_MILLIS) is sent at once, later ones in at most one frame in that
//!   time. A count that has reached its maximum stays there until the being reads, or catches up.
//! - `PUT /api/spaces/{space}/read` names the last position that is read: any up to the head, or `msg_0` for
//!   nothing. The larger of both holds, unless `unread: true` says that what follows it is unread again. What
//!   changes nothing is answered with 204, too, and is no event.
//! - A direct space has `direct`, and all that is unread in it is meant for the being: where a client shows how many
//!   messages call for the being, these count as mentions do.
//! - Nobody else ever learns what somebody has read.
//!
//! # Search
//!
//! `GET /api/search?q={text}` finds messages of the spaces that the caller belongs to when it is answered, newest
//! first: within a space by their ids, and across spaces by `createdAt`. `spaceId` asks for one space, `by` for
//! the messages of one being, and `limit` is that of a page of history.
//!
//! A text is cut into words, and so is `q`. A word is a run of letters and digits. Case, diacritics and
//! compatibility forms (NFKC) make no difference: `muller` finds Müller. Of Han, kana, Hangul, Thai and Lao each
//! character is a word. All words of `q` have to occur. The last one may be the beginning of a word, unless a
//! quotation mark closes behind it. Words in quotation marks, and words that nothing separates (上海), have to stand
//! in a row. Every other sign separates and means nothing: there are no operators. `q` has 1 to
//! [`SEARCH_MAX_CHARACTERS`](limits::SEARCH_MAX_CHARACTERS) characters with at least one letter or digit; else 422,
//! field `q`.
//!
//! The content of messages is searched, and nothing else: no reasoning, no earlier version, nothing that was
//! deleted. An answer is found once it has ended. A change is found when its command has been answered.
//!
//! `next` continues behind the page, by `before={next}`; a text that is none is `malformed`. It is opaque, and stays
//! good while messages come and go. While a server makes its index, a page may have few hits or none, and a `next`;
//! then older messages may stand before newer ones of other spaces.
//!
//! # Commands
//!
//! JSON over HTTP, below `/api`, with a session in a cookie. The stream also carries every change that
//! a command makes. [`endpoint`] has a type for each request.
//!
//! | request | answer |
//! |---|---|
//! | `POST /accounts` [`CreateAccount`] | 201 [`Being`], and a session. The first account needs no invite, and is an administrator |
//! | `POST /session` [`SignIn`] · `GET` · `DELETE` | 200 [`Being`], and a session · 200 [`Being`]: the caller · 204 |
//! | `GET /spaces` · `POST` [`CreateSpace`] | 200 a list of [`SpaceListing`] · 201 [`Being`] |
//! | `PATCH /spaces/{space}` [`ChangeSpace`] · `DELETE` | 200 [`SpaceDetails`] · 204. 403 `not-allowed` for who may not; 422, field `topic`. See *Spaces* |
//! | `POST /direct` [`BeginDirect`] | 201 [`Being`], or 200 with the direct space that is there. 422, field `beings`, for nobody else, too many, and for what is no person; 404 `unknown-being` |
//! | `GET /directory?q={text}&after={space}` | 200 [`DirectoryPage`]; 422, field `q` |
//! | `POST /spaces/{space}/join` | 200 [`Being`] of an open space, also for a member; else 404 `unknown-space` |
//! | `POST /spaces/{space}/invites` · `POST /invites/{token}` | 201 [`Invite`] · 200 [`Being`] of the space joined |
//! | `GET /spaces/{space}/intentions?before={messageId}&limit={n}`, or `after=`, or `around=` | 200 [`HistoryPage`], oldest first: see *Windows into history* |
//! | `GET /spaces/{space}/intentions/{messageId}` | 200 [`Intention`] with its reactions; 404 `unknown-message` where none is there, or it was deleted |
//! | `POST /spaces/{space}/intentions` [`SendIntention`] | 201 [`Intention`]. The same `id` again: 200, the first result, and nothing is written; with another content, `replyTo` or owner: 409 |
//! | `PATCH /spaces/{space}/intentions/{messageId}?epoch={epoch}` [`EditIntention`] | 200 [`Intention`] |
//! | `DELETE /spaces/{space}/intentions/{messageId}?epoch={epoch}` | 204; a tombstone stays, without the content |
//! | `POST /spaces/{space}/intentions/{messageId}/stop` · `…/retry` | 204, and an answer ends · 200 [`Intention`], and the answer starts again |
//! | `GET /spaces/{space}/intentions/{messageId}/failure` | 200 [`FailureDetail`]: the provider's own words about an answer that failed, for those who may change the being; 403 for other members; 404 `unknown-message` where there are none |
//! | `GET /spaces/{space}/intentions/{messageId}/versions` | 200 a list of [`AnswerVersion`], oldest first; 404 `unknown-message` for what is no answer |
//! | `PUT /spaces/{space}/read` [`PutReadBody`] · `PUT …/level` [`PutLevelBody`] | 204. Ahead of the head: 404 `unknown-message`; of another epoch: 409 `another-history`; an unknown level: 422, field `level` |
//! | `PUT /spaces/{space}/intentions/{messageId}/reactions/{emoji}?epoch={epoch}` · `DELETE` | 200 [`ReactionsPosition`], also where nothing changes: the caller's reaction is there · is not. The emoji is percent-encoded; 422, field `emoji`, for what is none, and for one reaction or kind too many |
//! | `POST /spaces/{space}/colours` [`Code`] | 200 [`Colours`]: how the code is coloured, for members; see below |
//! | `GET /search?q={text}&spaceId=&by=&before={next}&limit={n}` | 200 [`SearchAnswer`]: see *Search* |
//! | `POST /spaces/{space}/beings` [`AddBeing`] · `DELETE /spaces/{space}/beings/{id}` | 201 [`Being`] of kind `ai` · 204; a member leaves by removing itself |
//! | `PATCH /beings/{id}` [`ChangeBeing`] · `GET /beings/{id}/settings` | 200 [`Being`] · 200 [`BeingSettings`] of an AI being |
//! | `GET /providers` · `PUT /providers/{name}` [`ProviderConfig`] · `DELETE` | 200 a list of [`ProviderListing`] · 200 [`ProviderListing`] · 204. Only an administrator sees more than names, and writes |
//! | `GET /providers/{name}/models` | 200 a list of [`Model`], as the provider lists them, remembered for [`MODELS_SECONDS`](limits::MODELS_SECONDS); 502 where it does not |
//!
//! Of [`ProviderConfig`] and of [`BeingSettings`], a field of type [`Given`] that is left out stays as it
//! is, and `null` clears it. The others are replaced as a whole.
//!
//! Colours are a function of the [`Code`] that is sent, and nothing is stored: so they fit any text, also one
//! that is not sent yet, and a client keeps them by the text. A server takes little time for them: code that
//! takes longer is coloured in part, and one with too much to do refuses with 503. A client that asks for one
//! block at a time leaves a connection for what is sent.
//!
//! A page may send [`BEING_HEADER`] with a command, and `being=` with a stream, to name the being
//! that it acts for.
//!
//! # Refusals
//!
//! An [`ErrorAnswer`], beside the status that fits. A refused command has changed nothing.
//!
//! | status | [codes](ErrorCode) |
//! |---|---|
//! | 400 | `malformed` |
//! | 401 | `no-session`, `wrong-password` |
//! | 403 | `cross-origin`, `not-member` (for a former member), `not-allowed`, `invite-required` |
//! | 404, also for what the caller may not know of | `unknown-space`, `unknown-message`, `unknown-being`, `unknown-invite`, `unknown-provider`, `unknown-route` |
//! | 405 | `wrong-method` |
//! | 408: the request did not arrive whole, and may be sent again | `cut-off`, `too-slow` |
//! | 409 | `handle-taken`, `id-taken`, `changed-since`, `another-history`, `not-an-answer` |
//! | 413 | `too-large`: more than [`BODY_MAX_BYTES`](limits::BODY_MAX_BYTES) |
//! | 422: a value out of its bounds | `out-of-bounds`, with the `field` |
//! | 429, with `Retry-After` | `slow-down` |
//! | 502: a provider did not do its part | `provider-unavailable` |
//! | 503, with `Retry-After` | `unavailable` |
//!
//! A client treats a code that it does not know by its status, and shows the sentence.
//!
//! # What a client may rely on
//!
//! Rows reach a client by three roads (the stream, the answer to a command, a page of history) that
//! race each other; of two versions of a row, the one with the higher `seq` is the truth. A client
//! skips a change to a message that it has not loaded: the page that loads the message brings
//! its current state. The `replica` of the app is that reducer.
//!
//! An edit may name the version of the message that it changes, by its `seq`. If the message has
//! changed since, it stays as it is, and the edit is refused with [`changed-since`]: so a request that
//! was given up and arrives after the next edit does not undo that one. With `?epoch=` an edit, a
//! deletion or a reaction names the history that its message belongs to. In another history it is refused with
//! [`another-history`]: after a backup was restored, the same id may be another message's.
//!
//! [`changed-since`]: ErrorCode::ChangedSince
//! [`another-history`]: ErrorCode::AnotherHistory
//!
//! JSON has kebab-case tags and camelCase fields. In events, and in the rows that they share with
//! answers, a field at its default (`state: "complete"`, no `reason`, `reasoning`, `reasoningMillis`,
//! `replyTo` or `modifiedAt`, `versions: 1`, `hasEarlier: false` of a `space-sync`, a detail of a space, `hasLater: false`, no
//! `reactions`, a `seq` or `reactionsSeq` of 0, `level: "mentions"`, no `readUpTo`, `lastMessageId` or `direct` in an
//! inbox) is left out; other lists, `content` and everything else are always there. Times are RFC 3339 in UTC; a client keeps a time that it cannot read as it came, and takes
//! the row ([`Timestamp`]).
//!
//! A client ignores fields that it does not know. An event of a `type` that it does not know takes its
//! position and changes nothing, so that an older client keeps up with a newer server.
//!
//! # Budgets
//!
//! Including the frame and the `id:` line, an `intention-created` is its content plus at most 300
//! bytes, a `being-updated` at most 500 bytes, a `reaction-added` or a `reaction-removed` at most 250 bytes, an
//! `intention-appended` or a `reasoning-appended` its text plus at most 100 bytes. Reasoning counts as content. A
//! [`SpaceEntry`] is its name plus at most 200 bytes, and a [`SpaceHead`] without `space` at most 110.
//! These budgets hold for the longest ids in a space of up to 100,000 changes (each further digit costs
//! a byte), as `tests/wire.rs` shows, with exceptions that it names: a reply that was edited, and an
//! answer that failed, was written again or has reasoning, before the client caught up with it; and the one
//! `intention-appended` of an answer that has `reasoningMillis`.

mod being;
mod colours;
mod command;
mod cursor;
pub mod endpoint;
mod error;
mod event;
mod given;
mod id;
mod inbox;
mod intention;
pub mod json;
pub mod limits;
mod reaction;
mod search;
mod settings;
mod space;
mod text;
mod timestamp;
mod version;
mod visibility;

pub use being::{Being, BeingKind, Hue};
pub use colours::{Code, CodeClass, Colours};
pub use command::{
    AddBeing, ChangeBeing, CreateAccount, CreateSpace, EditIntention, FailureDetail, HistoryPage,
    Invite, SendIntention, SignIn, SpaceListing,
};
pub use cursor::{Cursor, Epoch, Since};
pub use endpoint::{Endpoint, Method};
pub use error::{ErrorAnswer, ErrorBody, ErrorCode};
pub use event::{
    BeingLeft, BeingUpdated, CaughtUp, Heartbeat, IntentionAppended, IntentionCreated,
    IntentionDeleted, IntentionUpdated, ReactionAdded, ReactionRemoved, ReasoningAppended,
    SpaceSync, SyncEvent,
};
pub use given::{Decimal, Given, JsonObject};
pub use id::{BeingId, IntentionId, MalformedId, MessageId, Seq, SpaceId};
pub use inbox::{
    InboxEvent, InboxPosition, InboxSync, Level, LevelChanged, PutLevelBody, PutReadBody,
    ReadMoved, SpaceEntry, SpaceHead, SpaceHeads, SpaceJoined, SpaceLeft,
};
pub use intention::{FailureReason, Intention, IntentionState};
pub use reaction::{Reaction, ReactionsPosition};
pub use search::{SearchAnswer, SearchHit};
pub use settings::{AnswersWhen, BeingSettings, KeyHeader, Model, ProviderConfig, ProviderListing};
pub use space::{BeginDirect, ChangeSpace, DirectoryEntry, DirectoryPage, SpaceDetails};
pub use text::{Content, Name, OutOfBounds, Password, Topic};
pub use timestamp::Timestamp;
pub use version::{AnswerVersion, VersionCount};

/// The header in which a page names the being that it acts for. If somebody else has signed in on the
/// device since the page was opened, the command is refused as without a session.
pub const BEING_HEADER: &str = "rhizome-being";

/// The version of the wire form. Clients of an older build keep talking to a newer server, so a change
/// that needs a new number must be one that they can ignore.
pub const WIRE_VERSION: u32 = 1;

/// Whether a field is at its default, and therefore left out.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
