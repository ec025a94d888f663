//! What was deleted is gone from the files, with the words that the index of the search had of it.

use std::time::Duration;

use harness::Folder;

use super::*;

/// Words of which no other begins like one, so that the index holds each in full.
const WORDS: [&str; 3] = ["quokkaquartz", "zzyzxzephyr", "jjacarandajump"];

/// The words that are in the database's file, once its log is merged into it.
async fn in_the_file(server: &TestServer) -> Vec<&'static str> {
    server.folder.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
    let bytes = std::fs::read(server.folder.database()).expect("the database");
    let has = |word: &&str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    WORDS.into_iter().filter(has).collect()
}

async fn in_the_file_at_last(server: &TestServer, expected: &[&str]) {
    for _ in 0..600 {
        if in_the_file(server).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{:?} and not {expected:?}", in_the_file(server).await);
}

async fn until_indexed(server: &TestServer) {
    let behind = "SELECT s.space_id FROM search_spaces s JOIN spaces p ON p.id = s.space_id \
         WHERE p.head > s.indexed_up_to UNION SELECT space_id FROM search_changed";
    while !server.folder.texts(behind).await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn the_words_of_what_was_deleted_leave_the_file() {
    let (server, ada, _) = TestServer::over_folder(Folder::fresh()).await.and_two_members().await;
    let attic = ada.create_space("Attic").await;
    let deleted = ada.say("@garden", &format!("A {} of Ada's", WORDS[0])).await;
    let edited = ada.say("@garden", &format!("The {}", WORDS[1])).await;
    ada.say(&attic, &format!("Under the {}", WORDS[2])).await;
    // In several segments of the index, of several pages.
    for round in 0..5 {
        for number in 0..40 {
            ada.say("@garden", &format!("{}", number * 7919 + round).repeat(12)).await;
        }
        until_indexed(&server).await;
    }
    assert_eq!(in_the_file(&server).await, WORDS);
    ada.delete(&format!("{SPACE}/intentions/{}", deleted.message_id)).await.empty_of(204);
    in_the_file_at_last(&server, &WORDS[1..]).await;
    let edit = json!({ "content": "Something else" });
    ada.patch(&format!("{SPACE}/intentions/{}", edited.message_id), edit).await.json_of(200);
    in_the_file_at_last(&server, &WORDS[2..]).await;
    ada.delete(&format!("/api/spaces/{attic}")).await.empty_of(204);
    in_the_file_at_last(&server, &[]).await;
    // What is there is found as before.
    for (word, count) in [("something", 1), ("the", 0), ("0", 1)] {
        let found = ada.get(&format!("/api/search?q={word}&limit=100")).await.json_of(200);
        assert_eq!(found["hits"].as_array().map(Vec::len), Some(count), "{word}");
    }
}

#[tokio::test]
async fn they_leave_it_when_the_server_stops_or_starts() {
    let (server, ada, _) = TestServer::over_folder(Folder::fresh()).await.and_two_members().await;
    let deleted = ada.say("@garden", WORDS[0]).await;
    ada.say("@garden", WORDS[1]).await;
    until_indexed(&server).await;
    ada.delete(&format!("{SPACE}/intentions/{}", deleted.message_id)).await.empty_of(204);
    let server = server.reopen().await;
    assert_eq!(in_the_file(&server).await, [WORDS[1]]);
    // What an earlier one has left, as one that was killed.
    server.folder.execute("DELETE FROM search").await;
    assert_eq!(in_the_file(&server).await, [WORDS[1]]);
    let ada = server.again(&ada);
    ada.patch("/api/beings/@ada", json!({ "name": "Augusta" })).await.json_of(200);
    let edit = format!("{SPACE}/intentions/msg_5");
    ada.patch(&edit, json!({ "content": "Something else" })).await.json_of(200);
    in_the_file_at_last(&server, &[]).await;
}
