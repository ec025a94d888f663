//! Compares the store with the model: every row that it returns.

use protocol::{
    Cursor, Intention, IntentionState, MessageId, Seq, SpaceId, limits::PAGE_MAX_MESSAGES,
};
use rand::Rng;
use server::{
    domain::{clock::Moment, policy::Membership, refusal::Refusal, token::TokenHash},
    store::{ChangesSince, ForMembers, Inboxes, Store, Window},
};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{PEOPLE, World, person, writing::adopt};
use crate::{clock::JumpyClock, model::Model, process::Process};

/// The difference, if there is one.
type Comparison = Result<(), String>;

impl World {
    /// Asserts that the store equals the model.
    pub(super) fn audit(&mut self) {
        let fraction = self.rng.random();
        let process = self.process.as_ref().expect("a server");
        let invites = (&self.invites[..], self.clock.as_ref());
        let comparison = compare(process, &mut self.model, fraction, invites);
        if let Err(difference) = comparison {
            panic!("the store differs from the model: {difference}");
        }
    }

    /// Resolves the transaction during which the server ended: either all of it happened or
    /// nothing. Every earlier command that was acknowledged has happened, and none that failed.
    pub(super) fn resolve_in_doubt(&mut self, began: Moment) {
        let restarted = self.clock.last_read();
        let mut without = self.model.clone();
        without.restart(restarted);
        let mut with = self.model.clone();
        for asked in &self.in_flight {
            // Its response was never sent.
            let _ = with.apply(&asked.command, began);
        }
        with.restart(restarted);
        let fraction = self.rng.random();
        let process = self.process.as_ref().expect("a server");
        let invites = (&self.invites[..], self.clock.as_ref());
        let nothing = compare(process, &mut without, fraction, invites);
        self.model = match nothing {
            Ok(()) => without,
            Err(nothing) => match compare(process, &mut with, fraction, invites) {
                Ok(()) => {
                    self.journal.count("transactions that came through an end");
                    with
                }
                Err(all) => panic!(
                    "neither nothing nor all of {} commands happened: {nothing}; {all}",
                    self.in_flight.len()
                ),
            },
        };
        let process = self.process.as_ref().expect("a server");
        process.ask(check_integrity(SqliteConnectOptions::new().filename(self.disk.database())));
    }
}

async fn check_integrity(options: SqliteConnectOptions) {
    let mut connection = options.read_only(true).connect().await.expect("the database");
    let outcome: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await
        .expect("a check");
    assert_eq!(outcome, "ok");
    connection.close().await.expect("the database closes");
}

fn compare(
    process: &Process,
    model: &mut Model,
    fraction: f64,
    (invites, clock): (&[TokenHash], &JumpyClock),
) -> Comparison {
    let spaces: Vec<_> = model.spaces.keys().cloned().collect();
    for space in &spaces {
        compare_space(process, model, space, fraction).map_err(|why| format!("{space}: {why}"))?;
    }
    for at in 0..PEOPLE.len() {
        let id = person(at);
        let listed = process.ask(process.store.spaces_of(&id)).map_err(no_answer)?;
        let mut listed: Vec<_> = listed.into_iter().map(|space| space.space.id).collect();
        listed.sort();
        let mine = spaces.iter().filter(|space| model.spaces[*space].has(&id));
        same("the spaces of a being", &listed, &mine.map(|s| s.as_being().clone()).collect())?;
    }
    compare_inboxes(process, model, fraction)?;
    for id in model.beings.keys() {
        let found = process.ask(process.store.being(id)).map_err(no_answer)?;
        same("a being", &found, &Some(model.being_in(id, Seq(0))))?;
    }
    for token in invites {
        let found = match process.ask(process.store.invited_to(token)) {
            Ok(space) => Some(space.id),
            Err(Refusal::UnknownInvite) => None,
            Err(refusal) => return Err(no_answer(refusal)),
        };
        let expected = model.invited_to(token, clock.last_read());
        same("an invite", &found, &expected.map(|space| space.as_being().clone()))?;
    }
    Ok(())
}

fn compare_space(process: &Process, model: &mut Model, id: &SpaceId, fraction: f64) -> Comparison {
    let (cursor, sync) = read(process, id, process.store.sync(id)).map_err(no_answer)?;
    let rows = every_row(process, id).map_err(no_answer)?;
    let space = model.spaces.get_mut(id).expect("a space");
    for row in &rows {
        if let Some(stored) = space.messages.get_mut(&row.message_id) {
            adopt(&mut stored.row, row);
        }
    }
    let epoch = space.epoch.get_or_insert_with(|| cursor.epoch.clone()).clone();
    same("the cursor", &cursor, &Cursor { epoch, seq: space.head })?;
    let expected = space.history(MessageId(u64::MAX), usize::MAX - 1);
    same("history", &rows, &expected.intentions)?;
    same("a sync", &sync, &model.sync(id))?;
    for row in rows.iter().filter(|row| row.versions.get() > 1) {
        let versions = process.store.versions(id, row.message_id);
        let found = read(process, id, versions).map_err(no_answer)?.unwrap_or_default();
        let found = found.into_iter().map(|it| (it.content, it.state, it.reason));
        let found = found.collect::<Vec<_>>();
        let present = (row.state != IntentionState::Active).then_some(row);
        let earlier = model.spaces[id].messages[&row.message_id].earlier.iter().chain(present);
        let expected = earlier.map(|it| (it.content.clone(), it.state, it.reason));
        same("the versions of an answer", &found, &expected.collect::<Vec<_>>())?;
    }

    let head = model.spaces[id].head.0;
    let somewhere = (fraction * head as f64) as u64;
    for since in [0, somewhere, head.saturating_sub(60), head.saturating_sub(1), head] {
        let changes = process.store.changes_since(id, Seq(since));
        let found = match read(process, id, changes).map_err(no_answer)? {
            ChangesSince::Changes { changes, .. } => Some(changes),
            ChangesSince::TooMany => None,
        };
        same("a catch-up", &found, &model.changes_since(id, Seq(since)))?;
    }
    for at in 0..PEOPLE.len() {
        let being = person(at);
        let membership = match model.spaces[id].members.get(&being) {
            None => Membership::Stranger,
            Some(member) if member.has_left => Membership::Left,
            Some(_) => Membership::Member,
        };
        let found = process.ask(process.store.membership(id, &being)).map_err(no_answer)?;
        same("a membership", &found, &membership)?;
    }
    Ok(())
}

fn compare_inboxes(process: &Process, model: &mut Model, fraction: f64) -> Comparison {
    for id in (0..PEOPLE.len()).map(person) {
        let (cursor, inbox) = process.ask(process.store.inbox(&id)).map_err(no_answer)?;
        same("an inbox", &inbox, &model.inbox(&id))?;
        let stored = model.inboxes.entry(id.clone()).or_default();
        let epoch = stored.epoch.get_or_insert_with(|| cursor.epoch.clone()).clone();
        let head = stored.head;
        same("the cursor of an inbox", &cursor, &Cursor { epoch, seq: head })?;
        let of_cursor = process.ask(process.store.inbox_head(&id)).map_err(no_answer)?;
        same("the head of an inbox", &of_cursor, &cursor)?;
        let somewhere = (fraction * head.0 as f64) as u64;
        for since in [0, somewhere, head.0.saturating_sub(1), head.0] {
            let changes = process.ask(process.store.inbox_changes_since(&id, Seq(since)));
            let found = match changes.map_err(no_answer)? {
                ChangesSince::Changes { changes, .. } => Some(changes),
                ChangesSince::TooMany => None,
            };
            let expected = model.inbox_changes_since(&id, Seq(since));
            same("a catch-up of an inbox", &found, &expected)?;
        }
        let heads = process.ask(process.store.space_heads(&id, None)).map_err(no_answer)?;
        let counts = heads.iter().map(|head| (head.last_message_id, head.unread, head.mentions));
        let expected = inbox.spaces.iter();
        let expected = expected.map(|it| (it.last_message_id, it.unread, it.mentions));
        same("what is new", &counts.collect::<Vec<_>>(), &expected.collect())?;
    }
    Ok(())
}

/// The store's answer to the space itself, which is a member of itself.
fn read<T>(
    process: &Process,
    space: &SpaceId,
    query: impl Future<Output = Result<ForMembers<T>, Refusal>>,
) -> Result<T, Refusal> {
    let store: &dyn Store = process.store.as_ref();
    process.ask(async { query.await?.for_being(store, space.as_being()).await })
}

/// All pages, back to the first message.
fn every_row(process: &Process, space: &SpaceId) -> Result<Vec<Intention>, Refusal> {
    let (mut rows, mut window) = (Vec::new(), Window::Newest);
    loop {
        let page = process.store.history(space, window, PAGE_MAX_MESSAGES);
        let mut page = read(process, space, page)?;
        let first = page.intentions.first().map(|row| row.message_id);
        page.intentions.append(&mut rows);
        rows = page.intentions;
        match first.filter(|_| page.has_earlier) {
            Some(first) => window = Window::Before(first),
            None => return Ok(rows),
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Comparison {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (format!("{found:?}"), format!("{expected:?}"));
    // The first difference, with some context.
    let at = found.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        let range = at.saturating_sub(120)..bytes.len().min(at + 200);
        String::from_utf8_lossy(&bytes[range]).into_owned()
    };
    Err(format!("{what} is …{}…\nnot …{}…", around(&found), around(&expected)))
}

fn no_answer(refusal: Refusal) -> String {
    format!("no answer: {refusal}")
}
