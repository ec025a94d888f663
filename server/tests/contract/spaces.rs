//! Spaces as a transaction sees them.

use protocol::{
    AnswersWhen, Being, BeingKind, InboxEvent, Intention, Seq, SpaceDetails, SpaceLeft, SyncEvent,
};
use server::domain::members::SpaceState;

use crate::{contract::Contract, world::*};

for_every_store![
    a_space_is_there_from_the_verb_that_creates_it,
    an_unknown_space_is_none,
    the_state_moves_with_every_change,
    when_a_member_answers_is_told_to_nobody_and_kept,
    when_a_member_answers_can_be_said_of_a_space_that_was_not_asked_for,
    details_are_told_and_kept,
    a_direct_space_is_found_by_its_persons,
    a_deleted_space_is_none_from_the_verb_on,
];

async fn a_space_is_there_from_the_verb_that_creates_it<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let (itself, epoch) = (person(meadow().as_being()), "k3f9".parse().expect("an epoch"));
    let itself = Being { kind: BeingKind::Space, ..itself };
    rows.tx.insert_being(&itself, Some(&being("@eve"))).await.expect("a being");
    rows.tx.insert_space(&itself, &being("@eve"), &epoch).await.expect("a space");
    let created = state(&mut rows, &meadow()).await;
    assert_eq!((created.head, &created.epoch), (Seq(0), &epoch));
    assert!(created.members.present.is_empty());

    let place = rows.next(&meadow()).await;
    let itself = rows.tx.put_member(place, itself).await.expect("the space in itself");
    assert_eq!(itself.seq, Seq(1));
    let place = rows.next(&meadow()).await;
    rows.tx.put_member(place, person(&being("@eve"))).await.expect("its founder");
    let before = state(&mut rows, &meadow()).await;
    assert_eq!(before.head, Seq(2));
    assert_eq!(before.members.space, itself);
    assert_eq!(before.members.founder, Some(being("@eve")));
    assert_eq!(before.members.present.keys().collect::<Vec<_>>(), [&being("@eve")]);
    let committed = rows.commit().await;
    assert_eq!((committed[0].space(), committed[0].epoch()), (&meadow(), &epoch));

    let mut rows = rows.reopen().await;
    rows.begin().await;
    assert_eq!(format!("{:?}", state(&mut rows, &meadow()).await), format!("{before:?}"));
}

async fn an_unknown_space_is_none<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let commands = [send(&meadow(), "@ada", 1, "Hello?").into()];
    rows.begin_for(&commands).await;
    assert!(rows.tx.space(&meadow()).await.expect("a read").is_none());
    // A being is no space.
    assert!(rows.tx.space(&being("@ada").into()).await.expect("a read").is_none());
}

async fn the_state_moves_with_every_change<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let first = state(&mut rows, &garden()).await;
    let ada = rows.insert(&garden(), &being("@ada"), id(1)).await;
    let said = state(&mut rows, &garden()).await;
    assert_eq!(said.head, first.head.next());
    assert_eq!(said.revision, first.revision, "a message changes no member");

    let place = rows.next(&garden()).await;
    rows.tx.put_member(place, person(&being("@eve"))).await.expect("a member");
    let joined = state(&mut rows, &garden()).await;
    assert_eq!(joined.head, said.head.next());
    assert!(joined.revision > said.revision);

    let place = rows.next(&garden()).await;
    rows.tx.remove_member(place, &being("@eve")).await.expect("a leave");
    let left = state(&mut rows, &garden()).await;
    assert_eq!(left.head, joined.head.next());
    assert!(left.revision > joined.revision);

    let row = rows.tx.message(&garden(), ada).await.expect("a read").expect("the message");
    let place = rows.next(&garden()).await;
    let edited = Intention { content: "edited".into(), ..row.intention };
    rows.tx.edit_message(place, edited, "hash").await.expect("an edit");
    let last = state(&mut rows, &garden()).await;
    assert_eq!((last.head, last.revision), (left.head.next(), left.revision));
    rows.commit().await;

    for _ in 0..2 {
        rows.begin().await;
        assert_eq!(format!("{:?}", state(&mut rows, &garden()).await), format!("{last:?}"));
        rows.roll_back().await;
        rows = rows.reopen().await;
    }
}

async fn when_a_member_answers_is_told_to_nobody_and_kept<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let (sage, always) = (being("@sage"), settings("guide", true));
    rows.begin().await;
    let before = state(&mut rows, &garden()).await;
    assert_eq!(before.members.answering.get(&sage), Some(&AnswersWhen::Mentioned));
    rows.tx.put_settings(&sage, &always).await.expect("settings");
    rows.tx.set_answering(&garden(), &sage, &always).await.expect("answering");
    let after = state(&mut rows, &garden()).await;
    assert_eq!(after.members.answering.get(&sage), Some(&AnswersWhen::EveryMessage));
    assert_eq!(after.head, before.head, "it takes no position");
    assert!(after.revision > before.revision);
    assert!(rows.commit().await.is_empty(), "it is told to nobody");

    for _ in 0..2 {
        rows.begin().await;
        assert_eq!(format!("{:?}", state(&mut rows, &garden()).await), format!("{after:?}"));
        rows.roll_back().await;
        rows = rows.reopen().await;
    }
}

async fn when_a_member_answers_can_be_said_of_a_space_that_was_not_asked_for<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let (sage, always) = (being("@sage"), settings("guide", true));
    rows.begin().await;
    rows.tx.put_settings(&sage, &always).await.expect("settings");
    rows.tx.set_answering(&garden(), &sage, &always).await.expect("answering");
    rows.commit().await;
    rows.begin().await;
    let answering = state(&mut rows, &garden()).await.members.answering.clone();
    assert_eq!(answering.get(&sage), Some(&AnswersWhen::EveryMessage));
}

async fn details_are_told_and_kept<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let before = state(&mut rows, &garden()).await;
    let details = SpaceDetails { topic: "Beds".into(), archived: true, open: true, direct: false };
    let place = rows.next(&garden()).await;
    rows.tx.put_details(place, &details).await.expect("details");
    let after = state(&mut rows, &garden()).await;
    assert_eq!((after.head, &after.members.details), (before.head.next(), &details));
    assert!(after.revision > before.revision);
    let committed = rows.commit().await;
    assert_eq!(committed[0].changes(), [(after.head, SyncEvent::SpaceChanged(details.clone()))]);

    for _ in 0..2 {
        rows.begin().await;
        assert_eq!(format!("{:?}", state(&mut rows, &garden()).await), format!("{after:?}"));
        rows.roll_back().await;
        let ada = being("@ada");
        assert_eq!(crate::view::sync(&rows.store, &garden(), &ada).await.details, details);
        let missed = crate::view::changes_since(&rows.store, &garden(), before.head, &ada).await;
        let told = vec![(after.head, SyncEvent::SpaceChanged(details.clone()))];
        assert_eq!(missed, Some((after.head, told)));
        rows = rows.reopen().await;
    }
}

async fn a_direct_space_is_found_by_its_persons<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let (two, three) = (["@ada", "@bob"].map(being), ["@ada", "@bob", "@eve"].map(being));
    rows.begin().await;
    assert_eq!(rows.tx.direct_space(&two).await.expect("a read"), None);
    create_space(&mut rows.tx, &meadow(), &two[0]).await;
    rows.tx.make_direct(&meadow(), &two).await.expect("a direct space");
    assert!(state(&mut rows, &meadow()).await.members.details.direct);
    for _ in 0..2 {
        assert_eq!(rows.tx.direct_space(&two).await.expect("a read"), Some(meadow()));
        assert_eq!(rows.tx.direct_space(&three).await.expect("a read"), None);
        rows.commit().await;
        rows = rows.reopen().await;
        rows.begin().await;
        assert!(state(&mut rows, &meadow()).await.members.details.direct);
    }
}

async fn a_deleted_space_is_none_from_the_verb_on<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    rows.insert(&garden(), &being("@ada"), id(1)).await;
    rows.commit().await;
    rows.begin().await;
    state(&mut rows, &garden()).await;
    rows.tx.delete_space(&garden()).await.expect("its end");
    assert!(rows.tx.space(&garden()).await.expect("a read").is_none());
    let itself = rows.tx.being(garden().as_being()).await.expect("a read").expect("its being");
    assert_eq!(itself.being.name, "");
    let commit = rows.commit_all().await;
    assert_eq!(commit.deleted, [garden()]);
    let told: Vec<_> = commit.inboxes.iter().map(|told| told.being().clone()).collect();
    assert_eq!(told, ["@ada", "@bob"].map(being), "who had left has been told");
    let left = InboxEvent::SpaceLeft(SpaceLeft { space_id: garden() });
    assert!(commit.inboxes.iter().all(|told| *told.event() == left));

    for _ in 0..2 {
        rows.begin_for(&[send(&garden(), "@ada", 2, "Hello?").into()]).await;
        assert!(rows.tx.space(&garden()).await.expect("a read").is_none());
        assert_eq!(rows.tx.spaces_with(&being("@ada")).await.expect("a read"), [pond()]);
        rows.roll_back().await;
        rows = rows.reopen().await;
    }
}

async fn state<C: Contract>(rows: &mut Rows<C>, space: &protocol::SpaceId) -> SpaceState {
    rows.tx.space(space).await.expect("a read").expect("the space")
}
