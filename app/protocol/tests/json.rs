//! The JSON of a browser against serde's, which the server uses: the same texts are read, to the same
//! values, and the same values are written as the same texts.

use std::fmt::Debug;

use protocol::{
    AnswerVersion, BeingSettings, ChangeBeing, Decimal, EditIntention, ErrorAnswer, HistoryPage,
    InboxEvent, Invite, JsonObject, MessageId, PutLevelBody, PutReadBody, ReactionsPosition,
    SendIntention, SpaceListing, SyncEvent, VersionCount,
    json::{FromJson, ToJson, Value, from_json, to_json},
};
use serde::{Serialize, de::DeserializeOwned};

fn both_read<T>(json: &str) -> Option<T>
where
    T: FromJson + DeserializeOwned + PartialEq + Debug,
{
    let read = from_json::<T>(json);
    assert_eq!(read, serde_json::from_str(json).ok(), "{json}");
    read
}

fn both_write<T: ToJson + Serialize>(value: &T) {
    assert_eq!(to_json(value), serde_json::to_string(value).expect("JSON"));
}

#[test]
fn what_is_json_is_what_serde_reads() {
    for json in [
        "",
        " ",
        "null",
        "nul",
        "nulls",
        " true ",
        "false",
        "tru",
        "0",
        "-0",
        "00",
        "01",
        "-",
        "-1",
        "+1",
        "1.5",
        "1.",
        ".5",
        "1e5",
        "1E+5",
        "1e-05",
        "1e",
        "1e+",
        "1e400",
        "0x1",
        "NaN",
        "1 2",
        "[]",
        "[ ]",
        "[1]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1",
        "]",
        "{}",
        "{ }",
        r#"{"a":1}"#,
        r#"{"a":1,}"#,
        r#"{"a"}"#,
        r#"{"a" : 1 , "b":[{}]}"#,
        "{a:1}",
        "{1:1}",
        r#"{"a":1"#,
        r#"{"a":1]"#,
        r#"[1}"#,
        r#""""#,
        r#"""#,
        r#""a\"#,
        r#""\""#,
        r#""\a""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\u1234""#,
        "\"\n\"",
        "\"\u{1f}\"",
        "\"\u{7f}\"",
        "\u{feff}1",
        "1\u{a0}",
        "\t[\r\n1 ]\n",
        "'a'",
        "// 1",
        "[1]x",
        "[[[[[[]]]]]]",
    ] {
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(json).is_ok();
        assert_eq!(Value::read(json).is_some(), is_json, "{json}");
    }
    assert!(Value::read(&"[".repeat(1_000_000)).is_none(), "the stack is not used up");
}

#[test]
fn strings_are_read_and_written_as_serde_does() {
    for json in [
        r#""""#,
        r#""a\"b\\c\/d""#,
        r#""\b\f\n\r\t""#,
        r#""\u0041\u00e9\u20AC""#,
        r#""\ud83c\udf31!""#,
        r#""\ud83c""#,
        r#""\udf31""#,
        r#""\ud83c\ud83c""#,
        r#""\ud83cx""#,
        r#""\ud83c\n""#,
        r#""\u0000""#,
        r#""漢字 🌱""#,
        r#""\\u0041""#,
        r#""a\\""#,
        "7",
        "null",
        r#"["a"]"#,
    ] {
        both_read::<String>(json).iter().for_each(both_write);
    }
    both_write(&(0..=0x2100).filter_map(char::from_u32).collect::<String>());
}

#[test]
fn numbers_are_read_as_serde_does() {
    for json in [
        "0",
        "7",
        "-0",
        "-1",
        "007",
        "1.0",
        "1e2",
        "true",
        "\"7\"",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
    ] {
        both_read::<u64>(json).iter().for_each(both_write);
    }
}

#[test]
fn fields_are_read_as_serde_does() {
    let id = r#""id":"01890000-0000-7000-8000-000000000001""#;
    for rest in [
        r#""content":"a""#,
        r#""content":"a","replyTo":null"#,
        r#""content":"a","replyTo":"msg_7""#,
        r#""content":"a","replyTo":7"#,
        r#""content":"a","content":"b""#,
        r#""content":null"#,
        r#""cont\u0065nt":"a""#,
        r#""content":"a","new":{"content":[1,{"x":"}"}]}"#,
        r#""Content":"a""#,
    ] {
        let json = format!("{{{id},{rest}}}");
        both_read::<SendIntention>(&json).iter().for_each(both_write);
    }
}

#[test]
fn every_kind_of_value_is_written_as_serde_does() {
    let being = r#"{"id":"@ada","name":"Ada","kind":"person","hue":365,"seq":7}"#;
    let row = r#"{"id":"018900000000700080000000000000AA","messageId":"msg_7","ownerId":"@ada","state":"failed",
        "reason":"from-tomorrow","content":"a\nb","reasoning":"c\nd","reasoningMillis":7,"createdAt":"then","modifiedAt":"2026-11-23T04:25:20.123Z","versions":3,
        "reactions":[{"emoji":"❤️","by":["@ada","@bob"]},{"emoji":"not one","by":[]}],"reactionsSeq":9,"seq":7}"#;
    let sync = format!(
        r#"{{"type":"space-sync","space":{being},"beings":[{being}],"intentions":[{row}],
        "hasEarlier":true,"lastMessageId":"msg_7"}}"#
    );
    let Some(SyncEvent::SpaceSync(event)) = both_read::<SyncEvent>(&sync) else { panic!("{sync}") };
    both_write(&event);
    assert_eq!(from_json(&event.to_event_json()), Some(SyncEvent::SpaceSync(event)));
    both_read::<SyncEvent>(r#"{"messageId":"msg_7","type":"of-tomorrow"}"#);
    both_read::<SyncEvent>(r#"{"messageId":"msg_7"}"#);
    for fields in ["", r#","reasoningMillis":7"#] {
        for kind in ["intention-appended", "reasoning-appended"] {
            let json =
                format!(r#"{{"type":"{kind}","messageId":"msg_7","offset":1,"text":"t"{fields}}}"#);
            assert!(both_read::<SyncEvent>(&json).is_some());
        }
    }
    for kind in ["reaction-added", "reaction-removed"] {
        let json =
            format!(r#"{{"type":"{kind}","messageId":"msg_7","emoji":"❤️","beingId":"@ada"}}"#);
        assert!(both_read::<SyncEvent>(&json).is_some());
    }
    both_read::<ReactionsPosition>(r#"{"reactionsSeq":7}"#).iter().for_each(both_write);
    both_read::<SyncEvent>(r#"{"type":"access-revoked"}"#);
    let page = format!(r#"{{"intentions":[{row},{row}],"hasEarlier":false}}"#);
    both_read::<HistoryPage>(&page).iter().for_each(both_write);
    for later in ["true", "false", "1", "null"] {
        let page = format!(r#"{{"intentions":[],"hasEarlier":true,"hasLater":{later}}}"#);
        both_read::<HistoryPage>(&page).iter().for_each(both_write);
    }
    for count in ["0", "1", "2", "65535", "65536", "-1", "1.5", "null", "\"2\""] {
        both_read::<VersionCount>(count).iter().for_each(both_write);
    }
    let version = r#"{"content":"a","state":"failed","reason":"of-tomorrow","endedAt":"then"}"#;
    let versions = format!(r#"[{version},{{"content":"","state":"complete","endedAt":""}}]"#);
    both_read::<Vec<AnswerVersion>>(&versions).iter().for_each(both_write);
    let listing = format!(r#"[{{"space":{being},"lastMessageId":"msg_7"}}]"#);
    both_read::<Vec<SpaceListing>>(&listing).iter().for_each(both_write);
    let refusal = r#"{"error":{"code":"of-tomorrow","message":"No.","field":"name"}}"#;
    both_read::<ErrorAnswer>(refusal).iter().for_each(both_write);
    both_read::<Invite>(r#"{"token":"t","url":"u"}"#).iter().for_each(both_write);
    both_read::<EditIntention>(r#"{"content":"c","seq":7}"#).iter().for_each(both_write);
    both_write(&ChangeBeing {
        name: Some("A \"quoted\" name".into()),
        hue: Some(7),
        settings: Some(BeingSettings::with_provider("guide")),
    });
    both_write(&ChangeBeing {
        settings: Some(BeingSettings {
            temperature: Some(Decimal::parse("0.70")),
            max_tokens: Some(Some(7)),
            reasoning_effort: Some(None),
            request_extra: Some(JsonObject::parse(r#"{ "a": "\u00e9" }"#)),
            ..BeingSettings::with_provider("guide")
        }),
        ..ChangeBeing::default()
    });
    both_write(&ChangeBeing::default());
    both_write(&Vec::from([("k3f9.1".to_owned(), "{}".to_owned())]));
}

#[test]
fn an_inbox_is_read_and_written_as_serde_does() {
    let space = r#""space":{"id":"@garden","name":"Garden","kind":"space","hue":365,"seq":7}"#;
    let full = format!(
        r#"{{{space},"lastMessageId":"msg_7","readUpTo":"msg_0","unread":7,"mentions":1,"level":"nothing"}}"#
    );
    let bare = format!(r#"{{{space},"unread":0,"mentions":0}}"#);
    let head = r#"{"spaceId":"@garden","unread":100,"mentions":0}"#;
    for event in [
        format!(r#"{{"type":"inbox-sync","spaces":[{full},{bare}],"lastPosition":7}}"#),
        format!(r#"{{"type":"space-joined","data":{full}}}"#),
        format!(r#"{{"type":"space-heads","spaces":[{head},{{{space},{}]}}"#, &head[1..]),
        r#"{"type":"space-left","spaceId":"@garden"}"#.into(),
        r#"{"type":"read-moved","spaceId":"@garden","upTo":"msg_7"}"#.into(),
        r#"{"type":"level-changed","spaceId":"@garden","level":"everything"}"#.into(),
        r#"{"type":"caught-up","lastPosition":7}"#.into(),
        r#"{"type":"heartbeat","lastPosition":7}"#.into(),
        r#"{"type":"access-revoked"}"#.into(),
        r#"{"type":"of-tomorrow"}"#.into(),
    ] {
        match both_read::<InboxEvent>(&event).unwrap_or_else(|| panic!("{event}")) {
            InboxEvent::InboxSync(event) => both_write(&event),
            InboxEvent::SpaceJoined(event) => both_write(&event),
            InboxEvent::SpaceHeads(event) => both_write(&event),
            InboxEvent::SpaceLeft(event) => both_write(&event),
            InboxEvent::ReadMoved(event) => both_write(&event),
            InboxEvent::LevelChanged(event) => both_write(&event),
            InboxEvent::CaughtUp(event) | InboxEvent::Heartbeat(event) => both_write(&event),
            InboxEvent::AccessRevoked | InboxEvent::Unknown => {}
        }
    }
    for wrong in [
        r#"{"type":"heartbeat","lastPosition":"msg_7"}"#,
        r#"{"type":"read-moved","spaceId":"garden","upTo":"msg_7"}"#,
    ] {
        assert_eq!(both_read::<InboxEvent>(wrong), None);
    }
    let epoch = Some("k3f9".parse().expect("an epoch"));
    both_write(&PutReadBody { up_to: MessageId(7), epoch, unread: true });
    both_write(&PutReadBody { up_to: MessageId(0), epoch: None, unread: false });
    both_write(&PutLevelBody { level: "a \"level\"".into() });
}
