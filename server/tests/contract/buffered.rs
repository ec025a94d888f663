//! A store may write the messages of a transaction as late as at its commit, and may look up in advance
//! what its commands are about. No verb shows that.

use protocol::{BeingKind, FailureReason, Intention, IntentionState, MessageId};
use server::{
    domain::command::{AnswerRun, Command},
    store::MessageRow,
};

use crate::{contract::Contract, world::*};

for_every_store![
    every_verb_sees_the_messages_of_its_own_transaction,
    a_message_is_found_by_its_id_however_the_transaction_began,
    a_message_that_was_looked_up_in_advance_is_found_as_it_is_now,
    an_id_is_free_again_once_its_message_was_rolled_back,
];

/// The verbs that look at messages, each asked first of all after the inserts.
const VERBS: [&str; 11] = [
    "message",
    "message_sent_as",
    "edit_message",
    "delete_message",
    "append_to_answer",
    "append_reasoning",
    "end_answer",
    "restart_answer",
    "active_answers",
    "active_answers of one",
    "newest_authors",
];

async fn every_verb_sees_the_messages_of_its_own_transaction<C: Contract>() {
    for verb in VERBS {
        let mut rows = Rows::<C>::open().await;
        rows.begin().await;
        rows.insert(&pond(), &being("@bob"), id(1)).await;
        let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
        let run = rows.begin_answer(id(2)).await;
        ask(&mut rows, verb, message, &run).await;
        let told = rows.commit().await;
        let told: usize = told.iter().map(|committed| committed.changes().len()).sum();
        let view = rows.view().await;
        let mut rows = rows.reopen().await;
        assert_eq!(rows.view().await, view, "{verb}");
        rows.begin().await;
        let (message, answer) =
            (found(&mut rows, message).await, found(&mut rows, run.message).await);
        let expected = match verb {
            "edit_message" => ("edited", false, ""),
            "delete_message" => ("", true, ""),
            "append_to_answer" => ("sent", false, "So"),
            "end_answer" => ("sent", false, "So it ends"),
            _ => ("sent", false, ""),
        };
        let content = match message.intention.content.as_str() {
            "said as 00000000-0000-0000-0000-000000000001" => "sent",
            content => content,
        };
        let shown = (content, message.is_deleted, answer.intention.content.as_str());
        assert_eq!(shown, expected, "{verb}");
        let is_change =
            !verb.starts_with("message") && !verb.contains("answers") && verb != "newest_authors";
        assert_eq!(told, 3 + usize::from(is_change), "{verb}");
    }
}

async fn ask<C: Contract>(rows: &mut Rows<C>, verb: &str, message: MessageId, run: &AnswerRun) {
    // Made without a look at the rows, so that the verb is the first to look.
    let place = rows.next(&garden()).await;
    let (now, ada, sage) = (rows.tx.now(), being("@ada"), being("@sage"));
    let of_ada = Intention { message_id: message, ..intention(&place, now, &ada, id(1)) };
    let of_sage = Intention {
        message_id: run.message,
        state: IntentionState::Active,
        content: String::new(),
        ..intention(&place, now, &sage, id(2))
    };
    let tx = &mut rows.tx;
    match verb {
        "message" => {
            let found = tx.message(&garden(), message).await.expect("a read");
            assert_eq!(found.map(|row| row.intention.id), Some(id(1)));
        }
        "message_sent_as" => {
            let found = tx.message_sent_as(&garden(), id(1)).await.expect("a read");
            assert_eq!(found.map(|row| row.intention.message_id), Some(message));
        }
        "edit_message" => {
            let edited = Intention { content: "edited".into(), ..of_ada };
            tx.edit_message(place, edited, "hash").await.expect("an edit");
        }
        "delete_message" => tx.delete_message(place, message, "hash").await.expect("a tombstone"),
        "append_to_answer" => {
            assert!(tx.append_to_answer(place, run, 0, "So").await.expect("an answer"));
        }
        "append_reasoning" => {
            assert!(tx.append_reasoning(place, run, 0, "Hm").await.expect("an answer"));
            assert_eq!(found(rows, run.message).await.intention.reasoning, "Hm");
        }
        "end_answer" => {
            let (state, reason) = (IntentionState::Failed, Some(FailureReason::Busy));
            let ended = Intention { state, reason, content: "So it ends".into(), ..of_sage };
            tx.end_answer(place, ended, None).await.expect("an end");
        }
        "restart_answer" => {
            let seq = place.seq();
            tx.restart_answer(place, of_sage, true).await.expect("a restart");
            let row = found(rows, run.message).await;
            assert_eq!((row.started_at, row.intention.seq), (Some(seq), seq));
        }
        "active_answers" => {
            let active = tx.active_answers(None).await.expect("a read");
            assert_eq!(active, [(garden(), run.message)]);
        }
        "active_answers of one" => {
            let active = tx.active_answers(Some((&garden(), &sage))).await.expect("a read");
            assert_eq!(active, [(garden(), run.message)]);
        }
        _ => {
            let authors = tx.newest_authors(&garden(), 5).await.expect("a read");
            assert_eq!(authors, [BeingKind::Ai, BeingKind::Person]);
        }
    }
}

async fn a_message_is_found_by_its_id_however_the_transaction_began<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let stored = [
        (garden(), 1, rows.insert(&garden(), &being("@ada"), id(1)).await),
        (pond(), 1, rows.insert(&pond(), &being("@ada"), id(1)).await),
        (pond(), 2, rows.insert(&pond(), &being("@ada"), id(2)).await),
    ];
    rows.commit().await;
    let command = |space, number| Command::from(send(&space, "@ada", number, "Hello."));
    for commands in [
        vec![],
        vec![command(garden(), 1)],
        vec![command(garden(), 2)],
        vec![command(pond(), 1), command(garden(), 3)],
        vec![command(garden(), 1), command(pond(), 2), command(garden(), 1)],
        vec![command(meadow(), 1), command(meadow(), 2)],
    ] {
        rows.begin_for(&commands).await;
        for space in [garden(), pond(), meadow()] {
            for number in 1..=3 {
                let expected = stored.iter().find(|it| (&it.0, it.1) == (&space, number));
                let found = rows.tx.message_sent_as(&space, id(number)).await.expect("a read");
                let found = found.map(|row| row.intention.message_id);
                assert_eq!(found, expected.map(|it| it.2), "{number} in {space}: {commands:?}");
            }
        }
        rows.roll_back().await;
    }
}

async fn a_message_that_was_looked_up_in_advance_is_found_as_it_is_now<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.commit().await;
    let commands = [1, 2].map(|number| Command::from(send(&garden(), "@ada", number, "Hello.")));
    rows.begin_for(&commands).await;
    assert_eq!(rows.tx.message_sent_as(&garden(), id(2)).await.expect("a read"), None);
    let place = rows.next(&garden()).await;
    rows.tx.delete_message(place, message, "hash").await.expect("a tombstone");
    let second = rows.insert(&garden(), &being("@ada"), id(2)).await;
    let found = rows.tx.message_sent_as(&garden(), id(1)).await.expect("a read").expect("a row");
    assert!(found.is_deleted, "{found:?}");
    let found = rows.tx.message_sent_as(&garden(), id(2)).await.expect("a read").expect("a row");
    assert_eq!(found.intention.message_id, second);
    rows.roll_back().await;
    rows.begin_for(&commands).await;
    let found = rows.tx.message_sent_as(&garden(), id(1)).await.expect("a read").expect("a row");
    assert!(!found.is_deleted, "{found:?}");
    assert_eq!(rows.tx.message_sent_as(&garden(), id(2)).await.expect("a read"), None);
}

async fn an_id_is_free_again_once_its_message_was_rolled_back<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.roll_back().await;
    rows.begin().await;
    let other = rows.insert(&garden(), &being("@bob"), id(2)).await;
    for commits in [true, false] {
        assert_eq!(rows.tx.message_sent_as(&garden(), id(1)).await.expect("a read"), None);
        let found = rows.tx.message_sent_as(&garden(), id(2)).await.expect("a read");
        assert_eq!(found.map(|row| row.intention.message_id), Some(other));
        if commits {
            rows.commit().await;
            rows.begin().await;
        }
    }
    rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.commit().await;
}

async fn found<C: Contract>(rows: &mut Rows<C>, message: MessageId) -> MessageRow {
    rows.tx.message(&garden(), message).await.expect("a read").expect("the message")
}
