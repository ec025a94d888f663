//! Searching: in the index, and in what is not indexed yet. A page is of one moment: all of it is read from
//! one snapshot, and each message is read and compared again, so that nothing is found that does not fit.

use std::{cmp::Reverse, collections::BTreeMap};

use async_trait::async_trait;
use protocol::{BeingId, SearchHit, SpaceId};

use super::{
    super::{
        ForMembers,
        search::{Found, Search, Searches},
    },
    Engine, SqlStore, WordIndex, history,
    query::{Columns, Connection, query},
    reactions,
    rows::{self, INTENTION, json, signed, unsigned},
    unavailable,
};
use crate::{
    domain::refusal::Refusal,
    search::{Position, Query},
};

/// What a search has found, newest first, each in its space; and where it goes on, where more is left.
type Hits = (Vec<(SpaceId, SearchHit)>, Option<Position>);

/// How a database asks its index of words.
pub trait FindWords: WordIndex {
    /// Puts into each range the newest that fit: one more than fill a page, so that it is known whether there are
    /// more.
    fn find(
        &mut self,
        search: &Search,
        ranges: &mut [Range],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// Of what is not indexed yet, a request reads this much at most; the next one goes on behind it.
const SCAN_MAX_ROWS: usize = 2_000;
const SCAN_MAX_BYTES: usize = 1024 * 1024;
/// What is read at once.
const SCAN_ROWS: usize = 100;

/// New messages, and those that have changed since they were indexed; newest first.
const UNINDEXED: [&str; 2] = [
    "SELECT number, created_at, owner_id, content FROM intentions WHERE space_id = $1 \
     AND number > $2 AND number < $3 AND is_deleted = 0 AND state <> 'active' \
     ORDER BY number DESC LIMIT $4",
    "SELECT i.number, i.created_at, i.owner_id, i.content FROM search_changed c \
     CROSS JOIN intentions i WHERE i.space_id = c.space_id AND i.number = c.number \
     AND c.space_id = $1 AND c.number <= $2 AND c.number < $3 AND i.is_deleted = 0 \
     AND i.state <> 'active' ORDER BY c.number DESC LIMIT $4",
];

/// A space that is searched.
pub struct Range {
    pub number: u32,
    pub space: SpaceId,
    /// From here on downwards.
    pub below: u64,
    indexed_up_to: u64,
    /// Whether there may be messages that the index does not have, by [`UNINDEXED`].
    is_behind: [bool; 2],
    /// What fits, newest first.
    pub candidates: Vec<Candidate>,
    /// Below this number nobody has looked.
    pub floor: u64,
}

#[derive(Clone, Copy)]
pub struct Candidate {
    pub number: u64,
    pub created_at: i64,
}

#[async_trait]
impl<E: Engine> Searches for SqlStore<E> {
    async fn search(&self, wanted: &Search) -> Result<Found, Refusal> {
        let mut snapshot = self.snapshot().await?;
        let (hits, next) = search(&mut *snapshot, wanted).await.map_err(unavailable)?;
        let sealed = |(space, hit)| ForMembers::new(space, hit);
        Ok(Found { hits: hits.into_iter().map(sealed).collect(), next })
    }

    async fn names(&self, beings: &[&BeingId]) -> Result<BTreeMap<BeingId, String>, Refusal> {
        let mut reader = self.reader().await?;
        names(&mut *reader, beings).await.map_err(unavailable)
    }
}

async fn names<C: Connection>(
    on: &mut C,
    beings: &[&BeingId],
) -> sqlx::Result<BTreeMap<BeingId, String>> {
    let sql = format!(
        "SELECT b.id, b.name FROM {} CROSS JOIN beings b WHERE b.id = it.value ->> 0",
        C::DIALECT.elements_of("$1", "it")
    );
    // Each as a list of one.
    let beings: Vec<_> = beings.iter().map(|being| (being,)).collect();
    let rows = query(&sql).bind(json(&beings)).fetch_all(on).await?;
    rows.iter().map(|row| Ok((rows::parsed(row.try_get(0)?)?, row.try_get(1)?))).collect()
}

async fn search<C: FindWords>(on: &mut C, search: &Search) -> sqlx::Result<Hits> {
    let mut ranges = ranges(on, search).await?;
    on.find(search, &mut ranges).await?;
    scan(on, search, &mut ranges).await?;
    let (chosen, next) = newest(&mut ranges, search.limit);
    Ok((hits(on, &search.query, chosen).await?, next))
}

/// The spaces of the being in which something may be left.
async fn ranges(on: &mut impl Connection, search: &Search) -> sqlx::Result<Vec<Range>> {
    let sql = format!(
        "SELECT s.number, s.space_id, s.indexed_up_to, p.head > s.indexed_up_to, \
         EXISTS (SELECT 1 FROM search_changed c WHERE c.space_id = s.space_id) \
         FROM members m CROSS JOIN search_spaces s CROSS JOIN spaces p \
         WHERE s.space_id = m.space_id AND p.id = m.space_id \
         AND m.being_id = $1 AND m.has_left = 0{}",
        if search.space.is_some() { " AND m.space_id = $2" } else { "" }
    );
    let mut found = query(&sql).bind(search.being.as_str());
    if let Some(space) = &search.space {
        found = found.bind(space.as_str());
    }
    let mut ranges = Vec::new();
    for row in found.fetch_all(on).await? {
        let number: i64 = row.try_get(0)?;
        let number = u32::try_from(number).unwrap_or_default();
        let below = match &search.before {
            Some(before) => before.below(number),
            None => Some(u64::from(u32::MAX)),
        };
        let Some(below) = below else { continue };
        ranges.push(Range {
            number,
            space: rows::parsed(row.try_get(1)?)?,
            below: below.min(u64::from(u32::MAX)),
            indexed_up_to: unsigned(row.try_get(2)?),
            is_behind: [row.try_get(3)?, row.try_get(4)?],
            candidates: vec![],
            floor: 0,
        });
    }
    Ok(ranges)
}

/// Adds what fits of the messages that the index does not have.
async fn scan(on: &mut impl Connection, search: &Search, ranges: &mut [Range]) -> sqlx::Result<()> {
    let (mut rows_left, mut bytes_left) = (SCAN_MAX_ROWS, SCAN_MAX_BYTES);
    for range in ranges.iter_mut().filter(|range| range.is_behind.contains(&true)) {
        let mut found = Vec::new();
        for (sql, _) in UNINDEXED.iter().zip(range.is_behind).filter(|(_, is_behind)| *is_behind) {
            let (mut below, mut is_through, mut count) = (range.below, false, 0);
            while !is_through && rows_left > 0 && bytes_left > 0 && count <= search.limit {
                let rows = query(sql)
                    .bind(range.space.as_str())
                    .bind(signed(range.indexed_up_to))
                    .bind(signed(below))
                    .bind(SCAN_ROWS as i64)
                    .fetch_all(on)
                    .await?;
                is_through = rows.len() < SCAN_ROWS;
                rows_left = rows_left.saturating_sub(rows.len());
                for row in &rows {
                    let (candidate, bytes) = compare(search, row, 0)?;
                    bytes_left = bytes_left.saturating_sub(bytes);
                    below = unsigned(row.try_get(0)?);
                    count += usize::from(candidate.is_some());
                    found.extend(candidate);
                }
                // Comparing texts takes a while, in which others may go on.
                tokio::task::yield_now().await;
            }
            range.floor = range.floor.max(if is_through { 0 } else { below });
        }
        range.candidates.append(&mut found);
        range.candidates.sort_unstable_by_key(|candidate| Reverse(candidate.number));
        range.candidates.retain(|candidate| candidate.number >= range.floor);
    }
    Ok(())
}

/// A message, from the columns of [`UNINDEXED`] that begin at `at`: if it fits, and how long it is.
pub fn compare(
    search: &Search,
    row: &impl Columns,
    at: usize,
) -> sqlx::Result<(Option<Candidate>, usize)> {
    let (owner, content): (&str, &str) = (row.try_get(at + 2)?, row.try_get(at + 3)?);
    let is_of_author = search.author.as_ref().is_none_or(|author| author.as_str() == owner);
    let fits = is_of_author && search.query.matches(content).is_some();
    let candidate =
        Candidate { number: unsigned(row.try_get(at)?), created_at: row.try_get(at + 1)? };
    Ok((fits.then_some(candidate), content.len()))
}

/// The newest of all candidates, and where the next page goes on.
fn newest(ranges: &mut [Range], limit: usize) -> (Vec<(SpaceId, u64)>, Option<Position>) {
    let mut taken = vec![0; ranges.len()];
    let mut chosen = Vec::new();
    while chosen.len() < limit {
        let heads = ranges.iter().zip(&taken).enumerate();
        let heads = heads.filter_map(|(at, (range, taken))| {
            range.candidates.get(*taken).map(|head| (head.created_at, Reverse(range.number), at))
        });
        let Some((.., at)) = heads.max() else { break };
        chosen.push((ranges[at].space.clone(), ranges[at].candidates[taken[at]].number));
        taken[at] += 1;
    }
    let left = ranges.iter().zip(taken).filter_map(|(range, taken)| {
        let next = range.candidates.get(taken).map(|candidate| candidate.number + 1);
        Some((range.number, next.or((range.floor > 0).then_some(range.floor))?))
    });
    (chosen, Position::of(left))
}

/// Reads what was chosen, in its order.
async fn hits<C: Connection>(
    on: &mut C,
    wanted: &Query,
    chosen: Vec<(SpaceId, u64)>,
) -> sqlx::Result<Vec<(SpaceId, SearchHit)>> {
    if chosen.is_empty() {
        return Ok(vec![]);
    }
    let sql = format!(
        "SELECT {INTENTION}, {} FROM (SELECT CAST(it.value ->> 0 AS BIGINT) AS place, \
         it.value ->> 1 AS of_space, CAST(it.value ->> 2 AS BIGINT) AS of_number FROM {}) AS wanted \
         CROSS JOIN intentions WHERE space_id = of_space AND number = of_number \
         AND is_deleted = 0 ORDER BY place",
        reactions::of_a_message(C::DIALECT),
        C::DIALECT.elements_of("$1", "it")
    );
    let places = chosen.iter().enumerate();
    let places: Vec<_> = places.map(|(at, (space, number))| (at, space, number)).collect();
    let rows = query(&sql).bind(json(&places)).fetch_all(on).await?;
    let mut hits = Vec::new();
    let mut spaces = chosen.into_iter();
    for row in &rows {
        let intention = history::intention(row)?;
        let space = spaces.find(|(_, number)| *number == intention.message_id.0);
        let matches = wanted.matches(&intention.content);
        if let (Some((space_id, _)), Some(matches)) = (space, matches) {
            let matches = matches.into_iter().map(|range| (range.start, range.end)).collect();
            hits.push((space_id.clone(), SearchHit { space_id, intention, matches }));
        }
    }
    Ok(hits)
}
