//! What may end with time ends by the clock, on its day and not before, and in no other way.

use std::sync::Arc;

use app::protocol::Being;
use serde_json::json;

use crate::{
    house::{Client, GARDEN},
    machine::Machine,
    tally::Tally,
};

const DAY_SECONDS: i64 = 24 * 60 * 60;

#[tokio::test]
async fn sessions_end_after_180_days_and_invites_after_14() {
    let mut machine = Machine::started(0, Arc::new(Tally::default())).await;
    let ada = machine.visitor().signed_up("ada", None).await;
    ada.found("Garden").await;
    let invite = ada.invite("@garden").await;
    let bob = machine.visitor().signed_up("bob", Some(&invite)).await;
    let mut listener = ada.listen("@garden").await;

    // In days ahead, and whether the session and the invite hold.
    for (days, has_session, is_invited) in [
        (13, true, true),
        (15, true, false),
        (-3650, true, true),
        (179, true, false),
        (181, false, false),
        // Only a server that starts forgets what is over.
        (0, true, true),
    ] {
        machine.set_clock(days * DAY_SECONDS);
        let session = ada.get("/api/session").await.status;
        assert_eq!(session, if has_session { 200 } else { 401 }, "{days}");
        let accepted = machine.visitor().signed_in("bob").await;
        let accepted = accepted.post(&format!("/api/invites/{invite}"), json!({})).await;
        assert_eq!(accepted.status, if is_invited { 200 } else { 404 }, "{days}");
    }
    // Positions and ids are not made of time.
    let numbers = said_while_the_clock_jumps(&mut machine, &ada).await;
    assert_eq!(numbers, [4, 5, 6, 7]);
    let frames = listener.take(4).await;
    let told: Vec<_> = frames.iter().map(|frame| frame.id.as_ref().expect("an id").seq.0).collect();
    assert_eq!(told, numbers);

    machine.set_clock(181 * DAY_SECONDS);
    machine.kill().await;
    machine.start().await;
    for days in [181, 0] {
        machine.set_clock(days * DAY_SECONDS);
        assert_eq!(machine.beside(&bob).get("/api/session").await.status, 401, "{days}");
    }
    let back = machine.visitor().signed_in("bob").await;
    back.get(&format!("{GARDEN}/intentions")).await.json_of(200);
    let _: Being = back.get("/api/session").await.of(200);
}

async fn said_while_the_clock_jumps(machine: &mut Machine, who: &Client) -> Vec<u64> {
    let mut numbers = Vec::new();
    for days in [100, -3650, 3, 0] {
        machine.set_clock(days * DAY_SECONDS);
        numbers.push(who.say("@garden", "What day is it?").await.message_id.0);
    }
    numbers
}
