//! Whatever text comes: what is read prints as it was read, and what is not is refused, never a
//! panic. And a replica that is fed with anything that can be read at all stays one.
//!
//! What was found stands in `SEEDS`.

use std::{
    fmt::{Debug, Display},
    future::Future,
    pin::pin,
    str::FromStr,
    task::{Context, Poll, Waker},
};

use app::{
    backend::Visit,
    live::{Kept, Shelf},
    protocol::{
        AddBeing, BeingId, BeingSettings, ChangeBeing, Content, Cursor, ErrorAnswer, HistoryPage,
        Intention, IntentionId, MessageId, Name, SendIntention, Since, SpaceId, SyncEvent,
    },
    replica::Replica,
    session::{kept_visits, space_at},
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Texts that are read, nearly are, or once were and should not have been.
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
    // One letter of a seed is another, or one more.
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

/// What can be read is what would be printed.
fn has_one_spelling<T: FromStr + Display>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(read) = text.parse::<T>() {
        prop_assert_eq!(read.to_string(), text);
    }
    Ok(())
}

fn comes_back<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(
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

    /// Of a UUID there are several spellings, and of a position three.
    #[test]
    fn what_has_several_spellings_is_one_thing(text in texts(), id in any::<u128>()) {
        if let Ok(id) = text.parse::<IntentionId>() {
            comes_back(id)?;
        }
        comes_back(IntentionId(uuid::Uuid::from_u128(id)))?;
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
            comes_back(id)?;
        }
        comes_back(BeingId::from_name(&text, "space", attempt))?;
    }

    /// What was accepted once is accepted again, unchanged.
    #[test]
    fn a_name_and_a_content_are_at_rest_once_they_are_read(text in texts()) {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(name.as_str()), Ok(name.clone()));
            prop_assert!(!name.as_str().contains('\n'));
        }
        if let Ok(content) = Content::parse(text.clone()) {
            prop_assert_eq!(content.as_str(), text);
        }
    }

    #[test]
    fn an_address_shows_a_space_or_none(text in texts()) {
        prop_assert_eq!(space_at(&format!("/spaces/{text}")), text.replace("%40", "@").parse().ok());
        let _ = space_at(&text);
    }

    /// Read, and written again, and read: the same. Not read: an error.
    #[test]
    fn json_of_the_wire_comes_back_or_is_refused(json in wires()) {
        reread::<Intention>(&json)?;
        reread::<SendIntention>(&json)?;
        reread::<HistoryPage>(&json)?;
        reread::<BeingSettings>(&json)?;
        reread::<ErrorAnswer>(&json)?;
        reread::<SyncEvent>(&json)?;
        reread::<ChangeBeing>(&json)?;
        reread::<AddBeing>(&json)?;
        reread::<Visit>(&json)?;
    }

    #[test]
    fn a_replica_takes_whatever_can_be_read(events in vec((cursors(), wires()), 0..30)) {
        let mut replica = Replica::default();
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
                replica.handle_answer(asked_at.as_ref(), intention);
            } else if let Ok(page) = serde_json::from_str::<HistoryPage>(&json) {
                replica.begin_page();
                replica.handle_page(page);
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

    /// What cannot be read of what a device has kept is not shown, and the rest is one person's.
    #[test]
    fn a_device_shows_what_it_can_read_and_nothing_else(kept in vec(visits(), 0..8)) {
        let shown = done(kept_visits(&Kepts(kept.clone())));
        for visit in &shown {
            prop_assert_eq!(&visit.me.id, &shown[0].me.id);
            let json = serde_json::to_string(visit).expect("JSON");
            let is_it = |text: &String| {
                let Some((head, kept)) = text.split_once('\n') else { return false };
                let read = serde_json::from_str::<Visit>(kept).ok();
                let kept = read.and_then(|visit| serde_json::to_string(&visit).ok());
                head.starts_with("1 ") && kept.as_ref() == Some(&json)
            };
            prop_assert!(kept.iter().any(is_it), "it is not kept so: {}", json);
        }
    }
}

/// JSON that is of the wire, or was before one thing of it changed.
fn wires() -> impl Strategy<Value = String> {
    const GOOD: [&str; 14] = [
        r#"{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_7","ownerId":"@ada","content":"Hello.","createdAt":"2026-11-23T04:25:20.123Z","seq":7}"#,
        r#"{"id":"01890000-0000-7000-8000-000000000002","messageId":"msg_8","ownerId":"@sage","state":"failed","reason":"busy","content":"","createdAt":"","modifiedAt":"","replyTo":"msg_7","seq":9}"#,
        r#"{"intentions":[{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_3","ownerId":"@ada","content":"é","createdAt":"","seq":3}],"hasEarlier":true}"#,
        r#"{"type":"space-sync","space":{"id":"@garden","name":"Garden","kind":"space","hue":7,"seq":1},"beings":[{"id":"@ada","name":"Ada","kind":"person","hue":1,"seq":2}],"intentions":[{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_5","ownerId":"@ada","state":"active","content":"é","createdAt":"","seq":5}],"hasEarlier":true,"lastMessageId":"msg_5"}"#,
        r#"{"type":"intention-created","messageId":"msg_7","data":{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_7","ownerId":"@ada","content":"x","createdAt":"","seq":7}}"#,
        r#"{"type":"intention-updated","messageId":"msg_5","data":{"id":"01890000-0000-7000-8000-000000000001","messageId":"msg_5","ownerId":"@ada","content":"y","createdAt":"","seq":8}}"#,
        r#"{"type":"intention-appended","messageId":"msg_5","offset":2,"text":"é"}"#,
        r#"{"type":"intention-deleted","messageId":"msg_5"}"#,
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

/// As a visit is kept, or nearly so.
fn visits() -> impl Strategy<Value = String> {
    let heads = select(vec!["1 000001795407920", "1 ", "2 000001795407920", "1", "", "x y z"]);
    (heads, wires()).prop_map(|(head, json)| format!("{head}\n{json}"))
}

fn reread<T: Serialize + DeserializeOwned>(json: &str) -> Result<(), TestCaseError> {
    let Ok(read) = serde_json::from_str::<T>(json) else { return Ok(()) };
    let Ok(written) = serde_json::to_string(&read) else { return Ok(()) };
    let again = serde_json::from_str::<T>(&written)
        .map_err(|error| TestCaseError::fail(format!("{error}: {written}")))?;
    prop_assert_eq!(serde_json::to_string(&again).expect("JSON"), written);
    Ok(())
}

/// A shelf with these texts on it.
struct Kepts(Vec<String>);

impl Shelf for Kepts {
    fn put(&self, _: &'static str, _: String, _: String) -> Kept<()> {
        Box::pin(async { None })
    }

    fn remove(&self, _: &'static str, _: String) -> Kept<()> {
        Box::pin(async { None })
    }

    fn keys(&self, _: &'static str, _: String) -> Kept<Vec<String>> {
        Box::pin(async { None })
    }

    fn all(&self, _: &'static str, _: String) -> Kept<Vec<String>> {
        let all = self.0.clone();
        Box::pin(async { Some(all) })
    }
}

/// Of a future that waits for nothing.
fn done<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("it waits for something"),
    }
}
