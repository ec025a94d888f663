//! Every verb that writes: committed, it is there for good; rolled back, it never was.

use protocol::{BeingKind, FailureReason, Hue, Intention, IntentionState, Level, MessageId};
use server::{
    domain::{
        command::AnswerRun,
        endpoint::{BaseUrl, Key, OptionsChange, ProviderName},
    },
    store::Mentions,
};

use crate::{
    contract::{Contract, rng},
    world::*,
};

for_every_store![
    what_was_rolled_back_never_was,
    what_was_committed_is_there_for_good_and_is_told_once,
    nothing_is_told_of_a_transaction_that_only_reads,
];

#[derive(Debug, Clone, Copy)]
enum Verb {
    InsertSpace,
    PutMember,
    RemoveMember,
    InsertMessage,
    EditMessage,
    DeleteMessage,
    PutReaction,
    AppendToAnswer,
    AppendReasoning,
    EndAnswer,
    RestartAnswer,
    InsertBeing,
    UpdateBeing,
    InsertAccount,
    InsertSession,
    DeleteSession,
    InsertInvite,
    DeleteInvites,
    PutSettings,
    SetAnswering,
    PutProvider,
    SetProviderOptions,
    DeleteProvider,
    SetRead,
    SetLevel,
    SetMentions,
}

use Verb::*;

/// Each with the number of positions that it takes. What expires is not shown anyway, so
/// `delete_expired` has a test of its own.
const ALL: [(Verb, usize); 26] = [
    (InsertSpace, 1),
    (PutMember, 1),
    (RemoveMember, 1),
    (InsertMessage, 1),
    (EditMessage, 1),
    (DeleteMessage, 1),
    (PutReaction, 1),
    (AppendToAnswer, 1),
    (AppendReasoning, 1),
    (EndAnswer, 1),
    (RestartAnswer, 1),
    (InsertBeing, 0),
    (UpdateBeing, 0),
    (InsertAccount, 0),
    (InsertSession, 0),
    (DeleteSession, 0),
    (InsertInvite, 0),
    (DeleteInvites, 0),
    (PutSettings, 0),
    (SetAnswering, 0),
    (PutProvider, 0),
    (SetProviderOptions, 0),
    (DeleteProvider, 0),
    (SetRead, 0),
    (SetLevel, 0),
    (SetMentions, 0),
];

async fn what_was_rolled_back_never_was<C: Contract>() {
    for (verb, _) in ALL {
        let (mut rows, stage) = staged::<C>().await;
        let before = rows.view().await;
        rows.begin().await;
        verb.write(&mut rows, &stage).await;
        rows.roll_back().await;
        assert_eq!(rows.view().await, before, "{verb:?}");
        // Nor does it come with what is committed next.
        rows.begin().await;
        assert!(rows.commit().await.is_empty(), "{verb:?}");
        assert_eq!(rows.view().await, before, "{verb:?}");
        let mut rows = rows.reopen().await;
        assert_eq!(rows.view().await, before, "{verb:?}, opened again");
        // It can be done all the same: nothing stands in its way.
        rows.begin().await;
        verb.write(&mut rows, &stage).await;
        rows.commit().await;
    }
}

async fn what_was_committed_is_there_for_good_and_is_told_once<C: Contract>() {
    for (verb, positions) in ALL {
        let (mut rows, stage) = staged::<C>().await;
        let before = rows.view().await;
        rows.begin().await;
        verb.write(&mut rows, &stage).await;
        let committed = rows.commit().await;
        let told: usize = committed.iter().map(|committed| committed.changes().len()).sum();
        assert_eq!(told, positions, "{verb:?} tells {committed:?}");
        let after = rows.view().await;
        assert_ne!(after, before, "{verb:?}");
        assert_eq!(rows.reopen().await.view().await, after, "{verb:?}, opened again");
    }
}

async fn nothing_is_told_of_a_transaction_that_only_reads<C: Contract>() {
    let (mut rows, stage) = staged::<C>().await;
    let before = rows.view().await;
    rows.begin().await;
    let message = rows.tx.message(&garden(), stage.message).await.expect("a read");
    assert!(message.is_some());
    rows.tx.spaces_with(&being("@ada")).await.expect("a read");
    rows.tx.space(&garden()).await.expect("a read");
    assert!(rows.commit().await.is_empty());
    assert_eq!(rows.view().await, before);
}

/// What the verbs find.
struct Stage {
    /// Of `@ada`.
    message: MessageId,
    growing: AnswerRun,
    ended: AnswerRun,
}

/// Besides the world: messages, an invite to the garden, a provider `far` with a key, and `@fay`, who is
/// nowhere.
async fn staged<C: Contract>() -> (Rows<C>, Stage) {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let message = rows.insert(&garden(), &being("@ada"), id(1)).await;
    let growing = rows.begin_answer(id(2)).await;
    let ended = rows.begin_answer(id(3)).await;
    end(&mut rows, &ended).await;
    let expires_at = rows.tx.now().plus_days(1);
    let tx = &mut rows.tx;
    let (name, url, key) = provider("far");
    tx.put_provider(&name, &url, Some(&key)).await.expect("a provider");
    tx.insert_invite(&garden(), &being("@ada"), &token("invite"), expires_at)
        .await
        .expect("an invite");
    tx.insert_being(&person(&being("@fay")), None).await.expect("a being");
    rows.commit().await;
    (rows, Stage { message, growing, ended })
}

async fn end<C: Contract>(rows: &mut Rows<C>, run: &AnswerRun) {
    let row = rows.tx.message(&garden(), run.message).await.expect("a read").expect("the answer");
    let ended = Intention {
        state: IntentionState::Failed,
        reason: Some(FailureReason::Busy),
        content: "Well".into(),
        ..row.intention
    };
    let place = rows.next(&garden()).await;
    rows.tx.end_answer(place, ended, None).await.expect("the end");
}

impl Verb {
    async fn write<C: Contract>(self, rows: &mut Rows<C>, stage: &Stage) {
        let expires_at = rows.tx.now().plus_days(1);
        let place = rows.next(&garden()).await;
        let of_ada = rows.tx.message(&garden(), stage.message).await.expect("a read");
        let of_ada = of_ada.expect("the message").intention;
        let tx = &mut rows.tx;
        match self {
            InsertSpace => {
                create_space(tx, &meadow(), &being("@ada")).await;
                Ok(())
            }
            PutMember => tx.put_member(place, person(&being("@eve"))).await.map(drop),
            RemoveMember => tx.remove_member(place, &being("@bob")).await,
            InsertMessage => {
                let new = intention(&place, tx.now(), &being("@ada"), id(9));
                tx.insert_message(place, new, false).await
            }
            EditMessage => {
                let modified_at = Some(tx.now().to_timestamp());
                let edited = Intention { content: "edited".into(), modified_at, ..of_ada };
                tx.edit_message(place, edited, "hash").await.map(drop)
            }
            DeleteMessage => tx.delete_message(place, stage.message, "hash").await,
            PutReaction => tx.put_reaction(place, reaction(stage.message, "🌱", "@bob")).await,
            AppendToAnswer => {
                tx.append_to_answer(place, &stage.growing, 0, "So").await.map(|done| assert!(done))
            }
            AppendReasoning => {
                tx.append_reasoning(place, &stage.growing, 0, "Hm").await.map(|done| assert!(done))
            }
            EndAnswer => {
                end(rows, &stage.growing).await;
                Ok(())
            }
            RestartAnswer => {
                let row = tx.message(&garden(), stage.ended.message).await.expect("a read");
                let ended = row.expect("the answer").intention;
                let restarted = Intention {
                    state: IntentionState::Active,
                    reason: None,
                    content: String::new(),
                    versions: ended.versions.next(),
                    ..ended
                };
                tx.restart_answer(place, restarted, true).await.map(drop)
            }
            InsertBeing => tx.insert_being(&ai("@owl"), Some(&being("@bob"))).await,
            UpdateBeing => {
                let fay = person(&being("@fay"));
                let (name, hue) = ("Fay".to_owned(), Hue::from(7));
                tx.update_being(&protocol::Being { name, hue, kind: BeingKind::Person, ..fay })
                    .await
            }
            InsertAccount => tx.insert_account(&being("@fay"), "hash", false, &rng().epoch()).await,
            InsertSession => tx.insert_session(&being("@bob"), &token("session"), expires_at).await,
            DeleteSession => tx.delete_session(&token("@eve")).await,
            InsertInvite => {
                let token = token("another invite");
                tx.insert_invite(&pond(), &being("@bob"), &token, expires_at).await
            }
            DeleteInvites => tx.delete_invites(&garden()).await,
            PutSettings => tx.put_settings(&being("@sage"), &settings("far", false)).await,
            SetAnswering => {
                let always = settings("guide", true);
                tx.put_settings(&being("@sage"), &always).await.expect("settings");
                tx.set_answering(&garden(), &being("@sage"), &always).await
            }
            PutProvider => {
                let (name, url, key) = provider("near");
                tx.put_provider(&name, &url, Some(&key)).await
            }
            SetProviderOptions => {
                let (name, ..) = provider("far");
                let options = OptionsChange::parse(Some(Some(9)), None, None).expect("options");
                tx.set_provider_options(&name, &options).await
            }
            DeleteProvider => {
                let (name, ..) = provider("far");
                tx.delete_provider(&name).await.map(|was_there| assert!(was_there))
            }
            SetRead => tx.set_read(&garden(), &being("@bob"), stage.message).await,
            SetLevel => tx.set_level(&garden(), &being("@bob"), Level::Nothing).await,
            SetMentions => {
                let mentions = Mentions::Persons(vec![being("@bob")]);
                tx.set_mentions(&garden(), &of_ada, mentions);
                Ok(())
            }
        }
        .unwrap_or_else(|error| panic!("{self:?}: {error:?}"));
    }
}

fn provider(name: &str) -> (ProviderName, BaseUrl, Key) {
    let url = BaseUrl::parse(&format!("http://{name}.example.org/v1")).expect("a URL");
    let key = Key::parse(&format!("key-of-{name}")).expect("a key").expect("one");
    (ProviderName::parse(name).expect("a name"), url, key)
}
