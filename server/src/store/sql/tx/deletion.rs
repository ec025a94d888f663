//! The end of a space. Within one transaction it is gone for everybody; what was said in it is removed after
//! that, a portion at a time, so that no command waits for long.

use super::{
    super::{
        inbox,
        query::{Columns, query},
        rows,
    },
    Database, SqlTx,
};
use crate::store::tx::TxResult;
use protocol::{InboxEvent, SpaceId, SpaceLeft};

/// The members whose inboxes tell of it, each at the next position of its inbox.
const LEAVE: &str = "UPDATE inboxes SET head = head + 1 WHERE being_id IN \
     (SELECT being_id FROM members WHERE space_id = $1 AND has_left = 0) \
     RETURNING epoch, head, being_id; \
     DELETE FROM inbox_changes WHERE (being_id, space_id) IN \
     (SELECT being_id, space_id FROM members WHERE space_id = $1) AND what <> 'space'; \
     INSERT INTO inbox_changes (being_id, space_id, what, seq) \
     SELECT i.being_id, $1, 'space', i.head FROM members m CROSS JOIN inboxes i \
     WHERE m.space_id = $1 AND m.has_left = 0 AND i.being_id = m.being_id \
     ON CONFLICT (being_id, space_id, what) DO UPDATE SET seq = excluded.seq";
/// What is removed at once: there is no more of it than members and invites.
const END: &str = "DELETE FROM members WHERE space_id = $1; \
     DELETE FROM invites WHERE space_id = $1; \
     UPDATE beings SET name = '' WHERE id = $1; \
     UPDATE spaces SET is_deleted = 1, is_open = 0, persons = NULL, topic = '' WHERE id = $1";
/// How many messages a portion has.
const PORTION_MESSAGES: usize = 200;
const DELETED: &str = "SELECT id FROM spaces WHERE is_deleted = 1 LIMIT 1";

impl<D: Database> SqlTx<D> {
    pub(super) async fn end_space(&mut self, space: &SpaceId) -> TxResult<()> {
        let sql = format!("{LEAVE}; {END}");
        let ended = query(&sql).bind(space.as_str()).fetch_all(self.rows()?).await?;
        for row in ended.iter().filter(|row| row.len() == 3) {
            let (cursor, being) = (inbox::cursor(row, 0)?, rows::parsed(row.try_get(2)?)?);
            let event = InboxEvent::SpaceLeft(SpaceLeft { space_id: space.clone() });
            self.told.push((being, cursor, space.clone(), event));
        }
        self.positions.delete(space);
        self.has_deleted = true;
        Ok(())
    }

    /// Whether content of deleted spaces may be left.
    pub(in crate::store) fn has_deleted_spaces(&self) -> bool {
        self.has_deleted && self.is_recovered
    }

    /// Looks whether an earlier server has left any.
    pub(super) async fn find_deleted(&mut self) -> sqlx::Result<()> {
        let found = query(DELETED).fetch_optional(self.rows()?).await?;
        self.has_deleted = found.is_some();
        Ok(())
    }

    /// Removes a portion of what was said in deleted spaces.
    pub(in crate::store) async fn remove_deleted_rows(&mut self) -> sqlx::Result<()> {
        let found = query(DELETED).fetch_optional(self.rows()?).await?;
        let space: Option<String> = found.map(|row| row.try_get(0)).transpose()?;
        match &space {
            Some(space) => self.remove_portion(space).await?,
            None => self.has_deleted = false,
        }
        Ok(())
    }

    async fn remove_portion(&mut self, space: &str) -> sqlx::Result<()> {
        let of_portion = format!(
            "FROM intentions WHERE space_id = $1 AND number <= 9223372036854775807 \
             ORDER BY number LIMIT {PORTION_MESSAGES}"
        );
        let portion = format!("SELECT space_id, number {of_portion}");
        let delete = |from| format!("DELETE FROM {from} WHERE (space_id, number) IN ({portion})");
        let tables = ["mentions", "reactions", "earlier_versions", "search_changed", "intentions"];
        let sql = format!("{}; {}", D::forget_words(&of_portion), tables.map(delete).join("; "));
        query(&sql).bind(space).execute(self.rows()?).await?;
        self.db.words_removed();
        let is_empty = "(SELECT number FROM intentions WHERE space_id = $1 \
             AND number <= 9223372036854775807 ORDER BY number LIMIT 1) IS NULL";
        let end = format!(
            "DELETE FROM search_spaces WHERE space_id = $1 AND {is_empty}; \
             DELETE FROM spaces WHERE id = $1 AND {is_empty}"
        );
        self.run(query(&end).bind(space)).await?;
        Ok(())
    }
}
