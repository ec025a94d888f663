//! The words of messages, in a table with an inverted index. It knows which words a message has, and not
//! where they stand: phrases are compared in the text.

use sqlx::PgConnection;

use super::super::{
    search::Search,
    sql::{
        Columns, WordIndex, query,
        rows::{json, signed, unsigned},
        search::{FindWords, Range, compare},
    },
};

/// What a request compares at most; the next one goes on behind it.
const ROUNDS_MAX: usize = 20;
const ROWS_MIN: usize = 100;

impl WordIndex for PgConnection {
    const REMOVE: &str = "DELETE FROM search WHERE (space_id, number) IN \
         (SELECT it.value ->> 1, CAST(it.value ->> 2 AS BIGINT) FROM jsonb_array_elements($1::jsonb) AS it(value))";
    const ADD: &str = "INSERT INTO search (space_id, number, words) \
         SELECT it.value ->> 1, CAST(it.value ->> 2 AS BIGINT), CAST(it.value ->> 3 AS tsvector) \
         FROM jsonb_array_elements($2::jsonb) AS it(value) \
         ON CONFLICT (space_id, number) DO UPDATE SET words = excluded.words";
    const CLEAR: &str = "DELETE FROM search";

    fn text<'w>(words: impl Iterator<Item = &'w str>) -> String {
        let mut text = String::new();
        for word in words {
            text.push_str(if text.is_empty() { "" } else { " " });
            quote(word, &mut text);
        }
        text
    }
}

/// As PostgreSQL takes any text for one word.
fn quote(word: &str, text: &mut String) {
    text.push('\'');
    for character in word.chars() {
        if matches!(character, '\'' | '\\') {
            text.push(character);
        }
        text.push(character);
    }
    text.push('\'');
}

/// The search in the language of PostgreSQL.
fn expression(search: &Search) -> String {
    let mut text = String::new();
    let mut and = |word: &str, is_prefix: bool| {
        text.push_str(if text.is_empty() { "" } else { " & " });
        quote(word, &mut text);
        text.push_str(if is_prefix { ":*" } else { "" });
    };
    if let Some(author) = &search.author {
        and(author.as_str(), false);
    }
    for phrase in search.query.phrases() {
        let last = phrase.words().len() - 1;
        for (at, word) in phrase.words().iter().enumerate() {
            and(word, at == last && phrase.is_prefix());
        }
    }
    text
}

const FIND: &str = "SELECT CAST(r.value ->> 0 AS BIGINT), f.number, f.created_at, f.owner_id, f.content \
     FROM jsonb_array_elements($2::jsonb) AS r(value) CROSS JOIN LATERAL \
     (SELECT i.number, i.created_at, i.owner_id, i.content FROM search s \
     JOIN intentions i ON i.space_id = s.space_id AND i.number = s.number \
     WHERE s.space_id = r.value ->> 1 AND s.number < CAST(r.value ->> 2 AS BIGINT) \
     AND s.words @@ CAST($1 AS tsquery) \
     AND NOT EXISTS (SELECT 1 FROM search_changed c WHERE c.space_id = s.space_id AND c.number = s.number) \
     ORDER BY s.number DESC LIMIT $3) f";

/// How far a range has been read.
struct Reading {
    range: usize,
    below: u64,
    read: usize,
}

impl FindWords for PgConnection {
    async fn find(&mut self, search: &Search, ranges: &mut [Range]) -> sqlx::Result<()> {
        let expression = expression(search);
        let rows_max = ROWS_MIN.max(search.limit + 1);
        let reading = ranges.iter().enumerate();
        let mut reading: Vec<_> =
            reading.map(|(range, it)| Reading { range, below: it.below, read: 0 }).collect();
        for _ in 0..ROUNDS_MAX {
            let list: Vec<_> =
                reading.iter().map(|it| (it.range, &ranges[it.range].space, it.below)).collect();
            let found = query(FIND)
                .bind(&expression)
                .bind(json(&list))
                .bind(signed(rows_max as u64))
                .fetch_all(self)
                .await?;
            reading.iter_mut().for_each(|it| it.read = 0);
            for row in &found {
                let at: i64 = row.try_get(0)?;
                let Some(it) = reading.iter_mut().find(|it| it.range as i64 == at) else {
                    continue;
                };
                it.below = unsigned(row.try_get(1)?);
                it.read += 1;
                let (candidate, _) = compare(search, row, 1)?;
                ranges[it.range].candidates.extend(candidate);
            }
            // What was read in full, or fills a page, is done.
            reading.retain(|it| {
                it.read == rows_max && ranges[it.range].candidates.len() <= search.limit
            });
            if reading.is_empty() {
                return Ok(());
            }
        }
        for it in reading {
            ranges[it.range].floor = it.below;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted() {
        let words = ["@ada", "it's", "back\\slash", "上"];
        assert_eq!(PgConnection::text(words.into_iter()), r"'@ada' 'it''s' 'back\\slash' '上'");
    }
}
