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
/// The largest request body. So the longest message is refused where its characters take four bytes
/// each.
pub const BODY_MAX_BYTES: usize = 64 * 1024;

/// What an `intention-created` may add to its content: frame and `id:` line included.
pub const INTENTION_CREATED_OVERHEAD_MAX_BYTES: usize = 300;
/// What an `intention-appended` may add to its text: frame and `id:` line included.
pub const INTENTION_APPENDED_OVERHEAD_MAX_BYTES: usize = 100;
/// The largest `being-updated`: frame and `id:` line included.
pub const BEING_UPDATED_MAX_BYTES: usize = 500;
