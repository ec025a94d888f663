//! Whom messages mention, by the rules.

use protocol::{FailureReason, Intention, MessageId, Name};
use server::{
    domain::{command::*, refusal::Refusal},
    store::Execute,
};

use crate::{contract::Contract, world::*};

for_every_store![
    a_text_mentions_the_persons_that_it_names,
    everyone_is_for_the_founder_and_administrators,
    nobody_is_called_everyone,
    a_reply_mentions_whom_it_answers,
    an_edit_gives_and_takes_mentions,
    an_answer_mentions_who_asked_once_it_has_ended,
];

/// How many messages of a space mention a being.
async fn mentions<C: Contract>(served: &Served<C>, space: &str, id: &str) -> u64 {
    let (_, inbox) = served.store.inbox(&being(id)).await.expect("an inbox");
    let entry = inbox.spaces.into_iter().find(|entry| entry.space.id == being(space));
    entry.expect("a member").mentions
}

async fn say<C: Contract>(served: &Served<C>, command: SendMessage) -> Intention {
    served.store.execute(command).await.expect("a message").intention
}

async fn a_text_mentions_the_persons_that_it_names<C: Contract>() {
    for (text, by_ada, by_bob) in [
        ("Hello @bob", 1, 0),
        ("请＠BOB看一下", 1, 0),
        ("@bob @bob @ada", 1, 1),
        ("`@bob`, bob@bob.example and @bobby", 0, 0),
        ("@dan has left, @sage is no person, @eve is not here", 0, 0),
        ("Hello.", 0, 0),
    ] {
        let served = Served::<C>::open().await;
        say(&served, send(&garden(), "@ada", 1, text)).await;
        assert_eq!(mentions(&served, "@garden", "@bob").await, by_ada, "{text}");
        assert_eq!(mentions(&served, "@garden", "@ada").await, 0, "{text}");
        say(&served, send(&garden(), "@bob", 2, text)).await;
        assert_eq!(mentions(&served, "@garden", "@ada").await, by_bob, "{text}");
        assert_eq!(mentions(&served, "@garden", "@bob").await, by_ada, "{text}");
    }
}

async fn everyone_is_for_the_founder_and_administrators<C: Contract>() {
    for (space, by, other, expected) in [
        (garden(), "@ada", "@bob", 1),
        (garden(), "@bob", "@ada", 0),
        (pond(), "@bob", "@ada", 1),
        // She administers.
        (pond(), "@ada", "@bob", 1),
    ] {
        let served = Served::<C>::open().await;
        let said = say(&served, send(&space, by, 1, "Hello @everyone")).await;
        assert_eq!(said.content, "Hello @everyone", "it is sent all the same");
        assert_eq!(mentions(&served, space.as_str(), other).await, expected, "{space}: {by}");
        assert_eq!(mentions(&served, space.as_str(), by).await, 0, "{space}: {by}");
    }
}

async fn nobody_is_called_everyone<C: Contract>() {
    let served = Served::<C>::open().await;
    let (everyone, by) = (being("@everyone"), being("@ada"));
    let name = || Name::parse("Everyone").expect("a name");
    let space = CreateSpace { by: by.clone(), name: name() };
    assert_ne!(served.store.execute(space).await.expect("a space").id, everyone);
    let (space, settings) = (garden(), Some(settings("guide", false)));
    let added = AddBeing { by: by.clone(), space, name: name(), hue: None, settings };
    assert_ne!(served.store.execute(added).await.expect("a being").id, everyone);
    let invite = CreateInvite { by, space: garden(), token: token("invite") };
    served.store.execute(invite).await.expect("an invite");
    let (password_hash, session) = ("hash".into(), token("session"));
    let (id, invite) = (everyone.clone(), Some(token("invite")));
    let account = CreateAccount { id, name: name(), password_hash, invite, session };
    let refused = Refusal::HandleTaken(everyone.to_string());
    assert_eq!(served.store.execute(account).await, Err(refused));
}

async fn a_reply_mentions_whom_it_answers<C: Contract>() {
    let served = Served::<C>::open().await;
    let of_ada = say(&served, send(&garden(), "@ada", 1, "Hello.")).await.message_id;
    let reply = |by, number, to| {
        let reply_to = Some(to);
        SendMessage { reply_to, ..send(&garden(), by, number, "I see.") }
    };
    say(&served, reply("@ada", 2, of_ada)).await;
    assert_eq!(mentions(&served, "@garden", "@ada").await, 0, "nobody mentions themselves");
    let of_bob = say(&served, reply("@bob", 3, of_ada)).await.message_id;
    assert_eq!(mentions(&served, "@garden", "@ada").await, 1);
    say(&served, reply("@ada", 4, of_bob)).await;
    assert_eq!(mentions(&served, "@garden", "@bob").await, 1);
}

async fn an_edit_gives_and_takes_mentions<C: Contract>() {
    let served = Served::<C>::open().await;
    let message = say(&served, send(&garden(), "@ada", 1, "Hello.")).await.message_id;
    for (text, expected) in [("Hello @bob", 1), ("Hello all", 0), ("@everyone", 1), ("Hm", 0)] {
        edit(&served, message, text).await;
        assert_eq!(mentions(&served, "@garden", "@bob").await, expected, "{text}");
    }
    edit(&served, message, "Hello @bob").await;
    let (by, space) = (being("@ada"), garden());
    let delete = DeleteMessage { by, space, message, epoch: None };
    served.store.execute(delete).await.expect("a tombstone");
    assert_eq!(mentions(&served, "@garden", "@bob").await, 0);
}

async fn edit<C: Contract>(served: &Served<C>, message: MessageId, text: &str) {
    let (by, space, content) = (being("@ada"), garden(), content(text));
    let edit = EditMessage { by, space, message, content, seq: None, epoch: None };
    served.store.execute(edit).await.expect("an edit");
}

async fn an_answer_mentions_who_asked_once_it_has_ended<C: Contract>() {
    let outcomes = [
        AnswerOutcome::Complete,
        AnswerOutcome::Cancelled,
        AnswerOutcome::Failed(FailureReason::Busy),
    ];
    for outcome in outcomes {
        let served = Served::<C>::open().await;
        let asked = say(&served, send(&garden(), "@bob", 1, "@sage, what grows here?")).await;
        let message = asked.seq.next().as_message();
        let run = AnswerRun { space: garden(), message, started_at: message.created_at() };
        assert_eq!(mentions(&served, "@garden", "@bob").await, 0);
        end(&served, run, outcome).await;
        assert_eq!(mentions(&served, "@garden", "@bob").await, 1, "{outcome:?}");
        assert_eq!(mentions(&served, "@garden", "@ada").await, 1, "{outcome:?}: it is named");
        // Written again, it mentions nobody until it ends again.
        let retry = RetryAnswer { by: being("@ada"), space: garden(), message };
        let started_at = served.store.execute(retry).await.expect("a retry").seq;
        assert_eq!(mentions(&served, "@garden", "@bob").await, 0, "{outcome:?}");
        assert_eq!(mentions(&served, "@garden", "@ada").await, 0, "{outcome:?}");
        end(&served, AnswerRun { space: garden(), message, started_at }, outcome).await;
        assert_eq!(mentions(&served, "@garden", "@bob").await, 1, "{outcome:?}");
    }
}

async fn end<C: Contract>(served: &Served<C>, run: AnswerRun, outcome: AnswerOutcome) {
    let (reasoning, text) = ("Is it @dan or @bob?".into(), "Moss, and ask @ada.".into());
    let end = EndAnswer { run, reasoning, text, outcome, detail: None };
    served.store.execute(end).await.expect("an end");
}
