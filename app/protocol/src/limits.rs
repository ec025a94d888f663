//! Every limit of the protocol, with its unit last in its name.

/// With more changed rows than this since a cursor, a `space-sync` is cheaper than the changes.
pub const CATCH_UP_LIMIT_ROWS: usize = 100;
/// The number of newest messages in a `space-sync`, and of messages in a page of history by default.
pub const PAGE_DEFAULT_MESSAGES: usize = 50;
/// The most messages in one page of history.
pub const PAGE_MAX_MESSAGES: usize = 100;
/// The longest text that is searched for, in Unicode scalar values.
pub const SEARCH_MAX_CHARACTERS: usize = 200;
/// The most places that a search marks in one message.
pub const SEARCH_MATCHES_MAX: usize = 100;
/// Unread messages and mentions are counted up to this many, which reads "99+".
pub const COUNT_MAX_MESSAGES: u64 = 100;
/// The shortest time between two `space-heads` of one stream.
pub const SPACE_HEADS_MILLIS: u64 = 1000;
/// A stream that has been silent this long sends a `heartbeat`.
pub const HEARTBEAT_SILENCE_SECONDS: u64 = 25;
/// The longest message, in Unicode scalar values.
pub const CONTENT_MAX_CHARACTERS: usize = 20_000;
/// The most that is kept of what a model thought, in Unicode scalar values. The rest is dropped.
pub const REASONING_MAX_CHARACTERS: usize = 20_000;
/// The most kinds of reactions that a message has, and the most reactions.
pub const REACTION_KINDS_MAX: usize = 20;
pub const REACTIONS_MAX: usize = 200;
/// The longest name of a language of code, in bytes.
pub const CODE_LANGUAGE_MAX_BYTES: usize = 64;
/// The longest name of a being or a space, in Unicode scalar values.
pub const NAME_MAX_CHARACTERS: usize = 80;
/// The longest topic of a space, in Unicode scalar values.
pub const TOPIC_MAX_CHARACTERS: usize = 200;
/// The most persons that a direct space is of.
pub const DIRECT_MAX_PERSONS: usize = 10;
/// The most spaces in one page of the directory, and of how many it looks for them.
pub const DIRECTORY_PAGE_SPACES: usize = 50;
pub const DIRECTORY_LOOK_SPACES: usize = 1000;
/// The longest id of a being or a space, including its `@`. It keeps events within their budgets.
pub const BEING_ID_MAX_BYTES: usize = 20;
/// The shortest password, in Unicode scalar values (NIST SP 800-63B, section 3.1.1.2).
pub const PASSWORD_MIN_CHARACTERS: usize = 8;
/// The longest password: enough for any passphrase, while hashing it stays cheap.
pub const PASSWORD_MAX_CHARACTERS: usize = 256;
/// A device that has been away this long has to sign in again.
pub const SESSION_DAYS: i64 = 180;
/// An invite link expires after this long.
pub const INVITE_DAYS: i64 = 14;
/// The largest request body. The longest message fits in every spelling: as JSON that escapes each
/// character (`\ud83c\udf31`) and percent-encoded in a form, a character takes at most 12 bytes.
pub const BODY_MAX_BYTES: usize = 256 * 1024;
const _: () = assert!(CONTENT_MAX_CHARACTERS * 12 + 16 * 1024 <= BODY_MAX_BYTES);

/// How much longer than a small request one with this many bytes may take, in seconds: a second for
/// each KiB begun. Both sides grant it, so that a long message arrives over a slow line.
pub const fn transfer_seconds(bytes: usize) -> u64 {
    bytes.div_ceil(1024) as u64
}

/// The longest instructions of an AI being, in Unicode scalar values: they fit into the body of a form in
/// any script.
pub const INSTRUCTIONS_MAX_CHARACTERS: usize = 20_000;
/// The longest name of a model, in Unicode scalar values.
pub const MODEL_MAX_CHARACTERS: usize = 200;
/// The highest temperature of a model.
pub const TEMPERATURE_MAX: f64 = 2.0;
/// The most tokens that an answer may be asked to have.
pub const ANSWER_MAX_TOKENS: u64 = 1_000_000;
/// The longest name of an effort of reasoning, in bytes.
pub const REASONING_EFFORT_MAX_BYTES: usize = 32;
/// The most further fields of a request, in bytes of JSON.
pub const REQUEST_EXTRA_MAX_BYTES: usize = 4 * 1024;
/// How much of the conversation an AI being is given, at most and by default: in messages, and in Unicode
/// scalar values. Whichever limit is reached first ends the context.
pub const CONTEXT_MAX_MESSAGES: usize = 100;
pub const CONTEXT_DEFAULT_MESSAGES: usize = 30;
pub const CONTEXT_MAX_CHARACTERS: usize = 200_000;
pub const CONTEXT_DEFAULT_CHARACTERS: usize = 20_000;
/// After this many consecutive messages of AI beings, no AI being answers another: people go first.
pub const CONSECUTIVE_AI_TURNS_MAX: usize = 6;
/// The most versions of an answer that are kept, the present one among them.
pub const ANSWER_VERSIONS_MAX: u16 = 10;
/// The most AI beings that answer one message, however many are asked.
pub const ANSWERS_TO_ONE_MESSAGE_MAX: usize = 16;
/// An answer grows in portions: the text that arrives within this time is committed and sent together.
pub const PORTION_MILLIS: u64 = 50;
/// The most that is kept of a provider's words about a failure, in Unicode scalar values.
pub const FAILURE_DETAIL_MAX_CHARACTERS: usize = 500;
/// The longest name of a provider, in bytes.
pub const PROVIDER_NAME_MAX_BYTES: usize = 32;
/// The longest base URL of a provider, in bytes.
pub const BASE_URL_MAX_BYTES: usize = 512;
/// The longest that a provider may be given to send something, and for a whole answer.
pub const PROVIDER_MAX_SECONDS: u64 = 3_000;
/// The longest `reasoningMillis`: an answer takes no longer, whatever the clock says.
pub const REASONING_MAX_MILLIS: u64 = PROVIDER_MAX_SECONDS * 1000;
/// How long a provider's list of models is remembered.
pub const MODELS_SECONDS: u64 = 60;
/// The longest key of a provider, in bytes.
pub const KEY_MAX_BYTES: usize = 512;

/// The most that an `intention-created` adds to its content, including the frame and the `id:` line.
pub const INTENTION_CREATED_OVERHEAD_MAX_BYTES: usize = 300;
/// The most that an `intention-appended` and a `reasoning-appended` add to their text, including the frame
/// and the `id:` line.
pub const INTENTION_APPENDED_OVERHEAD_MAX_BYTES: usize = 100;
/// The most that `reasoningMillis` adds to the one `intention-appended` of an answer that has it.
pub const REASONING_MILLIS_MAX_BYTES: usize = 26;
/// The most that a space in an `inbox-sync` adds to its name.
pub const SPACE_ENTRY_OVERHEAD_MAX_BYTES: usize = 200;
/// The most that a space in a `space-heads` takes, where its name and its look are as they were.
pub const SPACE_HEAD_MAX_BYTES: usize = 110;
/// The largest `reaction-added` and `reaction-removed`, including the frame and the `id:` line.
pub const REACTION_EVENT_MAX_BYTES: usize = 250;
/// The largest `being-updated`, including the frame and the `id:` line.
pub const BEING_UPDATED_MAX_BYTES: usize = 500;
