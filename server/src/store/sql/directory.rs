//! The queries of the directory: a range of the index that has the open spaces alone.

use super::{
    super::directory::Directory,
    Engine, SqlStore,
    query::{Columns, query},
    rows::{self, signed},
    unavailable,
};
use crate::domain::refusal::Refusal;
use async_trait::async_trait;
use protocol::{
    BeingId, DirectoryEntry, DirectoryPage, SpaceId,
    limits::{DIRECTORY_LOOK_SPACES, DIRECTORY_PAGE_SPACES},
};

#[async_trait]
impl<E: Engine> Directory for SqlStore<E> {
    /// Words are compared here: a database knows the letters of ASCII only, or of its locale.
    async fn directory(
        &self,
        by: &BeingId,
        wanted: &str,
        after: Option<&SpaceId>,
    ) -> Result<DirectoryPage, Refusal> {
        let look = if wanted.is_empty() { DIRECTORY_PAGE_SPACES } else { DIRECTORY_LOOK_SPACES };
        // SQLite keeps to the order of a CROSS JOIN: from the index outwards, so nothing is sorted.
        let found = query(
            "SELECT b.id, b.kind, b.name, b.hue, b.made_by, 0, 0, s.topic, m.being_id IS NOT NULL \
             FROM spaces s CROSS JOIN beings b \
             LEFT JOIN members m ON m.space_id = s.id AND m.being_id = $1 AND m.has_left = 0 \
             WHERE s.is_open = 1 AND s.is_archived = 0 AND s.id > $2 AND b.id = s.id \
             ORDER BY s.id LIMIT $3",
        )
        .bind(by.as_str())
        .bind(after.map_or("", SpaceId::as_str))
        .bind(signed(look as u64 + 1));
        let mut reader = self.reader().await?;
        let found = found.fetch_all(&mut *reader).await.map_err(unavailable)?;
        let (mut spaces, mut last) = (vec![], None);
        let mut rows = found.iter().take(look);
        for row in &mut rows {
            let entry = entry(row).map_err(unavailable)?;
            last = Some(SpaceId::from(entry.space.id.clone()));
            if is_wanted(&entry, wanted) {
                spaces.push(entry);
            }
            if spaces.len() == DIRECTORY_PAGE_SPACES {
                break;
            }
        }
        let has_more = rows.next().is_some() || found.len() > look;
        Ok(DirectoryPage { spaces, next: last.filter(|_| has_more) })
    }
}

fn entry(row: &impl Columns) -> sqlx::Result<DirectoryEntry> {
    let space = rows::member(row)?.0.being;
    Ok(DirectoryEntry { space, topic: row.try_get(7)?, joined: row.try_get(8)? })
}

fn is_wanted(entry: &DirectoryEntry, wanted: &str) -> bool {
    let DirectoryEntry { space, topic, .. } = entry;
    let texts = [space.name.as_str(), space.id.as_str(), topic];
    wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(wanted))
}
