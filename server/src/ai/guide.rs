//! The guide answers a question with the passage of the help pages that fits it best. It uses no model,
//! no network, no clock and no randomness: the same question has the same answer.
//!
//! A passage is scored by the tokens that it shares with the question. A rare token weighs more than a
//! common one, and a token of the heading more than one of the text. Texts are cut into words as for a search, and
//! here, too, the last word of a question may be the beginning of one.

pub(super) mod provider;
mod tokenizer;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use self::tokenizer::{Token, tokens};
use crate::help::{self, Page, Section};

/// The weight of a token in a heading, relative to one in the text.
const HEADING_WEIGHT: f64 = 3.0;
/// A heading that the question holds in full outweighs a longer one with the same tokens.
const WHOLE_HEADING_WEIGHT: f64 = 3.0;
/// A passage that fits less of the question than this is about something else.
const FIT_MIN: f64 = 0.4;
/// The second passage is named, too, if it has this share of the best score.
const ALTERNATIVE_MIN: f64 = 0.8;

/// The shortest beginning of a word that is completed.
const PREFIX_MIN_CHARACTERS: usize = 3;

/// The answer to a question, in light Markdown.
pub fn answer(question: &str) -> String {
    let asked = INDEX.completed(tokens(question));
    if asked.is_empty() {
        return welcome();
    }
    let Some((best, also)) = INDEX.find(&asked) else { return not_found() };
    let Section { heading, text } = best.section;
    let mut answer = format!("{heading}\n\n{}\n\n", unwrapped(text));
    if let Some(also) = also {
        answer += &format!("Or did you mean: {}\n", also.section.heading);
    }
    answer + &format!("More under Help: /help/{}", best.page.slug)
}

fn welcome() -> String {
    "Hello. I answer questions about Rhizome from its help pages. You could ask me:\n\n\
     - How do I invite or add somebody?\n\
     - How do I add an AI being?\n\
     - How do I make a backup?\n\n\
     More under Help: /help"
        .to_owned()
}

fn not_found() -> String {
    let pages: Vec<_> =
        help::pages().iter().map(|page| format!("- {}: /help/{}", page.title, page.slug)).collect();
    format!(
        "I found nothing about that. I know only Rhizome itself, from its help pages:\n\n{}\n\n\
         Ask me in other words, or about one of these.",
        pages.join("\n")
    )
}

static INDEX: LazyLock<Index> = LazyLock::new(Index::read);

/// Every section of the help pages, with its tokens.
struct Index {
    passages: Vec<Passage>,
    /// The number of passages that hold a token.
    frequencies: HashMap<String, usize>,
    /// The token of each word.
    words: BTreeMap<String, String>,
}

/// Tokens are sorted, so that sums over them are the same every time.
struct Passage {
    page: &'static Page,
    section: &'static Section,
    heading: BTreeSet<String>,
    text: BTreeSet<String>,
}

impl Index {
    fn read() -> Self {
        let mut words = BTreeMap::new();
        let mut set = |text| -> BTreeSet<String> {
            let mut set = BTreeSet::new();
            for Token { word, token } in tokens(text) {
                set.insert(token.clone());
                words.insert(word, token);
            }
            set
        };
        let passages: Vec<_> = help::pages()
            .iter()
            .flat_map(|page| page.sections.iter().map(move |section| (page, section)))
            .map(|(page, section)| Passage {
                page,
                section,
                heading: set(section.heading),
                text: &set(section.text) | &set(page.title),
            })
            .collect();
        let mut frequencies = HashMap::new();
        for passage in &passages {
            for token in passage.heading.union(&passage.text) {
                *frequencies.entry(token.clone()).or_default() += 1;
            }
        }
        Self { passages, frequencies, words }
    }

    /// The tokens of a question. Where nobody knows its last word, that is the beginning of the first one that is known.
    fn completed(&self, mut asked: Vec<Token>) -> BTreeSet<String> {
        if let Some(last) = asked.last_mut()
            && !self.frequencies.contains_key(&last.token)
            && last.word.chars().count() >= PREFIX_MIN_CHARACTERS
            && let Some((word, token)) = self.words.range(last.word.clone()..).next()
            && word.starts_with(&last.word)
        {
            last.token.clone_from(token);
        }
        asked.into_iter().map(|it| it.token).collect()
    }

    /// The passage that fits best, and one that fits nearly as well. Of two with the same score the
    /// earlier one wins.
    fn find(&self, asked: &BTreeSet<String>) -> Option<(&Passage, Option<&Passage>)> {
        let mut ranked: Vec<_> = self
            .passages
            .iter()
            .filter_map(|passage| Some((self.score(passage, asked)?, passage)))
            .collect();
        ranked.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        let (highest, best) = ranked.first()?;
        let also = ranked.get(1).filter(|(score, _)| *score >= highest * ALTERNATIVE_MIN);
        Some((best, also.map(|(_, passage)| *passage)))
    }

    /// None if the passage fits too little of the question. A token that is only in the text may be
    /// mentioned in passing, and counts half.
    fn score(&self, passage: &Passage, asked: &BTreeSet<String>) -> Option<f64> {
        let in_heading = self.weight(asked & &passage.heading);
        let in_text = self.weight(&(asked & &passage.text) - &passage.heading);
        let fit = (in_heading + in_text / 2.0) / self.weight(asked.clone());
        let of_heading = in_heading / self.weight(passage.heading.clone()).max(f64::MIN_POSITIVE);
        // A question that holds a heading of several tokens in full is about it, whatever else it says.
        let is_whole = passage.heading.len() > 1 && passage.heading.is_subset(asked);
        let score = HEADING_WEIGHT * in_heading + in_text + WHOLE_HEADING_WEIGHT * of_heading;
        (is_whole || fit >= FIT_MIN).then_some(score)
    }

    /// The sum of the tokens' weights: the rarer, the heavier. A token that no passage holds may be a
    /// name, and weighs half as much as one that a single passage holds.
    fn weight(&self, tokens: BTreeSet<String>) -> f64 {
        let count = self.passages.len() as f64;
        let weight = |token| match self.frequencies.get(token) {
            Some(passages) => (1.0 + count / *passages as f64).ln(),
            None => (1.0 + count).ln() / 2.0,
        };
        tokens.iter().map(weight).sum()
    }
}

/// Markdown that reads well without being rendered: a paragraph is one line, and a link's address follows
/// its text.
fn unwrapped(markdown: &str) -> String {
    let mut plain = String::new();
    let (mut number, mut address) = (None, String::new());
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) => plain += &text,
            Event::Code(code) => plain += &format!("`{code}`"),
            Event::SoftBreak => plain.push(' '),
            Event::Start(Tag::List(first)) => number = first,
            Event::Start(Tag::Item) => match &mut number {
                Some(number) => {
                    plain += &format!("{number}. ");
                    *number += 1;
                }
                None => plain += "- ",
            },
            Event::End(TagEnd::Item) => plain.push('\n'),
            Event::Start(Tag::CodeBlock(_)) => plain += "```\n",
            Event::End(TagEnd::CodeBlock) => plain += "```\n\n",
            Event::Start(Tag::Link { dest_url, .. }) => address = dest_url.into_string(),
            Event::End(TagEnd::Link) => plain += &format!(" ({address})"),
            Event::End(TagEnd::Paragraph) => plain += "\n\n",
            Event::End(TagEnd::List(_)) => plain.push('\n'),
            _ => {}
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The heading that an answer begins with.
    fn heading(question: &str) -> String {
        answer(question).lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn a_question_finds_its_passage() {
        let cases = [
            ("how do I invite somebody?", "How do I invite or add somebody?"),
            (
                "@guide how can i invite my friend Anna to the garden?",
                "How do I invite or add somebody?",
            ),
            ("can I send my wife a link so she can join", "How do I invite or add somebody?"),
            ("How do I create a new room?", "How do I make a space?"),
            (
                "can i revoke an invite link",
                "Can I take an invite link back, and when does it expire?",
            ),
            ("how do I kick someone out of a space", "How do I remove somebody from a space?"),
            ("rename the space", "How do I rename a space?"),
            ("how do i leave this group", "How do I leave a space?"),
            ("can I edit a message?", "How do I edit a message?"),
            ("I made a typo in my message, how do I correct it", "How do I edit a message?"),
            ("how to delete a message", "How do I delete a message?"),
            ("can I unsend something", "How do I delete a message?"),
            ("why does it say sending…?", "My message says \"Sending…\". What does it mean?"),
            ("how do i react with an emoji?", "How do I react to a message?"),
            ("can i upload images or files?", "Can I send pictures or files?"),
            ("how do I search for a message", "How do I search for a message?"),
            ("how do I add a bot", "How do I add an AI being?"),
            ("@guide, how do I create an AI assistant here?", "How do I add an AI being?"),
            ("how can I stop the answer", "How do I stop an answer?"),
            ("Cancel a reply while it is being written", "How do I stop an answer?"),
            ("how do I make it answer again", "How do I try again, or get another answer?"),
            ("try again button", "How do I try again, or get another answer?"),
            ("why did the answer fail?", "Why did an answer fail?"),
            (
                "what happens if the server crashes while sage is answering?",
                "What if the server crashes in the middle of an answer?",
            ),
            ("how do I mention an agent", "How do I mention an AI being and ask it something?"),
            ("my bot does not answer", "Why does my AI being not answer?"),
            ("change the prompt of my bot", "How do I change an AI being's settings?"),
            ("do bots talk to each other?", "Do AI beings answer each other?"),
            (
                "how much context does the ai see",
                "How much of the conversation, its context, does an AI being see?",
            ),
            ("how to add openai", "How do I use OpenAI?"),
            ("Can I use ChatGPT?", "How do I use OpenAI?"),
            ("where do I put my API key", "Where do I put my API key?"),
            ("RHIZOME_KEY_OPENAI", "Which environment variables are there?"),
            ("ollama", "How do I use Ollama or another local model?"),
            ("can I run a local llama model", "How do I use Ollama or another local model?"),
            ("openrouter setup", "How do I use OpenRouter, for Claude, Gemini and others?"),
            ("use Claude", "How do I use OpenRouter, for Claude, Gemini and others?"),
            ("can others see my API key?", "Who can see a key?"),
            ("how much does it cost", "What does it cost?"),
            ("what is a provider and how do I add one", "How do I add a provider?"),
            ("can I use this on my iPhone?", "How do I use it on my phone?"),
            (
                "what happens when I lose the internet connection",
                "What happens when I lose the connection?",
            ),
            ("does it work offline?", "Can I open Rhizome offline?"),
            ("push notifications?", "Do I get notifications?"),
            ("does it show who's online?", "Does anybody see whether I am online?"),
            ("are there read receipts", "Does anybody see whether I am online?"),
            ("what data do you store about me", "What data is kept about me?"),
            ("is it end to end encrypted", "Who can read my messages?"),
            ("which cookies do you set", "Are there cookies or trackers?"),
            ("delete my account", "How do I delete my account?"),
            ("i forgot my password", "I forgot my password. Can I reset or change it?"),
            ("how do I change my name", "How do I change my name?"),
            ("how do I log out", "How do I sign in or sign out?"),
            ("how can I sign up?", "How do I get an account?"),
            ("who is the admin?", "Who administers this server?"),
            ("what is rhizome", "What is Rhizome?"),
            ("how do I back up everything?", "How do I make a backup?"),
            ("backup", "How do I make a backup?"),
            ("restore from a backup", "How do I restore a backup?"),
            ("nginx config", "How do I put it behind nginx, Caddy or another proxy with HTTPS?"),
            (
                "https certificate",
                "How do I put it behind nginx, Caddy or another proxy with HTTPS?",
            ),
            ("environment variables", "Which environment variables are there?"),
            ("how do I upgrade to a new version", "How do I update it to a newer version?"),
            ("change the port", "How do I change the port, or let others on my network in?"),
            ("where are the logs", "Something does not work. Where is the log?"),
            (
                "are messages lost if the server crashes",
                "What happens to messages if the server crashes?",
            ),
            ("how do I self-host this", "How do I install it on my own server?"),
            ("login with curl", "How do I sign in with curl?"),
            ("post a message with curl", "How do I send a message with curl, by the API?"),
            ("is there an event stream", "How do I follow a space as a stream?"),
            ("how do I make a bäckup?", "How do I make a backup?"),
            ("ｂａｃｋｕｐ", "How do I make a backup?"),
            ("how do i inv", "How do I invite or add somebody?"),
            ("restore from a back", "How do I restore a backup?"),
        ];
        let wrong = cases.map(|(question, expected)| (question, heading(question), expected));
        let wrong: Vec<_> = wrong.iter().filter(|(_, found, expected)| found != expected).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn an_unknown_subject_is_said_to_be_unknown() {
        for question in [
            "What is the capital of France?",
            "write me a poem about spring",
            "what's the weather today",
            "Who won the election?",
            "translate this into German",
            "What is the meaning of life?",
            "Wie wird das Wetter?",
            "日本語",
            "我明天在上海吃饭",
            "Wer ist Herr Müller?",
        ] {
            let answer = answer(question);
            assert!(answer.starts_with("I found nothing about that."), "{question}: {answer}");
            for page in help::pages() {
                assert!(answer.contains(&format!("/help/{}", page.slug)), "{question}");
            }
        }
    }

    #[test]
    fn a_greeting_is_answered_with_example_questions() {
        for greeting in [
            "",
            "  ",
            "@guide",
            "Hello @guide!",
            "hi",
            "What can you do?",
            "help",
            "Thanks!",
            "2 + 2?",
        ] {
            assert_eq!(answer(greeting), welcome(), "{greeting}");
        }
        for line in welcome().lines().filter_map(|line| line.strip_prefix("- ")) {
            assert_eq!(heading(line), line);
        }
    }

    #[test]
    fn every_heading_finds_itself() {
        for section in help::pages().iter().flat_map(|page| &page.sections) {
            assert_eq!(heading(section.heading), section.heading);
        }
    }

    #[test]
    fn an_answer_reads_well_without_rendered_markdown() {
        let text = "Open it,\nas under [Messages](/help/messages),\nor not.\n\n1. `make\n   run`\n2. b\n\n```\na\n  b\n```";
        let plain = "Open it, as under Messages (/help/messages), or not.\n\n1. `make run`\n2. b\n\n```\na\n  b\n```";
        assert_eq!(unwrapped(text), plain);
        let answer = answer("how do I see earlier messages");
        let lines: Vec<_> = answer.lines().collect();
        assert_eq!((lines.len(), lines[4]), (5, "More under Help: /help/messages"), "{answer}");
    }
}
