//! A provider's key is sent to the provider that it was entered for, and to no other: it is in one
//! table, and in no response.

use harness::{Folder, Program};

use super::*;
use std::fs::File;

const ENTERED: &str = "sk-entered-7d1f0c9b2a";
const OF_ENVIRONMENT: &str = "sk-environment-4e8a6b3c5d";

/// Everything that a member or a stranger can request.
async fn everything_visible(program: &Program, clients: &[&Client]) -> String {
    let stranger = program.visitor();
    let mut told = String::new();
    for client in clients.iter().copied().chain([&stranger]) {
        for path in [
            "/",
            "/spaces/@garden",
            "/help",
            "/providers",
            "/spaces/@garden/beings/new",
            "/spaces/@garden/beings/@sage",
            "/sign-in",
            "/api/session",
            "/api/spaces",
            "/api/providers",
            "/api/providers/entered",
            "/api/beings/@sage/settings",
            "/api/spaces/@garden/intentions",
        ] {
            let answer = client.get(path).await;
            told += &format!("{path}: {:?} {}\n", answer.headers, answer.text);
        }
    }
    for client in clients {
        for since in [None, Some("0"), Some("5")] {
            for frame in client.follow("@garden", since).await.until_caught_up().await {
                told += &frame.text;
            }
        }
    }
    told
}

/// A provider that repeats the request's key in its errors, as some do.
fn echoing(key: &str) -> Vec<Script> {
    let words = format!("The key {key} (Bearer {key}) is wrong.");
    let error = json!({ "error": { "message": words, "key": key } });
    vec![
        Script::answering(
            401,
            &[("content-type", "application/json"), ("x-key", key)],
            &error.to_string(),
        ),
        Script::answering(500, &[("www-authenticate", key)], &words),
        Script::answering(429, &[("retry-after", key)], &words),
        Script::answering(429, &[("retry-after", "86400")], &words),
        Script::answering(307, &[("location", &format!("/elsewhere?key={key}"))], &words),
        Script::answering(200, &[("content-type", &format!("text/{key}"))], &words),
        Script::stream().say("Half").event(&error),
        Script::stream().say("Half").raw(format!("data: {words}\n\n")),
        Script::stream().say("Half").raw(format!("data: {{\"choices\": \"{key}\"}}\n\n")),
        Script::stream().say("Half").hang_up(),
        Script::saying("All is well."),
    ]
}

#[tokio::test]
async fn a_key_is_sent_to_its_provider_and_shown_to_nobody() {
    let folder = Folder::fresh();
    let log = folder.path().join("log");
    let environment = [("RHIZOME_LOG", "trace"), ("RHIZOME_KEY_BY_ENVIRONMENT", OF_ENVIRONMENT)];
    let mut program =
        Program::start_with(&folder, &environment, File::create(&log).expect("a file")).await;
    let ada = program.visitor().signed_up("ada", None).await;
    ada.create_space("Garden").await;
    let token = ada.invite("@garden").await;
    let bob = program.visitor().signed_up("bob", Some(&token)).await;

    let mut told = String::new();
    for (name, being, key) in
        [("entered", "Sage", ENTERED), ("by-environment", "Mint", OF_ENVIRONMENT)]
    {
        let scripts = echoing(key);
        let requests = scripts.len();
        let provider = Provider::playing(scripts);
        // A key of the environment has precedence over one that was entered.
        let body = json!({ "baseUrl": provider.base_url(), "key": ENTERED });
        let put = ada.ask("PUT", &format!("/api/providers/{name}")).json(body).await;
        assert_eq!(put.status, 200, "{}", put.text);
        told += &put.text;
        let id = add_being(&ada, being, json!({ "provider": name })).await;
        let mut watcher = Watcher::follow(&bob, None).await;
        for _ in 0..requests {
            let asked = ada.say("@garden", &format!("{id} Well?")).await.message_id;
            watcher.until_ended(answer_to(asked)).await;
        }
        assert_eq!(watcher.rows().last().expect("an answer").content, "All is well.");
        told.extend(watcher.heard.iter().map(|frame| frame.text.as_str()));
        for request in provider.requests() {
            assert_eq!(request.headers["authorization"], format!("Bearer {key}"));
            let others = request.headers.iter().filter(|(name, _)| *name != "authorization");
            let rest = format!(
                "{} {} {others:?}",
                request.line,
                request.json,
                others = others.collect::<Vec<_>>()
            );
            assert!(!rest.contains("sk-"), "{rest}");
        }
    }
    // A value out of bounds is not repeated in the error either.
    for body in [
        json!({ "baseUrl": "nonsense", "key": ENTERED }),
        json!({ "baseUrl": "https://example.org", "key": format!("{ENTERED}\u{7f}") }),
        json!({ "baseUrl": "https://example.org", "key": [ENTERED] }),
        json!({ "baseUrl": format!("https://{ENTERED}@example.org") }),
    ] {
        told += &ada.ask("PUT", "/api/providers/entered").json(body).await.text;
    }
    told += &everything_visible(&program, &[&ada, &bob]).await;
    program.terminate(std::time::Duration::from_secs(5)).await;

    let logged = std::fs::read_to_string(&log).expect("a log");
    assert!(logged.contains("TRACE"), "it was to tell everything");
    for key in [ENTERED, OF_ENVIRONMENT] {
        for (what, text) in [("told", &told), ("logged", &logged)] {
            let found = text.lines().find(|line| line.contains(key));
            assert_eq!(found, None, "a key was {what}");
        }
    }
    let dump = folder.dump().await;
    let with_key = |(table, rows): (&String, &Vec<String>)| {
        rows.iter().any(|row| row.contains(ENTERED)).then(|| table.clone())
    };
    let tables: Vec<_> = dump.0.iter().filter_map(with_key).collect();
    assert_eq!(tables, ["provider_keys"]);
    assert_eq!(dump.rows_with(OF_ENVIRONMENT), [""; 0], "what is in the environment stays there");
}

#[tokio::test]
async fn a_key_is_not_sent_to_another_address() {
    let thief = Provider::playing([Script::saying("Thank you.")]);
    let elsewhere = format!("{}/chat/completions", thief.base_url());
    let scene = Scene::playing([Script::mute()]).await;
    let body = json!({ "baseUrl": scene.provider.base_url(), "key": ENTERED });
    scene.ada.ask("PUT", "/api/providers/scripted").json(body).await.json_of(200);
    let mut watcher = scene.watch().await;
    for status in [301, 302, 307, 308] {
        scene.provider.play([Script::refusing(status, &[("location", &elsewhere)])]);
        let answer = scene.ask("Well?").await;
        let failed = scene.ended(&mut watcher, answer).await;
        assert_eq!(failed.reason, Some(FailureReason::Misconfigured), "{status}");
    }
    assert_eq!(thief.requests().len(), 0);
    // A key that was entered for one address is not used for the next.
    configure(&scene.ada, "scripted", &thief).await;
    let answer = scene.ask("Well?").await;
    watcher.until_ended(answer).await;
    assert!(!thief.asked(1).await.headers.contains_key("authorization"));
}
