//! What the server reads beside requests: whom a text calls, what settings say, what a cookie holds.

use std::collections::BTreeMap;

use app::protocol::{AnswersWhen, BeingId, BeingSettings};
use proptest::{collection::vec, prelude::*, test_runner::TestCaseResult};
use server::ai::{
    endpoint::{BaseUrl, Key, ProviderName},
    guide,
    settings::Settings,
    turns::who_answers,
};

use super::{
    mutation::texts,
    request::{Shot, Who, bytes},
    runner,
};

const CASES: u32 = 2_000;

fn each<S: Strategy>(what: S, case: impl Fn(S::Value) -> TestCaseResult) {
    runner(CASES).run(&what, case).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn who_answers_is_present_and_was_called_or_always_does() {
    let present = [
        ("@sage", AnswersWhen::Mentioned),
        ("@echo", AnswersWhen::EveryMessage),
        ("@a", AnswersWhen::Mentioned),
    ];
    let present: BTreeMap<BeingId, _> =
        present.into_iter().map(|(id, when)| (id.parse().expect("an id"), when)).collect();
    let ada: BeingId = "@ada".parse().expect("an id");
    let pieces = prop_oneof![texts(), Just("@sage".to_owned()), Just("@".to_owned())];
    each(vec(pieces, 0..6), |pieces| {
        let text = pieces.concat();
        let answering: Vec<_> = who_answers(&present, &ada, &text).map(BeingId::as_str).collect();
        prop_assert!(answering.contains(&"@echo"));
        for id in answering.into_iter().filter(|id| *id != "@echo") {
            prop_assert!(text.to_lowercase().contains(id), "{} in {:?}", id, text);
        }
        Ok(())
    });
}

#[test]
fn the_guide_has_an_answer_to_whatever_it_is_asked() {
    each(vec(texts(), 0..4), |pieces| {
        prop_assert!(!guide::answer(&pieces.join(" how do I ")).trim().is_empty());
        Ok(())
    });
}

#[test]
fn what_is_kept_of_a_provider_is_read_again_as_it_was() {
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
            prop_assert!(key.authorization().is_sensitive());
            prop_assert!(
                !key.struck_from(&path.clone()).contains(path.trim())
                    || "[key]".contains(path.trim())
            );
        }
        Ok(())
    });
}

#[test]
fn settings_within_their_bounds_stay_as_they_are() {
    let numbers = || prop_oneof![0..300usize, Just(usize::MAX), 199_999..200_002usize];
    each(
        (texts(), texts(), numbers(), numbers()),
        |(model, instructions, messages, characters)| {
            let wish = BeingSettings {
                model,
                instructions,
                context_messages: messages,
                context_characters: characters,
                ..BeingSettings::with_provider("guide")
            };
            if let Ok(settings) = Settings::parse(wish) {
                prop_assert_eq!(Settings::parse(settings.as_wire().clone()), Ok(settings.clone()));
                prop_assert!((1..=100).contains(&settings.as_wire().context_messages));
            }
            Ok(())
        },
    );
}

/// The corpus is a parser, too.
#[test]
fn a_request_is_kept_as_it_was() {
    let some = || vec(any::<u8>(), 0..40);
    each((some(), some(), any::<bool>()), |(value, body, breaks)| {
        let (method, headers) = ("POST".to_owned(), vec![("x".to_owned(), value)]);
        let target = b"/a?b".to_vec();
        let shot = Shot { by: Who::Bob, method, target, headers, body, breaks };
        prop_assert_eq!(shot.to_string().parse(), Ok(shot));
        prop_assert!(bytes("\\x").is_err());
        Ok(())
    });
}
