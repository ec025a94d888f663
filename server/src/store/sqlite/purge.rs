//! The words of what was deleted. FTS5 notes that a row of the index is gone, and its words stay in the file until
//! the segments that hold them are merged. So all are merged then, a bounded step at a time, while there is nothing
//! to write and nothing to index. (Its `secure-delete` is of no use here: an index without texts is not told which
//! words a row had.)

use super::SqliteTx;

/// A note of a deletion, if there is one (`FTS5_TOMBSTONE_ROWID`): FTS5 drops the note with the words.
const NOTED: &str = "/* index */ SELECT id FROM search_data WHERE id >= 65536 << 37 LIMIT 1";
/// What a step writes at most: a few milliseconds.
const STEP_MAX_PAGES: i64 = 64;

/// How far the merge has come.
#[derive(Default)]
pub(super) struct Purge {
    may_be_due: bool,
    is_under_way: bool,
}

impl Purge {
    /// Rows of the index were deleted, or an earlier server may have left some.
    pub fn may_be_due(&mut self) {
        self.may_be_due = true;
    }

    pub fn is_due(&self) -> bool {
        self.may_be_due
    }
}

impl SqliteTx {
    /// Merges a portion of the index. Where it fails, that is yet to be rolled back.
    pub(super) async fn try_to_purge(&mut self) -> sqlx::Result<()> {
        self.forget();
        let noted = sqlx::query(NOTED).fetch_optional(&mut self.db.connection).await?;
        if noted.is_none() {
            self.db.purge = Purge::default();
            return Ok(());
        }
        // A negative number begins with all segments, a positive one goes on.
        let pages = if self.db.purge.is_under_way { STEP_MAX_PAGES } else { -STEP_MAX_PAGES };
        let step = "/* index */ BEGIN IMMEDIATE; SELECT total_changes(); \
             INSERT INTO search (search, rank) VALUES ('merge', $1); \
             SELECT total_changes(); COMMIT";
        let step = sqlx::query_scalar(step).bind(pages);
        let changes: Vec<i64> = step.fetch_all(&mut self.db.connection).await?;
        // FTS5 has one change of its own where nothing was left to merge.
        let has_merged = changes.first().zip(changes.last()).is_some_and(|(a, b)| b - a > 1);
        self.db.purge = Purge { may_be_due: has_merged || pages > 0, is_under_way: has_merged };
        Ok(())
    }
}
