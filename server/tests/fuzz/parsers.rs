//! Parsers other than those of requests: mentions, provider settings, AI settings, and the corpus
//! itself.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, test_runner::TestCaseResult};
use protocol::{AnswersWhen, BeingId, BeingSettings, KeyHeader};
use server::{
    ai::guide,
    domain::{
        endpoint::{BaseUrl, Key, ProviderName},
        settings::Settings,
        turn_taking::who_answers,
    },
};

use super::{
    mutation::texts,
    request::{FuzzRequest, Sender, unescaped},
    runner,
};

const CASES: u32 = 2_000;

fn each<S: Strategy>(what: S, case: impl Fn(S::Value) -> TestCaseResult) {
    runner(CASES).run(&what, case).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_being_that_answers_is_present_and_was_mentioned_or_answers_everything() {
    let present = [
        ("@sage", AnswersWhen::Mentioned),
        ("@echo", AnswersWhen::EveryMessage),
        ("@a", AnswersWhen::Mentioned),
    ];
    let present: BTreeMap<BeingId, _> =
        present.into_iter().map(|(id, when)| (id.parse().expect("an id"), when)).collect();
    let ada: BeingId = "@ada".parse().expect("an id");
    let pieces = prop_oneof![texts(), Just("@sage".to_owned()), Just("＠".to_owned())];
    each(vec(pieces, 0..6), |pieces| {
        let text = pieces.concat();
        let answering: Vec<_> = who_answers(&present, &ada, &text).map(BeingId::as_str).collect();
        prop_assert!(answering.contains(&"@echo"));
        for id in answering.into_iter().filter(|id| *id != "@echo") {
            let named = text.to_lowercase().replace('＠', "@");
            prop_assert!(named.contains(id), "{} in {:?}", id, text);
        }
        Ok(())
    });
}

#[test]
fn the_guide_answers_every_question() {
    each(vec(texts(), 0..4), |pieces| {
        prop_assert!(!guide::answer(&pieces.join(" how do I ")).trim().is_empty());
        Ok(())
    });
}

#[test]
fn the_stored_form_of_a_provider_parses_to_the_same() {
    let urls = (
        texts(),
        texts(),
        prop::sample::select(vec!["http://", "https://", "HTTP:\\\\", "", "file://"]),
    );
    each(urls, |(host, path, scheme)| {
        for text in [format!("{scheme}{host}/{path}"), format!("{scheme}h.example/{host}{path}")] {
            if let Ok(url) = BaseUrl::parse(&text) {
                let again = BaseUrl::parse(url.as_str());
                prop_assert_eq!(again.as_ref().ok().map(BaseUrl::as_str), Some(url.as_str()));
                prop_assert!(url.chat_completions().path().ends_with("/chat/completions"));
            }
        }
        if let Ok(name) = ProviderName::parse(&host) {
            prop_assert_eq!(name.as_str(), host);
            prop_assert!(
                name.key_variable()
                    .bytes()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_')
            );
        }
        if let Ok(Some(key)) = Key::parse(&path) {
            prop_assert!(key.header(KeyHeader::ApiKey).1.is_sensitive());
            prop_assert!(
                !key.struck_from(&path.clone()).contains(path.trim())
                    || "[key]".contains(path.trim())
            );
        }
        Ok(())
    });
}

#[test]
fn settings_within_their_bounds_stay_unchanged() {
    let numbers = || prop_oneof![0..300usize, Just(usize::MAX), 199_999..200_002usize];
    each(
        (texts(), texts(), numbers(), numbers()),
        |(model, instructions, messages, characters)| {
            let fields = BeingSettings {
                model,
                instructions,
                context_messages: messages,
                context_characters: characters,
                ..BeingSettings::with_provider("guide")
            };
            if let Ok(settings) = Settings::parse(fields) {
                prop_assert_eq!(Settings::parse(settings.as_wire().clone()), Ok(settings.clone()));
                prop_assert!((1..=100).contains(&settings.as_wire().context_messages));
            }
            Ok(())
        },
    );
}

/// The corpus has a parser, too.
#[test]
fn the_text_form_of_a_request_parses_to_the_same() {
    let some = || vec(any::<u8>(), 0..40);
    each((some(), some(), any::<bool>()), |(value, body, breaks)| {
        let (method, headers) = ("POST".to_owned(), vec![("x".to_owned(), value)]);
        let target = b"/a?b".to_vec();
        let fuzzed = FuzzRequest { by: Sender::Bob, method, target, headers, body, breaks };
        prop_assert_eq!(fuzzed.to_string().parse(), Ok(fuzzed));
        prop_assert!(unescaped("\\x").is_err());
        Ok(())
    });
}
