//! Every bound of the protocol, with its unit last in its name.

/// More rows than this changed since a cursor, and a `space-sync` is cheaper than the changes.
pub const CATCH_UP_LIMIT_ROWS: usize = 100;
/// How many of the newest messages a `space-sync` brings, and a page of history by default.
pub const PAGE_DEFAULT_MESSAGES: usize = 50;
/// The most messages one page of history brings.
pub const PAGE_MAX_MESSAGES: usize = 100;
/// A stream that has been silent this long says that it lives.
pub const HEARTBEAT_SILENCE_SECONDS: u64 = 25;
/// The longest message, in Unicode scalar values.
pub const CONTENT_MAX_CHARACTERS: usize = 20_000;
/// The longest name of a being or a space, in Unicode scalar values.
pub const NAME_MAX_CHARACTERS: usize = 80;
/// The longest id of a being or a space, its `@` included. It keeps events within their budgets.
pub const BEING_ID_MAX_BYTES: usize = 20;
/// The shortest password, in Unicode scalar values (NIST SP 800-63B, section 3.1.1.2).
pub const PASSWORD_MIN_CHARACTERS: usize = 8;
/// The longest password: enough for any passphrase, and hashing it stays cheap.
pub const PASSWORD_MAX_CHARACTERS: usize = 256;
/// A device that has been away this long signs in again.
pub const SESSION_DAYS: i64 = 180;
/// An invite link that lay about longer than this opens nothing.
pub const INVITE_DAYS: i64 = 14;
/// The largest request body. So the longest message is refused where its characters take four bytes
/// each.
pub const BODY_MAX_BYTES: usize = 64 * 1024;

/// The longest instructions of an AI being, in Unicode scalar values: so many fit into the body of a
/// form, of whatever script they are.
pub const INSTRUCTIONS_MAX_CHARACTERS: usize = 4_000;
/// The longest name of a model, in Unicode scalar values.
pub const MODEL_MAX_CHARACTERS: usize = 200;
/// How much of the conversation an AI being may be given, and is given unless its settings say
/// otherwise: in messages, and in Unicode scalar values. Whichever is reached first ends it.
pub const CONTEXT_MAX_MESSAGES: usize = 100;
pub const CONTEXT_DEFAULT_MESSAGES: usize = 30;
pub const CONTEXT_MAX_CHARACTERS: usize = 200_000;
pub const CONTEXT_DEFAULT_CHARACTERS: usize = 20_000;
/// So many messages of AI beings in a row, and no AI being answers another: people go first.
pub const CONSECUTIVE_AI_TURNS_MAX: usize = 6;
/// The most AI beings that answer one message, however many would.
pub const ANSWERS_TO_ONE_MESSAGE_MAX: usize = 16;
/// An answer grows by portions: what came within this time is committed and sent together.
pub const PORTION_MILLIS: u64 = 50;
/// The longest name of a provider, in bytes.
pub const PROVIDER_NAME_MAX_BYTES: usize = 32;
/// The longest base URL of a provider, in bytes.
pub const BASE_URL_MAX_BYTES: usize = 512;
/// The longest key of a provider, in bytes.
pub const KEY_MAX_BYTES: usize = 512;

/// What an `intention-created` may add to its content: frame and `id:` line included.
pub const INTENTION_CREATED_OVERHEAD_MAX_BYTES: usize = 300;
/// What an `intention-appended` may add to its text: frame and `id:` line included.
pub const INTENTION_APPENDED_OVERHEAD_MAX_BYTES: usize = 100;
/// The largest `being-updated`: frame and `id:` line included.
pub const BEING_UPDATED_MAX_BYTES: usize = 500;
