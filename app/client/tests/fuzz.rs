//! Arbitrary input: a text that parses prints as it was read, and any other is refused without a
//! panic. A replica fed with anything that parses stays valid.
//!
//! `SEEDS` holds the inputs that once failed.

use std::{
    fmt::{Debug, Display},
    str::FromStr,
};

use client::{
    Bounds, Replica, SpaceSnapshot,
    snapshots::{space_in_path, stored_snapshots},
    storage::Value as Stored,
};
use proptest::{collection::vec, prelude::*, sample::select};
use protocol::{
    AddBeing, BeingId, BeingSettings, ChangeBeing, Content, Cursor, ErrorAnswer, HistoryPage,
    Intention, IntentionId, MessageId, Name, SendIntention, Since, SpaceId, SyncEvent,
    json::{FromJson, ToJson, from_json, to_json},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Texts that parse, nearly parse, or once did and should not have.
const SEEDS: [&str; 52] = [
    "",
    " ",
    "0",
    "00",
    "7",
    "007",
    "+7",
    "-7",
    "7 ",
    "٧",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "msg_",
    "msg_0",
    "msg_7",
    "msg_007",
    "msg_-7",
    "MSG_7",
    "msg_msg_7",
    "msg_9223372036854775807",
    "msg_9223372036854775808",
    "k3f9.130",
    "k3f9.0130",
    "k3f9.",
    ".130",
    "k3f9.130.1",
    "k3f9.9223372036854775807",
    "k3f9.9223372036854775808",
    "k-9.1",
    "kéf.1",
    "abcdefghijklm.1",
    "@a",
    "@ada",
    "@",
    "@@ada",
    "@Ada",
    "@-a",
    "@_a",
    "@ada ",
    "@é",
    "@abcdefghijklmnopqrs",
    "@abcdefghijklmnopqrst",
    "ada",
    "İ",
    "@\0",
    "01890000-0000-7000-8000-000000000001",
    "01890000-0000-7000-8000-00000000000A",
    "{01890000-0000-7000-8000-000000000001}",
    "urn:uuid:01890000-0000-7000-8000-000000000001",
    "01890000000070008000000000000001",
];

fn texts() -> impl Strategy<Value = String> {
    let seeds = || select(SEEDS.to_vec()).prop_map(str::to_owned);
    let whatever = vec(any::<char>(), 0..30).prop_map(String::from_iter);
    let of_ids = vec(select(b"@msg_.-09afzAZ \0".to_vec()), 0..24);
    let of_ids = of_ids.prop_map(|bytes| bytes.into_iter().map(char::from).collect());
    // A seed with one character replaced or inserted.
    let near = (seeds(), any::<usize>(), any::<char>(), any::<bool>());
    let near = near.prop_map(|(text, at, other, is_more)| {
        let mut letters: Vec<_> = text.chars().collect();
        let at = at % (letters.len() + 1);
        let end = if is_more { at } else { (at + 1).min(letters.len()) };
        letters.splice(at..end, [other]);
        letters.into_iter().collect()
    });
    prop_oneof![2 => seeds(), 3 => near, 2 => of_ids, 1 => whatever]
}

/// A text that parses equals what it prints as.
fn has_one_spelling<T: FromStr + Display>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(read) = text.parse::<T>() {
        prop_assert_eq!(read.to_string(), text);
    }
    Ok(())
}

fn reads_back<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(
    read: T,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(read.to_string().parse::<T>().expect("it prints what it reads"), read);
    Ok(())
}

fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = asked.unwrap_or(1_024);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn an_id_and_a_cursor_have_one_spelling(text in texts()) {
        has_one_spelling::<BeingId>(&text)?;
        has_one_spelling::<SpaceId>(&text)?;
        has_one_spelling::<MessageId>(&text)?;
        has_one_spelling::<Cursor>(&text)?;
    }

    /// A UUID has several spellings, and a position three.
    #[test]
    fn all_spellings_of_an_id_read_as_the_same_id(text in texts(), id in any::<u128>()) {
        if let Ok(id) = text.parse::<IntentionId>() {
            reads_back(id)?;
        }
        reads_back(IntentionId(uuid::Uuid::from_u128(id)))?;
        match text.parse::<Since>() {
            Ok(Since::Cursor(cursor)) => prop_assert_eq!(cursor.to_string(), text),
            Ok(Since::Present(seq)) => {
                prop_assert!(text == seq.to_string() || text == seq.as_message().to_string());
            }
            Err(refused) => prop_assert!(refused.to_string().len() < 1_000),
        }
    }

    #[test]
    fn a_handle_and_a_name_become_ids_that_can_be_read(text in texts(), attempt in 0..100_000u32) {
        if let Ok(id) = BeingId::from_handle(&text) {
            reads_back(id)?;
        }
        reads_back(BeingId::from_name(&text, "space", attempt))?;
    }

    /// A value that was accepted is accepted again, unchanged.
    #[test]
    fn a_name_and_a_content_do_not_change_when_read_again(text in texts()) {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
            prop_assert!(!name.as_str().contains('\n'));
        }
        if let Ok(content) = Content::parse(text.clone()) {
            prop_assert_eq!(content.as_str(), text);
        }
    }

    #[test]
    fn a_path_shows_a_space_or_none(text in texts()) {
        prop_assert_eq!(space_in_path(&format!("/spaces/{text}")), text.replace("%40", "@").parse().ok());
        let _ = space_in_path(&text);
    }

    /// serde, which the server uses, is the oracle of what a browser reads and writes.
    #[test]
    fn a_browser_reads_and_writes_the_json_that_serde_does(json in wire_json()) {
        reads_as_serde::<Intention>(&json)?;
        reads_as_serde::<SendIntention>(&json)?;
        reads_as_serde::<HistoryPage>(&json)?;
        reads_as_serde::<ErrorAnswer>(&json)?;
        reads_as_serde::<SpaceSnapshot>(&json)?;
        let event = serde_json::from_str::<SyncEvent>(&json).ok();
        prop_assert_eq!(from_json::<SyncEvent>(&json), event);
    }

    /// A text that parses reads back the same after it is written; any other is an error.
    #[test]
    fn wire_json_reads_back_or_is_refused(json in wire_json()) {
        json_reads_back::<Intention>(&json)?;
        json_reads_back::<SendIntention>(&json)?;
        json_reads_back::<HistoryPage>(&json)?;
        json_reads_back::<BeingSettings>(&json)?;
        json_reads_back::<ErrorAnswer>(&json)?;
        json_reads_back::<SyncEvent>(&json)?;
        json_reads_back::<ChangeBeing>(&json)?;
        json_reads_back::<AddBeing>(&json)?;
        json_reads_back::<SpaceSnapshot>(&json)?;
    }

    #[test]
    fn a_replica_accepts_anything_that_parses(events in vec((cursors(), wire_json()), 0..30)) {
        let mut replica = Replica::bounded(Bounds { crowded: 3, shown: 2, live: 1 });
        for (id, json) in events {
            let asked_at = replica.cursor().cloned();
            if let Ok(event) = serde_json::from_str::<SyncEvent>(&json) {
                let before = replica.cursor().cloned();
                let is_sync = matches!(event, SyncEvent::SpaceSync(_));
                let _ = replica.handle_event(id, event);
                if let (Some(before), Some(after)) = (before, replica.cursor()) {
                    prop_assert!(is_sync || before.epoch == after.epoch && before.seq <= after.seq);
                }
            } else if let Ok(intention) = serde_json::from_str::<Intention>(&json) {
                replica.handle_response(asked_at.as_ref(), intention);
            } else if let Ok(page) = serde_json::from_str::<HistoryPage>(&json) {
                let place = page.intentions.last().map_or(MessageId(3), |row| row.message_id);
                for _ in 0..3 {
                    let request = match place.0 % 3 {
                        0 => replica.begin_earlier(),
                        1 => replica.begin_later(),
                        _ => None,
                    };
                    let request = request.unwrap_or_else(|| replica.begin_around(place));
                    replica.handle_page(request, page.clone());
                    replica.keep_around(place);
                }
            } else {
                replica.handle_reconnect();
            }
            let ids: Vec<_> = replica.timeline().iter().map(|row| row.message_id).collect();
            prop_assert!(ids.is_sorted());
            for id in ids {
                replica.timeline().after(id);
                replica.timeline().before(id);
            }
            replica.snapshot();
        }
    }

    /// A stored text that does not parse is not shown, and all the others belong to one person.
    #[test]
    fn a_device_shows_the_snapshots_that_parse_and_nothing_else(stored in vec(snapshots(), 0..8)) {
        let found = stored.iter().map(|text| (String::new(), Stored::Text(text.clone()))).collect();
        let shown = stored_snapshots(found);
        for snapshot in &shown {
            prop_assert_eq!(&snapshot.me.id, &shown[0].me.id);
            let json = serde_json::to_string(snapshot).expect("JSON");
            let is_same = |text: &String| {
                let Some((head, stored)) = text.split_once('\n') else { return false };
                let read = serde_json::from_str::<SpaceSnapshot>(stored).ok();
                let stored = read.and_then(|snapshot| serde_json::to_string(&snapshot).ok());
                head.starts_with("1 ") && stored.as_ref() == Some(&json)
            };
            prop_assert!(stored.iter().any(is_same), "it is not stored like this: {}", json);
        }
    }
}

/// JSON of the wire, or with one part of it changed.
fn wire_json() -> impl Strategy<Value = String> {
    const GOOD: [&str; 21] = [
        r#"{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_7","ownerId":"@ada","content":"Hello.","createdAt":"2026-11-23T04:25:20.123Z","seq":7}"#,
        r#"{"id":"01890000-0000-7000-8000-000000000002","messageId":"msg_8","ownerId":"@sage","state":"failed","reason":"busy","content":"","createdAt":"","modifiedAt":"","replyTo":"msg_7","seq":9}"#,
        r#"{"intentions":[{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_3","ownerId":"@ada","content":"é","createdAt":"","seq":3}],"hasEarlier":true}"#,
        r#"{"type":"space-sync","space":{"id":"@garden","name":"Garden","kind":"space","hue":7,"seq":1},"beings":[{"id":"@ada","name":"Ada","kind":"person","hue":1,"seq":2}],"intentions":[{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_5","ownerId":"@ada","state":"active","content":"é","createdAt":"","seq":5}],"hasEarlier":true,"lastMessageId":"msg_5"}"#,
        r#"{"type":"intention-created","messageId":"msg_7","data":{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_7","ownerId":"@ada","content":"x","createdAt":"","seq":7}}"#,
        r#"{"type":"intention-updated","messageId":"msg_5","data":{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_5","ownerId":"@ada","content":"y","createdAt":"","seq":8}}"#,
        r#"{"type":"intention-appended","messageId":"msg_5","offset":2,"text":"é"}"#,
        r#"{"type":"intention-appended","messageId":"msg_5","offset":0,"text":"é","reasoningMillis":7}"#,
        r#"{"type":"reasoning-appended","messageId":"msg_5","offset":0,"text":"é"}"#,
        r#"{"type":"intention-deleted","messageId":"msg_5"}"#,
        r#"{"type":"reaction-added","messageId":"msg_5","emoji":"❤️","beingId":"@ada"}"#,
        r#"{"type":"reaction-added","messageId":"msg_7","emoji":"🌱","beingId":"@bob"}"#,
        r#"{"type":"reaction-removed","messageId":"msg_5","emoji":"❤️","beingId":"@ada"}"#,
        r#"{"intentions":[{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_3","ownerId":"@ada","content":"é","createdAt":"","reactions":[{"emoji":"❤️","by":["@ada","@bob"]}],"reactionsSeq":6,"seq":3}],"hasEarlier":true}"#,
        r#"{"intentions":[],"hasEarlier":true,"hasLater":true}"#,
        r#"{"type":"being-updated","data":{"id":"@bob","name":"Bob","kind":"person","hue":359,"seq":6}}"#,
        r#"{"type":"being-left","beingId":"@ada"}"#,
        r#"{"type":"caught-up","lastMessageId":"msg_5"}"#,
        r#"{"type":"heartbeat","lastMessageId":"msg_7"}"#,
        r#"{"provider":"guide","model":"m","instructions":"","answersWhen":"every-message","contextMessages":30,"contextCharacters":1}"#,
        r#"{"me":{"id":"@ada","name":"Ada","kind":"person","hue":1},"spaces":[],"cursor":"abc.5","sync":{"space":{"id":"@garden","name":"G","kind":"space","hue":7},"beings":[],"intentions":[],"lastMessageId":"msg_5"}}"#,
    ];
    const WORDS: [&str; 16] = [
        "null",
        "true",
        "-1",
        "0",
        "1.5",
        "1e400",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "[]",
        "{}",
        "\"\"",
        r#""\ud800""#,
        r#""msg_9223372036854775807""#,
        r#""space-sync""#,
    ];
    let good = || select(GOOD.to_vec()).prop_map(str::to_owned);
    let words = prop_oneof![
        2 => select(WORDS.to_vec()).prop_map(str::to_owned),
        1 => texts().prop_map(|text| Value::String(text).to_string()),
    ];
    let changed = (good(), any::<prop::sample::Index>(), words).prop_map(|(json, at, word)| {
        let values: Vec<_> = json.match_indices(':').map(|(at, _)| at + 1).collect();
        let at = *at.get(&values);
        let mut read = serde_json::Deserializer::from_str(&json[at..])
            .into_iter::<&serde_json::value::RawValue>();
        let length = match read.next() {
            Some(Ok(value)) => value.get().len(),
            _ => 0, // a colon within a text
        };
        format!("{}{word}{}", &json[..at], &json[at + length..])
    });
    let cut = (good(), any::<prop::sample::Index>())
        .prop_map(|(json, at)| json.chars().take(at.index(json.len())).collect());
    prop_oneof![4 => good(), 6 => changed, 1 => cut, 1 => texts()]
}

fn cursors() -> impl Strategy<Value = Option<Cursor>> {
    let seq = prop_oneof![4 => 0..12u64, 1 => (i64::MAX as u64 - 2)..=i64::MAX as u64];
    prop::option::weighted(0.9, (select(vec!["abc", "abd"]), seq)).prop_map(|parts| {
        parts.map(|(epoch, seq)| format!("{epoch}.{seq}").parse().expect("a cursor"))
    })
}

/// A snapshot in its stored form, or nearly so.
fn snapshots() -> impl Strategy<Value = String> {
    let heads = select(vec!["1 000001795407920", "1 ", "2 000001795407920", "1", "", "x y z"]);
    (heads, wire_json()).prop_map(|(head, json)| format!("{head}\n{json}"))
}

fn reads_as_serde<T: FromJson + ToJson + Serialize + DeserializeOwned>(
    json: &str,
) -> Result<(), TestCaseError> {
    let read = from_json::<T>(json).map(|read| to_json(&read));
    let oracle = serde_json::from_str::<T>(json).ok();
    prop_assert_eq!(read, oracle.map(|read| serde_json::to_string(&read).expect("JSON")));
    Ok(())
}

fn json_reads_back<T: Serialize + DeserializeOwned>(json: &str) -> Result<(), TestCaseError> {
    let Ok(read) = serde_json::from_str::<T>(json) else { return Ok(()) };
    let Ok(written) = serde_json::to_string(&read) else { return Ok(()) };
    let again = serde_json::from_str::<T>(&written)
        .map_err(|error| TestCaseError::fail(format!("{error}: {written}")))?;
    prop_assert_eq!(serde_json::to_string(&again).expect("JSON"), written);
    Ok(())
}
