//! Closing a store, and opening it again.

use futures::future::{join, join_all};
use protocol::{FailureReason, IntentionState, MessageId, Seq};
use server::{
    domain::{command::*, refusal::Refusal},
    store::{Execute, Store, Window},
};

use crate::{
    contract::Contract,
    view::{sync, whole_history},
    world::*,
};

for_every_store![
    a_closed_store_refuses_every_command,
    a_closed_store_says_nothing_that_is_not_so,
    what_was_begun_before_the_close_is_finished,
    a_store_that_is_opened_again_shows_the_same,
    an_answer_that_nobody_writes_any_more_has_failed,
];

async fn a_closed_store_refuses_every_command<C: Contract>() {
    let served = Served::<C>::open().await;
    let before = served.view().await;
    served.store.close().await;
    let by = being("@ada");
    let commands: [Command; 5] = [
        send(&garden(), "@ada", 1, "Hello?").into(),
        send(&garden(), "@eve", 1, "Hello?").into(),
        EndSession { token: token("@ada") }.into(),
        CreateInvite { by: by.clone(), space: garden(), token: token("invite") }.into(),
        RemoveBeing { by, space: garden(), being: being("@bob") }.into(),
    ];
    for command in commands {
        let what = format!("{command:?}");
        assert_eq!(served.store.submit(command).await, Err(Refusal::Unavailable), "{what}");
    }
    served.store.close().await;
    assert!(served.heard.take().is_empty());
    let served = served.reopen().await;
    assert_eq!(served.view().await, before);
}

/// What is remembered may still be told; what lies in the database may not be asked for.
async fn a_closed_store_says_nothing_that_is_not_so<C: Contract>() {
    let served = Served::<C>::open().await;
    let (store, ada) = (&served.store, being("@ada"));
    let head = store.head(&garden()).await;
    let standing = store.membership(&garden(), &ada).await;
    store.close().await;
    for (what, is_refused) in [
        ("sync", store.sync(&garden()).await.err()),
        ("changes", store.changes_since(&garden(), Seq(0)).await.err()),
        ("history", store.history(&garden(), Window::Newest, 50).await.err()),
        ("a message", store.message(&garden(), MessageId(7)).await.err()),
        ("spaces", store.spaces_of(&ada).await.err()),
        ("being", store.being(&ada).await.err()),
        ("account", store.account(&ada).await.err()),
        ("providers", store.providers().await.err()),
        ("accounts", store.has_accounts().await.err()),
        ("invite", store.invited_to(&token("invite")).await.err()),
    ] {
        assert_eq!(is_refused, Some(Refusal::Unavailable), "{what}");
    }
    let later = store.head(&garden()).await;
    assert!(later == head || later == Err(Refusal::Unavailable), "{later:?}");
    let later = store.membership(&garden(), &ada).await;
    assert!(later == standing || later == Err(Refusal::Unavailable), "{later:?}");
    let unknown = store.membership(&meadow(), &ada).await;
    assert_eq!(unknown, Err(Refusal::Unavailable), "nobody has asked before");
}

async fn what_was_begun_before_the_close_is_finished<C: Contract>() {
    let served = Served::<C>::open().await;
    let sends = (0..100).map(|number| send(&garden(), "@ada", number, "Hello."));
    let sends = join_all(sends.map(|send| served.store.execute(send)));
    let (answers, ()) = join(sends, served.store.close()).await;
    let sent: Vec<_> = answers.into_iter().map(|sent| sent.map(|sent| sent.intention)).collect();
    let done: Vec<_> = sent.iter().filter_map(|sent| sent.clone().ok()).collect();
    assert_eq!(done.len(), 100, "each was begun before: {sent:?}");
    let told: usize = served.heard.take().iter().map(|one| one.changes().len()).sum();
    assert_eq!(told, 100);
    let served = served.reopen().await;
    assert_eq!(whole_history(&served.store, &garden(), &being("@ada"), 50).await, done);
}

async fn a_store_that_is_opened_again_shows_the_same<C: Contract>() {
    let mut served = Served::<C>::open().await;
    for round in 0..3 {
        for number in 0..4 {
            let send = send(&garden(), "@ada", round * 10 + number, "Hello.");
            served.store.execute(send).await.expect("a message");
        }
        let invite = CreateInvite {
            by: being("@bob"),
            space: pond(),
            token: token(["session", "invite", "another invite"][round as usize]),
        };
        served.store.execute(invite).await.expect("an invite");
        let before = served.view().await;
        served = served.reopen().await;
        assert_eq!(served.view().await, before);
        assert!(served.heard.take().is_empty(), "opening is no change");
    }
}

async fn an_answer_that_nobody_writes_any_more_has_failed<C: Contract>() {
    let served = Served::<C>::open().await;
    served.store.execute(send(&garden(), "@ada", 1, "Well, @sage?")).await.expect("a question");
    let growing = sync(&served.store, &garden(), &being("@ada")).await;
    let served = served.reopen().await;
    let heard = served.heard.take();
    let [committed] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(committed.changes().len(), 1, "{committed:?}");
    let ended = sync(&served.store, &garden(), &being("@ada")).await;
    assert_eq!(ended.head(), growing.head().next());
    let answer = ended.intentions.last().expect("the answer");
    assert_eq!(answer.state, IntentionState::Failed);
    assert_eq!(answer.reason, Some(FailureReason::Interrupted));
    let served = served.reopen().await;
    assert!(served.heard.take().is_empty(), "it has failed once");
}
