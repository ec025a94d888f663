//! The index of words beside the texts that it is made of.

use futures::future::join_all;

use super::*;

const MESSAGES: u32 = 4_000;

/// Words of several lengths, some of them often and most of them seldom; one text in twenty is Chinese.
fn text(number: u32) -> String {
    // A generator of 31 bits (Lehmer's).
    let mut state = u64::from(number) * 7_919 + 1;
    let mut next = move |below: f64| {
        state = state * 48_271 % 0x7fff_ffff;
        below.powf(state as f64 / f64::from(0x7fff_ffff)) as u32 - 1
    };
    let mut text = String::new();
    while text.len() < 100 {
        match number % 20 {
            0 => text.push(char::from_u32(0x4e00 + next(2_000.0)).expect("a character")),
            _ => {
                let mut rank = next(4_000.0) * 7 + 5;
                while rank > 0 {
                    text.push(char::from(b'a' + (rank % 22) as u8));
                    rank /= 9;
                }
                text.push(' ');
            }
        }
    }
    text
}

#[tokio::test]
async fn the_index_has_at_most_2_5_times_the_bytes_of_the_texts() {
    let statements = Statements::listen().await;
    let (server, ada, _) = TestServer::with_two_members().await;
    let send = format!("{SPACE}/intentions");
    let sends = (0..MESSAGES).map(|number| ada.post(&send, message(&text(number))));
    let sends: Vec<_> = sends.collect();
    join_all(sends.into_iter().map(|send| async { send.await.json_of(201) })).await;
    costs::until_indexed(&server).await;
    let sum = async |sql: &str| -> u64 {
        let texts = server.folder.texts(&format!("SELECT CAST(sum({sql}")).await;
        texts[0].parse().expect("a number")
    };
    let texts = sum("length(CAST(content AS BLOB))) AS TEXT) FROM intentions").await;
    let mut index = sum("length(block)) AS TEXT) FROM search_data").await;
    index += sum("length(term) + 8) AS TEXT) FROM search_idx").await;
    index += sum("length(sz) + 16) AS TEXT) FROM search_docsize").await;
    // What is asked here is no statement of another test's.
    statements.take_all();
    assert!(texts > 400_000, "{texts}");
    assert!(index * 2 <= texts * 5, "{index} bytes for {texts}");
    assert!(index > texts / 2, "{index} bytes for {texts}: something is not counted");
}
