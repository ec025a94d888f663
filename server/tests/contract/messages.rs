//! Messages, edited and deleted.

use protocol::{
    Intention, IntentionCreated, IntentionDeleted, IntentionUpdated, MessageId, SyncEvent,
};
use server::store::{MessageRow, Store};

use crate::{contract::Contract, view::whole_history, world::*};

for_every_store![
    a_message_is_found_by_its_number_and_by_its_id,
    an_edit_keeps_the_number_and_the_hash_of_what_was_sent,
    a_deleted_message_leaves_a_tombstone,
    only_a_message_that_is_there_can_be_changed,
    one_id_may_be_sent_to_two_spaces,
];

async fn a_message_is_found_by_its_number_and_by_its_id<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let question = rows.insert(&garden(), &being("@bob"), id(1)).await;
    let place = rows.next(&garden()).await;
    let sent = Intention {
        content: "Où? 'Là', \"là\" – \\ 🌱\u{7f}\u{2028}\n{}[]$1".into(),
        reply_to: Some(question),
        ..intention(&place, rows.tx.now(), &being("@ada"), id(2))
    };
    let seq = place.seq();
    rows.tx.insert_message(place, sent.clone(), false).await.expect("the message");
    let row = MessageRow {
        intention: sent.clone(),
        is_deleted: false,
        sent_hash: None,
        started_at: None,
        reasoning_began: None,
    };
    assert_found(&mut rows, &row).await;
    let committed = rows.commit().await;
    let message_id = sent.message_id;
    let created = SyncEvent::IntentionCreated(IntentionCreated { message_id, data: sent });
    assert_eq!(committed[0].changes().last(), Some(&(seq, created)));
    for _ in 0..2 {
        rows.begin().await;
        assert_found(&mut rows, &row).await;
        for (space, number) in [(garden(), 99), (pond(), row.intention.message_id.0)] {
            let found = rows.tx.message(&space, MessageId(number)).await.expect("a read");
            assert_eq!(found, None, "{space} {number}");
        }
        assert_eq!(rows.tx.message_sent_as(&garden(), id(3)).await.expect("a read"), None);
        rows.roll_back().await;
        rows = rows.reopen().await;
    }
}

async fn an_edit_keeps_the_number_and_the_hash_of_what_was_sent<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.insert(&garden(), &being("@bob"), id(2)).await;
    rows.commit().await;
    rows.clock.forward(1000);
    rows.begin().await;
    let first = rows.tx.message(&garden(), message).await.expect("a read").expect("the message");
    let place = rows.next(&garden()).await;
    let seq = place.seq();
    let change = Intention {
        content: "edited".into(),
        modified_at: Some(rows.tx.now().to_timestamp()),
        ..first.intention
    };
    let edited = rows.tx.edit_message(place, change.clone(), "the hash").await.expect("the edit");
    assert_eq!(edited, Intention { seq, ..change });
    let row = MessageRow {
        intention: edited.clone(),
        is_deleted: false,
        sent_hash: Some("the hash".into()),
        started_at: None,
        reasoning_began: None,
    };
    assert_found(&mut rows, &row).await;
    let committed = rows.commit().await;
    let updated = IntentionUpdated { message_id: message, data: edited };
    assert_eq!(committed[0].changes(), [(seq, SyncEvent::IntentionUpdated(updated))]);
    let mut rows = rows.reopen().await;
    rows.begin().await;
    assert_found(&mut rows, &row).await;
}

async fn a_deleted_message_leaves_a_tombstone<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    let kept = rows.insert(&garden(), &being("@ada"), id(2)).await;
    rows.commit().await;
    rows.begin().await;
    let first = rows.tx.message(&garden(), message).await.expect("a read").expect("the message");
    let place = rows.next(&garden()).await;
    let seq = place.seq();
    rows.tx.delete_message(place, message, "the hash").await.expect("a tombstone");
    let row = MessageRow {
        intention: Intention { content: String::new(), seq, ..first.intention },
        is_deleted: true,
        sent_hash: Some("the hash".into()),
        started_at: None,
        reasoning_began: None,
    };
    assert_found(&mut rows, &row).await;
    let committed = rows.commit().await;
    let deleted = SyncEvent::IntentionDeleted(IntentionDeleted { message_id: message });
    assert_eq!(committed[0].changes(), [(seq, deleted)]);
    for _ in 0..2 {
        rows.begin().await;
        assert_found(&mut rows, &row).await;
        rows.roll_back().await;
        let history = whole_history(&rows.store, &garden(), &being("@ada"), 50).await;
        let numbers: Vec<_> = history.iter().map(|message| message.message_id).collect();
        assert_eq!(numbers, [kept]);
        rows = rows.reopen().await;
    }
}

async fn only_a_message_that_is_there_can_be_changed<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let elsewhere = rows.insert(&pond(), &being("@ada"), id(1)).await;
    rows.commit().await;
    let before = rows.view().await;
    for verb in ["edit", "delete", "end", "restart"] {
        rows.begin().await;
        let row = rows.tx.message(&pond(), elsewhere).await.expect("a read").expect("the message");
        let place = rows.next(&garden()).await;
        let tx = &mut rows.tx;
        let changed = match verb {
            "edit" => tx.edit_message(place, row.intention, "hash").await.is_ok(),
            "delete" => tx.delete_message(place, elsewhere, "hash").await.is_ok(),
            "end" => tx.end_answer(place, row.intention, None).await.is_ok(),
            _ => tx.restart_answer(place, row.intention, true).await.is_ok(),
        };
        assert!(!changed, "{verb}: told of a message that is not in the garden");
        rows.roll_back().await;
        assert_eq!(rows.view().await, before, "{verb}");
    }
}

async fn one_id_may_be_sent_to_two_spaces<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let in_garden = rows.insert(&garden(), &being("@ada"), id(1)).await;
    let in_pond = rows.insert(&pond(), &being("@bob"), id(1)).await;
    let mut rounds = 0;
    loop {
        for (space, message, by) in [(garden(), in_garden, "@ada"), (pond(), in_pond, "@bob")] {
            let found = rows.tx.message_sent_as(&space, id(1)).await.expect("a read");
            let found = found.expect("the message").intention;
            assert_eq!((found.message_id, found.owner_id), (message, being(by)), "{space}");
        }
        rows.commit().await;
        rounds += 1;
        if rounds == 2 {
            break;
        }
        rows.begin().await;
    }
    assert_eq!(rows.store.head(&pond()).await.map(|head| head.seq), Ok(in_pond.created_at()));
}

/// By its number and by its id, alike.
async fn assert_found<C: Contract>(rows: &mut Rows<C>, row: &MessageRow) {
    let Intention { message_id, id, .. } = row.intention;
    let found = rows.tx.message(&garden(), message_id).await.expect("a read");
    assert_eq!(found.as_ref(), Some(row));
    let found = rows.tx.message_sent_as(&garden(), id).await.expect("a read");
    assert_eq!(found.as_ref(), Some(row));
}
