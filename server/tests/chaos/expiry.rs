//! Sessions and invites expire by the clock, on their day and not before, and nothing else does.

use std::sync::Arc;

use harness::{Client, SPACE};
use protocol::Being;
use serde_json::json;

use crate::{machine::Machine, tally::Tally};

const DAY_SECONDS: i64 = 24 * 60 * 60;

#[tokio::test]
async fn sessions_end_after_180_days_and_invites_after_14() {
    let mut machine = Machine::start_new(0, Arc::new(Tally::default())).await;
    let ada = machine.visitor().signed_up("ada", None).await;
    ada.create_space("Garden").await;
    let invite = ada.invite("@garden").await;
    let bob = machine.visitor().signed_up("bob", Some(&invite)).await;
    let mut listener = ada.listen("@garden").await;

    // Days ahead, whether the session is valid, and whether the invite is.
    for (days, has_session, is_invited) in [
        (13, true, true),
        (15, true, false),
        (-3650, true, true),
        (179, true, false),
        (181, false, false),
        // Only a server that starts deletes what has expired.
        (0, true, true),
    ] {
        machine.set_clock(days * DAY_SECONDS);
        let session = ada.get("/api/session").await.status;
        assert_eq!(session, if has_session { 200 } else { 401 }, "{days}");
        let accepted = machine.visitor().signed_in("bob").await;
        let accepted = accepted.post(&format!("/api/invites/{invite}"), json!({})).await;
        assert_eq!(accepted.status, if is_invited { 200 } else { 404 }, "{days}");
    }
    // Positions and ids do not depend on the time.
    let numbers = send_while_the_clock_jumps(&mut machine, &ada).await;
    assert_eq!(numbers, [4, 5, 6, 7]);
    let frames = listener.take(4).await;
    let received: Vec<_> =
        frames.iter().map(|frame| frame.id.as_ref().expect("an id").seq.0).collect();
    assert_eq!(received, numbers);

    machine.set_clock(181 * DAY_SECONDS);
    machine.kill().await;
    machine.start().await;
    for days in [181, 0] {
        machine.set_clock(days * DAY_SECONDS);
        assert_eq!(machine.directly(&bob).get("/api/session").await.status, 401, "{days}");
    }
    let back = machine.visitor().signed_in("bob").await;
    back.get(&format!("{SPACE}/intentions")).await.json_of(200);
    let _: Being = back.get("/api/session").await.of(200);
}

async fn send_while_the_clock_jumps(machine: &mut Machine, client: &Client) -> Vec<u64> {
    let mut numbers = Vec::new();
    for days in [100, -3650, 3, 0] {
        machine.set_clock(days * DAY_SECONDS);
        numbers.push(client.say("@garden", "What day is it?").await.message_id.0);
    }
    numbers
}
