//! Reading: for members only, and each way of reading says the same.

use std::collections::BTreeMap;

use protocol::{
    BeingId, Cursor, Intention, MessageId, Name, Seq, SpaceSync, SyncEvent,
    limits::PAGE_DEFAULT_MESSAGES,
};
use server::{
    domain::{command::*, policy::Membership, refusal::Refusal},
    store::{Execute, Store, Window},
};

use crate::{
    contract::Contract,
    view::{changes_since, sync, whole_history},
    world::*,
};

for_every_store![
    the_content_of_a_space_is_for_its_members,
    whoever_leaves_after_a_read_gets_nothing_of_it,
    every_way_of_reading_says_the_same,
    an_unknown_space_is_told_apart_from_an_empty_one,
];

async fn the_content_of_a_space_is_for_its_members<C: Contract>() {
    let served = Served::<C>::open().await;
    served.store.execute(send(&garden(), "@ada", 1, "Hello.")).await.expect("a message");
    for (by, standing, expected) in [
        ("@ada", Membership::Member, Ok(())),
        ("@bob", Membership::Member, Ok(())),
        ("@sage", Membership::Member, Ok(())),
        ("@dan", Membership::Left, Err(Refusal::NotMember)),
        ("@eve", Membership::Stranger, Err(Refusal::UnknownSpace)),
        ("@nobody", Membership::Stranger, Err(Refusal::UnknownSpace)),
    ] {
        let by = being(by);
        assert_eq!(served.store.membership(&garden(), &by).await, Ok(standing), "{by}");
        assert_eq!(read(&served.store, &by).await, [(); 4].map(|()| expected.clone()), "{by}");
    }
}

/// The four reads of the garden: a sync, the changes, a page, a message.
async fn read(store: &impl Store, by: &BeingId) -> [Result<(), Refusal>; 4] {
    let sync = store.sync(&garden()).await.expect("a sync");
    let changes = store.changes_since(&garden(), Seq(0)).await.expect("the changes");
    let page = store.history(&garden(), Window::Newest, 50).await.expect("a page");
    let message = store.message(&garden(), MessageId(GARDEN_HEAD + 1)).await.expect("a message");
    [
        sync.for_being(store, by).await.map(drop),
        changes.for_being(store, by).await.map(drop),
        page.for_being(store, by).await.map(drop),
        message.for_being(store, by).await.map(drop),
    ]
}

async fn whoever_leaves_after_a_read_gets_nothing_of_it<C: Contract>() {
    let served = Served::<C>::open().await;
    let (store, bob) = (&served.store, being("@bob"));
    let sync = store.sync(&garden()).await.expect("a sync");
    let changes = store.changes_since(&garden(), Seq(0)).await.expect("the changes");
    let page = store.history(&garden(), Window::Newest, 50).await.expect("a page");
    let message = store.message(&garden(), MessageId(GARDEN_HEAD + 1)).await.expect("a message");
    let leave = RemoveBeing { by: bob.clone(), space: garden(), being: bob.clone() };
    store.execute(leave).await.expect("a leave");
    assert_eq!(sync.for_being(store, &bob).await.map(drop), Err(Refusal::NotMember));
    assert_eq!(changes.for_being(store, &bob).await.map(drop), Err(Refusal::NotMember));
    assert_eq!(page.for_being(store, &bob).await.map(drop), Err(Refusal::NotMember));
    assert_eq!(message.for_being(store, &bob).await.map(drop), Err(Refusal::NotMember));
}

async fn an_unknown_space_is_told_apart_from_an_empty_one<C: Contract>() {
    let served = Served::<C>::open().await;
    let (store, ada) = (&served.store, being("@ada"));
    assert_eq!(store.head(&meadow()).await, Err(Refusal::UnknownSpace));
    assert_eq!(store.membership(&meadow(), &ada).await, Ok(Membership::Stranger));
    assert_eq!(store.sync(&meadow()).await.map(drop), Err(Refusal::UnknownSpace));
    let changes = store.changes_since(&meadow(), Seq(0)).await.expect("an answer");
    assert_eq!(changes.for_being(store, &ada).await.map(drop), Err(Refusal::UnknownSpace));
    let page = store.history(&meadow(), Window::Newest, 50).await.expect("an answer");
    assert_eq!(page.for_being(store, &ada).await.map(drop), Err(Refusal::UnknownSpace));
    assert!(whole_history(store, &pond(), &ada, 50).await.is_empty());
}

async fn every_way_of_reading_says_the_same<C: Contract>() {
    let mut served = Served::<C>::open().await;
    let mut replicas = vec![sync(&served.store, &garden(), &being("@ada")).await];
    for (at, command) in a_life().into_iter().enumerate() {
        let what = format!("{command:?}");
        served.store.submit(command).await.unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
        agree(&served.store, &mut replicas, &what).await;
        if at % 8 == 7 {
            // An answer that nobody writes any more ends, and that is a change, too.
            served = served.reopen().await;
            agree(&served.store, &mut replicas, "a restart").await;
        }
    }
}

/// Some of everything that can happen in the garden.
fn a_life() -> Vec<Command> {
    let (ada, bob, space) = (being("@ada"), being("@bob"), garden());
    let name = |text: &str| Some(Name::parse(text).expect("a name"));
    let first = MessageId(GARDEN_HEAD + 1);
    let run = |number: u64| {
        let message = MessageId(number);
        AnswerRun { space: garden(), message, started_at: message.created_at() }
    };
    let edit = |text: &str| EditMessage {
        by: being("@ada"),
        space: garden(),
        message: first,
        content: content(text),
        seq: None,
        epoch: None,
    };
    let mut life: Vec<Command> = vec![
        send(&space, "@ada", 1, "Hello.").into(),
        send(&space, "@bob", 2, "Well, @sage?").into(),
        AppendToAnswer {
            run: run(GARDEN_HEAD + 3),
            part: AnswerPart::Content,
            offset: 0,
            text: "So".into(),
        }
        .into(),
        edit("Hello!").into(),
        AppendToAnswer {
            run: run(GARDEN_HEAD + 3),
            part: AnswerPart::Content,
            offset: 2,
            text: " it is".into(),
        }
        .into(),
        EndAnswer {
            run: run(GARDEN_HEAD + 3),
            reasoning: String::new(),
            text: ".".into(),
            outcome: AnswerOutcome::Complete,
            detail: None,
        }
        .into(),
        ChangeBeing {
            by: ada.clone(),
            being: ada.clone(),
            name: name("Ada L."),
            hue: None,
            settings: None,
        }
        .into(),
        ChangeBeing {
            by: ada.clone(),
            being: being("@garden"),
            name: name("Orchard"),
            hue: None,
            settings: None,
        }
        .into(),
        RetryAnswer { by: bob.clone(), space: space.clone(), message: MessageId(GARDEN_HEAD + 3) }
            .into(),
        StopAnswer { by: ada.clone(), space: space.clone(), message: MessageId(GARDEN_HEAD + 3) }
            .into(),
        RetryAnswer { by: bob.clone(), space: space.clone(), message: MessageId(GARDEN_HEAD + 3) }
            .into(),
        CreateInvite { by: ada.clone(), space: space.clone(), token: token("invite") }.into(),
        AcceptInvite { by: being("@dan"), token: token("invite") }.into(),
        RemoveBeing { by: ada.clone(), space: space.clone(), being: being("@sage") }.into(),
        RemoveBeing { by: ada.clone(), space: space.clone(), being: bob }.into(),
        DeleteMessage { by: ada, space: space.clone(), message: first, epoch: None }.into(),
    ];
    life.extend((10..75).map(|number| Command::from(send(&space, "@ada", number, "Go on."))));
    life
}

/// Compares all that can be read of the garden, and every replica that follows it.
async fn agree(store: &impl Store, replicas: &mut Vec<SpaceSync>, what: &str) {
    let ada = being("@ada");
    let present = sync(store, &garden(), &ada).await;
    let head = store.head(&garden()).await.expect("the head");
    assert_eq!(head.seq, present.head(), "{what}");
    let sealed = store.sync(&garden()).await.expect("a sync");
    let (cursor, _) = sealed.for_being(store, &ada).await.expect("a sync for a member");
    assert_eq!(cursor, Cursor { epoch: head.epoch, seq: head.seq }, "{what}");

    for limit in [7, PAGE_DEFAULT_MESSAGES] {
        let history = whole_history(store, &garden(), &ada, limit).await;
        let newest = history.len().saturating_sub(PAGE_DEFAULT_MESSAGES);
        assert_eq!(present.intentions, history[newest..], "{what}");
        assert_eq!(present.has_earlier, newest > 0, "{what}");
    }
    for id in ["@ada", "@bob", "@dan", "@eve", "@sage"].map(being) {
        let is_member = present.beings.iter().any(|being| being.id == id);
        let standing = store.membership(&garden(), &id).await.expect("an answer");
        assert_eq!(standing == Membership::Member, is_member, "{what}: {id}");
        let listed = store.spaces_of(&id).await.expect("an answer");
        let listed = listed.into_iter().find(|one| one.space.id == *garden().as_being());
        assert_eq!(listed.is_some(), is_member, "{what}: {id}");
        if let Some(listed) = listed {
            let expected = (present.space.clone(), present.last_message_id);
            assert_eq!((listed.space, listed.last_message_id), expected, "{what}: {id}");
        }
    }
    for replica in replicas.iter() {
        let Some((reached, changes)) = changes_since(store, &garden(), replica.head(), &ada).await
        else {
            continue;
        };
        assert_eq!(reached, head.seq, "{what}");
        assert_same(followed(replica.clone(), changes), &present, what);
    }
    replicas.push(present);
}

/// A sync, and what was told after it: what a client shows.
fn followed(mut replica: SpaceSync, changes: Vec<(Seq, SyncEvent)>) -> SpaceSync {
    let mut messages: BTreeMap<MessageId, Intention> =
        replica.intentions.drain(..).map(|message| (message.message_id, message)).collect();
    let mut beings: BTreeMap<_, _> =
        replica.beings.drain(..).map(|being| (being.id.clone(), being)).collect();
    let mut head = replica.head();
    for (seq, event) in changes {
        assert!(seq > head, "{seq} after {head}");
        head = seq;
        match event {
            SyncEvent::IntentionCreated(created) => {
                messages.insert(created.message_id, created.data);
            }
            SyncEvent::IntentionUpdated(updated) => {
                messages.insert(updated.message_id, updated.data);
            }
            SyncEvent::IntentionDeleted(deleted) => drop(messages.remove(&deleted.message_id)),
            SyncEvent::BeingUpdated(updated) if updated.data.id == replica.space.id => {
                replica.space = updated.data;
            }
            SyncEvent::BeingUpdated(updated) => {
                beings.insert(updated.data.id.clone(), updated.data);
            }
            SyncEvent::BeingLeft(left) => drop(beings.remove(&left.being_id)),
            SyncEvent::SpaceChanged(details) => replica.details = details,
            other => panic!("no row is told by {other:?}"),
        }
    }
    replica.intentions = messages.into_values().collect();
    replica.beings = beings.into_values().collect();
    replica.last_message_id = head.as_message();
    replica
}

/// A client that follows keeps more of the past than a sync shows.
fn assert_same(replica: SpaceSync, present: &SpaceSync, what: &str) {
    let shown = present.intentions.first().map(|message| message.message_id);
    let intentions: Vec<_> = replica
        .intentions
        .into_iter()
        .filter(|message| Some(message.message_id) >= shown)
        .collect();
    let has_earlier = present.has_earlier;
    assert_eq!(&SpaceSync { intentions, has_earlier, ..replica }, present, "{what}");
}
