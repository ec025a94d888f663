//! A refusal changes nothing, and the commands around it are carried out.

use protocol::{MessageId, Name, Seq};
use server::{
    domain::{
        command::*,
        endpoint::{BaseUrl, OptionsChange, ProviderName},
        refusal::Refusal,
    },
    store::Execute,
};

use crate::{contract::Contract, world::*};

for_every_store![
    a_refused_command_leaves_nothing,
    a_batch_is_carried_out_around_what_it_refuses,
    a_command_that_is_refused_alone_is_published_to_nobody,
];

/// Commands that the world refuses: of each kind that can be refused, one.
fn refused() -> Vec<(Command, Refusal)> {
    let none = MessageId(99);
    let name = Name::parse("Meadow").expect("a name");
    let run = AnswerRun { space: garden(), message: none, started_at: Seq(99) };
    let provider = ProviderName::parse("far").expect("a name");
    let id = being("@ada");
    let (password_hash, session) = ("hash".to_owned(), token("session"));
    let invited = CreateAccount { id, name: name.clone(), password_hash, invite: None, session };
    let not_admin = Refusal::NotAllowed("Only an admin can do that.");
    vec![
        (invited.into(), Refusal::InviteRequired),
        (CreateSpace { by: being("@fay"), name: name.clone() }.into(), Refusal::UnknownBeing),
        (
            CreateInvite { by: being("@dan"), space: garden(), token: token("invite") }.into(),
            Refusal::NotMember,
        ),
        (AcceptInvite { by: being("@eve"), token: token("invite") }.into(), Refusal::UnknownInvite),
        (send(&garden(), "@dan", 7, "I am back").into(), Refusal::NotMember),
        (send(&garden(), "@eve", 7, "Hello?").into(), Refusal::UnknownSpace),
        (send(&meadow(), "@ada", 7, "Hello?").into(), Refusal::UnknownSpace),
        (
            SendMessage { reply_to: Some(none), ..send(&garden(), "@ada", 7, "Yes") }.into(),
            Refusal::UnknownMessage,
        ),
        (
            EditMessage {
                by: being("@ada"),
                space: garden(),
                message: none,
                content: content("edited"),
                seq: None,
                epoch: None,
            }
            .into(),
            Refusal::UnknownMessage,
        ),
        (
            DeleteMessage {
                by: being("@ada"),
                space: garden(),
                message: none,
                epoch: "another".parse().ok(),
            }
            .into(),
            Refusal::AnotherHistory,
        ),
        (
            StopAnswer { by: being("@ada"), space: garden(), message: none }.into(),
            Refusal::UnknownMessage,
        ),
        (
            RetryAnswer { by: being("@ada"), space: garden(), message: none }.into(),
            Refusal::UnknownMessage,
        ),
        (
            AppendToAnswer {
                run: run.clone(),
                part: AnswerPart::Reasoning,
                offset: 0,
                text: "So".into(),
            }
            .into(),
            Refusal::AnswerEnded,
        ),
        (
            EndAnswer {
                run,
                reasoning: String::new(),
                text: String::new(),
                outcome: AnswerOutcome::Complete,
                detail: None,
            }
            .into(),
            Refusal::AnswerEnded,
        ),
        (
            ChangeBeing {
                by: being("@bob"),
                being: being("@fay"),
                name: Some(name.clone()),
                hue: None,
                settings: None,
            }
            .into(),
            Refusal::UnknownBeing,
        ),
        (
            AddBeing { by: being("@eve"), space: garden(), name, hue: None, settings: None }.into(),
            Refusal::UnknownSpace,
        ),
        (
            RemoveBeing { by: being("@ada"), space: garden(), being: being("@eve") }.into(),
            Refusal::UnknownBeing,
        ),
        (
            PutProvider {
                by: being("@bob"),
                name: provider.clone(),
                base_url: BaseUrl::parse("http://far.example.org").expect("an address"),
                key: KeyChange::Keep,
                options: OptionsChange::default(),
            }
            .into(),
            not_admin,
        ),
        (RemoveProvider { by: being("@ada"), name: provider }.into(), Refusal::UnknownProvider),
    ]
}

async fn a_refused_command_leaves_nothing<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let before = rows.view().await;
    for (command, refusal) in refused() {
        let what = format!("{command:?}");
        let (outcomes, committed) = rows.run(&[command]).await;
        assert_eq!(outcomes, [Err(refusal)], "{what}");
        assert!(committed.is_empty(), "{what} tells {committed:?}");
        assert_eq!(rows.view().await, before, "{what}");
    }
    assert_eq!(rows.reopen().await.view().await, before);
}

async fn a_batch_is_carried_out_around_what_it_refuses<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let mut batch = vec![];
    let mut number = 100;
    for (command, _) in refused() {
        number += 1;
        batch.push(Command::from(send(&garden(), "@ada", number, "before")));
        batch.push(command);
    }
    batch.push(send(&garden(), "@bob", 999, "last").into());
    let (outcomes, committed) = rows.run(&batch).await;
    let mut positions = vec![];
    for (outcome, command) in outcomes.iter().zip(&batch) {
        match (outcome, command) {
            (Ok(Outcome::Sent(sent)), Command::SendMessage(_)) if sent.is_new => {
                positions.push(sent.intention.seq.0);
            }
            (Err(_), _) => {}
            other => panic!("{other:?}"),
        }
    }
    let sent = refused().len() as u64 + 1;
    let expected: Vec<_> = (GARDEN_HEAD + 1..=GARDEN_HEAD + sent).collect();
    assert_eq!(positions, expected);
    assert_eq!(committed.len(), 1, "of one space: {committed:?}");
    let told: Vec<_> = committed[0].changes().iter().map(|(seq, _)| seq.0).collect();
    assert_eq!(told, expected);
    let view = rows.view().await;
    assert_eq!(rows.reopen().await.view().await, view);
}

async fn a_command_that_is_refused_alone_is_published_to_nobody<C: Contract>() {
    let served = Served::<C>::open().await;
    let before = served.view().await;
    for (command, refusal) in refused() {
        let what = format!("{command:?}");
        assert_eq!(
            server::store::Store::submit(&served.store, command).await,
            Err(refusal),
            "{what}"
        );
    }
    assert!(served.heard.take().is_empty());
    assert_eq!(served.view().await, before);
    // Nothing stands in the way of what comes after.
    let sent = served.store.execute(send(&garden(), "@ada", 1, "Hello.")).await.expect("a message");
    assert_eq!(sent.intention.seq, Seq(GARDEN_HEAD + 1));
}
