//! The tokens of a text: its words as a search cuts them, without their endings, with one token for all synonyms.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use crate::search;

/// Phrases, and the words that replace them.
const PHRASES: [(&str, &str); 15] = [
    ("log in", "login"),
    ("logged in", "login"),
    ("sign in", "login"),
    ("log out", "logout"),
    ("sign out", "logout"),
    ("sign up", "account"),
    ("set up", "make"),
    ("back up", "backup"),
    ("open ai", "openai"),
    ("self host", "install"),
    ("turn off", "remove"),
    ("rename", "change name"),
    ("unsend", "delete message"),
    ("kick", "remove somebody"),
    ("ban", "remove somebody"),
];

/// Each line is a set of synonyms; the first is the token.
const SYNONYMS: [&str; 39] = [
    "make made add create new setup connect",
    "change edit modify correct typo configure",
    "remove delete erase",
    "stop abort cancel halt",
    "being ai ais bot chatbot agent assistant",
    "somebody someone anybody anyone friend people person user member colleague wife husband family",
    "space room channel group",
    "message post text",
    "answer reply respond response",
    "key token apikey secret credential",
    "account register registration signup",
    "login signin",
    "phone mobile smartphone android iphone ios tablet",
    "network internet wifi connection",
    "crash die restart reboot kill",
    "openai gpt chatgpt",
    "claude anthropic",
    "cost price pay money expensive charge",
    "https ssl tls",
    "picture image photo",
    "file attachment document",
    "update upgrade",
    "administer admin administrator",
    "notification notify push alert",
    "local locally localhost",
    "install deploy selfhost host",
    "prompt instruction personality",
    "search find",
    "format formatting markdown bold italic",
    "conversation context history remember memory",
    "begin start started",
    "see read view look",
    "send sent",
    "lose lost losing",
    "private privately direct dm secretly",
    "program script python",
    "valid expire",
    "keep kept store save",
    "not doesn don isn won cannot",
];

/// Words that say nothing about the subject of a question, greetings among them.
const STOP_WORDS: &str = "a about all also am an and another any are as at be been but by can could d did do \
    does doing else everything for from get give go goes got had has have he hello help her \
    here hey hi him his hmm how however i if in into is it its just know let like ll many may me \
    mean might more much must my need no now of ok okay on one only or other others our out please possible \
    put quite re really s shall she should show so some t tell than thank thanks that the their \
    them then there these they thing this those time times to too us use used using ve very want was way we \
    well were what when where which who whom whose why will with work works would yes you your \
    happen happens";

static TOKENS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let token = stem(line.split(' ').next().unwrap_or_default());
        line.split(' ').map(move |word| (stem(word), token.clone()))
    };
    SYNONYMS.into_iter().flat_map(line).collect()
});

static SKIPPED: LazyLock<HashSet<&str>> = LazyLock::new(|| STOP_WORDS.split_whitespace().collect());

/// A word, and its token.
pub(super) struct Token {
    pub word: String,
    pub token: String,
}

/// Those that say something about the subject, in the order of the text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text = without_mentions(text);
    let (mut plain, mut end) = (String::new(), 0);
    for word in search::words(&text) {
        // The name of a variable is one word. (A sign that stands for several words is where each of them is.)
        let is_of_name = text.get(end..word.range.start) == Some("_");
        plain.push(if is_of_name { '_' } else { ' ' });
        plain.push_str(&word.text);
        end = word.range.end;
    }
    plain.push(' ');
    for (phrase, words) in PHRASES {
        plain = plain.replace(&format!(" {phrase} "), &format!(" {words} "));
    }
    let is_significant =
        |word: &&str| !SKIPPED.contains(word) && word.contains(|c: char| !c.is_ascii_digit());
    let token = |word: &str| {
        let stem = stem(word);
        Token { word: word.to_owned(), token: TOKENS.get(&stem).cloned().unwrap_or(stem) }
    };
    plain.split_whitespace().filter(is_significant).map(token).collect()
}

/// A mention names the being that is asked, not the subject.
fn without_mentions(text: &str) -> String {
    let is_of_id = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let mut pieces = text.split('@');
    let before = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(before, |text, piece| text + " " + piece.trim_start_matches(is_of_id))
}

/// Removes the ending: roughly, and for English. A stem is a key, and need not be a word.
fn stem(word: &str) -> String {
    const STEM_MIN_BYTES: usize = 3;
    let without = |word: &str, ending| {
        let stem = word.strip_suffix(ending).filter(|stem| stem.len() >= STEM_MIN_BYTES);
        stem.map(str::to_owned)
    };
    let mut stem = word.to_owned();
    if let Some(y) = without(&stem, "ies") {
        stem = y + "y";
    } else if !stem.ends_with("ss") {
        stem = without(&stem, "s").unwrap_or(stem);
    }
    for ending in ["ation", "ing", "ion", "ed"] {
        if let Some(shorter) = without(&stem, ending) {
            stem = shorter;
            break;
        }
    }
    stem = without(&stem, "e").unwrap_or(stem);
    let mut letters = stem.chars().rev();
    if stem.len() > STEM_MIN_BYTES && letters.next() == letters.next() {
        stem.pop();
    }
    stem
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn tokens(text: &str) -> BTreeSet<String> {
        super::tokens(text).into_iter().map(|it| it.token).collect()
    }

    #[test]
    fn words_are_cut_as_a_search_cuts_them() {
        for (text, other) in [
            ("Müller", "MULLER"),
            ("the bäckup", "ｂａｃｋｕｐ"),
            ("在上海。", "在 上 海"),
            ("iPhone手机", "phone 手 机"),
            ("㌀", "ア パ ー ト"),
            ("RHIZOME_KEY", "rhizome_key"),
        ] {
            assert_eq!(tokens(text), tokens(other), "{text}");
        }
    }

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for (word, other) in [
            ("stop", "stopping"),
            ("stop", "stopped"),
            ("delete", "deleting"),
            ("invite", "invitations"),
            ("provider", "providers"),
            ("reply", "replies"),
            ("crash", "crashes"),
            ("setting", "settings"),
            ("encrypted", "encryption"),
            ("add", "adding"),
        ] {
            assert_eq!(stem(word), stem(other), "{word}, {other}");
        }
    }

    #[test]
    fn stop_words_are_no_tokens() {
        for text in ["", "Hello!", "@guide", "(@guide, @Sage) hi", "What can you do?", "help"] {
            assert_eq!(tokens(text), BTreeSet::new(), "{text}");
        }
    }

    #[test]
    fn synonyms_have_the_same_token() {
        for (text, other) in [
            ("add a bot", "Create an AI being"),
            ("kick a friend", "remove somebody"),
            ("How do I log in?", "signin"),
            ("rename my room", "change the space's name"),
        ] {
            let other = tokens(other);
            assert!(tokens(text).is_subset(&other) || tokens(text) == other, "{text}: {other:?}");
        }
    }
}
