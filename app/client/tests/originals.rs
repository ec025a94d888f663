//! The messages that others reply to and that are not shown: asked for once, and as new as the stream.

use client::{
    ApiError, Call, Client, Command, Effect, Input, Millis, Original, Purpose, Request, Response,
    SpaceSnapshot, StreamSignal,
};
use protocol::{ErrorBody, ErrorCode, Intention, MessageId, json::from_json};

const EARLIER: MessageId = MessageId(3);

struct Tab {
    client: Client,
    asked: Vec<Call>,
}

fn row(id: u64, content: &str, seq: u64) -> String {
    format!(
        r#"{{"id":"018f0000-0000-7000-8000-00000000000{id}","messageId":"msg_{id}","ownerId":"@ben","state":"complete",
        "content":"{content}","createdAt":"2026-11-26T04:00:00.000Z","seq":{seq}}}"#
    )
}

fn message(id: u64, content: &str, seq: u64) -> Intention {
    from_json(&row(id, content, seq)).expect("a message")
}

impl Tab {
    fn open() -> Self {
        let being =
            |id: &str, kind: &str| format!(r#"{{"id":"{id}","name":"A","kind":"{kind}","hue":0}}"#);
        let json = format!(
            r#"{{"me":{},"spaces":[],"cursor":"k3f9.7","sync":{{"space":{},"beings":[],"intentions":[{}],
            "hasEarlier":true,"lastMessageId":"msg_7"}}}}"#,
            being("@ada", "person"),
            being("@garden", "space"),
            row(7, "Shown", 7),
        );
        let snapshot: SpaceSnapshot = from_json(&json).expect("a snapshot");
        let mut tab = Self { client: Client::new(snapshot), asked: vec![] };
        tab.give(Input::Start { is_visible: true });
        tab.give(Input::NoChannel(client::Channel::Space));
        tab
    }

    fn give(&mut self, input: Input) {
        let mut random = 0;
        let mut random = || {
            random += 1;
            random
        };
        for effect in self.client.handle(input, Millis(1_000), &mut random) {
            if let Effect::Call(call) = effect
                && matches!(call.purpose, Purpose::Original(_))
            {
                self.asked.push(*call);
            }
        }
    }

    fn want(&mut self, id: MessageId) {
        self.give(Input::Command(Command::LoadOriginal(id)));
    }

    fn answer(&mut self, result: Result<Response, ApiError>) {
        let call = self.asked.remove(0);
        self.give(Input::Answered(Box::new(call), result));
    }

    fn hear(&mut self, seq: u64, data: &str) {
        let event = StreamSignal::Event { id: format!("k3f9.{seq}"), data: data.replace('\n', "") };
        self.give(Input::Stream(event));
    }

    fn said(&self, id: MessageId) -> Option<&str> {
        match self.client.original(id) {
            Original::There(row) => Some(&row.content),
            Original::Unknown | Original::Deleted => None,
        }
    }
}

fn refused(code: ErrorCode) -> ApiError {
    ApiError::Refused {
        status: 404,
        error: ErrorBody { code, message: String::new(), field: None },
    }
}

#[test]
fn an_original_that_is_not_shown_is_asked_for_once_and_one_that_is_never() {
    let mut tab = Tab::open();
    tab.want(MessageId(7));
    assert_eq!((tab.said(MessageId(7)), tab.asked.len()), (Some("Shown"), 0));
    for id in [EARLIER, MessageId(2), EARLIER] {
        tab.want(id);
    }
    let asked: Vec<_> = tab.asked.iter().map(|call| call.request.clone()).collect();
    assert_eq!(asked, [Request::Message(EARLIER)], "one after the other");
    tab.answer(Ok(Response::Intention(message(3, "Earlier", 3))));
    assert_eq!(tab.said(EARLIER), Some("Earlier"));
    assert_eq!(tab.asked[0].request, Request::Message(MessageId(2)));
    tab.answer(Err(refused(ErrorCode::UnknownMessage)));
    assert_eq!(tab.client.original(MessageId(2)), Original::Deleted);
    tab.want(EARLIER);
    tab.want(MessageId(2));
    assert!(tab.asked.is_empty());
}

#[test]
fn an_original_changes_with_its_events_also_with_those_that_pass_while_it_is_on_its_way() {
    let mut tab = Tab::open();
    tab.want(EARLIER);
    tab.hear(
        8,
        &format!(
            r#"{{"type":"intention-updated","messageId":"msg_3","data":{}}}"#,
            row(3, "Edited", 8)
        ),
    );
    tab.answer(Ok(Response::Intention(message(3, "Said", 3))));
    assert_eq!(tab.said(EARLIER), None, "it is asked for again");
    tab.answer(Ok(Response::Intention(message(3, "Edited", 8))));
    assert_eq!(tab.said(EARLIER), Some("Edited"));
    tab.hear(
        9,
        &format!(
            r#"{{"type":"intention-updated","messageId":"msg_3","data":{}}}"#,
            row(3, "Again", 9)
        ),
    );
    assert_eq!(tab.said(EARLIER), Some("Again"));
    tab.hear(
        8,
        &format!(
            r#"{{"type":"intention-updated","messageId":"msg_3","data":{}}}"#,
            row(3, "Edited", 8)
        ),
    );
    assert_eq!(tab.said(EARLIER), Some("Again"), "an event from before changes nothing");
    tab.hear(10, r#"{"type":"intention-deleted","messageId":"msg_3"}"#);
    assert_eq!(tab.client.original(EARLIER), Original::Deleted);
    tab.hear(
        9,
        &format!(
            r#"{{"type":"intention-updated","messageId":"msg_3","data":{}}}"#,
            row(3, "Again", 9)
        ),
    );
    assert_eq!(tab.client.original(EARLIER), Original::Deleted);
}

#[test]
fn an_original_that_could_not_be_asked_for_is_asked_for_when_the_stream_is_there_again() {
    let mut tab = Tab::open();
    tab.want(EARLIER);
    tab.answer(Err(ApiError::Unreachable));
    assert!(tab.asked.is_empty());
    tab.hear(7, r#"{"type":"caught-up","lastMessageId":"msg_7"}"#);
    assert_eq!(tab.asked.len(), 1);
    tab.answer(Err(refused(ErrorCode::NotMember)));
    assert_eq!((tab.client.original(EARLIER), tab.asked.len()), (Original::Unknown, 0));
}

#[test]
fn what_is_sent_replies_to_what_the_composer_says_also_where_that_was_deleted() {
    let mut tab = Tab::open();
    tab.want(EARLIER);
    tab.answer(Err(refused(ErrorCode::UnknownMessage)));
    for to in [EARLIER, MessageId(7)] {
        tab.give(Input::Command(Command::ReplyTo(Some(to))));
        assert_eq!(tab.client.replying_to(), Some(to));
        tab.give(Input::Command(Command::Send("Yes".into())));
        let last = tab.client.outbox().iter().last().expect("an entry");
        assert_eq!((last.op.reply_to(), tab.client.replying_to()), (Some(to), None));
    }
}
