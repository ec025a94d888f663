//! What is searched for.

use std::{ops::Range, str::FromStr};

use protocol::{
    OutOfBounds,
    limits::{SEARCH_MATCHES_MAX, SEARCH_MAX_CHARACTERS},
};

use super::words::{Word, words};

/// Phrases that all have to occur: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    phrases: Vec<Phrase>,
}

/// Words in a row: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    words: Vec<String>,
    /// Whether the last of the words may go on.
    is_prefix: bool,
}

impl Phrase {
    pub fn words(&self) -> &[String] {
        &self.words
    }

    pub fn is_prefix(&self) -> bool {
        self.is_prefix
    }

    fn stands_at(&self, text: &[Word]) -> bool {
        let last = self.words.len() - 1;
        text.len() > last
            && self.words[..last].iter().zip(text).all(|(word, found)| *word == found.text)
            && match self.is_prefix {
                true => text[last].text.starts_with(&self.words[last]),
                false => text[last].text == self.words[last],
            }
    }
}

impl FromStr for Query {
    type Err = OutOfBounds;

    /// Words in quotation marks are a phrase, and so are words that nothing separates. Every other sign
    /// separates. The last word may go on, unless a quotation mark closes behind it.
    fn from_str(text: &str) -> Result<Self, OutOfBounds> {
        let refused = |problem| Err(OutOfBounds::new("q", problem));
        match text.chars().take(SEARCH_MAX_CHARACTERS + 1).count() {
            0 => return refused("is empty".to_owned()),
            count if count > SEARCH_MAX_CHARACTERS => {
                return refused(format!("has more than {SEARCH_MAX_CHARACTERS} characters"));
            }
            _ => {}
        }
        let is_mark = |character| matches!(character, '"' | '“' | '”' | '„' | '«' | '»');
        let mut phrases: Vec<Phrase> = Vec::new();
        let mut pieces = text.split(is_mark).enumerate().peekable();
        while let Some((number, piece)) = pieces.next() {
            let (is_quoted, is_closed) = (number % 2 == 1, pieces.peek().is_some());
            let mut is_first = true;
            for word in words(piece) {
                let goes_on = word.is_joined || is_quoted && !is_first;
                match phrases.last_mut().filter(|_| goes_on) {
                    Some(phrase) => phrase.words.push(word.text),
                    None => phrases.push(Phrase { words: vec![word.text], is_prefix: false }),
                }
                is_first = false;
            }
            if let Some(last) = phrases.last_mut().filter(|_| !is_first) {
                // Until another word comes, this is the last.
                last.is_prefix = !(is_quoted && is_closed);
            }
        }
        let count = phrases.len();
        phrases.iter_mut().take(count.saturating_sub(1)).for_each(|it| it.is_prefix = false);
        if count == 0 {
            refused("has no letter and no digit".to_owned())
        } else {
            Ok(Self { phrases })
        }
    }
}

impl Query {
    pub fn phrases(&self) -> &[Phrase] {
        &self.phrases
    }

    /// Where the phrases stand in a text: in its order, apart from each other, and the first of them where
    /// there are many. None where one of them does not occur.
    pub fn matches(&self, text: &str) -> Option<Vec<Range<usize>>> {
        let words: Vec<_> = words(text).collect();
        let mut found = Vec::new();
        for phrase in &self.phrases {
            let before = found.len();
            let starts = (0..words.len()).filter(|at| phrase.stands_at(&words[*at..]));
            let end = |at: usize| words[at + phrase.words.len() - 1].range.end;
            found.extend(starts.map(|at| words[at].range.start..end(at)));
            if found.len() == before {
                return None;
            }
        }
        found.sort_unstable_by_key(|range| range.start);
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in found {
            match apart.last_mut().filter(|last| last.end >= range.start) {
                Some(last) => last.end = last.end.max(range.end),
                None => apart.push(range),
            }
        }
        apart.truncate(SEARCH_MATCHES_MAX);
        Some(apart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        text.parse().expect("a query")
    }

    fn shown(text: &str) -> String {
        let phrase =
            |phrase: &Phrase| phrase.words.join("+") + if phrase.is_prefix { "*" } else { "" };
        query(text).phrases.iter().map(phrase).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_query_is_read_as_phrases() {
        for (text, expected) in [
            ("garden", "garden*"),
            ("Garden shed ", "garden shed*"),
            ("\"garden shed\"", "garden+shed"),
            ("\"garden shed", "garden+shed*"),
            ("\"garden shed\" key", "garden+shed key*"),
            ("key \"garden shed\"", "key garden+shed"),
            ("key \"\"", "key*"),
            ("„garden shed“ «old key»", "garden+shed old+key"),
            ("上海", "上+海*"),
            ("上海 天气", "上+海 天+气*"),
            ("iPhone手机", "iphone+手+机*"),
            ("a AND NOT b* OR c:d (e) ^f -g {h} NEAR/2", "a and not b or c d e f g h near 2*"),
            ("'; DROP TABLE intentions; --", "drop table intentions*"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_query_out_of_its_bounds_is_refused() {
        for text in ["", " ", "\"\"", "* - ( 🌱", &"x".repeat(201), &"漢".repeat(10_000)] {
            let refused = text.parse::<Query>().expect_err("no query");
            assert_eq!(refused.field, "q", "{text:.20}");
        }
        query(&"x".repeat(200));
        query(&"漢".repeat(200));
    }

    #[test]
    fn what_fits_is_marked() {
        for (text, query, expected) in [
            ("Herr Müller kommt", "muller", Some("Müller")),
            ("Herr Müller kommt", "mull", Some("Müller")),
            ("Herr Müller kommt", "uller", None),
            ("Herr Müller kommt", "mull kommt", None),
            ("Herr Müller kommt", "kommt herr", Some("Herr|kommt")),
            ("Herr Müller kommt", "\"herr müller\"", Some("Herr Müller")),
            ("Herr Müller kommt", "\"herr kommt\"", None),
            ("Herr Müller kommt", "\"mull\"", None),
            ("我明天在上海吃饭", "上海", Some("上海")),
            ("我明天在上吃海", "上海", None),
            ("a b a b a", "\"a b a\"", Some("a b a b a")),
            ("one two one", "one", Some("one|one")),
            ("人人人", "人", Some("人人人")),
        ] {
            let found = self::query(query).matches(text);
            let found: Option<Vec<_>> =
                found.map(|all| all.into_iter().map(|it| &text[it]).collect());
            assert_eq!(found.map(|all| all.join("|")).as_deref(), expected, "{query} in {text}");
        }
    }

    #[test]
    fn marks_are_not_endless() {
        let many = query("a").matches(&"a ".repeat(10_000)).expect("matches");
        assert_eq!(many.len(), SEARCH_MATCHES_MAX);
        let han = "漢".repeat(20_000);
        assert_eq!(
            query(&"漢".repeat(200)).matches(&han),
            Some(std::iter::once(0..han.len()).collect())
        );
    }
}
