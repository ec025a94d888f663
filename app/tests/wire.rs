//! The wire form, to the letter: what every event, command and answer looks like as JSON, and how
//! many bytes the events that are sent most may cost.
//!
//! The tables are read in both directions, so that a field which is left out on the way out is
//! known to be filled in on the way back.

use app::protocol::{
    AddBeing, AnswersWhen, Being, BeingId, BeingKind, BeingSettings, ChangeBeing, CreateAccount,
    CreateSpace, Cursor, EditIntention, ErrorAnswer, ErrorBody, FailureReason, HistoryPage, Hue,
    Intention, IntentionState, Invite, MessageId, ProviderListing, PutProvider, SendIntention, Seq,
    SignIn, SpaceListing, SpaceSync, SyncEvent, Timestamp, WIRE_VERSION,
    limits::{
        BEING_UPDATED_MAX_BYTES, INTENTION_APPENDED_OVERHEAD_MAX_BYTES,
        INTENTION_CREATED_OVERHEAD_MAX_BYTES, NAME_MAX_CHARACTERS,
    },
};
use serde::{Serialize, de::DeserializeOwned};

/// The version that the tables below were last weighed against, and the hash of them all.
const WEIGHED: (u32, u64) = (1, 0x0305_dff5_6729_7134);

struct Golden {
    name: &'static str,
    json: &'static str,
    written: String,
    /// Reads JSON as the type that the row is of, and writes it again.
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
                beings: vec![being("@ada", BeingKind::Person, 1), being("@sage", BeingKind::Ai, 2)],
                intentions: vec![plain()],
                has_earlier: true,
                last_message_id: MessageId(130),
            }),
            r#"{"type":"space-sync","space":{"id":"@garden","name":"Ada","kind":"space","hue":200,"seq":4},"beings":[{"id":"@ada","name":"Ada","kind":"person","hue":200,"seq":1},{"id":"@sage","name":"Ada","kind":"ai","hue":200,"seq":2}],"intentions":[{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}],"hasEarlier":true,"lastMessageId":"msg_130"}"#,
        ),
        golden(
            "an intention-created at its barest",
            SyncEvent::IntentionCreated { message_id: MessageId(123), data: plain() },
            r#"{"type":"intention-created","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}}"#,
        ),
        golden(
            "an intention-created that streams",
            SyncEvent::IntentionCreated {
                message_id: MessageId(123),
                data: Intention {
                    state: IntentionState::Active,
                    content: String::new(),
                    ..plain()
                },
            },
            r#"{"type":"intention-created","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","state":"active","content":"","createdAt":"2026-11-23T04:25:20.123Z","seq":123}}"#,
        ),
        golden(
            "an intention-updated with every field",
            SyncEvent::IntentionUpdated {
                message_id: MessageId(123),
                data: Intention {
                    state: IntentionState::Cancelled,
                    modified_at: Some(Timestamp("2026-11-23T04:26:00.000Z".into())),
                    reply_to: Some(MessageId(7)),
                    seq: Seq(131),
                    ..plain()
                },
            },
            r#"{"type":"intention-updated","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","state":"cancelled","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","modifiedAt":"2026-11-23T04:26:00.000Z","replyTo":"msg_7","seq":131}}"#,
        ),
        golden(
            "an intention-updated that failed",
            SyncEvent::IntentionUpdated {
                message_id: MessageId(123),
                data: Intention {
                    state: IntentionState::Failed,
                    reason: Some(FailureReason::CutOff),
                    ..plain()
                },
            },
            r#"{"type":"intention-updated","messageId":"msg_123","data":{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","state":"failed","reason":"cut-off","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}}"#,
        ),
        golden(
            "an intention-appended",
            SyncEvent::IntentionAppended {
                message_id: MessageId(123),
                offset: 5,
                text: ", \"wörld\"\n".into(),
            },
            r#"{"type":"intention-appended","messageId":"msg_123","offset":5,"text":", \"wörld\"\n"}"#,
        ),
        golden(
            "an intention-deleted",
            SyncEvent::IntentionDeleted { message_id: MessageId(123) },
            r#"{"type":"intention-deleted","messageId":"msg_123"}"#,
        ),
        golden(
            "a being-updated",
            SyncEvent::BeingUpdated { data: being("@ada", BeingKind::Person, 9) },
            r#"{"type":"being-updated","data":{"id":"@ada","name":"Ada","kind":"person","hue":200,"seq":9}}"#,
        ),
        golden(
            "a being-left",
            SyncEvent::BeingLeft { being_id: "@ada".parse().expect("an id") },
            r#"{"type":"being-left","beingId":"@ada"}"#,
        ),
        golden(
            "a caught-up",
            SyncEvent::CaughtUp { last_message_id: MessageId(130) },
            r#"{"type":"caught-up","lastMessageId":"msg_130"}"#,
        ),
        golden(
            "a heartbeat",
            SyncEvent::Heartbeat { last_message_id: MessageId(130) },
            r#"{"type":"heartbeat","lastMessageId":"msg_130"}"#,
        ),
        golden("an access-revoked", SyncEvent::AccessRevoked, r#"{"type":"access-revoked"}"#),
        golden("an SSE id", cursor("k3f9", 130), r#""k3f9.130""#),
    ]
}

fn commands_and_answers() -> Vec<Golden> {
    let account = |invite: Option<&str>| CreateAccount {
        handle: "ada".into(),
        name: "Ada".into(),
        password: "correct horse".into(),
        invite: invite.map(Into::into),
    };
    let words = |reply_to| SendIntention { id: plain().id, content: "Hello".into(), reply_to };
    let refusal = |code: &str, message: &str, field: Option<&str>| ErrorAnswer {
        error: ErrorBody {
            code: code.into(),
            message: message.into(),
            field: field.map(Into::into),
        },
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
        golden("founding a space", CreateSpace { name: "Garden".into() }, r#"{"name":"Garden"}"#),
        golden(
            "an invite",
            Invite { token: "t0ken".into(), url: "https://example.org/join/t0ken".into() },
            r#"{"token":"t0ken","url":"https://example.org/join/t0ken"}"#,
        ),
        golden(
            "the first page of history",
            HistoryPage { intentions: vec![], has_earlier: false },
            r#"{"intentions":[],"hasEarlier":false}"#,
        ),
        golden(
            "a page of history",
            HistoryPage { intentions: vec![plain()], has_earlier: true },
            r#"{"intentions":[{"id":"01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b","messageId":"msg_123","ownerId":"@ada","content":"Hello","createdAt":"2026-11-23T04:25:20.123Z","seq":123}],"hasEarlier":true}"#,
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
        golden("editing", EditIntention { content: "Hi".into(), seq: None }, r#"{"content":"Hi"}"#),
        golden(
            "editing a version",
            EditIntention { content: "Hi".into(), seq: Some(Seq(7)) },
            r#"{"content":"Hi","seq":7}"#,
        ),
        golden("changing nothing of a being", ChangeBeing::default(), "{}"),
        golden(
            "changing a being",
            ChangeBeing { name: Some("Ada".into()), hue: Some(Hue(359)), settings: None },
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
            PutProvider { base_url: "http://127.0.0.1:11434/v1".into(), key: None },
            r#"{"baseUrl":"http://127.0.0.1:11434/v1"}"#,
        ),
        golden(
            "a provider with a key",
            PutProvider { base_url: "https://example.org/v1".into(), key: Some("sk".into()) },
            r#"{"baseUrl":"https://example.org/v1","key":"sk"}"#,
        ),
        golden(
            "a provider as members see it",
            ProviderListing { name: "ollama".into(), base_url: None, has_key: None },
            r#"{"name":"ollama"}"#,
        ),
        golden(
            "a provider as who administers sees it",
            ProviderListing {
                name: "ollama".into(),
                base_url: Some("http://127.0.0.1:11434/v1".into()),
                has_key: Some(false),
            },
            r#"{"name":"ollama","baseUrl":"http://127.0.0.1:11434/v1","hasKey":false}"#,
        ),
        golden(
            "adding a being in a colour",
            AddBeing { name: "Sage".into(), hue: Some(Hue(0)), settings: None },
            r#"{"name":"Sage","hue":0}"#,
        ),
        golden(
            "a refusal",
            refusal("not-member", "You do not belong here.", None),
            r#"{"error":{"code":"not-member","message":"You do not belong here."}}"#,
        ),
        golden(
            "a refusal that names a field",
            refusal("out-of-bounds", "The content is empty.", Some("content")),
            r#"{"error":{"code":"out-of-bounds","message":"The content is empty.","field":"content"}}"#,
        ),
    ]
}

fn being(id: &str, kind: BeingKind, seq: u64) -> Being {
    Being { id: id.parse().expect("an id"), name: "Ada".into(), kind, hue: Hue(200), seq: Seq(seq) }
}

/// A message with every field at its default that has one.
fn plain() -> Intention {
    Intention {
        id: "01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b".parse().expect("a UUID"),
        message_id: MessageId(123),
        owner_id: "@ada".parse().expect("an id"),
        state: IntentionState::Complete,
        reason: None,
        content: "Hello".into(),
        created_at: Timestamp("2026-11-23T04:25:20.123Z".into()),
        modified_at: None,
        reply_to: None,
        seq: Seq(123),
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
    }
}

fn cursor(epoch: &str, seq: u64) -> Cursor {
    Cursor { epoch: epoch.parse().expect("an epoch"), seq: Seq(seq) }
}

fn everything() -> impl Iterator<Item = Golden> {
    events().into_iter().chain(commands_and_answers())
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
fn a_client_of_this_build_ignores_fields_it_does_not_know() {
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
            fields.values_mut().for_each(add_a_field_to_every_object);
            fields.insert("ofALaterBuild".into(), serde_json::json!({ "seq": [1, null] }));
        }
        serde_json::Value::Array(rows) => rows.iter_mut().for_each(add_a_field_to_every_object),
        _ => {}
    }
}

/// The database keeps them, too.
#[test]
fn each_reason_for_a_failure_has_its_name() {
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
fn the_wire_form_does_not_change_unweighed() {
    let lines: String = everything().map(|row| row.json.to_owned() + "\n").collect();
    let hash = fnv1a(lines.as_bytes());
    assert_eq!(
        (WIRE_VERSION, hash),
        WEIGHED,
        "The wire form has changed. Reconsider WIRE_VERSION in app/src/protocol.rs: does a client \
         of the build before understand what a server of this build sends, and the other way \
         round? Then write down here what was weighed: ({WIRE_VERSION}, {hash:#018x})."
    );
}

/// FNV-1a, 64 bits: the same on every machine and in every year.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The budgets hold up to here; each further digit of a position costs a byte wherever it stands.
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
        // The exceptions, which are rare: of a being with the longest id, what failed, and what is
        // both a reply and edited.
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
            "a reply that was edited before it was caught up with",
            Intention { modified_at, ..live },
            10,
        ),
    ];
    for (name, data, excess) in cases {
        let budget = data.content.len() + INTENTION_CREATED_OVERHEAD_MAX_BYTES + excess;
        let bytes = frame_bytes(&SyncEvent::IntentionCreated { message_id: data.message_id, data });
        assert!(bytes <= budget, "{name}: {} bytes over the budget", bytes - budget);
    }
}

#[test]
fn an_intention_appended_costs_its_text_and_at_most_100_bytes() {
    let text = "Words that need no escaping. ".repeat(100);
    let budget = text.len() + INTENTION_APPENDED_OVERHEAD_MAX_BYTES;
    let message_id = MessageId(LARGEST);
    let bytes = frame_bytes(&SyncEvent::IntentionAppended { message_id, offset: 80_000, text });
    assert!(bytes <= budget, "{} bytes over the budget", bytes - budget);
}

#[test]
fn a_being_updated_costs_at_most_500_bytes() {
    let name = "🌱".repeat(NAME_MAX_CHARACTERS);
    let (id, kind, hue, seq) = (longest_id(), BeingKind::Person, Hue(359), Seq(LARGEST));
    let bytes = frame_bytes(&SyncEvent::BeingUpdated { data: Being { id, name, kind, hue, seq } });
    assert!(bytes <= BEING_UPDATED_MAX_BYTES, "{bytes} bytes");
}
