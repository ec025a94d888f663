//! The store held against the model: every row that it answers with.

use app::protocol::{Cursor, Intention, MessageId, Seq, SpaceId, limits::PAGE_MAX_MESSAGES};
use rand::Rng;
use server::{
    chance::Token,
    clock::Moment,
    policy::Standing,
    refusal::Refusal,
    store::{Missed, Store},
};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

use super::{PEOPLE, World, person, writing::adopt};
use crate::{clock::JumpyClock, model::Model, process::Process};

/// What differs, in words.
type Verdict = Result<(), String>;

impl World {
    /// The store holds what the model does.
    pub(super) fn audit(&mut self) {
        let fraction = self.dice.random();
        let process = self.process.as_ref().expect("a server");
        let invites = (&self.invites[..], self.clock.as_ref());
        let verdict = agree(process, &mut self.model, fraction, invites);
        if let Err(difference) = verdict {
            panic!("the store is not as it should be: {difference}");
        }
    }

    /// Of a transaction in whose middle the server ended, all happened or nothing. Of those before
    /// it, which were answered, all happened; and of those that failed, nothing.
    pub(super) fn find_out_what_happened(&mut self, began: Moment) {
        let restarted = self.clock.said();
        let mut without = self.model.clone();
        without.restart(restarted);
        let mut with = self.model.clone();
        for asked in &self.underway {
            // How it would have been answered, nobody will know.
            let _ = with.apply(&asked.command, began);
        }
        with.restart(restarted);
        let fraction = self.dice.random();
        let process = self.process.as_ref().expect("a server");
        let invites = (&self.invites[..], self.clock.as_ref());
        let nothing = agree(process, &mut without, fraction, invites);
        self.model = match nothing {
            Ok(()) => without,
            Err(nothing) => match agree(process, &mut with, fraction, invites) {
                Ok(()) => {
                    self.journal.count("transactions that came through an end");
                    with
                }
                Err(all) => panic!(
                    "neither nothing nor all of {} commands happened: {nothing}; {all}",
                    self.underway.len()
                ),
            },
        };
        let process = self.process.as_ref().expect("a server");
        process.ask(check_integrity(SqliteConnectOptions::new().filename(self.disk.database())));
    }
}

async fn check_integrity(options: SqliteConnectOptions) {
    let mut connection = options.read_only(true).connect().await.expect("the database");
    let said: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await
        .expect("a check");
    assert_eq!(said, "ok");
    connection.close().await.expect("the database closes");
}

fn agree(
    process: &Process,
    model: &mut Model,
    fraction: f64,
    (invites, clock): (&[String], &JumpyClock),
) -> Verdict {
    let spaces: Vec<_> = model.spaces.keys().cloned().collect();
    for space in &spaces {
        agree_on(process, model, space, fraction).map_err(|why| format!("{space}: {why}"))?;
    }
    for at in 0..PEOPLE.len() {
        let id = person(at).id;
        let listed = process.ask(process.store.spaces_of(&id)).map_err(unanswered)?;
        let mut listed: Vec<_> = listed.into_iter().map(|space| space.space.id).collect();
        listed.sort();
        let mine = spaces.iter().filter(|space| model.spaces[*space].has(&id));
        same("the spaces of a being", &listed, &mine.map(|s| s.as_being().clone()).collect())?;
    }
    for id in model.beings.keys() {
        let found = process.ask(process.store.being(id)).map_err(unanswered)?;
        same("a being", &found, &Some(model.being_in(id, Seq(0))))?;
    }
    for token in invites {
        let hash = Token::presented(token).hash();
        let found = match process.ask(process.store.invited_to(&hash)) {
            Ok(space) => Some(space.id),
            Err(Refusal::UnknownInvite) => None,
            Err(refusal) => return Err(unanswered(refusal)),
        };
        let expected = model.invited_to(token, clock.said());
        same("an invite", &found, &expected.map(|space| space.as_being().clone()))?;
    }
    Ok(())
}

fn agree_on(process: &Process, model: &mut Model, id: &SpaceId, fraction: f64) -> Verdict {
    let (cursor, sync) = process.ask(process.store.sync(id)).map_err(unanswered)?;
    let rows = every_row(process, id).map_err(unanswered)?;
    let space = model.spaces.get_mut(id).expect("a space");
    for row in &rows {
        if let Some(said) = space.messages.get_mut(&row.message_id) {
            adopt(&mut said.row, row);
        }
    }
    let epoch = space.epoch.get_or_insert_with(|| cursor.epoch.clone()).clone();
    same("the cursor", &cursor, &Cursor { epoch, seq: space.head })?;
    let expected = space.history(MessageId(u64::MAX), usize::MAX - 1);
    same("history", &rows, &expected.intentions)?;
    same("a sync", &sync, &model.sync(id))?;

    let head = model.spaces[id].head.0;
    let somewhere = (fraction * head as f64) as u64;
    for since in [0, somewhere, head.saturating_sub(60), head.saturating_sub(1), head] {
        let found =
            match process.ask(process.store.changes_since(id, Seq(since))).map_err(unanswered)? {
                Missed::Changes { changes, .. } => Some(changes),
                Missed::TooMany => None,
            };
        same("a catch-up", &found, &model.changes_since(id, Seq(since)))?;
    }
    for at in 0..PEOPLE.len() {
        let being = person(at).id;
        let standing = match model.spaces[id].members.get(&being) {
            None => Standing::Stranger,
            Some(member) if member.has_left => Standing::Left,
            Some(_) => Standing::Member,
        };
        let found = process.ask(process.store.standing(id, &being)).map_err(unanswered)?;
        same("a standing", &found, &standing)?;
    }
    Ok(())
}

/// To the first message.
fn every_row(process: &Process, space: &SpaceId) -> Result<Vec<Intention>, Refusal> {
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let mut page = process.ask(process.store.history(space, before, PAGE_MAX_MESSAGES))?;
        before = page.intentions.first().map(|row| row.message_id);
        page.intentions.append(&mut rows);
        rows = page.intentions;
        if !page.has_earlier {
            return Ok(rows);
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Verdict {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (format!("{found:?}"), format!("{expected:?}"));
    // Where they part, and a little around it.
    let at = found.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        let range = at.saturating_sub(120)..bytes.len().min(at + 200);
        String::from_utf8_lossy(&bytes[range]).into_owned()
    };
    Err(format!("{what} is …{}…\nnot …{}…", around(&found), around(&expected)))
}

fn unanswered(refusal: Refusal) -> String {
    format!("no answer: {refusal}")
}
