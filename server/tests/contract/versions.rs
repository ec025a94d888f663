//! The versions of an answer that was written again.

use protocol::{
    AnswerVersion, FailureReason, Intention, IntentionState, MessageId, VersionCount,
    limits::ANSWER_VERSIONS_MAX,
};
use server::{domain::command::AnswerRun, store::Store};

use crate::{contract::Contract, world::*};

for_every_store![
    what_an_answer_was_is_kept_with_its_end,
    an_answer_that_is_not_kept_is_replaced,
    the_oldest_versions_go_first,
    versions_go_with_their_message,
    only_an_answer_has_versions_and_only_for_members,
];

async fn what_an_answer_was_is_kept_with_its_end<C: Contract>() {
    use IntentionState::{Cancelled, Complete, Failed};
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let run = rows.begin_answer(id(1)).await;
    rows.commit().await;
    assert_eq!(versions(&rows, run.message).await, Some(vec![]), "it grows");
    let mut expected = vec![];
    for (content, state, reason) in [
        ("Où? 'Là', \"là\" \\ 🌱", Complete, None),
        ("", Failed, Some(FailureReason::Busy)),
        ("Half", Cancelled, None),
    ] {
        rows.clock.forward(1_000);
        rows.begin().await;
        end(&mut rows, &run, state, reason, content).await;
        let ended_at = rows.tx.now().to_timestamp();
        rows.commit().await;
        expected.push(AnswerVersion { content: content.into(), state, reason, ended_at });
        assert_eq!(versions(&rows, run.message).await.as_ref(), Some(&expected), "ended");
        // What comes later does not change when it ended.
        rows.clock.forward(1_000);
        rows.begin().await;
        let restarted = restart(&mut rows, &run, true).await;
        assert_eq!(usize::from(restarted.versions.get()), expected.len() + 1);
        rows.commit().await;
        for _ in 0..2 {
            assert_eq!(versions(&rows, run.message).await.as_ref(), Some(&expected), "again");
            rows = rows.reopen().await;
            rows.begin().await;
            let row = rows.tx.message(&garden(), run.message).await.expect("a read");
            assert_eq!(row.expect("the answer").intention, restarted);
            rows.roll_back().await;
        }
    }
}

async fn an_answer_that_is_not_kept_is_replaced<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let run = rows.begin_answer(id(1)).await;
    end(&mut rows, &run, IntentionState::Complete, None, "First").await;
    restart(&mut rows, &run, true).await;
    end(&mut rows, &run, IntentionState::Cancelled, None, "").await;
    let restarted = restart(&mut rows, &run, false).await;
    assert_eq!(restarted.versions, VersionCount::from(2));
    rows.commit().await;
    assert_eq!(contents(&rows, run.message).await, ["First"]);
}

async fn the_oldest_versions_go_first<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let run = rows.begin_answer(id(1)).await;
    let other = rows.begin_answer(id(2)).await;
    for run in [&other, &run] {
        end(&mut rows, run, IntentionState::Complete, None, "0").await;
    }
    restart(&mut rows, &other, true).await;
    for number in 1..15 {
        restart(&mut rows, &run, true).await;
        end(&mut rows, &run, IntentionState::Complete, None, &number.to_string()).await;
    }
    let row = rows.tx.message(&garden(), run.message).await.expect("a read");
    let count = row.expect("the answer").intention.versions.get();
    rows.commit().await;
    let newest: Vec<_> = (5..15).map(|number| number.to_string()).collect();
    assert_eq!((count, newest.len()), (ANSWER_VERSIONS_MAX, 10));
    assert_eq!(contents(&rows, run.message).await, newest);
    assert_eq!(contents(&rows, other.message).await, ["0"], "another answer keeps its own");
}

async fn versions_go_with_their_message<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let run = rows.begin_answer(id(1)).await;
    end(&mut rows, &run, IntentionState::Complete, None, "First").await;
    restart(&mut rows, &run, true).await;
    rows.commit().await;
    rows.begin().await;
    let place = rows.next(&garden()).await;
    rows.tx.delete_message(place, run.message, "hash").await.expect("a tombstone");
    rows.commit().await;
    assert_eq!(versions(&rows, run.message).await, None);
    rows.begin().await;
    let row = rows.tx.message(&garden(), run.message).await.expect("a read");
    assert_eq!(row.expect("a tombstone").intention.versions, VersionCount::default());
}

async fn only_an_answer_has_versions_and_only_for_members<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let plain = rows.insert(&garden(), &being("@ada"), id(1)).await;
    let run = rows.begin_answer(id(2)).await;
    end(&mut rows, &run, IntentionState::Complete, None, "So.").await;
    rows.commit().await;
    assert_eq!(contents(&rows, run.message).await, ["So."]);
    for message in [plain, MessageId(999)] {
        assert_eq!(versions(&rows, message).await, None, "{message}");
    }
    for (space, by) in [(garden(), "@eve"), (garden(), "@dan"), (pond(), "@sage")] {
        let found = rows.store.versions(&space, run.message).await.expect("a read");
        assert!(found.for_being(&rows.store, &being(by)).await.is_err(), "{by} in {space}");
    }
}

async fn versions<C: Contract>(rows: &Rows<C>, message: MessageId) -> Option<Vec<AnswerVersion>> {
    let found = rows.store.versions(&garden(), message).await.expect("a read");
    found.for_being(&rows.store, &being("@ada")).await.expect("a member")
}

async fn contents<C: Contract>(rows: &Rows<C>, message: MessageId) -> Vec<String> {
    let found = versions(rows, message).await.expect("an answer");
    found.into_iter().map(|version| version.content).collect()
}

async fn end<C: Contract>(
    rows: &mut Rows<C>,
    run: &AnswerRun,
    state: IntentionState,
    reason: Option<FailureReason>,
    content: &str,
) {
    let growing = intention_of(rows, run).await;
    let place = rows.next(&garden()).await;
    let ended = Intention { state, reason, content: content.into(), ..growing };
    rows.tx.end_answer(place, ended, None).await.expect("an end");
}

async fn restart<C: Contract>(rows: &mut Rows<C>, run: &AnswerRun, keeps: bool) -> Intention {
    let ended = intention_of(rows, run).await;
    let place = rows.next(&garden()).await;
    let restarted = Intention {
        state: IntentionState::Active,
        reason: None,
        content: String::new(),
        versions: if keeps { ended.versions.next() } else { ended.versions },
        ..ended
    };
    rows.tx.restart_answer(place, restarted, keeps).await.expect("a restart")
}

async fn intention_of<C: Contract>(rows: &mut Rows<C>, run: &AnswerRun) -> Intention {
    let row = rows.tx.message(&run.space, run.message).await.expect("a read");
    row.expect("the answer").intention
}
