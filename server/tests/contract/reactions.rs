//! Reactions: what a page tells of them, and what becomes of them.

use protocol::{
    BeingId, Epoch, Intention, MessageId, OutOfBounds, Seq, SyncEvent,
    limits::{REACTION_KINDS_MAX, REACTIONS_MAX},
};
use server::{
    domain::{
        command::{Command, DeleteMessage, EditMessage, Outcome, SetReaction},
        emoji::Emoji,
        refusal::Refusal,
    },
    store::ReactionRow,
};

use crate::{
    contract::Contract,
    view::{changes_since, sync, whole_history},
    world::*,
};

for_every_store![
    a_page_and_a_sync_have_the_reactions_of_each_message,
    an_event_of_a_message_has_no_reactions,
    a_reaction_is_there_once_or_not,
    with_a_message_its_reactions_are_gone,
    a_reaction_to_no_message_fails,
    a_message_has_room_for_so_many_reactions,
    a_reaction_that_may_not_be_is_refused,
];

fn set(message: MessageId, emoji: &str, by: &str, is_there: bool) -> Command {
    let (by, emoji) = (being(by), Emoji::parse(emoji).expect("an emoji"));
    SetReaction { by, space: garden(), message, emoji, is_there, epoch: None }.into()
}

/// The world and a message of `@ada`.
async fn with_a_message<C: Contract>() -> (Rows<C>, MessageId) {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.commit().await;
    (rows, message)
}

/// The messages of the garden: `7: ❤️ @ada @bob, 🌱 @ada at 12`.
async fn told<C: Contract>(rows: &Rows<C>) -> Vec<String> {
    let kinds = |row: &Intention| {
        let by = |by: &BeingId| format!(" {by}");
        let kind = |kind: &protocol::Reaction| {
            kind.emoji.clone() + &kind.by.iter().map(by).collect::<String>()
        };
        row.reactions.iter().map(kind).collect::<Vec<_>>().join(", ")
    };
    let told =
        |row: &Intention| format!("{}: {} at {}", row.message_id.0, kinds(row), row.reactions_seq);
    let page = whole_history(&rows.store, &garden(), &being("@bob"), 2).await;
    assert_eq!(sync(&rows.store, &garden(), &being("@bob")).await.intentions, page);
    page.iter().map(told).collect()
}

async fn a_page_and_a_sync_have_the_reactions_of_each_message<C: Contract>() {
    let (mut rows, message) = with_a_message::<C>().await;
    rows.begin().await;
    rows.insert(&garden(), &being("@bob"), id(2)).await;
    let last = rows.insert(&garden(), &being("@bob"), id(3)).await;
    rows.insert(&pond(), &being("@bob"), id(4)).await;
    rows.commit().await;
    let (outcomes, _) = rows
        .run(&[
            set(message, "❤", "@bob", true),
            set(message, "🌱", "@ada", true),
            set(message, "❤️", "@ada", true),
            set(last, "🌱", "@bob", true),
            set(last, "🌱", "@bob", false),
            set(message, "🌻", "@ada", true),
            set(message, "🌻", "@ada", false),
        ])
        .await;
    let expected = (10..17).map(|seq| Ok(Outcome::Reacted(Seq(seq)))).collect::<Vec<_>>();
    assert_eq!(outcomes, expected);
    for _ in 0..2 {
        assert_eq!(told(&rows).await, ["7: ❤️ @bob @ada, 🌱 @ada at 16", "8:  at 0", "9:  at 14"]);
        rows = rows.reopen().await;
    }
    // A reaction that is made again comes last, and with it its kind.
    rows.run(&[set(message, "❤", "@bob", false), set(message, "❤", "@bob", true)]).await;
    assert_eq!(told(&rows).await[0], "7: 🌱 @ada, ❤️ @ada @bob at 18");
    // Whoever leaves has reacted all the same.
    rows.begin().await;
    let place = rows.next(&garden()).await;
    rows.tx.remove_member(place, &being("@ada")).await.expect("a leave");
    rows.commit().await;
    assert_eq!(told(&rows).await[0], "7: 🌱 @ada, ❤️ @ada @bob at 18");
}

async fn an_event_of_a_message_has_no_reactions<C: Contract>() {
    let (mut rows, message) = with_a_message::<C>().await;
    let edit = EditMessage {
        by: being("@ada"),
        space: garden(),
        message,
        content: content("edited"),
        seq: None,
        epoch: None,
    };
    let (outcomes, committed) = rows.run(&[set(message, "🌱", "@bob", true), edit.into()]).await;
    let Ok(Outcome::Message(edited)) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!((&edited.reactions[..], edited.reactions_seq), (&[][..], Seq(0)));
    let live: Vec<_> = committed[0].changes().iter().map(|(_, event)| event.clone()).collect();
    let missed = changes_since(&rows.store, &garden(), Seq(GARDEN_HEAD), &being("@bob")).await;
    let (_, missed) = missed.expect("few changes");
    // The message was created before its reaction, and is told behind it, because it has changed since.
    let [(_, added), (_, created)] = &missed[..] else { panic!("{missed:?}") };
    assert_eq!(*added, live[0]);
    let SyncEvent::IntentionCreated(created) = created else { panic!("{created:?}") };
    assert_eq!(created.data, *edited);
    let SyncEvent::IntentionUpdated(updated) = &live[1] else { panic!("{live:?}") };
    assert_eq!(updated.data, *edited);
}

async fn a_reaction_is_there_once_or_not<C: Contract>() {
    let (mut rows, message) = with_a_message::<C>().await;
    // Taking back what never was; adding it twice, in two spellings; taking it back twice.
    for (is_there, position, is_new) in
        [(false, 0, false), (true, 8, true), (true, 8, false), (false, 9, true), (false, 9, false)]
    {
        for emoji in ["❤", "❤️"] {
            let is_new = is_new && emoji == "❤";
            let (outcomes, committed) = rows.run(&[set(message, emoji, "@bob", is_there)]).await;
            assert_eq!(outcomes, [Ok(Outcome::Reacted(Seq(position)))]);
            let told: usize = committed.iter().map(|committed| committed.changes().len()).sum();
            assert_eq!(told, usize::from(is_new), "{emoji} {is_there}: {committed:?}");
        }
    }
    assert_eq!(told(&rows).await, ["7:  at 9"]);
}

async fn with_a_message_its_reactions_are_gone<C: Contract>() {
    let (mut rows, message) = with_a_message::<C>().await;
    let send = send(&garden(), "@bob", 2, "stays");
    let other = MessageId(8);
    rows.run(&[
        send.into(),
        // To a message that waits to be written.
        set(other, "🌱", "@ada", true),
        set(message, "🌱", "@bob", true),
        set(message, "🌻", "@bob", true),
        set(message, "🌻", "@bob", false),
    ])
    .await;
    let delete = DeleteMessage { by: being("@ada"), space: garden(), message, epoch: None };
    rows.run(&[delete.into()]).await;
    assert_eq!(told(&rows).await, ["8: 🌱 @ada at 9"]);
    for since in [0, GARDEN_HEAD, 9, 11, 12] {
        let missed = changes_since(&rows.store, &garden(), Seq(since), &being("@bob")).await;
        let (head, missed) = missed.expect("few changes");
        let to_it = missed.iter().filter(|(_, event)| match event {
            SyncEvent::ReactionAdded(added) => added.message_id == message,
            SyncEvent::ReactionRemoved(removed) => removed.message_id == message,
            _ => false,
        });
        assert_eq!((to_it.count(), head), (0, Seq(13)), "{missed:?}");
        assert!(matches!(missed.last(), Some((_, SyncEvent::IntentionDeleted(_)))), "{missed:?}");
    }
    for is_there in [true, false] {
        let (outcomes, _) = rows.run(&[set(message, "🌱", "@bob", is_there)]).await;
        assert_eq!(outcomes, [Err(Refusal::UnknownMessage)]);
    }
}

async fn a_reaction_to_no_message_fails<C: Contract>() {
    let (mut rows, message) = with_a_message::<C>().await;
    let before = rows.view().await;
    for (message, by) in [(MessageId(message.0 + 7), "@bob"), (message, "@nobody")] {
        rows.begin().await;
        let place = rows.next(&garden()).await;
        let put = rows.tx.put_reaction(place, reaction(message, "🌱", by)).await;
        assert!(put.is_err(), "{message} {by}");
        rows.roll_back().await;
    }
    assert_eq!(rows.view().await, before);
}

async fn a_message_has_room_for_so_many_reactions<C: Contract>() {
    let (mut rows, message) = with_a_message::<C>().await;
    let all =
        ["🌱", "🌻", "🌳", "🍄", "🍎", "🍋", "🍉", "🥕", "🌽", "🐝", "🐞", "🐌", "🦔", "🦉", "🌞"];
    let all = [&all[..], &["🌧️", "👍", "🎉", "🤔", "🇩🇪", "❤️"]].concat();
    assert_eq!(all.len(), REACTION_KINDS_MAX + 1);
    let react = |emoji| set(message, emoji, "@bob", true);
    let (outcomes, _) = rows.run(&all.iter().copied().map(react).collect::<Vec<_>>()).await;
    let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    let [Refusal::OutOfBounds(OutOfBounds { field: "emoji", .. })] = refused[..] else {
        panic!("{outcomes:?}");
    };
    assert!(outcomes.last().is_some_and(Result::is_err));
    // One that was taken back makes room.
    let (outcomes, _) = rows.run(&[set(message, "🌱", "@bob", false), react("❤️")]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");

    // 179 more persons react as somebody has.
    rows.begin().await;
    for number in REACTION_KINDS_MAX..REACTIONS_MAX - 1 {
        let new = person(&being(&format!("@member-{number}")));
        rows.tx.insert_being(&new, None).await.expect("a being");
        let place = rows.next(&garden()).await;
        let row = ReactionRow { by: new.id, ..reaction(message, "❤️", "@bob") };
        rows.tx.put_reaction(place, row).await.expect("a reaction");
    }
    rows.commit().await;
    let (outcomes, _) =
        rows.run(&[set(message, "🌻", "@ada", true), set(message, "🌻", "@sage", true)]).await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    assert!(matches!(&outcomes[1], Err(Refusal::OutOfBounds(it)) if it.field == "emoji"));
    let page = whole_history(&rows.store, &garden(), &being("@bob"), 50).await;
    let counts: Vec<_> = page[0].reactions.iter().map(|kind| kind.by.len()).collect();
    assert_eq!((counts.len(), counts.iter().sum::<usize>()), (REACTION_KINDS_MAX, REACTIONS_MAX));
}

async fn a_reaction_that_may_not_be_is_refused<C: Contract>() {
    let (mut rows, message) = with_a_message::<C>().await;
    let before = rows.view().await;
    let ours = SetReaction {
        by: being("@bob"),
        space: garden(),
        message,
        emoji: Emoji::parse("🌱").expect("an emoji"),
        is_there: true,
        epoch: None,
    };
    let epoch: Epoch = "zzzz".parse().expect("an epoch");
    for (wrong, refusal) in [
        (SetReaction { by: being("@dan"), ..ours.clone() }, Refusal::NotMember),
        (SetReaction { by: being("@eve"), ..ours.clone() }, Refusal::UnknownSpace),
        (SetReaction { space: meadow(), ..ours.clone() }, Refusal::UnknownSpace),
        (SetReaction { epoch: Some(epoch), ..ours.clone() }, Refusal::AnotherHistory),
        (SetReaction { message: MessageId(1), ..ours.clone() }, Refusal::UnknownMessage),
        (SetReaction { message: MessageId(99), ..ours.clone() }, Refusal::UnknownMessage),
    ] {
        for is_there in [true, false] {
            let wrong = SetReaction { is_there, ..wrong.clone() };
            let (outcomes, committed) = rows.run(&[wrong.clone().into()]).await;
            assert_eq!(outcomes, [Err(refusal.clone())], "{wrong:?}");
            assert!(committed.is_empty(), "{committed:?}");
        }
    }
    assert_eq!(rows.view().await, before);
}
