//! The row verbs of inboxes. A position of an inbox is taken, and spent, in one visit; whom messages mention
//! waits for the commit, so that it costs no visit.

use std::collections::BTreeMap;

use protocol::{
    Being, BeingId, BeingLeft, BeingUpdated, Cursor, InboxEvent, Intention, Level, LevelChanged,
    MessageId, ReadMoved, SpaceEntry, SpaceId, SpaceJoined, SpaceLeft, SyncEvent,
};
use sqlx::{Row, sqlite::SqliteRow};

use super::{
    super::{
        super::{
            inbox::{InboxRow, Mentions},
            positions::Place,
            tx::{InboxRows, TxResult},
        },
        inbox::{self, NEWEST},
        rows::signed,
    },
    Query, SqliteTx, batch,
};

/// Takes the next position of being $2's inbox.
const NEXT: &str = "UPDATE inboxes SET head = head + 1 WHERE being_id = $2 RETURNING epoch, head";
/// What is forgotten of a space that the being joins or leaves.
const FORGET: &str =
    "DELETE FROM inbox_changes WHERE being_id = $2 AND space_id = $1 AND what <> 'space'";

/// Notes at the position taken that this has changed of space $1.
fn note(what: &str) -> String {
    format!(
        "INSERT INTO inbox_changes (being_id, space_id, what, seq) \
         SELECT $2, $1, '{what}', head FROM inboxes WHERE being_id = $2 \
         ON CONFLICT (being_id, space_id, what) DO UPDATE SET seq = excluded.seq"
    )
}

impl InboxRows for SqliteTx {
    async fn inbox_row(&mut self, space: &SpaceId, being: &BeingId) -> TxResult<Option<InboxRow>> {
        Ok(inbox::row(self.rows()?, space, being).await?)
    }

    async fn set_read(
        &mut self,
        space: &SpaceId,
        being: &BeingId,
        up_to: MessageId,
    ) -> TxResult<()> {
        let sql = format!(
            "UPDATE members SET read_up_to = $3 WHERE space_id = $1 AND being_id = $2; {NEXT}; {}",
            note("read")
        );
        let update = sqlx::query(&sql).bind(space.as_str()).bind(being.as_str());
        let event = InboxEvent::ReadMoved(ReadMoved { space_id: space.clone(), up_to });
        self.tell(space, being, update.bind(signed(up_to.0)), event).await
    }

    async fn set_level(&mut self, space: &SpaceId, being: &BeingId, level: Level) -> TxResult<()> {
        let sql = format!(
            "UPDATE members SET level = $3 WHERE space_id = $1 AND being_id = $2; {NEXT}; {}",
            note("level")
        );
        let update = sqlx::query(&sql).bind(space.as_str()).bind(being.as_str());
        let event = InboxEvent::LevelChanged(LevelChanged { space_id: space.clone(), level });
        self.tell(space, being, update.bind(level.as_str()), event).await
    }

    fn set_mentions(&mut self, space: &SpaceId, said: &Intention, mentions: Mentions) {
        let is_new = self.positions.is_written_here(space, said.message_id.created_at());
        if is_new && mentions.is_nobody() && self.mentions.0.is_empty() {
            return;
        }
        let written = Written { is_new, owner: said.owner_id.clone(), mentions };
        self.mentions.0.insert((space.clone(), said.message_id), written);
    }
}

impl SqliteTx {
    /// Writes a member that joins, and says so in its inbox, if it has one.
    pub(super) async fn join(&mut self, place: Place, being: Being) -> TxResult<Being> {
        let being = Being { seq: place.seq(), ..being };
        let space = place.space().clone();
        let sql = format!(
            "INSERT INTO members (space_id, being_id, seq, has_left, read_up_to) \
             VALUES ($1, $2, $3, 0, $3) ON CONFLICT (space_id, being_id) DO UPDATE SET \
             seq = excluded.seq, has_left = 0, read_up_to = excluded.read_up_to, \
             level = 'mentions'; {NEXT}; {FORGET}; {}; \
             SELECT {NEWEST} FROM spaces s WHERE s.id = $1",
            note("space")
        );
        let insert = sqlx::query(&sql)
            .bind(space.as_str())
            .bind(being.id.as_str())
            .bind(signed(being.seq.0));
        let found = insert.fetch_all(self.rows()?).await?;
        if let Some(cursor) = cursor_in(&found)? {
            let newest = found.iter().find(|row| row.len() == 1).map(|row| row.try_get(0));
            let newest: Option<i64> = newest.transpose()?.flatten();
            let newest = newest.map(|number| MessageId(number.unsigned_abs()));
            let members = self.positions.get(&space).map(|state| state.members.clone());
            let members = members.ok_or(sqlx::Error::RowNotFound)?;
            let data = SpaceEntry {
                space: members.space.clone(),
                last_message_id: newest.max(self.pending.newest(&space)),
                read_up_to: Some(being.seq.as_message()),
                unread: 0,
                mentions: 0,
                level: Level::default(),
                direct: members.details.direct,
            };
            let event = InboxEvent::SpaceJoined(SpaceJoined { data });
            self.told.push((being.id.clone(), cursor, space, event));
        }
        let data = being.clone();
        self.positions.spend(place, SyncEvent::BeingUpdated(BeingUpdated { data }));
        Ok(being)
    }

    /// Writes that a member has left, and says so in its inbox, if it has one.
    pub(super) async fn leave(&mut self, place: Place, being: &BeingId) -> TxResult<()> {
        let space_id = place.space().clone();
        let sql = format!(
            "UPDATE members SET seq = $3, has_left = 1 WHERE space_id = $1 AND being_id = $2 \
             RETURNING 1; {NEXT}; {FORGET}; {}",
            note("space")
        );
        let update = sqlx::query(&sql)
            .bind(space_id.as_str())
            .bind(being.as_str())
            .bind(signed(place.seq().0));
        let found = update.fetch_all(self.rows()?).await?;
        if !found.iter().any(|row| row.len() == 1) {
            return Err(sqlx::Error::RowNotFound.into());
        }
        if let Some(cursor) = cursor_in(&found)? {
            let event = InboxEvent::SpaceLeft(SpaceLeft { space_id: space_id.clone() });
            self.told.push((being.clone(), cursor, space_id, event));
        }
        let being_id = being.clone();
        self.positions.spend(place, SyncEvent::BeingLeft(BeingLeft { being_id }));
        Ok(())
    }

    /// A message mentions nobody any more.
    pub(super) fn forget_mentions(&mut self, space: &SpaceId, message: MessageId) {
        let is_new = self.positions.is_written_here(space, message.created_at());
        let (owner, mentions) = (space.as_being().clone(), Mentions::Persons(vec![]));
        self.mentions.0.insert((space.clone(), message), Written { is_new, owner, mentions });
    }

    /// Runs an update that takes a position, and remembers what to tell of it.
    async fn tell<'q>(
        &mut self,
        space: &SpaceId,
        being: &BeingId,
        update: Query<'q>,
        event: InboxEvent,
    ) -> TxResult<()> {
        let found = update.fetch_all(self.rows()?).await?;
        let cursor = cursor_in(&found)?.ok_or(sqlx::Error::RowNotFound)?;
        self.told.push((being.clone(), cursor, space.clone(), event));
        Ok(())
    }
}

/// Changes of inboxes that are to be told once they are committed.
pub(super) type Told = Vec<(BeingId, Cursor, SpaceId, InboxEvent)>;

/// Whom messages mention, as it is to be written with the commit: the last that was said of each message.
#[derive(Default)]
pub(super) struct PendingMentions(BTreeMap<(SpaceId, MessageId), Written>);

struct Written {
    /// The message is of this transaction, so there is nothing to replace.
    is_new: bool,
    owner: BeingId,
    mentions: Mentions,
}

/// All persons of a space, in the place of a being.
const EVERYONE: &str = "*";

impl PendingMentions {
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The statements that write them, and the list that each of them takes.
    pub fn statements(&self) -> Vec<(&'static str, String)> {
        let (mut replaced, mut rows) = (vec![], vec![]);
        for ((space, message), written) in &self.0 {
            if !written.is_new {
                replaced.push((space, message.0));
            }
            let mut row = |id| rows.push((space, message.0, id, &written.owner));
            match &written.mentions {
                Mentions::Everyone => row(EVERYONE),
                Mentions::Persons(persons) => persons.iter().for_each(|id| row(id.as_str())),
            }
        }
        let delete = "DELETE FROM mentions WHERE (space_id, number, being_id) IN \
             (SELECT m.space_id, m.number, m.being_id FROM json_each(?) AS said \
             CROSS JOIN mentions m WHERE m.space_id = said.value ->> 0 \
             AND m.number = said.value ->> 1); ";
        let insert = "INSERT INTO mentions (space_id, number, being_id, owner_id) \
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?); ";
        let mut statements = vec![];
        if !replaced.is_empty() {
            statements.push((delete, batch::json(&replaced)));
        }
        if !rows.is_empty() {
            statements.push((insert, batch::json(&rows)));
        }
        statements
    }
}

/// The position that [`NEXT`] has taken, among the rows of its text.
fn cursor_in(found: &[SqliteRow]) -> sqlx::Result<Option<Cursor>> {
    found.iter().find(|row| row.len() == 2).map(|row| inbox::cursor(row, 0)).transpose()
}
