//! Windows into history: each page, against the whole; and messages one by one.

use protocol::{HistoryPage, MessageId, Seq};
use server::{
    domain::{
        command::{DeleteMessage, SetReaction},
        emoji::Emoji,
        refusal::Refusal,
    },
    store::{Execute, Store, Window},
};

use crate::{contract::Contract, view::whole_history, world::*};

for_every_store![
    a_page_is_what_stands_around_its_place,
    a_page_of_an_empty_space_is_empty,
    a_message_is_read_alone_as_a_page_has_it,
    a_message_that_is_not_there_is_not_read,
];

const FIRST: u64 = GARDEN_HEAD + 1;
const LAST: u64 = GARDEN_HEAD + 12;

/// Twelve messages at [`FIRST`] to [`LAST`], some of which are deleted, and reactions: so positions at
/// which no message is lie before, between and behind those that are there. The head is `LAST + 8`.
async fn with_gaps<C: Contract>() -> Served<C> {
    let served = Served::<C>::open().await;
    let store = &served.store;
    for number in 1..=12 {
        store.execute(send(&garden(), "@ada", number, "Hello.")).await.expect("a message");
        store.execute(send(&pond(), "@ada", 100 + number, "Elsewhere.")).await.expect("a message");
    }
    for number in [FIRST, FIRST + 4, FIRST + 5, LAST] {
        let (by, space, message) = (being("@ada"), garden(), MessageId(number));
        let deletion = DeleteMessage { by, space, message, epoch: None };
        store.execute(deletion).await.expect("a deletion");
    }
    for (emoji, is_there) in [("🌱", true), ("❤", true), ("🌱", false), ("🌻", true)] {
        let (by, emoji) = (being("@bob"), Emoji::parse(emoji).expect("an emoji"));
        let (space, message) = (garden(), MessageId(FIRST + 2));
        let reaction = SetReaction { by, space, message, emoji, is_there, epoch: None };
        store.execute(reaction).await.expect("a reaction");
    }
    assert_eq!(store.head(&garden()).await.expect("a head").seq, Seq(LAST + 8));
    served
}

async fn page(store: &impl Store, window: Window, limit: usize) -> HistoryPage {
    let page = store.history(&garden(), window, limit).await.expect("a page");
    page.for_being(store, &being("@bob")).await.expect("a page for a member")
}

async fn a_page_is_what_stands_around_its_place<C: Contract>() {
    let served = with_gaps::<C>().await;
    let all = whole_history(&served.store, &garden(), &being("@bob"), 50).await;
    assert_eq!(all.len(), 8);
    let before = |at: MessageId| all.partition_point(|row| row.message_id < at);
    for limit in [1, 2, 3, 4, 7, 8, 9, 100] {
        let mut cases = vec![(Window::Newest, all.len().saturating_sub(limit)..all.len())];
        for at in (0..LAST + 12).chain([u64::MAX >> 1]).map(MessageId) {
            let end = before(at);
            cases.push((Window::Before(at), end.saturating_sub(limit)..end));
            let start = before(MessageId(at.0 + 1));
            cases.push((Window::After(at), start..all.len().min(start + limit)));
            let end = all.len().min(end + limit.div_ceil(2));
            cases.push((Window::Around(at), end.saturating_sub(limit)..end));
        }
        for (window, range) in cases {
            let expected = HistoryPage {
                intentions: all[range.clone()].to_vec(),
                has_earlier: range.start > 0,
                has_later: range.end < all.len(),
            };
            assert_eq!(page(&served.store, window, limit).await, expected, "{window:?}, {limit}");
        }
    }
}

async fn a_page_of_an_empty_space_is_empty<C: Contract>() {
    let served = Served::<C>::open().await;
    let at = MessageId(3);
    for window in [Window::Newest, Window::Before(at), Window::After(at), Window::Around(at)] {
        let empty = HistoryPage { intentions: vec![], has_earlier: false, has_later: false };
        assert_eq!(page(&served.store, window, 50).await, empty, "{window:?}");
    }
}

async fn a_message_is_read_alone_as_a_page_has_it<C: Contract>() {
    let served = with_gaps::<C>().await;
    let (store, bob) = (&served.store, being("@bob"));
    let all = whole_history(store, &garden(), &bob, 50).await;
    for row in &all {
        let found = store.message(&garden(), row.message_id).await.expect("an answer");
        assert_eq!(found.for_being(store, &bob).await, Ok(Some(row.clone())));
    }
    assert_eq!(all[1].reactions.len(), 2, "one has reactions");
}

async fn a_message_that_is_not_there_is_not_read<C: Contract>() {
    let served = with_gaps::<C>().await;
    let (store, bob) = (&served.store, being("@bob"));
    for number in [0, 1, FIRST, FIRST + 5, LAST, LAST + 1, LAST + 8, LAST + 9, u64::MAX >> 1] {
        let found = store.message(&garden(), MessageId(number)).await.expect("an answer");
        assert_eq!(found.for_being(store, &bob).await, Ok(None), "{number}");
    }
    let found = store.message(&meadow(), MessageId(FIRST)).await.expect("an answer");
    assert_eq!(found.for_being(store, &bob).await, Err(Refusal::UnknownSpace));
}
