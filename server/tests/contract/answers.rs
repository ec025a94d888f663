//! Answers: messages that grow, run by run.

use protocol::{
    BeingKind, FailureReason, Intention, IntentionAppended, IntentionState, IntentionUpdated,
    ReasoningAppended, Seq, SyncEvent,
};
use server::{
    domain::command::AnswerRun,
    store::{MessageRow, Store},
};

use crate::{contract::Contract, world::*};

for_every_store![
    an_answer_grows_by_what_continues_it,
    what_does_not_continue_an_answer_writes_nothing,
    reasoning_grows_beside_the_text_and_the_first_text_settles_how_long_it_took,
    an_answer_ends_in_any_of_its_states,
    an_answer_that_is_begun_again_belongs_to_another_run,
    what_a_provider_said_goes_with_the_end_that_it_is_about,
    the_active_answers_are_those_that_grow,
    the_newest_authors_are_told_by_kind_newest_first,
];

async fn an_answer_grows_by_what_continues_it<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let run = rows.begin_answer(id(1)).await;
    // The offset is in bytes, within one transaction and over several.
    let mut offset = 0;
    for (text, commits) in [("é", false), ("🌱", true), ("", false), ("!", true)] {
        let place = rows.next(&garden()).await;
        let seq = place.seq();
        assert!(rows.tx.append_to_answer(place, &run, offset, text).await.expect("a row"));
        assert_eq!(row(&mut rows, &run).await.intention.seq, seq);
        if commits {
            let committed = rows.commit().await;
            let (message_id, text, reasoning_millis) = (run.message, text.to_owned(), None);
            let appended = IntentionAppended { message_id, offset, text, reasoning_millis };
            let appended = SyncEvent::IntentionAppended(appended);
            assert_eq!(committed[0].changes().last(), Some(&(seq, appended)));
            rows = rows.reopen().await;
            rows.begin().await;
        }
        offset += text.len() as u64;
    }
    let row = row(&mut rows, &run).await;
    assert_eq!(row.intention.content, "é🌱!");
    assert_eq!(row.intention.modified_at, None, "nobody edited it");
    assert_eq!((row.started_at, row.sent_hash), (Some(run.started_at), None));
}

async fn what_does_not_continue_an_answer_writes_nothing<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let run = rows.begin_answer(id(1)).await;
    let place = rows.next(&garden()).await;
    assert!(rows.tx.append_to_answer(place, &run, 0, "é").await.expect("a row"));
    let place = rows.next(&garden()).await;
    assert!(rows.tx.append_reasoning(place, &run, 0, "é").await.expect("a row"));
    let ended = rows.begin_answer(id(2)).await;
    end(&mut rows, &ended, IntentionState::Cancelled, None).await;
    let deleted = rows.begin_answer(id(3)).await;
    let place = rows.next(&garden()).await;
    rows.tx.delete_message(place, deleted.message, "hash").await.expect("a tombstone");
    let plain = rows.insert(&garden(), &being("@ada"), id(4)).await;
    rows.commit().await;

    let before = rows.view().await;
    rows.begin().await;
    let plain = AnswerRun { message: plain, started_at: plain.created_at(), ..run.clone() };
    for (what, run, offset) in [
        ("an offset before the end", run.clone(), 0),
        ("an offset in characters", run.clone(), 1),
        ("an offset after the end", run.clone(), 3),
        ("another run", AnswerRun { started_at: run.started_at.next(), ..run.clone() }, 2),
        ("an answer that has ended", ended, 0),
        ("an answer that was deleted", deleted, 0),
        ("a message that is no answer", plain, 0),
        ("no message", AnswerRun { message: Seq(99).as_message(), ..run.clone() }, 0),
    ] {
        let place = rows.next(&garden()).await;
        let grew = rows.tx.append_to_answer(place, &run, offset, "?").await.expect("an answer");
        assert!(!grew, "{what}");
        let place = rows.next(&garden()).await;
        let grew = rows.tx.append_reasoning(place, &run, offset, "?").await.expect("an answer");
        assert!(!grew, "its reasoning: {what}");
    }
    assert!(rows.commit().await.is_empty(), "no position is taken");
    assert_eq!(rows.view().await, before);
    let mut rows = rows.reopen().await;
    assert_eq!(rows.view().await, before);
}

async fn reasoning_grows_beside_the_text_and_the_first_text_settles_how_long_it_took<
    C: Contract,
>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let run = rows.begin_answer(id(1)).await;
    rows.commit().await;
    let (mut reasoning, mut content) = (String::new(), String::new());
    for (thinks, text, millis) in [
        (true, "é", None),
        (true, "🌱", None),
        (false, "So", Some(2000)),
        (false, "!", Some(2000)),
        (true, "?", Some(2000)),
    ] {
        rows.begin().await;
        let place = rows.next(&garden()).await;
        let seq = place.seq();
        let grown = if thinks { &mut reasoning } else { &mut content };
        let (message_id, offset, text) = (run.message, grown.len() as u64, text.to_owned());
        grown.push_str(&text);
        let event = if thinks {
            let grew = rows.tx.append_reasoning(place, &run, offset, &text).await;
            assert!(grew.expect("a row"));
            SyncEvent::ReasoningAppended(ReasoningAppended { message_id, offset, text })
        } else {
            let grew = rows.tx.append_to_answer(place, &run, offset, &text).await;
            assert!(grew.expect("a row"));
            let reasoning_millis = millis.filter(|_| offset == 0);
            let appended = IntentionAppended { message_id, offset, text, reasoning_millis };
            SyncEvent::IntentionAppended(appended)
        };
        let committed = rows.commit().await;
        assert_eq!(committed[0].changes(), [(seq, event)]);
        rows = rows.reopen().await;
        rows.begin().await;
        let row = row(&mut rows, &run).await.intention;
        assert_eq!((&row.reasoning, &row.content), (&reasoning, &content));
        assert_eq!((row.reasoning_millis, row.seq), (millis, seq));
        rows.commit().await;
        rows.clock.forward(1000);
    }
    // An end keeps it, and one that is begun again has none.
    rows.begin().await;
    let ended = end(&mut rows, &run, IntentionState::Complete, None).await;
    assert_eq!((&ended.reasoning, ended.reasoning_millis), (&reasoning, Some(2000)));
    assert_eq!(row(&mut rows, &run).await.intention, ended);
    let place = rows.next(&garden()).await;
    let (reasoning, reasoning_millis) = (String::new(), None);
    let again = Intention { reasoning, reasoning_millis, ..ended };
    rows.tx.restart_answer(place, again, false).await.expect("a restart");
    let again = row(&mut rows, &run).await;
    assert_eq!((again.reasoning_began, again.intention.reasoning_millis), (None, None));
    assert_eq!(again.intention.reasoning, "");
    // Nor has a tombstone.
    let place = rows.next(&garden()).await;
    let second = AnswerRun { started_at: again.started_at.expect("an answer"), ..run };
    assert!(rows.tx.append_reasoning(place, &second, 0, "Hm").await.expect("a row"));
    let place = rows.next(&garden()).await;
    rows.tx.delete_message(place, second.message, "hash").await.expect("a tombstone");
    let deleted = row(&mut rows, &second).await;
    assert_eq!((&*deleted.intention.reasoning, deleted.reasoning_began), ("", None));
}

async fn an_answer_ends_in_any_of_its_states<C: Contract>() {
    for (state, reason) in [
        (IntentionState::Complete, None),
        (IntentionState::Cancelled, None),
        (IntentionState::Failed, Some(FailureReason::CutOff)),
    ] {
        let mut rows = Rows::<C>::open().await;
        rows.begin().await;
        let run = rows.begin_answer(id(1)).await;
        rows.commit().await;
        rows.begin().await;
        let ended = end(&mut rows, &run, state, reason).await;
        assert_eq!((ended.state, ended.reason, ended.content.as_str()), (state, reason, "So."));
        assert_eq!(row(&mut rows, &run).await.intention, ended);
        let committed = rows.commit().await;
        let data = ended.clone();
        let updated = IntentionUpdated { message_id: run.message, data };
        let updated = (ended.seq, SyncEvent::IntentionUpdated(updated));
        assert_eq!(committed[0].changes(), [updated]);
        let mut rows = rows.reopen().await;
        rows.begin().await;
        assert_eq!(row(&mut rows, &run).await.intention, ended);
    }
}

async fn an_answer_that_is_begun_again_belongs_to_another_run<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let first = rows.begin_answer(id(1)).await;
    end(&mut rows, &first, IntentionState::Failed, Some(FailureReason::Busy)).await;
    rows.commit().await;
    rows.begin().await;
    let failed = row(&mut rows, &first).await.intention;
    let place = rows.next(&garden()).await;
    let second = AnswerRun { started_at: place.seq(), ..first.clone() };
    let state = IntentionState::Active;
    let restarted = Intention { state, reason: None, content: String::new(), ..failed };
    let restarted = rows.tx.restart_answer(place, restarted, true).await.expect("a restart");
    assert_eq!(restarted.message_id, first.message);
    for _ in 0..2 {
        let row = row(&mut rows, &second).await;
        assert_eq!(row.intention, restarted);
        assert_eq!(row.started_at, Some(second.started_at));
        rows.commit().await;
        rows = rows.reopen().await;
        rows.begin().await;
    }
    for (run, grows) in [(&first, false), (&second, true)] {
        let place = rows.next(&garden()).await;
        let grew = rows.tx.append_to_answer(place, run, 0, "Again").await.expect("an answer");
        assert_eq!(grew, grows, "{run:?}");
    }
}

async fn what_a_provider_said_goes_with_the_end_that_it_is_about<C: Contract>() {
    for deletes in [false, true] {
        let mut rows = Rows::<C>::open().await;
        rows.begin().await;
        let run = rows.begin_answer(id(1)).await;
        let growing = row(&mut rows, &run).await.intention;
        let place = rows.next(&garden()).await;
        let failed = Intention { state: IntentionState::Failed, ..growing };
        rows.tx.end_answer(place, failed.clone(), Some("Né")).await.expect("an end");
        rows.commit().await;
        let mut rows = rows.reopen().await;
        let (sage, ada) = (being("@sage"), being("@ada"));
        for (by, expected) in [(&ada, true), (&being("@eve"), false)] {
            let found = rows.store.failure(&garden(), run.message).await.expect("a read");
            let found = found.for_being(&rows.store, by).await;
            let said = Some((sage.clone(), Some("Né".to_owned())));
            assert_eq!(found.is_ok_and(|found| found == said), expected, "{by}");
        }
        rows.begin().await;
        let place = rows.next(&garden()).await;
        if deletes {
            rows.tx.delete_message(place, run.message, "hash").await.expect("a tombstone");
        } else {
            rows.tx.restart_answer(place, failed, false).await.expect("a restart");
        }
        rows.commit().await;
        let found = rows.store.failure(&garden(), run.message).await.expect("a read");
        let found = found.for_being(&rows.store, &ada).await.expect("a member");
        assert_eq!(found, (!deletes).then_some((sage, None)));
    }
}

async fn the_active_answers_are_those_that_grow<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    rows.tx.insert_being(&ai("@owl"), Some(&being("@bob"))).await.expect("a being");
    let place = rows.next(&pond()).await;
    rows.tx.put_member(place, ai("@owl")).await.expect("a member");
    let place = rows.next(&pond()).await;
    let of_owl = Intention {
        state: IntentionState::Active,
        ..intention(&place, rows.tx.now(), &being("@owl"), id(1))
    };
    rows.tx.insert_message(place, of_owl.clone(), true).await.expect("an answer");
    let mut runs = vec![];
    for number in 2..6 {
        rows.insert(&garden(), &being("@ada"), id(10 + number)).await;
        runs.push(rows.begin_answer(id(number)).await);
    }
    end(&mut rows, &runs[1], IntentionState::Complete, None).await;
    let place = rows.next(&garden()).await;
    rows.tx.delete_message(place, runs[2].message, "hash").await.expect("a tombstone");

    let in_garden = [0, 3].map(|at| (garden(), runs[at].message));
    let in_pond = [(pond(), of_owl.message_id)];
    for _ in 0..2 {
        let all = rows.tx.active_answers(None).await.expect("a read");
        assert_eq!(all, [&in_garden[..], &in_pond].concat());
        for (space, by, expected) in [
            (garden(), "@sage", &in_garden[..]),
            (pond(), "@owl", &in_pond),
            (garden(), "@owl", &[]),
            (garden(), "@ada", &[]),
            (meadow(), "@sage", &[]),
        ] {
            let found = rows.tx.active_answers(Some((&space, &being(by)))).await;
            assert_eq!(found.expect("a read"), expected, "{by} in {space}");
        }
        rows.commit().await;
        rows.begin().await;
    }
}

async fn the_newest_authors_are_told_by_kind_newest_first<C: Contract>() {
    use BeingKind::{Ai, Person};
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.begin_answer(id(2)).await;
    let deleted = rows.insert(&garden(), &being("@bob"), id(3)).await;
    rows.begin_answer(id(4)).await;
    rows.begin_answer(id(5)).await;
    rows.insert(&pond(), &being("@bob"), id(6)).await;
    let place = rows.next(&garden()).await;
    rows.tx.delete_message(place, deleted, "hash").await.expect("a tombstone");
    for _ in 0..2 {
        for (space, limit, kinds) in [
            (garden(), 9, vec![Ai, Ai, Person, Ai, Person]),
            (garden(), 3, vec![Ai, Ai, Person]),
            (garden(), 1, vec![Ai]),
            (pond(), 9, vec![Person]),
            (meadow(), 9, vec![]),
        ] {
            let found = rows.tx.newest_authors(&space, limit).await.expect("a read");
            assert_eq!(found, kinds, "{limit} in {space}");
        }
        rows.commit().await;
        // No space is asked for in the second transaction.
        rows.begin().await;
    }
}

async fn row<C: Contract>(rows: &mut Rows<C>, run: &AnswerRun) -> MessageRow {
    rows.tx.message(&run.space, run.message).await.expect("a read").expect("the answer")
}

async fn end<C: Contract>(
    rows: &mut Rows<C>,
    run: &AnswerRun,
    state: IntentionState,
    reason: Option<FailureReason>,
) -> Intention {
    let growing = row(rows, run).await.intention;
    let place = rows.next(&garden()).await;
    let ended = Intention { state, reason, content: "So.".into(), ..growing };
    rows.tx.end_answer(place, ended, None).await.expect("an end")
}
