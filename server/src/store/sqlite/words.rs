//! The words of messages, in a table of FTS5.

use sqlx::{Row, SqliteConnection};

use super::super::{
    search::Search,
    sql::{
        WordIndex,
        rows::{json, signed},
        search::{Candidate, FindWords, Range},
    },
};

impl WordIndex for SqliteConnection {
    const REMOVE: &str =
        "DELETE FROM search WHERE rowid IN (SELECT value ->> 0 FROM json_each($1))";
    const ADD: &str = "INSERT INTO search (rowid, words) \
         SELECT value ->> 0, value ->> 3 FROM json_each($2)";
    const CLEAR: &str = "INSERT INTO search (search) VALUES ('delete-all')";

    fn text<'w>(words: impl Iterator<Item = &'w str>) -> String {
        words.fold(
            String::new(),
            |text, word| if text.is_empty() { word.to_owned() } else { text + " " + word },
        )
    }
}

impl FindWords for SqliteConnection {
    async fn find(&mut self, search: &Search, ranges: &mut [Range]) -> sqlx::Result<()> {
        let first = |number: u32| i64::from(number) << 32;
        let list = ranges.iter().enumerate();
        let list: Vec<_> =
            list.map(|(at, it)| (at, &it.space, first(it.number), it.below)).collect();
        let found = sqlx::query(
            "SELECT r.value ->> 0, (SELECT json_group_array(json_array(f.number, i.created_at)) FROM \
             (SELECT rowid - (r.value ->> 2) AS number FROM search WHERE search MATCH $1 \
             AND rowid >= r.value ->> 2 AND rowid < (r.value ->> 2) + (r.value ->> 3) \
             AND NOT EXISTS (SELECT 1 FROM search_changed c WHERE c.space_id = r.value ->> 1 \
             AND c.number = rowid - (r.value ->> 2)) ORDER BY rowid DESC LIMIT $3) f \
             CROSS JOIN intentions i ON i.space_id = r.value ->> 1 AND i.number = f.number) \
             FROM json_each($2) r",
        )
        .bind(expression(search))
        .bind(json(&list))
        .bind(signed(search.limit as u64 + 1));
        for row in found.fetch_all(self).await? {
            let at: i64 = row.try_get(0)?;
            let found: Vec<(u64, i64)> = serde_json::from_str(row.try_get(1)?)
                .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
            if let Some(range) = usize::try_from(at).ok().and_then(|at| ranges.get_mut(at)) {
                let candidate = |(number, created_at)| Candidate { number, created_at };
                range.candidates = found.into_iter().map(candidate).collect();
            }
        }
        Ok(())
    }
}

/// The search in FTS5's language. A word has no sign that means anything there.
fn expression(search: &Search) -> String {
    let mut expression = String::new();
    if let Some(author) = &search.author {
        expression = format!("\"{author}\"");
    }
    for phrase in search.query.phrases() {
        let end = if phrase.is_prefix() { "\" *" } else { "\"" };
        expression += &format!(" \"{}{end}", phrase.words().join(" "));
    }
    expression
}
