//! Everything that a store shows, as lines that can be compared.

use protocol::{BeingId, Seq, SpaceId, SpaceSync, SyncEvent, limits::PAGE_MAX_MESSAGES};
use server::{
    domain::{command::AnswerRun, endpoint::Endpoint, policy::Membership, token::TokenHash},
    store::{ChangesSince, Store, Window},
};

use crate::world::{being, garden, meadow, pond, token};

pub type View = Vec<String>;

/// The beings, the spaces and the tokens that any test names.
const BEINGS: [&str; 9] =
    ["@ada", "@bob", "@dan", "@eve", "@sage", "@fay", "@owl", "@garden", "@meadow"];
const TOKENS: [&str; 6] = ["@ada", "@bob", "@eve", "session", "invite", "another invite"];

/// Every query of the trait, of everybody and everything.
pub async fn view(store: &impl Store) -> View {
    let mut view = vec![format!("has accounts: {:?}", store.has_accounts().await)];
    view.push(format!("providers: {:?}", store.providers().await.map(with_keys)));
    for id in BEINGS.map(being) {
        let hash = store.account(&id).await.map(|found| found.map(|it| it.password_hash));
        view.push(format!("account {id}: {hash:?}"));
        view.push(format!("being {id}: {:?}", store.being(&id).await));
        view.push(format!("settings {id}: {:?}", store.settings(&id).await));
        view.push(format!("spaces of {id}: {:?}", store.spaces_of(&id).await));
        view.push(format!("inbox of {id}: {:?}", store.inbox(&id).await));
        for since in [0, 2] {
            let changes = store.inbox_changes_since(&id, Seq(since)).await;
            view.push(format!("changes of the inbox of {id} since {since}: {changes:?}"));
        }
    }
    for name in TOKENS {
        let invited = store.invited_to(&token(name)).await;
        let signed_in = signed_in(store, &token(name)).await;
        view.push(format!("token {name}: signs in {signed_in:?}, opens {invited:?}"));
    }
    for space in [garden(), pond(), meadow()] {
        space_view(store, &space, &mut view).await;
    }
    view
}

async fn space_view(store: &impl Store, space: &SpaceId, view: &mut View) {
    view.push(format!("head {space}: {:?}", store.head(space).await));
    for id in BEINGS.map(being) {
        view.push(format!("membership {space} {id}: {:?}", store.membership(space, &id).await));
    }
    let Some(reader) = a_member(store, space).await else { return };
    let sync = sync(store, space, &reader).await;
    view.push(format!("sync {space}: {sync:?}"));
    for since in [0, 3, 6] {
        let changes = changes_since(store, space, Seq(since), &reader).await;
        view.push(format!("changes of {space} since {since}: {changes:?}"));
    }
    let page = store.history(space, Window::Newest, PAGE_MAX_MESSAGES).await.expect("a page");
    let page = page.for_being(store, &reader).await;
    for message in page.expect("a page for a member").intentions {
        view.push(format!("message {space}: {message:?}"));
        let versions = store.versions(space, message.message_id).await.expect("versions");
        view.push(format!("versions: {:?}", versions.for_being(store, &reader).await));
        let (space, started_at) = (space.clone(), message.seq);
        let run = AnswerRun { space, message: message.message_id, started_at };
        view.push(format!("prompt context: {:?}", store.prompt_context(&run).await));
    }
}

pub async fn sync(store: &impl Store, space: &SpaceId, by: &BeingId) -> SpaceSync {
    let sealed = store.sync(space).await.expect("a sync");
    let (cursor, sync) = sealed.for_being(store, by).await.expect("a sync for a member");
    assert_eq!(cursor.seq, sync.head(), "the cursor is that of the sync");
    sync
}

/// The changes, with the head that they lead to; None where they are too many.
pub async fn changes_since(
    store: &impl Store,
    space: &SpaceId,
    since: Seq,
    by: &BeingId,
) -> Option<(Seq, Vec<(Seq, SyncEvent)>)> {
    let sealed = store.changes_since(space, since).await.expect("the changes");
    match sealed.for_being(store, by).await.expect("the changes for a member") {
        ChangesSince::Changes { head, changes } => Some((head, changes)),
        ChangesSince::TooMany => None,
    }
}

/// All that is not deleted, page by page.
pub async fn whole_history(
    store: &impl Store,
    space: &SpaceId,
    by: &BeingId,
    limit: usize,
) -> Vec<protocol::Intention> {
    let (mut all, mut window) = (vec![], Window::Newest);
    loop {
        let page = store.history(space, window, limit).await.expect("a page");
        let page = page.for_being(store, by).await.expect("a page for a member");
        assert!(page.intentions.len() <= limit, "a page is at most as long as was asked");
        assert_eq!(page.has_later, !all.is_empty(), "what follows a page is known");
        let first = page.intentions.first().map(|message| message.message_id);
        all.splice(0..0, page.intentions);
        match first.filter(|_| page.has_earlier) {
            Some(first) => window = Window::Before(first),
            None => return all,
        }
    }
}

/// Whom a token signs in.
pub async fn signed_in(store: &impl Store, token: &TokenHash) -> Option<BeingId> {
    store.session(token).await.expect("an answer")
}

async fn a_member(store: &impl Store, space: &SpaceId) -> Option<BeingId> {
    for id in BEINGS.map(being) {
        if store.membership(space, &id).await.expect("an answer") == Membership::Member {
            return Some(id);
        }
    }
    None
}

fn with_keys(all: Vec<Endpoint>) -> Vec<String> {
    let line = |it: Endpoint| {
        let header = it.options.key_header.unwrap_or_default();
        let key = it.key.map(|key| key.header(header).1);
        let key = key.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        format!("{} {} {key:?} {:?}", it.name.as_str(), it.base_url.as_str(), it.options)
    };
    all.into_iter().map(line).collect()
}
