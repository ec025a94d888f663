//! The row verbs of inboxes. A position of an inbox is taken, and spent, in one visit; whom messages mention
//! waits for the commit, so that it costs no visit.

use std::collections::BTreeMap;

use super::{
    super::{
        super::{
            inbox::{InboxRow, Mentions},
            positions::Place,
            tx::{InboxRows, TxResult},
        },
        Dialect,
        inbox::{self, NEWEST},
        query::{Columns, Query, query},
        rows::{json, signed},
    },
    Database, SqlTx,
};
use protocol::{
    Being, BeingId, BeingLeft, BeingUpdated, Cursor, InboxEvent, Intention, Level, LevelChanged,
    MessageId, ReadMoved, SpaceEntry, SpaceId, SpaceJoined, SpaceLeft, SyncEvent,
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

impl<D: Database> InboxRows for SqlTx<D> {
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
        let update = query(&sql).bind(space.as_str()).bind(being.as_str());
        let event = InboxEvent::ReadMoved(ReadMoved { space_id: space.clone(), up_to });
        self.tell(space, being, update.bind(signed(up_to.0)), event).await
    }

    async fn set_level(&mut self, space: &SpaceId, being: &BeingId, level: Level) -> TxResult<()> {
        let sql = format!(
            "UPDATE members SET level = $3 WHERE space_id = $1 AND being_id = $2; {NEXT}; {}",
            note("level")
        );
        let update = query(&sql).bind(space.as_str()).bind(being.as_str());
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

impl<D: Database> SqlTx<D> {
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
        let insert =
            query(&sql).bind(space.as_str()).bind(being.id.as_str()).bind(signed(being.seq.0));
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
        let update =
            query(&sql).bind(space_id.as_str()).bind(being.as_str()).bind(signed(place.seq().0));
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
    async fn tell(
        &mut self,
        space: &SpaceId,
        being: &BeingId,
        update: Query<'_>,
        event: InboxEvent,
    ) -> TxResult<()> {
        let found = update.fetch_all(self.rows()?).await?;
        let cursor = cursor_in(&found)?.ok_or(sqlx::Error::RowNotFound)?;
        self.told.push((being.clone(), cursor, space.clone(), event));
        Ok(())
    }
}

/// Changes of inboxes that are to be told once they are committed.
pub type Told = Vec<(BeingId, Cursor, SpaceId, InboxEvent)>;

/// Whom messages mention, as it is to be written with the commit: the last that was said of each message.
#[derive(Default)]
pub struct PendingMentions(BTreeMap<(SpaceId, MessageId), Written>);

struct Written {
    /// The message is of this transaction, so there is nothing to replace.
    is_new: bool,
    owner: BeingId,
    mentions: Mentions,
}

/// The statements that write mentions, each with the list that is its one parameter: JSON. None where there is
/// nothing to write.
#[derive(Default)]
pub struct WriteMentions {
    /// Removes those that are replaced.
    pub delete: Option<(String, String)>,
    pub insert: Option<(String, String)>,
}

/// All persons of a space, in the place of a being.
const EVERYONE: &str = "*";

impl PendingMentions {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The parameter is written as `param`.
    pub fn statements(&self, dialect: Dialect, param: &str) -> WriteMentions {
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
        let said = dialect.elements_of(param, "said");
        let delete = (!replaced.is_empty()).then(|| {
            let sql = format!(
                "DELETE FROM mentions WHERE (space_id, number, being_id) IN \
                 (SELECT m.space_id, m.number, m.being_id FROM {said} \
                 CROSS JOIN mentions m WHERE m.space_id = said.value ->> 0 \
                 AND m.number = CAST(said.value ->> 1 AS BIGINT))"
            );
            (sql, json(&replaced))
        });
        let insert = (!rows.is_empty()).then(|| {
            let sql = format!(
                "INSERT INTO mentions (space_id, number, being_id, owner_id) SELECT said.value ->> 0, \
                 CAST(said.value ->> 1 AS BIGINT), said.value ->> 2, said.value ->> 3 FROM {said}"
            );
            (sql, json(&rows))
        });
        WriteMentions { delete, insert }
    }
}

/// The position that [`NEXT`] has taken, among the rows of its text.
fn cursor_in(found: &[impl Columns]) -> sqlx::Result<Option<Cursor>> {
    found.iter().find(|row| row.len() == 2).map(|row| inbox::cursor(row, 0)).transpose()
}
