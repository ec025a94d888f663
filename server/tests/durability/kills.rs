//! Invariant 1, as far as one process can show it: `kill -9` in the middle of a burst, again and
//! again over the same folder. (That a commit survives the loss of power rests on the database,
//! which is told to flush each one.)

use super::*;
use std::{collections::BTreeMap, sync::Arc};

use app::protocol::IntentionId;
use serde_json::Value;
use tokio::{sync::watch, task::JoinSet};

const ROUNDS: u64 = 5;
const SENDERS: usize = 6;

/// What whoever sent a message knows of it.
struct Known {
    wish: Value,
    /// The position that it was acknowledged at.
    number: Option<u64>,
    edit: Wish,
    delete: Wish,
}

#[derive(Default, PartialEq)]
enum Wish {
    #[default]
    NotAsked,
    Unanswered,
    Acknowledged,
}

type Told = BTreeMap<IntentionId, Known>;

const EDITED: &str = "On second thoughts.";

/// Says one thing after the other until the server is gone; edits some of it, and takes some back,
/// each at most once.
async fn talk(who: Client, acknowledged: Arc<watch::Sender<u64>>) -> Told {
    let mut told = Told::new();
    for turn in 0.. {
        let wish = message(&format!("Number {turn}."));
        let id = serde_json::from_value(wish["id"].clone()).expect("an id");
        let (number, edit, delete) = (None, Wish::NotAsked, Wish::NotAsked);
        let known = told.entry(id).or_insert(Known { wish, number, edit, delete });

        let send = who.post(&format!("{GARDEN}/intentions"), known.wish.clone());
        let Some(answer) = send.attempt().await else { break };
        let said: Intention = answer.of(201);
        known.number = Some(said.message_id.0);
        acknowledged.send_modify(|count| *count += 1);

        let path = format!("{GARDEN}/intentions/{}", said.message_id);
        if turn % 5 == 1 {
            known.edit = Wish::Unanswered;
            let edit = who.patch(&path, json!({ "content": EDITED })).attempt();
            let Some(answer) = edit.await else { break };
            answer.json_of(200);
            known.edit = Wish::Acknowledged;
        } else if turn % 5 == 3 {
            known.delete = Wish::Unanswered;
            let Some(answer) = who.delete(&path).attempt().await else { break };
            answer.empty_of(204);
            known.delete = Wish::Acknowledged;
        }
    }
    told
}

/// What one listener was told of, until its stream broke off.
async fn overhear(who: Client) -> BTreeMap<u64, IntentionId> {
    let mut events = who.follow("@garden", None).await;
    let mut heard = BTreeMap::new();
    while let Some(frame) = events.next().await {
        if let SyncEvent::IntentionCreated { data, .. } = frame.event {
            heard.insert(data.message_id.0, data.id);
        }
    }
    heard
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_is_there_once() {
    let folder = Folder::fresh();
    let mut program = Program::start(&folder).await;
    let mut ada = founded(&program).await;
    let mut told = Told::new();

    for round in 1..=ROUNDS {
        let acknowledged = Arc::new(watch::Sender::new(0));
        let listener = tokio::spawn(overhear(ada.clone()));
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            senders.spawn(talk(ada.clone(), acknowledged.clone()));
        }
        // Somewhere in the middle, and each time somewhere else.
        let mut progress = acknowledged.subscribe();
        progress.wait_for(|count| *count >= round * 37).await.expect("they talk");
        program.kill().await;
        for of_one in senders.join_all().await {
            told.extend(of_one);
        }
        let heard = listener.await.expect("the listener ends");

        program = Program::start(&folder).await;
        ada = program.again(&ada);
        no_position_is_missing(&folder).await;
        compare(&told, &everything_said(&ada).await);
        for (number, id) in heard {
            let sql = format!("SELECT id FROM intentions WHERE number = {number}");
            assert_eq!(folder.texts(&sql).await, [id.to_string()], "an event told of it");
        }
        send_again(&ada, &mut told).await;
        compare(&told, &everything_said(&ada).await);
    }
}

/// What is there, against what was told of it.
fn compare(told: &Told, there: &[Intention]) {
    let mut by_id = BTreeMap::new();
    for said in there {
        assert!(by_id.insert(said.id, said).is_none(), "{} is there twice", said.id);
        assert!(told.contains_key(&said.id), "{} was never sent", said.id);
    }
    for (id, known) in told {
        let Some(said) = by_id.get(id) else {
            let may_be_absent = known.number.is_none() || known.delete != Wish::NotAsked;
            assert!(may_be_absent, "{id} was acknowledged, and is lost");
            continue;
        };
        assert!(known.delete != Wish::Acknowledged, "{id} was deleted, and is there again");
        assert!(known.number.is_none_or(|number| number == said.message_id.0));
        let is_as_sent = said.content == known.wish["content"];
        let is_edited = said.content == EDITED;
        match known.edit {
            Wish::NotAsked => assert!(is_as_sent, "{id} is not what was sent"),
            Wish::Unanswered => assert!(is_as_sent || is_edited),
            Wish::Acknowledged => assert!(is_edited, "an edit that was acknowledged is lost"),
        }
    }
}

/// What got no answer is sent again, as a client does; whether or not it had come to something.
async fn send_again(ada: &Client, told: &mut Told) {
    let unanswered: Vec<_> = told.values_mut().filter(|known| known.number.is_none()).collect();
    assert!(unanswered.len() <= SENDERS, "each has one send under way at most");
    for known in unanswered {
        let answer = ada.post(&format!("{GARDEN}/intentions"), known.wish.clone()).await;
        assert!(answer.status == 200 || answer.status == 201, "{}", answer.text);
        known.number = answer.json["seq"].as_u64();
    }
}

/// Each position up to the head is a row's last change, or the creation that was edited or deleted
/// since; nothing here changed more than once.
async fn no_position_is_missing(folder: &Folder) {
    let positions = "SELECT CAST(seq AS TEXT) FROM members UNION ALL \
         SELECT CAST(seq AS TEXT) FROM intentions UNION ALL \
         SELECT CAST(number AS TEXT) FROM intentions WHERE number <> seq";
    let mut positions: Vec<u64> =
        folder.texts(positions).await.iter().map(|seq| seq.parse().expect("a position")).collect();
    positions.sort_unstable();
    let head =
        folder.texts("SELECT CAST(head AS TEXT) FROM spaces").await[0].parse().expect("a head");
    assert_eq!(positions, (1..=head).collect::<Vec<u64>>());
}
