//! The wire form, to the letter: the JSON of every event, command and answer, and the bytes that the most
//! frequent events may cost.
//!
//! The tables are tested in both directions: a field that is left out when written is filled in when
//! read.

use protocol::{
    AddBeing, AnswerVersion, AnswersWhen, BeginDirect, Being, BeingId, BeingKind, BeingLeft,
    BeingSettings, BeingUpdated, CaughtUp, ChangeBeing, ChangeSpace, Code, CodeClass, Colours,
    CreateAccount, CreateSpace, Cursor, Decimal, DirectoryEntry, DirectoryPage, EditIntention,
    ErrorAnswer, ErrorBody, ErrorCode, FailureDetail, FailureReason, Heartbeat, HistoryPage, Hue,
    InboxEvent, InboxPosition, InboxSync, Intention, IntentionAppended, IntentionCreated,
    IntentionDeleted, IntentionState, IntentionUpdated, Invite, JsonObject, KeyHeader, Level,
    LevelChanged, MessageId, Model, ProviderConfig, ProviderListing, PutLevelBody, PutReadBody,
    Reaction, ReactionAdded, ReactionRemoved, ReactionsPosition, ReadMoved, ReasoningAppended,
    SearchAnswer, SearchHit, SendIntention, Seq, SignIn, SpaceDetails, SpaceEntry, SpaceHead,
    SpaceHeads, SpaceJoined, SpaceLeft, SpaceListing, SpaceSync, SyncEvent, VersionCount,
    WIRE_VERSION,
    limits::{
        ANSWER_VERSIONS_MAX, BEING_UPDATED_MAX_BYTES, COUNT_MAX_MESSAGES,
        INTENTION_APPENDED_OVERHEAD_MAX_BYTES, INTENTION_CREATED_OVERHEAD_MAX_BYTES,
        NAME_MAX_CHARACTERS, REACTION_EVENT_MAX_BYTES, REASONING_MAX_MILLIS,
        REASONING_MILLIS_MAX_BYTES, SPACE_ENTRY_OVERHEAD_MAX_BYTES, SPACE_HEAD_MAX_BYTES,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use strum::VariantArray;

/// The version that the tables below were last checked against, and the hash of them all.
const WEIGHED: (u32, u64) = (1, 0xca04_eb73_d473_b716);

struct Golden {
    name: &'static str,
    json: &'static str,
    written: String,
    /// Reads JSON as the type of the row, and writes it again.
    reread: fn(&str) -> serde_json::Result<String>,
}

fn golden<T: Serialize + DeserializeOwned>(
    name: &'static str,
    value: T,
    json: &'static str,
) -> Golden {
    let written = serde_json::to_string(&value).expect("JSON");
    Golden {
        name,
        json,
        written,
        reread: |json| serde_json::to_string(&serde_json::from_str::<T>(json)?),
    }
}

fn events() -> Vec<Golden> {
    vec![
        golden(
            "a space-sync at its barest",
            SyncEvent::SpaceSync(SpaceSync {
                space: being("@garden", BeingKind::Space, 0),
                details: SpaceDetails::default(),
                beings: vec![],
                intentions: vec![],
                has_earlier: false,
                last_message_id: MessageId(0),
            }),
            r#"{"type":"space-sync","space":{"id":"@garden","name":"Ada","kind":"space","hue":200},"beings":[],"intentions":[],"lastMessageId":"msg_0"}"#,
        ),
        golden(
            "a space-sync",
            SyncEvent::SpaceSync(SpaceSync {
                space: being("@garden", BeingKind::Space, 4),
                details: SpaceDetails::default(),
                beings: vec![being("@ada", BeingKind::Person, 1), being("@sage", BeingKind::Ai, 2)],
                intentions: vec![plain()],
                has_earlier: true,
                last_message_id: MessageId(130),
            }),
            r#"{"type":"space-sync","space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"beings":[{"id":"@ada","name":"Ada","kind":"person","hue":200,"seq":1},{"id":"@sage","name":"Ada","kind":"ai","hue":200,"seq":2}],"intentions":[{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}],"hasEarlier":true,"lastMessageId":"msg_130"}"#,
        ),
        golden(
            "a space-sync with reactions",
            SyncEvent::SpaceSync(SpaceSync {
                space: being("@garden", BeingKind::Space, 4),
                details: SpaceDetails::default(),
                beings: vec![],
                intentions: vec![reacted()],
                has_earlier: false,
                last_message_id: MessageId(130),
            }),
            r#"{"type":"space-sync","space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"beings":[],"intentions":[{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","reactions":[{"emoji":"❤️","by":["@ada","@bob"]},{"emoji":"🌱","by":["@ada"]}],"reactionsSeq":129,"seq":123}],"lastMessageId":"msg_130"}"#,
        ),
        golden(
            "a space-sync with details",
            SyncEvent::SpaceSync(SpaceSync {
                space: being("@garden", BeingKind::Space, 0),
                details: SpaceDetails { topic: "Beds".into(), ..details() },
                beings: vec![],
                intentions: vec![],
                has_earlier: false,
                last_message_id: MessageId(4),
            }),
            r#"{"type":"space-sync","space":{"id":"@garden","name":"Ada","kind":"space","hue":200},"details":{"topic":"Beds","archived":true,"open":true,"direct":true},"beings":[],"intentions":[],"lastMessageId":"msg_4"}"#,
        ),
        golden(
            "a space-changed",
            SyncEvent::SpaceChanged(details()),
            r#"{"type":"space-changed","archived":true,"open":true,"direct":true}"#,
        ),
        golden(
            "a space-changed at its barest",
            SyncEvent::SpaceChanged(SpaceDetails::default()),
            r#"{"type":"space-changed"}"#,
        ),
        golden(
            "an intention-created at its barest",
            SyncEvent::IntentionCreated(IntentionCreated {
                message_id: MessageId(123),
                data: plain(),
            }),
            r#"{"type":"intention-created","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}}"#,
        ),
        golden(
            "an intention-created that streams",
            SyncEvent::IntentionCreated(IntentionCreated {
                message_id: MessageId(123),
                data: Intention {
                    state: IntentionState::Active,
                    content: String::new(),
                    ..plain()
                },
            }),
            r#"{"type":"intention-created","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","state":"active","content":"","createdAt":"2026-11-23T04:25:20.123Z","seq":123}}"#,
        ),
        golden(
            "an intention-updated with every field",
            SyncEvent::IntentionUpdated(IntentionUpdated {
                message_id: MessageId(123),
                data: Intention {
                    state: IntentionState::Cancelled,
                    modified_at: Some("2026-11-23T04:26:00.000Z".into()),
                    reply_to: Some(MessageId(7)),
                    seq: Seq(131),
                    ..plain()
                },
            }),
            r#"{"type":"intention-updated","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","state":"cancelled","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","modifiedAt":"2026-11-23T04:26:00.000Z","replyTo":"msg_7","seq":131}}"#,
        ),
        golden(
            "an intention-updated that failed",
            SyncEvent::IntentionUpdated(IntentionUpdated {
                message_id: MessageId(123),
                data: Intention {
                    state: IntentionState::Failed,
                    reason: Some(FailureReason::CutOff),
                    ..plain()
                },
            }),
            r#"{"type":"intention-updated","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","state":"failed","reason":"cut-off","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}}"#,
        ),
        golden(
            "an intention-updated that is written again",
            SyncEvent::IntentionUpdated(IntentionUpdated {
                message_id: MessageId(123),
                data: Intention {
                    state: IntentionState::Active,
                    content: String::new(),
                    versions: VersionCount::from(3),
                    ..plain()
                },
            }),
            r#"{"type":"intention-updated","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","state":"active","content":"","createdAt":"2026-11-23T04:25:20.123Z","versions":3,"seq":123}}"#,
        ),
        golden(
            "an intention-appended",
            SyncEvent::IntentionAppended(IntentionAppended {
                message_id: MessageId(123),
                offset: 5,
                text: ", \"wörld\"\n".into(),
                reasoning_millis: None,
            }),
            r#"{"type":"intention-appended","messageId":"msg_123","offset":5,"text":", \"wörld\"\n"}"#,
        ),
        golden(
            "an intention-appended that ends the reasoning",
            SyncEvent::IntentionAppended(IntentionAppended {
                message_id: MessageId(123),
                offset: 0,
                text: "Yes".into(),
                reasoning_millis: Some(12_345),
            }),
            r#"{"type":"intention-appended","messageId":"msg_123","offset":0,"text":"Yes","reasoningMillis":12345}"#,
        ),
        golden(
            "a reasoning-appended",
            SyncEvent::ReasoningAppended(ReasoningAppended {
                message_id: MessageId(123),
                offset: 5,
                text: "ask @guide?".into(),
            }),
            r#"{"type":"reasoning-appended","messageId":"msg_123","offset":5,"text":"ask @guide?"}"#,
        ),
        golden(
            "an intention-updated with reasoning",
            SyncEvent::IntentionUpdated(IntentionUpdated {
                message_id: MessageId(123),
                data: Intention {
                    reasoning: "ask @guide?".into(),
                    reasoning_millis: Some(0),
                    ..plain()
                },
            }),
            r#"{"type":"intention-updated","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","reasoning":"ask @guide?","reasoningMillis":0,"createdAt":"2026-11-23T04:25:20.123Z","seq":123}}"#,
        ),
        golden(
            "an intention-deleted",
            SyncEvent::IntentionDeleted(IntentionDeleted { message_id: MessageId(123) }),
            r#"{"type":"intention-deleted","messageId":"msg_123"}"#,
        ),
        golden(
            "a reaction-added",
            SyncEvent::ReactionAdded(ReactionAdded {
                message_id: MessageId(123),
                emoji: "❤️".into(),
                being_id: "@ada".parse().expect("an id"),
            }),
            r#"{"type":"reaction-added","messageId":"msg_123","emoji":"❤️","beingId":"@ada"}"#,
        ),
        golden(
            "a reaction-removed",
            SyncEvent::ReactionRemoved(ReactionRemoved {
                message_id: MessageId(123),
                emoji: "❤️".into(),
                being_id: "@ada".parse().expect("an id"),
            }),
            r#"{"type":"reaction-removed","messageId":"msg_123","emoji":"❤️","beingId":"@ada"}"#,
        ),
        golden(
            "a being-updated",
            SyncEvent::BeingUpdated(BeingUpdated { data: being("@ada", BeingKind::Person, 9) }),
            r#"{"type":"being-updated","data":{"id":"@ada","name":"Ada","kind":"person","hue":200,"seq":9}}"#,
        ),
        golden(
            "a being-left",
            SyncEvent::BeingLeft(BeingLeft { being_id: "@ada".parse().expect("an id") }),
            r#"{"type":"being-left","beingId":"@ada"}"#,
        ),
        golden(
            "a caught-up",
            SyncEvent::CaughtUp(CaughtUp { last_message_id: MessageId(130) }),
            r#"{"type":"caught-up","lastMessageId":"msg_130"}"#,
        ),
        golden(
            "a heartbeat",
            SyncEvent::Heartbeat(Heartbeat { last_message_id: MessageId(130) }),
            r#"{"type":"heartbeat","lastMessageId":"msg_130"}"#,
        ),
        golden("an access-revoked", SyncEvent::AccessRevoked, r#"{"type":"access-revoked"}"#),
        golden("an SSE id", cursor("k3f9", 130), r#""k3f9.130""#),
    ]
}

fn inbox_events() -> Vec<Golden> {
    let garden = || "@garden".parse().expect("an id");
    vec![
        golden(
            "an inbox-sync at its barest",
            InboxEvent::InboxSync(InboxSync { spaces: vec![], last_position: Seq(0) }),
            r#"{"type":"inbox-sync","spaces":[],"lastPosition":0}"#,
        ),
        golden(
            "an inbox-sync",
            InboxEvent::InboxSync(InboxSync {
                spaces: vec![entry(), quiet_entry()],
                last_position: Seq(7),
            }),
            r#"{"type":"inbox-sync","spaces":[{"space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"lastMessageId":"msg_130","readUpTo":"msg_123","unread":7,"mentions":1,"level":"everything"},{"space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"unread":0,"mentions":0}],"lastPosition":7}"#,
        ),
        golden(
            "a space-joined",
            InboxEvent::SpaceJoined(SpaceJoined { data: entry() }),
            r#"{"type":"space-joined","data":{"space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"lastMessageId":"msg_130","readUpTo":"msg_123","unread":7,"mentions":1,"level":"everything"}}"#,
        ),
        golden(
            "a space-joined of a direct space",
            InboxEvent::SpaceJoined(SpaceJoined {
                data: SpaceEntry { direct: true, ..quiet_entry() },
            }),
            r#"{"type":"space-joined","data":{"space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"unread":0,"mentions":0,"direct":true}}"#,
        ),
        golden(
            "a space-left",
            InboxEvent::SpaceLeft(SpaceLeft { space_id: garden() }),
            r#"{"type":"space-left","spaceId":"@garden"}"#,
        ),
        golden(
            "a read-moved",
            InboxEvent::ReadMoved(ReadMoved { space_id: garden(), up_to: MessageId(0) }),
            r#"{"type":"read-moved","spaceId":"@garden","upTo":"msg_0"}"#,
        ),
        golden(
            "a level-changed",
            InboxEvent::LevelChanged(LevelChanged { space_id: garden(), level: Level::Mentions }),
            r#"{"type":"level-changed","spaceId":"@garden","level":"mentions"}"#,
        ),
        golden(
            "space-heads",
            InboxEvent::SpaceHeads(SpaceHeads {
                spaces: vec![
                    SpaceHead { space: Some(being("@garden", BeingKind::Space, 4)), ..head() },
                    head(),
                    SpaceHead { last_message_id: None, unread: 0, mentions: 0, ..head() },
                ],
            }),
            r#"{"type":"space-heads","spaces":[{"spaceId":"@garden","space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"lastMessageId":"msg_130","unread":100,"mentions":1},{"spaceId":"@garden","lastMessageId":"msg_130","unread":100,"mentions":1},{"spaceId":"@garden","unread":0,"mentions":0}]}"#,
        ),
        golden(
            "a caught-up of an inbox",
            InboxEvent::CaughtUp(InboxPosition { last_position: Seq(7) }),
            r#"{"type":"caught-up","lastPosition":7}"#,
        ),
        golden(
            "a heartbeat of an inbox",
            InboxEvent::Heartbeat(InboxPosition { last_position: Seq(7) }),
            r#"{"type":"heartbeat","lastPosition":7}"#,
        ),
        golden(
            "an access-revoked of an inbox",
            InboxEvent::AccessRevoked,
            r#"{"type":"access-revoked"}"#,
        ),
        golden(
            "reading",
            PutReadBody { up_to: MessageId(130), epoch: None, unread: false },
            r#"{"upTo":"msg_130"}"#,
        ),
        golden(
            "marking as unread",
            PutReadBody {
                up_to: MessageId(0),
                epoch: Some("k3f9".parse().expect("an epoch")),
                unread: true,
            },
            r#"{"upTo":"msg_0","epoch":"k3f9","unread":true}"#,
        ),
        golden("a level", PutLevelBody { level: "nothing".into() }, r#"{"level":"nothing"}"#),
    ]
}

/// Of which all but the topic are not at their defaults.
fn details() -> SpaceDetails {
    SpaceDetails { topic: String::new(), archived: true, open: true, direct: true }
}

fn entry() -> SpaceEntry {
    SpaceEntry {
        space: being("@garden", BeingKind::Space, 4),
        last_message_id: Some(MessageId(130)),
        read_up_to: Some(MessageId(123)),
        unread: 7,
        mentions: 1,
        level: Level::Everything,
        direct: false,
    }
}

/// In which every field that has a default is at its default.
fn quiet_entry() -> SpaceEntry {
    SpaceEntry {
        last_message_id: None,
        read_up_to: None,
        unread: 0,
        mentions: 0,
        level: Level::Mentions,
        ..entry()
    }
}

fn head() -> SpaceHead {
    SpaceHead {
        space_id: "@garden".parse().expect("an id"),
        space: None,
        last_message_id: Some(MessageId(130)),
        unread: 100,
        mentions: 1,
    }
}

fn commands_and_answers() -> Vec<Golden> {
    let account = |invite: Option<&str>| CreateAccount {
        handle: "ada".into(),
        name: "Ada".into(),
        password: "correct horse".into(),
        invite: invite.map(Into::into),
    };
    let words = |reply_to| SendIntention { id: plain().id, content: "Hello".into(), reply_to };
    let refusal = |code: ErrorCode, message: &str, field: Option<&str>| ErrorAnswer {
        error: ErrorBody { code, message: message.into(), field: field.map(Into::into) },
    };
    vec![
        golden(
            "the first account",
            account(None),
            r#"{"handle":"ada","name":"Ada","password":"correct horse"}"#,
        ),
        golden(
            "an invited account",
            account(Some("t0ken")),
            r#"{"handle":"ada","name":"Ada","password":"correct horse","invite":"t0ken"}"#,
        ),
        golden(
            "signing in",
            SignIn { handle: "ada".into(), password: "correct horse".into() },
            r#"{"handle":"ada","password":"correct horse"}"#,
        ),
        golden(
            "a being, of no one space",
            being("@ada", BeingKind::Person, 0),
            r#"{"id":"@ada","name":"Ada","kind":"person","hue":200}"#,
        ),
        golden(
            "a line of the list of spaces",
            SpaceListing {
                space: being("@garden", BeingKind::Space, 4),
                last_message_id: MessageId(130),
            },
            r#"{"space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"lastMessageId":"msg_130"}"#,
        ),
        golden("creating a space", CreateSpace { name: "Garden".into() }, r#"{"name":"Garden"}"#),
        golden("changing nothing of a space", ChangeSpace::default(), "{}"),
        golden(
            "changing a space",
            ChangeSpace { topic: Some(String::new()), archived: Some(false), open: Some(true) },
            r#"{"topic":"","archived":false,"open":true}"#,
        ),
        golden("the details of a space", SpaceDetails::default(), "{}"),
        golden(
            "beginning a direct space",
            BeginDirect { beings: vec!["@ben".into()] },
            r#"{"beings":["@ben"]}"#,
        ),
        golden(
            "an empty page of the directory",
            DirectoryPage { spaces: vec![], next: None },
            r#"{"spaces":[]}"#,
        ),
        golden(
            "a page of the directory",
            DirectoryPage {
                spaces: vec![
                    DirectoryEntry {
                        space: being("@garden", BeingKind::Space, 0),
                        topic: "Beds".into(),
                        joined: true,
                    },
                    DirectoryEntry {
                        space: being("@hall", BeingKind::Space, 0),
                        topic: String::new(),
                        joined: false,
                    },
                ],
                next: Some("@hall".parse().expect("an id")),
            },
            r#"{"spaces":[{"space":{"id":"@garden","name":"Ada","kind":"space","hue":200},"topic":"Beds","joined":true},{"space":{"id":"@hall","name":"Ada","kind":"space","hue":200}}],"next":"@hall"}"#,
        ),
        golden(
            "an invite",
            Invite { token: "t0ken".into(), url: "https://example.org/join/t0ken".into() },
            r#"{"token":"t0ken","url":"https://example.org/join/t0ken"}"#,
        ),
        golden(
            "the first page of history",
            HistoryPage { intentions: vec![], has_earlier: false, has_later: false },
            r#"{"intentions":[],"hasEarlier":false}"#,
        ),
        golden(
            "a page of history",
            HistoryPage { intentions: vec![plain()], has_earlier: true, has_later: false },
            r#"{"intentions":[{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}],"hasEarlier":true}"#,
        ),
        golden(
            "a window into history",
            HistoryPage { intentions: vec![plain()], has_earlier: true, has_later: true },
            r#"{"intentions":[{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}],"hasEarlier":true,"hasLater":true}"#,
        ),
        golden(
            "what follows the newest message",
            HistoryPage { intentions: vec![], has_earlier: true, has_later: false },
            r#"{"intentions":[],"hasEarlier":true}"#,
        ),
        golden(
            "a page of history, with a message that has no reactions any more",
            HistoryPage {
                intentions: vec![Intention { reactions: vec![], ..reacted() }],
                has_earlier: false,
                has_later: false,
            },
            r#"{"intentions":[{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","reactionsSeq":129,"seq":123}],"hasEarlier":false}"#,
        ),
        golden(
            "a reaction, done",
            ReactionsPosition { reactions_seq: Seq(129) },
            r#"{"reactionsSeq":129}"#,
        ),
        golden(
            "taking back a reaction that never was",
            ReactionsPosition { reactions_seq: Seq(0) },
            r#"{"reactionsSeq":0}"#,
        ),
        golden("a search that finds nothing", SearchAnswer::default(), r#"{"hits":[]}"#),
        golden(
            "what a search finds",
            SearchAnswer {
                hits: vec![
                    SearchHit {
                        space_id: "@garden".parse().expect("an id"),
                        intention: plain(),
                        matches: vec![(0, 2), (3, 5)],
                    },
                    SearchHit {
                        space_id: "@hall".parse().expect("an id"),
                        intention: reacted(),
                        matches: vec![],
                    },
                ],
                next: Some("3.123_7.4".into()),
            },
            r#"{"hits":[{"spaceId":"@garden","intention":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123},"matches":[[0,2],[3,5]]},{"spaceId":"@hall","intention":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","reactions":[{"emoji":"❤️","by":["@ada","@bob"]},{"emoji":"🌱","by":["@ada"]}],"reactionsSeq":129,"seq":123},"matches":[]}],"next":"3.123_7.4"}"#,
        ),
        golden(
            "sending",
            words(None),
            r#"{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","content":"Hello"}"#,
        ),
        golden(
            "replying",
            words(Some(MessageId(7))),
            r#"{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","content":"Hello","replyTo":"msg_7"}"#,
        ),
        golden(
            "a message as an answer",
            plain(),
            r#"{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}"#,
        ),
        golden(
            "why an answer failed",
            FailureDetail { detail: "model not loaded".into() },
            r#"{"detail":"model not loaded"}"#,
        ),
        golden(
            "the versions of an answer",
            vec![
                AnswerVersion {
                    content: "Hello".into(),
                    state: IntentionState::Complete,
                    reason: None,
                    ended_at: "2026-11-23T04:25:20.123Z".into(),
                },
                AnswerVersion {
                    content: "Hel".into(),
                    state: IntentionState::Failed,
                    reason: Some(FailureReason::CutOff),
                    ended_at: "2026-11-23T04:26:00.000Z".into(),
                },
            ],
            r#"[{"content":"Hello","state":"complete","endedAt":"2026-11-23T04:25:20.123Z"},{"content":"Hel","state":"failed","reason":"cut-off","endedAt":"2026-11-23T04:26:00.000Z"}]"#,
        ),
        golden(
            "asking for colours",
            Code { language: "rust".into(), code: "fn".into() },
            r#"{"language":"rust","code":"fn"}"#,
        ),
        golden("no colours", Colours::default(), "{}"),
        golden(
            "colours of every class",
            Colours(CodeClass::VARIANTS.iter().map(|class| (*class, vec![0, 2, 7, 1])).collect()),
            r#"{"comment":[0,2,7,1],"string":[0,2,7,1],"constant":[0,2,7,1],"keyword":[0,2,7,1],"function":[0,2,7,1],"type":[0,2,7,1],"property":[0,2,7,1],"inserted":[0,2,7,1],"deleted":[0,2,7,1]}"#,
        ),
        golden("editing", EditIntention { content: "Hi".into(), seq: None }, r#"{"content":"Hi"}"#),
        golden(
            "editing a version",
            EditIntention { content: "Hi".into(), seq: Some(Seq(7)) },
            r#"{"content":"Hi","seq":7}"#,
        ),
        golden("changing nothing of a being", ChangeBeing::default(), "{}"),
        golden(
            "changing a being",
            ChangeBeing { name: Some("Ada".into()), hue: Some(359), settings: None },
            r#"{"name":"Ada","hue":359}"#,
        ),
        golden(
            "changing how a being answers",
            ChangeBeing { settings: Some(settings()), ..ChangeBeing::default() },
            r#"{"settings":{"provider":"ollama","model":"qwen3","instructions":"Be brief.","answersWhen":"every-message","contextMessages":10,"contextCharacters":4000}}"#,
        ),
        golden(
            "adding a being",
            AddBeing { name: "Sage".into(), hue: None, settings: None },
            r#"{"name":"Sage"}"#,
        ),
        golden(
            "adding a being that answers",
            AddBeing {
                name: "Guide".into(),
                hue: None,
                settings: Some(BeingSettings::with_provider("guide")),
            },
            r#"{"name":"Guide","settings":{"provider":"guide","model":"","instructions":"","answersWhen":"mentioned","contextMessages":30,"contextCharacters":20000}}"#,
        ),
        golden(
            "how a being answers",
            settings(),
            r#"{"provider":"ollama","model":"qwen3","instructions":"Be brief.","answersWhen":"every-message","contextMessages":10,"contextCharacters":4000}"#,
        ),
        golden(
            "a provider",
            ProviderConfig {
                base_url: "http://127.0.0.1:11434/v1".into(),
                ..ProviderConfig::default()
            },
            r#"{"baseUrl":"http://127.0.0.1:11434/v1"}"#,
        ),
        golden(
            "a provider with a key",
            ProviderConfig {
                base_url: "https://example.org/v1".into(),
                key: Some("sk".into()),
                ..ProviderConfig::default()
            },
            r#"{"baseUrl":"https://example.org/v1","key":"sk"}"#,
        ),
        golden(
            "a provider as members see it",
            ProviderListing { name: "ollama".into(), ..ProviderListing::default() },
            r#"{"name":"ollama"}"#,
        ),
        golden(
            "a provider as an administrator sees it",
            ProviderListing {
                name: "ollama".into(),
                base_url: Some("http://127.0.0.1:11434/v1".into()),
                has_key: Some(false),
                ..ProviderListing::default()
            },
            r#"{"name":"ollama","baseUrl":"http://127.0.0.1:11434/v1","hasKey":false}"#,
        ),
        golden(
            "a provider that takes its time",
            ProviderConfig {
                base_url: "https://example.org/v1?a=1".into(),
                silence_seconds: Some(Some(150)),
                answer_seconds: Some(None),
                key_header: Some(Some(KeyHeader::ApiKey)),
                key: None,
            },
            r#"{"baseUrl":"https://example.org/v1?a=1","silenceSeconds":150,"answerSeconds":null,"keyHeader":"api-key"}"#,
        ),
        golden(
            "a provider that takes its time, as an administrator sees it",
            ProviderListing {
                name: "azure".into(),
                base_url: Some("https://example.org/v1?a=1".into()),
                has_key: Some(true),
                silence_seconds: Some(150),
                answer_seconds: Some(3000),
                key_header: Some(KeyHeader::ApiKey),
            },
            r#"{"name":"azure","baseUrl":"https://example.org/v1?a=1","hasKey":true,"silenceSeconds":150,"answerSeconds":3000,"keyHeader":"api-key"}"#,
        ),
        golden(
            "a model",
            Model {
                id: "qwen3:8b".into(),
                name: Some("Qwen 3".into()),
                context_tokens: Some(40960),
            },
            r#"{"id":"qwen3:8b","name":"Qwen 3","contextTokens":40960}"#,
        ),
        golden(
            "a model at its barest",
            Model { id: "qwen3:8b".into(), name: None, context_tokens: None },
            r#"{"id":"qwen3:8b"}"#,
        ),
        golden(
            "how a being answers, in every detail",
            BeingSettings {
                temperature: Some(Decimal::parse("0.7")),
                max_tokens: Some(Some(500)),
                reasoning_effort: Some(None),
                request_extra: Some(JsonObject::parse(r#"{"top_k":40}"#)),
                ..settings()
            },
            r#"{"provider":"ollama","model":"qwen3","instructions":"Be brief.","answersWhen":"every-message","contextMessages":10,"contextCharacters":4000,"temperature":0.7,"maxTokens":500,"reasoningEffort":null,"requestExtra":{"top_k":40}}"#,
        ),
        golden(
            "adding a being in a colour",
            AddBeing { name: "Sage".into(), hue: Some(0), settings: None },
            r#"{"name":"Sage","hue":0}"#,
        ),
        golden(
            "a refusal",
            refusal(ErrorCode::NotMember, "You do not belong here.", None),
            r#"{"error":{"code":"not-member","message":"You do not belong here."}}"#,
        ),
        golden(
            "a refusal that names a field",
            refusal(ErrorCode::OutOfBounds, "The content is empty.", Some("content")),
            r#"{"error":{"code":"out-of-bounds","message":"The content is empty.","field":"content"}}"#,
        ),
    ]
}

fn being(id: &str, kind: BeingKind, seq: u64) -> Being {
    Being {
        id: id.parse().expect("an id"),
        name: "Ada".into(),
        kind,
        hue: Hue::from(200),
        seq: Seq(seq),
    }
}

/// A message in which every field that has a default is at its default.
fn plain() -> Intention {
    Intention {
        id: "01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b".parse().expect("a UUID"),
        message_id: MessageId(123),
        owner_id: "@ada".parse().expect("an id"),
        state: IntentionState::Complete,
        reason: None,
        content: "Hello".into(),
        reasoning: String::new(),
        reasoning_millis: None,
        created_at: "2026-11-23T04:25:20.123Z".into(),
        modified_at: None,
        reply_to: None,
        versions: VersionCount::default(),
        reactions: vec![],
        reactions_seq: Seq(0),
        seq: Seq(123),
    }
}

/// The same with reactions, two of them of one kind.
fn reacted() -> Intention {
    let by = |ids: &[&str]| ids.iter().map(|id| id.parse().expect("an id")).collect();
    Intention {
        reactions: vec![
            Reaction { emoji: "❤️".into(), by: by(&["@ada", "@bob"]) },
            Reaction { emoji: "🌱".into(), by: by(&["@ada"]) },
        ],
        reactions_seq: Seq(129),
        ..plain()
    }
}

fn settings() -> BeingSettings {
    BeingSettings {
        provider: "ollama".into(),
        model: "qwen3".into(),
        instructions: "Be brief.".into(),
        answers_when: AnswersWhen::EveryMessage,
        context_messages: 10,
        context_characters: 4000,
        ..BeingSettings::with_provider("")
    }
}

fn cursor(epoch: &str, seq: u64) -> Cursor {
    Cursor { epoch: epoch.parse().expect("an epoch"), seq: Seq(seq) }
}

fn everything() -> impl Iterator<Item = Golden> {
    events().into_iter().chain(inbox_events()).chain(commands_and_answers())
}

#[test]
fn everything_is_written_and_read_to_the_letter() {
    for row in everything() {
        assert_eq!(row.written, row.json, "{}", row.name);
        let reread = (row.reread)(row.json).unwrap_or_else(|e| panic!("{}: {e}", row.name));
        assert_eq!(reread, row.json, "{}", row.name);
    }
}

#[test]
fn a_client_ignores_fields_that_it_does_not_know() {
    for row in everything() {
        let mut value = serde_json::from_str(row.json).expect("JSON");
        add_a_field_to_every_object(&mut value);
        let reread = (row.reread)(&value.to_string());
        let reread = reread.unwrap_or_else(|e| panic!("{}: {e}", row.name));
        assert_eq!(reread, row.json, "{}", row.name);
    }
}

fn add_a_field_to_every_object(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            // What is in `requestExtra` is the provider's.
            let ours = fields.iter_mut().filter(|(name, _)| *name != "requestExtra");
            ours.for_each(|(_, value)| add_a_field_to_every_object(value));
            fields.insert("ofALaterBuild".into(), serde_json::json!({ "seq": [1, null] }));
        }
        serde_json::Value::Array(rows) => rows.iter_mut().for_each(add_a_field_to_every_object),
        _ => {}
    }
}

/// The database stores them, too.
#[test]
fn every_failure_reason_has_its_name() {
    use FailureReason::*;
    for (reason, name) in [
        (NoProvider, "no-provider"),
        (Unreachable, "unreachable"),
        (Unauthorized, "unauthorized"),
        (Busy, "busy"),
        (Misconfigured, "misconfigured"),
        (ProviderError, "provider-error"),
        (CutOff, "cut-off"),
        (Malformed, "malformed"),
        (Silent, "silent"),
        (TooLong, "too-long"),
        (Empty, "empty"),
        (Withheld, "withheld"),
        (Interrupted, "interrupted"),
        (Unknown, "unknown"),
    ] {
        let json = format!("\"{name}\"");
        assert_eq!(serde_json::to_string(&reason).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<FailureReason>(&json).expect("a reason"), reason);
    }
}

#[test]
fn the_wire_form_does_not_change_unnoticed() {
    let lines: String = everything().map(|row| row.json.to_owned() + "\n").collect();
    let hash = fnv1a(lines.as_bytes());
    assert_eq!(
        (WIRE_VERSION, hash),
        WEIGHED,
        "The wire form has changed. Reconsider WIRE_VERSION in app/protocol/src/lib.rs: does a client \
         of the previous build understand a server of this build, and a client of this build a \
         server of the previous one? Then write the result here: ({WIRE_VERSION}, {hash:#018x})."
    );
}

/// FNV-1a, 64 bits: the same on every machine and in every year.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The budgets hold up to this position; each further digit costs a byte wherever a position stands.
const LARGEST: u64 = 99_999;

fn frame_bytes(event: &SyncEvent) -> usize {
    let json = serde_json::to_string(event).expect("JSON");
    format!("id: {}\ndata: {json}\n\n", cursor("k3f", LARGEST)).len()
}

fn longest_id() -> BeingId {
    "@abcdefghijklmnopqrs".parse().expect("the longest id")
}

#[test]
fn an_intention_created_costs_its_content_and_at_most_300_bytes() {
    let live = Intention {
        message_id: MessageId(LARGEST),
        owner_id: longest_id(),
        content: "Words that need no escaping. ".repeat(100),
        reply_to: Some(MessageId(LARGEST)),
        seq: Seq(LARGEST),
        ..plain()
    };
    let modified_at = Some(plain().created_at);
    let cases = [
        ("a reply", live.clone(), 0),
        ("an answer", Intention { state: IntentionState::Active, ..live.clone() }, 0),
        (
            "edited",
            Intention { reply_to: None, modified_at: modified_at.clone(), ..live.clone() },
            0,
        ),
        // The exceptions, which are rare: a failed message of a being with the longest id, and one that
        // is both a reply and edited.
        (
            "an answer that failed before it was caught up with",
            Intention {
                state: IntentionState::Failed,
                reason: Some(FailureReason::ProviderError),
                ..live.clone()
            },
            13,
        ),
        (
            "an answer that has thought before it was caught up with",
            Intention {
                state: IntentionState::Active,
                reasoning: "Words that need no escaping. ".repeat(100),
                reasoning_millis: Some(REASONING_MAX_MILLIS),
                ..live.clone()
            },
            31,
        ),
        (
            "an answer that was written again before it was caught up with",
            Intention {
                state: IntentionState::Cancelled,
                versions: ANSWER_VERSIONS_MAX.into(),
                ..live.clone()
            },
            4,
        ),
        (
            "a reply that was edited before it was caught up with",
            Intention { modified_at, ..live },
            10,
        ),
    ];
    for (name, data, excess) in cases {
        let text = data.content.len() + data.reasoning.len();
        let budget = text + INTENTION_CREATED_OVERHEAD_MAX_BYTES + excess;
        let bytes = frame_bytes(&SyncEvent::IntentionCreated(IntentionCreated {
            message_id: data.message_id,
            data,
        }));
        assert!(bytes <= budget, "{name}: {} bytes over the budget", bytes - budget);
    }
}

#[test]
fn what_is_appended_costs_its_text_and_at_most_100_bytes() {
    let text = "Words that need no escaping. ".repeat(100);
    let message_id = MessageId(LARGEST);
    let appended = |offset, reasoning_millis| {
        let text = text.clone();
        SyncEvent::IntentionAppended(IntentionAppended {
            message_id,
            offset,
            text,
            reasoning_millis,
        })
    };
    let thought = ReasoningAppended { message_id, offset: 80_000, text: text.clone() };
    for (name, event, excess) in [
        ("text", appended(80_000, None), 0),
        ("reasoning", SyncEvent::ReasoningAppended(thought), 0),
        ("the first text", appended(0, Some(REASONING_MAX_MILLIS)), REASONING_MILLIS_MAX_BYTES),
    ] {
        let budget = text.len() + INTENTION_APPENDED_OVERHEAD_MAX_BYTES + excess;
        let bytes = frame_bytes(&event);
        assert!(bytes <= budget, "{name}: {} bytes over the budget", bytes - budget);
    }
}

#[test]
fn a_reaction_costs_at_most_250_bytes() {
    // A kiss, with a skin tone for each: no emoji has more bytes.
    let emoji = "👩🏻\u{200d}❤️\u{200d}💋\u{200d}👩🏿".to_owned();
    assert_eq!(emoji.len(), 35);
    let (message_id, being_id) = (MessageId(LARGEST), longest_id());
    let bytes =
        frame_bytes(&SyncEvent::ReactionRemoved(ReactionRemoved { message_id, emoji, being_id }));
    assert!(bytes <= REACTION_EVENT_MAX_BYTES, "{bytes} bytes");
}

#[test]
fn a_being_updated_costs_at_most_500_bytes() {
    let name = "🌱".repeat(NAME_MAX_CHARACTERS);
    let (id, kind, hue, seq) = (longest_id(), BeingKind::Person, Hue::from(359), Seq(LARGEST));
    let bytes = frame_bytes(&SyncEvent::BeingUpdated(BeingUpdated {
        data: Being { id, name, kind, hue, seq },
    }));
    assert!(bytes <= BEING_UPDATED_MAX_BYTES, "{bytes} bytes");
}

#[test]
fn a_space_in_an_inbox_costs_its_name_and_at_most_200_bytes() {
    let (kind, hue, seq) = (BeingKind::Space, Hue::from(359), Seq(LARGEST));
    let name = "🌱".repeat(NAME_MAX_CHARACTERS);
    for level in ["everything", "mentions", "nothing"] {
        let entry = SpaceEntry {
            space: Being { id: longest_id(), name: name.clone(), kind, hue, seq },
            last_message_id: Some(MessageId(LARGEST)),
            read_up_to: Some(MessageId(LARGEST)),
            unread: COUNT_MAX_MESSAGES,
            mentions: COUNT_MAX_MESSAGES,
            level: level.parse().expect("a level"),
            direct: true,
        };
        let bytes = serde_json::to_string(&entry).expect("JSON").len();
        let budget = name.len() + SPACE_ENTRY_OVERHEAD_MAX_BYTES;
        assert!(bytes <= budget, "{level}: {bytes} bytes, and not {budget}");
    }
    let head = SpaceHead {
        space_id: longest_id().into(),
        space: None,
        last_message_id: Some(MessageId(LARGEST)),
        unread: COUNT_MAX_MESSAGES,
        mentions: COUNT_MAX_MESSAGES,
    };
    let bytes = serde_json::to_string(&head).expect("JSON").len();
    assert!(bytes <= SPACE_HEAD_MAX_BYTES, "{bytes} bytes");
}
