//! Earlier versions of an answer are asked for when the reader wants one, and nothing else of a client
//! depends on them.

use client::{
    ApiError, Call, Change, Client, Command, Effect, Input, Millis, Purpose, Request, Response,
    SpaceSnapshot,
};
use protocol::{AnswerVersion, ErrorBody, ErrorCode, IntentionState, MessageId, json::from_json};

const ANSWER: MessageId = MessageId(7);

fn snapshot(epoch: &str, versions: u16) -> SpaceSnapshot {
    let being =
        |id: &str, kind: &str| format!(r#"{{"id":"{id}","name":"A","kind":"{kind}","hue":0}}"#);
    let json = format!(
        r#"{{"me":{},"spaces":[],"cursor":"{epoch}.7","sync":{{"space":{},"beings":[],
        "intentions":[{{"id":"018f0000-0000-7000-8000-000000000007","messageId":"msg_7","ownerId":"@sage",
        "content":"Third","createdAt":"2026-11-26T04:00:00.000Z","versions":{versions},"seq":7}}],
        "lastMessageId":"msg_7"}}}}"#,
        being("@ada", "person"),
        being("@garden", "space"),
    );
    from_json(&json).expect("a snapshot")
}

fn version(content: &str) -> AnswerVersion {
    let (state, ended_at) = (IntentionState::Complete, "2026-11-26T04:00:00.000Z".into());
    AnswerVersion { content: content.to_owned(), state, reason: None, ended_at }
}

fn handle(client: &mut Client, input: Input) -> Vec<Effect> {
    client.handle(input, Millis(1_000), &mut || 7)
}

fn ask(client: &mut Client, message: MessageId) -> Call {
    let effects = handle(client, Input::Command(Command::LoadVersions(message)));
    match &effects[..] {
        [Effect::Call(call)] => (**call).clone(),
        other => panic!("{other:?}"),
    }
}

fn loaded(
    client: &mut Client,
    call: Call,
    result: Result<Response, ApiError>,
) -> Result<Vec<AnswerVersion>, String> {
    match &handle(client, Input::Answered(Box::new(call), result))[..] {
        [Effect::Show(Change::VersionsLoaded(ANSWER, loaded))] => loaded.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_present_version_is_none_of_the_earlier_ones() {
    let all = ["First", "Second", "Third"].map(version);
    for told in [2, 3] {
        let mut client = Client::new(snapshot("k3f9", 3));
        let call = ask(&mut client, ANSWER);
        assert_eq!(call.request, Request::Versions(ANSWER));
        assert_eq!(call.purpose, Purpose::Versions(ANSWER));
        let found = loaded(&mut client, call, Ok(Response::Versions(all[..told].to_vec())));
        assert_eq!(found, Ok(all[..2].to_vec()), "of {told}");
    }
}

#[test]
fn a_failed_load_says_what_it_needs() {
    let refused = |code, message: &str| ApiError::Refused {
        status: 404,
        error: ErrorBody { code, message: message.to_owned(), field: None },
    };
    for (error, words) in [
        (ApiError::Unreachable, "need the server"),
        (ApiError::Gate, "need the server"),
        (ApiError::RetryLater { retry_after_seconds: 1 }, "The server is busy."),
        (refused(ErrorCode::UnknownMessage, "No such message."), "No such message."),
    ] {
        let mut client = Client::new(snapshot("k3f9", 3));
        let call = ask(&mut client, ANSWER);
        let said = loaded(&mut client, call, Err(error)).expect_err("a sentence");
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn versions_of_another_history_are_not_shown() {
    let call = ask(&mut Client::new(snapshot("k3f9", 3)), ANSWER);
    let mut restored = Client::new(snapshot("z8x1", 3));
    let answer = Ok(Response::Versions(vec![version("Of another message")]));
    assert!(loaded(&mut restored, call, answer).is_err());
}
