//! Invariant 10: a search finds every word of every message that its caller may read, and nothing else.

use std::collections::BTreeSet;

use protocol::{BeingId, IntentionState, MessageId, SpaceId};
use rand::{Rng, seq::IndexedRandom};
use server::store::{Search, Searches};

use super::{PEOPLE, World, person};

/// The words that are searched at one quiet point.
const WORDS: usize = 4;
const LIMIT: usize = 30;

impl World {
    pub(super) fn compare_searches(&mut self) {
        let words = self.words();
        for _ in 0..WORDS {
            let being = person(self.rng.random_range(0..PEOPLE.len()));
            let Some(word) = words.choose(&mut self.rng).cloned() else { return };
            let (expected, found) = (self.messages_with(&being, &word), self.found(&being, &word));
            assert_eq!(found, expected, "what {being} finds of {word}");
            self.journal.count("searches");
        }
    }

    /// All words that are or were said anywhere.
    fn words(&self) -> Vec<String> {
        let messages = self.model.spaces.values().flat_map(|space| space.messages.values());
        let texts = messages.flat_map(|stored| {
            let earlier = stored.earlier.iter().map(|version| &version.content);
            [&stored.first, &stored.row.content].into_iter().chain(earlier)
        });
        let words: BTreeSet<_> = texts.flat_map(|text| words_of(text)).collect();
        words.into_iter().collect()
    }

    fn messages_with(&self, being: &BeingId, word: &str) -> BTreeSet<(SpaceId, MessageId)> {
        let spaces = self.model.spaces.iter().filter(|(_, space)| space.has(being));
        let messages = spaces.flat_map(|(id, space)| {
            space.messages.iter().map(move |(message, stored)| (id, *message, stored))
        });
        let fits = |(id, message, stored): (&SpaceId, MessageId, &crate::model::StoredMessage)| {
            let is_there = !stored.is_deleted && stored.row.state != IntentionState::Active;
            let fits = is_there && words_of(&stored.row.content).any(|other| other == word);
            fits.then(|| (id.clone(), message))
        };
        messages.filter_map(fits).collect()
    }

    /// All pages of a search for exactly this word.
    fn found(&self, being: &BeingId, word: &str) -> BTreeSet<(SpaceId, MessageId)> {
        let process = self.process.as_ref().expect("a server");
        let query = format!("\"{word}\"").parse().expect("a query");
        let mut search = Search {
            being: being.clone(),
            query,
            space: None,
            author: None,
            before: None,
            limit: LIMIT,
        };
        let mut all = BTreeSet::new();
        loop {
            let page = process.ask(process.store.search(&search)).expect("an answer");
            for hit in page.hits {
                let hit = process.ask(hit.for_being(process.store.as_ref(), being));
                let hit = hit.expect("a member");
                let is_new = all.insert((hit.space_id, hit.intention.message_id));
                assert!(is_new, "a message is found once");
            }
            match page.next {
                Some(next) => search.before = Some(next),
                None => return all,
            }
        }
    }
}

/// The simulated texts are ASCII.
fn words_of(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase)
}
