//! The kinds of rows that take positions: what a client has missed of each is told once.

use std::collections::HashSet;

use protocol::{Being, Intention, MessageId, Seq, SyncEvent, limits::CATCH_UP_LIMIT_ROWS};
use server::store::ReactionRow;

use crate::{
    contract::Contract,
    view::{changes_since, sync, whole_history},
    world::*,
};

for_every_store![
    a_row_that_has_changed_is_told_once_at_its_last_position,
    a_row_that_has_gone_is_told_as_gone,
    more_rows_than_the_limit_are_too_many,
    the_rows_of_all_kinds_count_together,
    a_message_is_new_only_to_a_cursor_before_it,
    a_sync_is_the_history_and_the_members,
];

/// The kinds that implement `Tracked`. A new kind is a line here, and the tests below are its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Message,
    Member,
    Reaction,
}

const KINDS: [Kind; 3] = [Kind::Message, Kind::Member, Kind::Reaction];
/// The message that is reacted to is the last change of the garden before a test begins.
const OLD: MessageId = MessageId(GARDEN_HEAD + 1);
const HEAD: u64 = OLD.0;

/// A row of a kind, as the suite names it.
#[derive(Debug, Clone)]
enum Row {
    Message(MessageId),
    Member(Being),
    Reaction(ReactionRow),
}

impl Kind {
    /// Inserts a row of this kind into the garden.
    async fn insert<C: Contract>(self, rows: &mut Rows<C>, number: u128) -> Row {
        match self {
            Self::Message => Row::Message(rows.insert(&garden(), &being("@ada"), id(number)).await),
            Self::Member => {
                let new = person(&being(&format!("@member-{number}")));
                rows.tx.insert_being(&new, None).await.expect("a being");
                let place = rows.next(&garden()).await;
                Row::Member(rows.tx.put_member(place, new).await.expect("a member"))
            }
            Self::Reaction => {
                let place = rows.next(&garden()).await;
                let new = reaction(OLD, &format!("emoji {number}"), "@bob");
                rows.tx.put_reaction(place, new.clone()).await.expect("a reaction");
                Row::Reaction(new)
            }
        }
    }
}

impl Row {
    /// Changes the row, and says at which position.
    async fn change<C: Contract>(&self, rows: &mut Rows<C>, text: &str) -> Seq {
        let place = rows.next(&garden()).await;
        let seq = place.seq();
        match self {
            Self::Message(message) => {
                let row = rows.tx.message(&garden(), *message).await.expect("a read");
                let intention = row.expect("the message").intention;
                let edited = Intention { content: text.to_owned(), ..intention };
                rows.tx.edit_message(place, edited, "hash").await.expect("an edit");
            }
            Self::Member(being) => {
                let renamed = Being { name: text.to_owned(), seq: Seq(0), ..being.clone() };
                rows.tx.update_being(&renamed).await.expect("a name");
                rows.tx.put_member(place, renamed).await.expect("a member");
            }
            // It has no text: it is there, or it is not.
            Self::Reaction(row) => {
                rows.tx.put_reaction(place, row.clone()).await.expect("a reaction");
            }
        }
        seq
    }

    async fn remove<C: Contract>(&self, rows: &mut Rows<C>) -> Seq {
        let place = rows.next(&garden()).await;
        let seq = place.seq();
        match self {
            Self::Message(message) => {
                rows.tx.delete_message(place, *message, "hash").await.expect("a tombstone");
            }
            Self::Member(being) => {
                rows.tx.remove_member(place, &being.id).await.expect("a leave");
            }
            Self::Reaction(row) => {
                let removed = ReactionRow { is_removed: true, ..row.clone() };
                rows.tx.put_reaction(place, removed).await.expect("no reaction any more");
            }
        }
        seq
    }

    /// Whether the event brings this row in the state with this text; without one, that it has gone.
    fn is_told_by(&self, event: &SyncEvent, text: Option<&str>) -> bool {
        match (self, event, text) {
            (Self::Message(message), SyncEvent::IntentionCreated(created), Some(text)) => {
                created.message_id == *message && created.data.content == text
            }
            (Self::Message(message), SyncEvent::IntentionUpdated(updated), Some(text)) => {
                updated.message_id == *message && updated.data.content == text
            }
            (Self::Message(message), SyncEvent::IntentionDeleted(deleted), None) => {
                deleted.message_id == *message
            }
            (Self::Member(being), SyncEvent::BeingUpdated(updated), Some(text)) => {
                updated.data.id == being.id && updated.data.name == text
            }
            (Self::Member(being), SyncEvent::BeingLeft(left), None) => left.being_id == being.id,
            (Self::Reaction(row), SyncEvent::ReactionAdded(told), Some(_)) => {
                (told.message_id, &told.emoji, &told.being_id) == (OLD, &row.emoji, &row.by)
            }
            (Self::Reaction(row), SyncEvent::ReactionRemoved(told), None) => {
                (told.message_id, &told.emoji, &told.being_id) == (OLD, &row.emoji, &row.by)
            }
            _ => false,
        }
    }
}

/// The world, and the old message.
async fn with_a_message<C: Contract>() -> Rows<C> {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    assert_eq!(rows.insert(&garden(), &being("@ada"), id(1 << 64)).await, OLD);
    rows.commit().await;
    rows
}

async fn a_row_that_has_changed_is_told_once_at_its_last_position<C: Contract>() {
    for kind in KINDS {
        let mut rows = with_a_message::<C>().await;
        rows.begin().await;
        let (first, second) = (kind.insert(&mut rows, 1).await, kind.insert(&mut rows, 2).await);
        rows.commit().await;
        for text in ["once", "twice"] {
            rows.begin().await;
            first.change(&mut rows, text).await;
            rows.commit().await;
        }
        rows.begin().await;
        let second_at = second.change(&mut rows, "other").await;
        first.change(&mut rows, "thrice").await;
        let first_at = first.change(&mut rows, "last").await;
        rows.commit().await;
        // From before the rows, from between their changes, and from the position before the last.
        for since in [HEAD, HEAD + 2, HEAD + 3, second_at.0 - 1] {
            let changes = changes_since(&rows.store, &garden(), Seq(since), &being("@ada")).await;
            let (head, changes) = changes.expect("few changes");
            let positions: Vec<_> = changes.iter().map(|(seq, _)| *seq).collect();
            assert_eq!(positions, [second_at, first_at], "{kind:?} since {since}");
            assert_eq!(head, first_at);
            assert!(second.is_told_by(&changes[0].1, Some("other")), "{changes:?}");
            assert!(first.is_told_by(&changes[1].1, Some("last")), "{changes:?}");
        }
        let nothing = changes_since(&rows.store, &garden(), first_at, &being("@ada")).await;
        assert_eq!(nothing, Some((first_at, vec![])));
    }
}

async fn a_row_that_has_gone_is_told_as_gone<C: Contract>() {
    for kind in KINDS {
        let mut rows = with_a_message::<C>().await;
        rows.begin().await;
        let row = kind.insert(&mut rows, 1).await;
        rows.commit().await;
        rows.begin().await;
        row.change(&mut rows, "changed").await;
        let gone_at = row.remove(&mut rows).await;
        rows.commit().await;
        for since in [HEAD, gone_at.0 - 1] {
            let changes = changes_since(&rows.store, &garden(), Seq(since), &being("@ada")).await;
            let (_, changes) = changes.expect("few changes");
            let [(seq, event)] = &changes[..] else { panic!("{changes:?}") };
            assert_eq!(*seq, gone_at, "{kind:?} since {since}");
            assert!(row.is_told_by(event, None), "{event:?}");
        }
    }
}

async fn more_rows_than_the_limit_are_too_many<C: Contract>() {
    for kind in KINDS {
        let mut rows = with_a_message::<C>().await;
        rows.begin().await;
        for number in 0..=CATCH_UP_LIMIT_ROWS {
            kind.insert(&mut rows, number as u128).await;
        }
        rows.commit().await;
        let ada = being("@ada");
        let all = changes_since(&rows.store, &garden(), Seq(HEAD), &ada).await;
        assert!(all.is_none(), "{kind:?}: {} rows", CATCH_UP_LIMIT_ROWS + 1);
        let one_less = changes_since(&rows.store, &garden(), Seq(HEAD + 1), &ada).await;
        let (_, changes) = one_less.expect("as many as the limit");
        assert_eq!(changes.len(), CATCH_UP_LIMIT_ROWS, "{kind:?}");
        assert!(changes.is_sorted_by_key(|(seq, _)| *seq));
    }
}

async fn the_rows_of_all_kinds_count_together<C: Contract>() {
    let mut rows = with_a_message::<C>().await;
    rows.begin().await;
    for number in 0..=CATCH_UP_LIMIT_ROWS {
        KINDS[number % KINDS.len()].insert(&mut rows, number as u128).await;
    }
    rows.commit().await;
    let ada = being("@ada");
    assert!(changes_since(&rows.store, &garden(), Seq(HEAD), &ada).await.is_none());
    let one_less = changes_since(&rows.store, &garden(), Seq(HEAD + 1), &ada).await;
    let (head, changes) = one_less.expect("as many as the limit");
    let positions: Vec<_> = changes.iter().map(|(seq, _)| seq.0).collect();
    let first = HEAD + 2;
    assert_eq!(positions, (first..first + CATCH_UP_LIMIT_ROWS as u64).collect::<Vec<_>>());
    assert_eq!(positions.last(), Some(&head.0));
    let distinct: HashSet<_> = positions.iter().collect();
    assert_eq!(distinct.len(), CATCH_UP_LIMIT_ROWS);
}

async fn a_message_is_new_only_to_a_cursor_before_it<C: Contract>() {
    let mut rows = with_a_message::<C>().await;
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    Row::Message(message).change(&mut rows, "edited").await;
    rows.commit().await;
    let created_at = message.created_at().0;
    for (since, is_new) in [(0, true), (created_at - 1, true), (created_at, false)] {
        let changes = changes_since(&rows.store, &garden(), Seq(since), &being("@ada")).await;
        let (_, changes) = changes.expect("few changes");
        let event = &changes.last().expect("a change").1;
        assert_eq!(matches!(event, SyncEvent::IntentionCreated(_)), is_new, "{event:?}");
        assert_eq!(matches!(event, SyncEvent::IntentionUpdated(_)), !is_new, "{event:?}");
    }
}

async fn a_sync_is_the_history_and_the_members<C: Contract>() {
    let mut rows = with_a_message::<C>().await;
    rows.begin().await;
    let mut changed = vec![];
    for number in 0..70 {
        let kind = match number % 7 {
            0 => Kind::Member,
            1 => Kind::Reaction,
            _ => Kind::Message,
        };
        changed.push(kind.insert(&mut rows, number).await);
    }
    for (at, row) in changed.iter().enumerate() {
        match at % 5 {
            0 => drop(row.remove(&mut rows).await),
            1 => drop(row.change(&mut rows, "changed").await),
            _ => {}
        }
    }
    rows.commit().await;
    for _ in 0..2 {
        let ada = being("@ada");
        let sync = sync(&rows.store, &garden(), &ada).await;
        let history = whole_history(&rows.store, &garden(), &ada, 50).await;
        let newest = history.len().saturating_sub(50);
        assert_eq!(sync.intentions, history[newest..]);
        assert_eq!(sync.has_earlier, newest > 0);
        rows.begin().await;
        let state = rows.tx.space(&garden()).await.expect("a read").expect("the space");
        assert_eq!(sync.beings, state.members.present.values().cloned().collect::<Vec<_>>());
        assert_eq!(sync.space, state.members.space);
        assert_eq!(sync.head(), state.head);
        rows.roll_back().await;
        rows = rows.reopen().await;
    }
}
