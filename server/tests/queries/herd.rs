//! Everybody comes back at the same moment, after a restart.

use super::*;
use futures::future::join_all;

const LISTENERS: usize = 300;
/// At the beginning, as many as there are readers may ask before the first of them is answered.
const AT_FIRST_MAX: usize = 3 * 8;

/// Says so much after everybody was told all, restarts the server, and counts what it asks while
/// all come back.
async fn comes_back(missed: usize) -> (Vec<Vec<String>>, usize) {
    let statements = Statements::listen().await;
    let (house, ada, _) = House::with_garden().await;
    let told = ada.say("@garden", "Here we all are.").await.seq.0;
    for _ in 0..missed {
        ada.say("@garden", "Nobody hears this.").await;
    }
    let house = house.reopen().await;
    let ada = house.again(&ada);
    statements.take();
    let since = told.to_string();
    let coming = (0..LISTENERS).map(|_| async {
        let mut events = ada.follow("@garden", Some(&since)).await;
        gists(&events.until_caught_up().await)
    });
    let told = join_all(coming).await;
    (told, statements.take().len())
}

#[tokio::test]
async fn those_who_missed_the_same_are_told_it_by_one_query() {
    let (told, queries) = comes_back(20).await;
    assert!(told.iter().all(|one| *one == told[0] && one.len() == 21), "{:?}", told[0]);
    assert!(queries <= AT_FIRST_MAX, "{queries} queries for {LISTENERS} listeners");
}

#[tokio::test]
async fn those_who_missed_too_much_share_one_sync() {
    let (told, queries) = comes_back(101).await;
    assert!(told.iter().all(|one| *one == ["105 space-sync with 50", "caught-up msg_105"]));
    assert!(queries <= AT_FIRST_MAX, "{queries} queries for {LISTENERS} listeners");
}
