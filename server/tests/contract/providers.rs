//! Providers and their keys, and the settings of AI beings.

use protocol::{AnswersWhen, BeingSettings, Decimal, JsonObject, KeyHeader};
use server::{
    domain::{
        endpoint::{BaseUrl, Endpoint, EndpointOptions, Key, OptionsChange, ProviderName},
        settings::Settings,
    },
    store::Store,
};

use crate::{contract::Contract, world::*};

for_every_store![
    a_provider_is_kept_with_the_last_key_that_was_put,
    a_provider_goes_with_its_key,
    providers_come_by_name,
    options_stay_until_they_are_given,
    settings_are_kept_to_the_letter,
    a_being_without_settings_has_none,
];

async fn a_provider_is_kept_with_the_last_key_that_was_put<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    for (address, secret) in [
        ("http://far.example.org/v1", Some("first")),
        ("http://far.example.org/v1", Some("second")),
        ("http://near.example.org/v1", None),
        ("http://near.example.org/v1", Some("third")),
    ] {
        rows.begin().await;
        let far = endpoint("far", address, secret);
        rows.tx.put_provider(&far.name, &far.base_url, far.key.as_ref()).await.expect("a row");
        let found = rows.tx.provider("far").await.expect("a read");
        assert_eq!(found.as_deref(), Some(far.base_url.as_str()));
        rows.commit().await;
        for _ in 0..2 {
            assert_eq!(rows.store.providers().await, Ok(vec![far.clone()]), "{address} {secret:?}");
            rows = rows.reopen().await;
        }
    }
}

async fn a_provider_goes_with_its_key<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    let far = endpoint("far", "http://far.example.org/v1", Some("first"));
    rows.tx.put_provider(&far.name, &far.base_url, far.key.as_ref()).await.expect("a row");
    rows.commit().await;
    rows.begin().await;
    assert!(rows.tx.delete_provider(&far.name).await.expect("a row"));
    assert!(!rows.tx.delete_provider(&far.name).await.expect("no row"));
    assert_eq!(rows.tx.provider("far").await.expect("a read"), None);
    rows.commit().await;
    assert_eq!(rows.store.providers().await, Ok(vec![]));
    rows.begin().await;
    rows.tx.put_provider(&far.name, &far.base_url, None).await.expect("a row");
    rows.commit().await;
    assert_eq!(rows.store.providers().await, Ok(vec![Endpoint { key: None, ..far }]));
}

async fn providers_come_by_name<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    for name in ["b", "c", "a", "a-b", "a1"] {
        let one = endpoint(name, "http://one.example.org", None);
        rows.tx.put_provider(&one.name, &one.base_url, None).await.expect("a row");
    }
    rows.commit().await;
    let all = rows.store.providers().await.expect("the providers");
    let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["a", "a-b", "a1", "b", "c"]);
}

async fn options_stay_until_they_are_given<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let far = endpoint("far", "http://far.example.org/v1", Some("first"));
    rows.begin().await;
    rows.tx.put_provider(&far.name, &far.base_url, far.key.as_ref()).await.expect("a row");
    rows.commit().await;
    let azure = KeyHeader::ApiKey;
    for (change, (silence, answer, header)) in [
        ((Some(Some(9)), None, Some(Some(azure))), (Some(9), None, Some(azure))),
        ((None, Some(Some(3000)), None), (Some(9), Some(3000), Some(azure))),
        ((Some(None), None, Some(None)), (None, Some(3000), None)),
    ] {
        let change = OptionsChange::parse(change.0, change.1, change.2).expect("options");
        rows.begin().await;
        rows.tx.set_provider_options(&far.name, &change).await.expect("a row");
        // A new address or key changes none of them.
        rows.tx.put_provider(&far.name, &far.base_url, far.key.as_ref()).await.expect("a row");
        rows.commit().await;
        rows = rows.reopen().await;
        let options = EndpointOptions {
            silence_seconds: silence,
            answer_seconds: answer,
            key_header: header,
        };
        let expected = Endpoint { options, ..far.clone() };
        assert_eq!(rows.store.providers().await, Ok(vec![expected]));
    }
}

async fn settings_are_kept_to_the_letter<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let sage = being("@sage");
    for (answers_when, messages, characters) in
        [(AnswersWhen::EveryMessage, 1, 200_000), (AnswersWhen::Mentioned, 100, 1)]
    {
        let settings = BeingSettings {
            // By its name, whether or not there is such a provider.
            provider: "gone".into(),
            model: format!("model 'ü' {messages}"),
            instructions: "Be\nbrief. \"🌱\"".into(),
            answers_when,
            context_messages: messages,
            context_characters: characters,
            temperature: Some(Decimal::parse("0.7")),
            max_tokens: Some(Some(u64::from(u32::MAX) / 5000)),
            reasoning_effort: Some(Some("low".into())),
            request_extra: Some(JsonObject::parse("{\"a\":[1.5,null]}")),
        };
        let parsed = Settings::parse(settings.clone()).expect("settings within their bounds");
        rows.begin().await;
        rows.tx.put_settings(&sage, &parsed).await.expect("settings");
        rows.tx.set_answering(&garden(), &sage, &parsed).await.expect("answering");
        rows.commit().await;
        for _ in 0..2 {
            assert_eq!(rows.store.settings(&sage).await, Ok(Some(settings.clone())));
            rows = rows.reopen().await;
        }
        // What is not given stays; what is given as nothing is cleared.
        let (temperature, request_extra) = (None, Some(None));
        let change = BeingSettings { temperature, request_extra, ..settings.clone() };
        let parsed = Settings::parse(change).expect("settings within their bounds");
        rows.begin().await;
        rows.tx.put_settings(&sage, &parsed).await.expect("settings");
        rows.commit().await;
        let changed = BeingSettings { request_extra: None, ..settings };
        assert_eq!(rows.store.settings(&sage).await, Ok(Some(changed)));
    }
}

async fn a_being_without_settings_has_none<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    rows.begin().await;
    rows.tx.insert_being(&ai("@owl"), Some(&being("@ada"))).await.expect("a being");
    let place = rows.next(&garden()).await;
    rows.tx.put_member(place, ai("@owl")).await.expect("a member");
    rows.commit().await;
    assert_eq!(rows.store.settings(&being("@owl")).await, Ok(None));
    rows.begin().await;
    let members = rows.tx.space(&garden()).await.expect("a read").expect("the space").members;
    assert!(!members.answering.contains_key(&being("@owl")));
}

fn endpoint(name: &str, address: &str, secret: Option<&str>) -> Endpoint {
    Endpoint {
        name: ProviderName::parse(name).expect("a name"),
        base_url: BaseUrl::parse(address).expect("an address"),
        key: Key::parse(secret.unwrap_or_default()).expect("a key"),
        options: EndpointOptions::default(),
    }
}
