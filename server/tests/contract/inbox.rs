//! Inboxes: a log for each person, which moves when it joins, leaves, reads, or chooses another level.

use protocol::{
    BeingId, InboxEvent, Level, MessageId, Seq, SpaceEntry,
    limits::{CATCH_UP_LIMIT_ROWS, COUNT_MAX_MESSAGES},
};
use server::store::{ChangesSince, CommittedInbox, HeadQuestion, Mentions, Store};

use crate::{contract::Contract, world::*};

for_every_store![
    a_being_that_joins_has_read_up_to_the_head,
    a_leave_is_told_and_a_return_begins_anew,
    each_change_is_told_once_at_its_last_position,
    more_changes_than_the_limit_are_too_many,
    a_being_without_an_account_has_no_inbox,
    messages_of_others_are_counted_up_to_a_maximum,
    a_count_that_is_known_to_be_full_is_not_made_again,
    mentions_are_those_that_were_written_last,
];

async fn entry<C: Contract>(rows: &Rows<C>, id: &str) -> Option<SpaceEntry> {
    let (cursor, inbox) = rows.store.inbox(&being(id)).await.expect("an inbox");
    assert_eq!(inbox.last_position, cursor.seq);
    assert!(inbox.spaces.is_sorted_by_key(|entry| entry.space.id.clone()));
    inbox.spaces.into_iter().find(|entry| entry.space.id == *garden().as_being())
}

/// What the garden has for a being: unread messages and mentions.
async fn counts<C: Contract>(rows: &Rows<C>, id: &str) -> (u64, u64) {
    let entry = entry(rows, id).await.expect("a member");
    (entry.unread, entry.mentions)
}

async fn changes<C: Contract>(rows: &Rows<C>, id: &str, since: u64) -> Vec<(u64, InboxEvent)> {
    let found = rows.store.inbox_changes_since(&being(id), Seq(since)).await.expect("changes");
    let ChangesSince::Changes { head, changes } = found else { panic!("too many") };
    assert_eq!(head, rows.store.inbox_head(&being(id)).await.expect("a head").seq);
    changes.into_iter().map(|(seq, event)| (seq.0, event)).collect()
}

async fn join<C: Contract>(rows: &mut Rows<C>, id: &BeingId) {
    let place = rows.next(&garden()).await;
    rows.tx.put_member(place, person(id)).await.expect("a member");
}

async fn a_being_that_joins_has_read_up_to_the_head<C: Contract>() {
    for is_written in [false, true] {
        let mut rows = Rows::<C>::open().await;
        rows.begin().await;
        let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
        if is_written {
            rows.commit().await;
            rows.begin().await;
        }
        join(&mut rows, &being("@eve")).await;
        let told = rows.commit_all().await.inboxes;
        let [committed] = &told[..] else { panic!("{told:?}") };
        assert_eq!((committed.being(), committed.cursor().seq), (&being("@eve"), Seq(1)));
        let InboxEvent::SpaceJoined(joined) = committed.event() else { panic!("{committed:?}") };
        let shown = entry(&rows, "@eve").await.expect("a member");
        assert_eq!(joined.data, shown);
        let head = rows.store.head(&garden()).await.expect("the head").seq;
        assert_eq!(shown.read_up_to, Some(head.as_message()));
        assert_eq!(shown.last_message_id, Some(message));
        assert_eq!((shown.unread, shown.mentions, shown.level), (0, 0, Level::Mentions));
        // Whoever only changes its name has joined before.
        rows.begin().await;
        join(&mut rows, &being("@eve")).await;
        assert!(rows.commit_all().await.inboxes.is_empty());
    }
}

async fn a_leave_is_told_and_a_return_begins_anew<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let bob = being("@bob");
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.tx.set_read(&garden(), &bob, message).await.expect("a read");
    rows.tx.set_level(&garden(), &bob, Level::Nothing).await.expect("a level");
    let place = rows.next(&garden()).await;
    rows.tx.remove_member(place, &bob).await.expect("a leave");
    let told = rows.commit_all().await.inboxes;
    assert!(matches!(told.last().map(CommittedInbox::event), Some(InboxEvent::SpaceLeft(_))));
    assert_eq!(entry(&rows, "@bob").await, None);
    let changed = changes(&rows, "@bob", 2).await;
    assert!(matches!(&changed[..], [(5, InboxEvent::SpaceLeft(_))]), "{changed:?}");

    rows.begin().await;
    let later = rows.insert(&garden(), &being("@ada"), id(2)).await;
    join(&mut rows, &bob).await;
    rows.commit().await;
    let shown = entry(&rows, "@bob").await.expect("a member again");
    assert_eq!((shown.last_message_id, shown.level), (Some(later), Level::Mentions));
    assert_eq!(shown.unread, 0);
    let changed = changes(&rows, "@bob", 2).await;
    assert!(matches!(&changed[..], [(6, InboxEvent::SpaceJoined(_))]), "{changed:?}");
}

async fn each_change_is_told_once_at_its_last_position<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    // Ada has made one space and was let into the other.
    assert_eq!(changes(&rows, "@ada", 0).await.len(), 2);
    rows.begin().await;
    let first = rows.insert(&garden(), &being("@bob"), id(1)).await;
    let second = rows.insert(&garden(), &being("@bob"), id(2)).await;
    for up_to in [first, second, first] {
        rows.tx.set_read(&garden(), &being("@ada"), up_to).await.expect("a read");
    }
    rows.tx.set_read(&pond(), &being("@ada"), MessageId(0)).await.expect("a read");
    rows.tx.set_level(&garden(), &being("@ada"), Level::Everything).await.expect("a level");
    let told = rows.commit_all().await.inboxes;
    let positions: Vec<_> = told.iter().map(|it| (it.being().clone(), it.cursor().seq.0)).collect();
    assert_eq!(positions, (3..8).map(|seq| (being("@ada"), seq)).collect::<Vec<_>>());
    let seen = changes(&rows, "@ada", 2).await;
    let [(5, InboxEvent::ReadMoved(read)), (6, InboxEvent::ReadMoved(of_pond)), (7, level)] =
        &seen[..]
    else {
        panic!("{seen:?}");
    };
    assert_eq!((&read.space_id, read.up_to), (&garden(), first));
    assert_eq!((&of_pond.space_id, of_pond.up_to), (&pond(), MessageId(0)));
    assert_eq!(level, told[4].event());
    assert_eq!(changes(&rows, "@ada", 7).await, []);
    assert_eq!(changes(&rows, "@bob", 2).await, [], "it is nobody else's");
    assert_eq!(changes(&rows.reopen().await, "@ada", 2).await, seen);
}

async fn more_changes_than_the_limit_are_too_many<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    for number in 0..=CATCH_UP_LIMIT_ROWS {
        let space = format!("@space-{number}").parse().expect("an id");
        create_space(&mut rows.tx, &space, &being("@ada")).await;
        let place = rows.next(&space).await;
        rows.tx.put_member(place, person(&being("@eve"))).await.expect("a member");
    }
    rows.commit().await;
    let all = rows.store.inbox_changes_since(&being("@eve"), Seq(0)).await.expect("an answer");
    assert!(matches!(all, ChangesSince::TooMany));
    assert_eq!(changes(&rows, "@eve", 1).await.len(), CATCH_UP_LIMIT_ROWS);
}

async fn a_being_without_an_account_has_no_inbox<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    rows.tx.insert_being(&person(&being("@fay")), None).await.expect("a being");
    join(&mut rows, &being("@fay")).await;
    let place = rows.next(&garden()).await;
    rows.tx.remove_member(place, &being("@sage")).await.expect("a leave");
    assert!(rows.commit_all().await.inboxes.is_empty());
    for nobody in ["@fay", "@sage", "@garden", "@owl"].map(being) {
        assert!(rows.store.inbox_head(&nobody).await.is_err(), "{nobody}");
        assert!(rows.store.inbox(&nobody).await.is_err(), "{nobody}");
    }
}

async fn messages_of_others_are_counted_up_to_a_maximum<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let max = COUNT_MAX_MESSAGES;
    rows.begin().await;
    let first = rows.insert(&garden(), &being("@ada"), id(1)).await;
    let second = rows.insert(&garden(), &being("@bob"), id(2)).await;
    rows.commit().await;
    assert_eq!((counts(&rows, "@bob").await, counts(&rows, "@ada").await), ((1, 0), (1, 0)));
    rows.begin().await;
    rows.begin_answer(id(3)).await;
    let place = rows.next(&garden()).await;
    rows.tx.delete_message(place, first, "hash").await.expect("a tombstone");
    rows.commit().await;
    assert_eq!((counts(&rows, "@bob").await, counts(&rows, "@ada").await), ((1, 0), (2, 0)));
    rows.begin().await;
    for number in 0..u128::from(max) {
        rows.insert(&garden(), &being("@bob"), id(10 + number)).await;
    }
    rows.commit().await;
    assert_eq!((counts(&rows, "@bob").await, counts(&rows, "@ada").await), ((1, 0), (max, 0)));
    rows.begin().await;
    rows.tx.set_read(&garden(), &being("@ada"), second).await.expect("a read");
    rows.commit().await;
    assert_eq!(counts(&rows, "@ada").await, (max, 0), "all but what is read");
    let head = rows.store.head(&garden()).await.expect("the head").seq;
    rows.begin().await;
    rows.tx.set_read(&garden(), &being("@ada"), MessageId(head.0 - 3)).await.expect("a read");
    rows.commit().await;
    assert_eq!(counts(&rows, "@ada").await, (3, 0));
}

async fn a_count_that_is_known_to_be_full_is_not_made_again<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.commit().await;
    let asked = |space, is_unread_full, is_mentions_full| HeadQuestion {
        space,
        is_unread_full,
        is_mentions_full,
    };
    let of = [asked(garden(), true, false), asked(meadow(), false, false)];
    let heads = rows.store.space_heads(&being("@bob"), Some(&of)).await.expect("heads");
    let [head] = &heads[..] else { panic!("{heads:?}") };
    assert_eq!((&head.space_id, head.last_message_id), (&garden(), Some(message)));
    assert_eq!((head.unread, head.mentions), (COUNT_MAX_MESSAGES, 0));
    let all = rows.store.space_heads(&being("@bob"), None).await.expect("heads");
    let shown: Vec<_> = all.iter().map(|head| (head.space_id.clone(), head.unread)).collect();
    assert_eq!(shown, [(garden(), 1), (pond(), 0)]);
    let (_, inbox) = rows.store.inbox(&being("@bob")).await.expect("an inbox");
    let spaces: Vec<_> = inbox.spaces.into_iter().map(|entry| Some(entry.space)).collect();
    assert_eq!(all.into_iter().map(|head| head.space).collect::<Vec<_>>(), spaces);
}

async fn mentions_are_those_that_were_written_last<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    let said = rows.tx.message(&garden(), message).await.expect("a read").expect("it").intention;
    let bob = || Mentions::Persons(vec![being("@bob")]);
    rows.tx.set_mentions(&garden(), &said, Mentions::Everyone);
    rows.tx.set_mentions(&garden(), &said, bob());
    rows.commit().await;
    assert_eq!(counts(&rows, "@bob").await, (1, 1));
    for (mentions, expected) in [
        (Mentions::Persons(vec![]), 0),
        (Mentions::Everyone, 1),
        (Mentions::Persons(vec![being("@dan")]), 0),
        (bob(), 1),
    ] {
        rows.begin().await;
        rows.tx.set_mentions(&garden(), &said, mentions.clone());
        rows.commit().await;
        assert_eq!(counts(&rows, "@bob").await, (1, expected), "{mentions:?}");
        assert_eq!(counts(&rows, "@ada").await, (0, 0), "nobody mentions themselves");
    }
    // Deleted in the transaction that mentions, or later.
    for number in [2, 3] {
        rows.begin().await;
        let place = rows.next(&garden()).await;
        let new = intention(&place, rows.tx.now(), &being("@ada"), id(number));
        let message = new.message_id;
        rows.tx.insert_message(place, new.clone(), false).await.expect("a message");
        rows.tx.set_mentions(&garden(), &new, bob());
        if number == 3 {
            rows.commit().await;
            assert_eq!(counts(&rows, "@bob").await, (2, 2));
            rows.begin().await;
        }
        let place = rows.next(&garden()).await;
        rows.tx.delete_message(place, message, "hash").await.expect("a tombstone");
        rows.commit().await;
        assert_eq!(counts(&rows, "@bob").await, (1, 1));
    }
}
