//! What every test begins with: two spaces, and everybody who has to do with them.
//!
//! | being    | in the garden | in the pond | |
//! |----------|---------------|-------------|-|
//! | `@ada`   | founder       | member      | administers |
//! | `@bob`   | member        | founder     | |
//! | `@sage`  | member        |             | an AI being that answers when it is mentioned |
//! | `@dan`   | has left      |             | |
//! | `@eve`   |               |             | |

/// The row verbs, for every test.
pub use server::store::{
    BeingRows as _, InboxRows as _, Inboxes as _, MessageRows as _, ReactionRows as _,
    SpaceRows as _,
};

use std::sync::Arc;

use protocol::{
    Being, BeingId, BeingKind, BeingSettings, Content, Hue, Intention, IntentionId, IntentionState,
    MessageId, Seq, SpaceId, VersionCount,
};
use server::{
    domain::{
        self,
        clock::{Clock, Moment},
        command::{AnswerRun, Command, Outcome, SendMessage},
        refusal::Refusal,
        settings::Settings,
        token::{Token, TokenHash},
    },
    store::{Commit, Committed, Place, ReactionRow, Store, Tx, TxError, WriteConnection},
};
use uuid::Uuid;

use crate::{
    contract::{Contract, Heard, SetClock, rng},
    view::{View, view},
};

/// How far the logs of the two spaces have come at first.
pub const GARDEN_HEAD: u64 = 6;
pub const POND_HEAD: u64 = 3;

/// A store whose verbs are asked one by one.
pub struct Rows<C: Contract> {
    place: C::Place,
    pub clock: Arc<SetClock>,
    pub store: C::Store,
    pub tx: C::Tx,
}

/// A store as a server has it.
pub struct Served<C: Contract> {
    pub place: C::Place,
    pub clock: Arc<SetClock>,
    pub store: C::Store,
    pub heard: Heard,
}

impl<C: Contract> Rows<C> {
    /// With the world in it.
    pub async fn open() -> Self {
        let mut rows = Self::empty().await;
        rows.begin().await;
        create(&mut rows.tx).await;
        rows.commit().await;
        rows
    }

    /// With nothing in it.
    pub async fn empty() -> Self {
        Self::open_at(C::place(), Arc::default()).await
    }

    async fn open_at(place: C::Place, clock: Arc<SetClock>) -> Self {
        let (store, tx) = C::open_without_writer(&place, clock.clone()).await;
        Self { place, clock, store, tx }
    }

    /// Begins a transaction without a word of what it will be about.
    pub async fn begin(&mut self) {
        self.begin_for(&[]).await;
    }

    pub async fn begin_for(&mut self, commands: &[Command]) {
        self.tx.begin(self.clock.now(), commands.iter()).await.expect("a transaction");
    }

    pub async fn commit(&mut self) -> Vec<Committed> {
        self.commit_all().await.spaces
    }

    /// With what inboxes are told.
    pub async fn commit_all(&mut self) -> Commit {
        self.tx.commit().await.expect("the commit")
    }

    /// Runs a batch in one transaction, as a writer does.
    pub async fn run(
        &mut self,
        batch: &[Command],
    ) -> (Vec<Result<Outcome, Refusal>>, Vec<Committed>) {
        self.begin_for(batch).await;
        let mut outcomes = vec![];
        for command in batch {
            outcomes.push(match domain::execute(&mut self.tx, command).await {
                Ok(outcome) => Ok(outcome),
                Err(TxError::Refused(refusal)) => Err(refusal),
                Err(TxError::Failed(error)) => panic!("{command:?}: {error}"),
            });
        }
        (outcomes, self.commit().await)
    }

    pub async fn roll_back(&mut self) {
        self.tx.roll_back().await;
    }

    /// All that the store shows, and the spaces as the next transaction sees them.
    pub async fn view(&mut self) -> View {
        let mut view = view(&self.store).await;
        self.begin().await;
        for space in [garden(), pond(), meadow()] {
            let state = self.tx.space(&space).await.expect("a read");
            view.push(format!("state {space}: {state:?}"));
        }
        self.roll_back().await;
        view
    }

    /// The same rows, with nothing remembered of them.
    pub async fn reopen(self) -> Self {
        let Self { place, clock, store, tx } = self;
        store.close().await;
        tx.close().await;
        Self::open_at(place, clock).await
    }

    /// The place of the space's next change.
    pub async fn next(&mut self, space: &SpaceId) -> Place {
        self.tx.space(space).await.expect("a read").expect("the space");
        self.tx.next(space)
    }

    /// Inserts a message, and says at which number.
    pub async fn insert(&mut self, space: &SpaceId, by: &BeingId, id: IntentionId) -> MessageId {
        self.insert_row(space, by, id, false).await
    }

    /// Begins an answer of `@sage` in the garden.
    pub async fn begin_answer(&mut self, id: IntentionId) -> AnswerRun {
        let message = self.insert_row(&garden(), &being("@sage"), id, true).await;
        AnswerRun { space: garden(), message, started_at: message.created_at() }
    }

    async fn insert_row(
        &mut self,
        space: &SpaceId,
        by: &BeingId,
        id: IntentionId,
        is_answer: bool,
    ) -> MessageId {
        let place = self.next(space).await;
        let mut new = intention(&place, self.tx.now(), by, id);
        if is_answer {
            new = Intention { state: IntentionState::Active, content: String::new(), ..new };
        }
        let message = new.message_id;
        self.tx.insert_message(place, new, is_answer).await.expect("the message");
        message
    }
}

impl<C: Contract> Served<C> {
    /// With the world in it.
    pub async fn open() -> Self {
        let Rows { place, clock, store, tx } = Rows::<C>::open().await;
        store.close().await;
        tx.close().await;
        Self::open_at(place, clock).await
    }

    async fn open_at(place: C::Place, clock: Arc<SetClock>) -> Self {
        let heard = Heard::default();
        let store = C::open(&place, clock.clone(), heard.clone()).await;
        Self { place, clock, store, heard }
    }

    pub async fn view(&self) -> View {
        view(&self.store).await
    }

    pub async fn reopen(self) -> Self {
        let Self { place, clock, store, .. } = self;
        store.close().await;
        drop(store);
        Self::open_at(place, clock).await
    }
}

/// Writes the world with the verbs.
async fn create(tx: &mut impl Tx) {
    let expires_at = tx.now().plus_days(30);
    for (id, is_admin) in [("@ada", true), ("@bob", false), ("@dan", false), ("@eve", false)] {
        let id = being(id);
        tx.insert_being(&person(&id), None).await.expect("a being");
        let (hash, inbox) = (format!("hash of {id}"), rng().epoch());
        tx.insert_account(&id, &hash, is_admin, &inbox).await.expect("an account");
        tx.insert_session(&id, &token(id.as_str()), expires_at).await.expect("a session");
    }
    let sage = ai("@sage");
    tx.insert_being(&sage, Some(&being("@ada"))).await.expect("an AI being");
    tx.put_settings(&sage.id, &settings("guide", false)).await.expect("settings");
    for (space, founder, members) in [
        (garden(), "@ada", vec!["@ada", "@bob", "@sage", "@dan"]),
        (pond(), "@bob", vec!["@bob", "@ada"]),
    ] {
        create_space(tx, &space, &being(founder)).await;
        for member in members {
            let row = tx.being(&being(member)).await.expect("a read").expect("a being");
            let place = tx.next(&space);
            tx.put_member(place, row.being).await.expect("a member");
        }
    }
    tx.set_answering(&garden(), &sage.id, &settings("guide", false)).await.expect("answering");
    let place = tx.next(&garden());
    tx.remove_member(place, &being("@dan")).await.expect("a leave");
}

/// Creates a space that is a member of itself.
pub async fn create_space(tx: &mut impl Tx, space: &SpaceId, founder: &BeingId) {
    let itself = Being { kind: BeingKind::Space, ..person(space.as_being()) };
    let epoch = rng().epoch();
    tx.insert_being(&itself, Some(founder)).await.expect("the space's being");
    tx.insert_space(&itself, founder, &epoch).await.expect("the space");
    let place = tx.next(space);
    tx.put_member(place, itself).await.expect("the space in itself");
}

pub fn garden() -> SpaceId {
    "@garden".parse().expect("an id")
}

pub fn pond() -> SpaceId {
    "@pond".parse().expect("an id")
}

/// A space that is not there at first.
pub fn meadow() -> SpaceId {
    "@meadow".parse().expect("an id")
}

pub fn being(id: &str) -> BeingId {
    id.parse().expect("an id")
}

pub fn person(id: &BeingId) -> Being {
    let name = id.as_str()[1..].to_owned();
    Being { id: id.clone(), name, kind: BeingKind::Person, hue: Hue::of(id), seq: Seq(0) }
}

pub fn ai(id: &str) -> Being {
    Being { kind: BeingKind::Ai, ..person(&being(id)) }
}

pub fn id(number: u128) -> IntentionId {
    IntentionId(Uuid::from_u128(number))
}

pub fn token(text: &str) -> TokenHash {
    Token::presented(text).hash()
}

pub fn content(text: &str) -> Content {
    Content::parse(text.to_owned()).expect("content")
}

pub fn settings(provider: &str, always: bool) -> Settings {
    let mut settings = BeingSettings::with_provider(provider);
    if always {
        settings.answers_when = protocol::AnswersWhen::EveryMessage;
    }
    Settings::parse(settings).expect("settings within their bounds")
}

/// A reaction as it is before it has a place.
pub fn reaction(message: MessageId, emoji: &str, by: &str) -> ReactionRow {
    let (emoji, by) = (emoji.to_owned(), being(by));
    ReactionRow { message, emoji, by, seq: Seq(0), is_removed: false }
}

/// A message as a sender's first look at it.
pub fn intention(place: &Place, now: Moment, by: &BeingId, id: IntentionId) -> Intention {
    Intention {
        id,
        message_id: place.seq().as_message(),
        owner_id: by.clone(),
        state: IntentionState::Complete,
        reason: None,
        content: format!("said as {id}"),
        reasoning: String::new(),
        reasoning_millis: None,
        created_at: now.to_timestamp(),
        modified_at: None,
        reply_to: None,
        versions: VersionCount::default(),
        reactions: vec![],
        reactions_seq: Seq(0),
        seq: place.seq(),
    }
}

pub fn send(space: &SpaceId, by: &str, number: u128, text: &str) -> SendMessage {
    let (space, by) = (space.clone(), being(by));
    SendMessage { by, space, id: id(number), content: content(text), reply_to: None }
}
