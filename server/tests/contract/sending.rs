//! Sending is exactly once: a repetition is answered with the first result.

use futures::future::join_all;
use protocol::{MessageId, Seq};
use server::{
    domain::{command::*, refusal::Refusal},
    store::{Execute, Store as _},
};

use crate::{contract::Contract, view::whole_history, world::*};

for_every_store![
    a_repetition_in_one_batch_is_the_first_message,
    a_repetition_in_a_later_batch_is_the_first_message,
    repetitions_that_arrive_together_are_one_message,
    a_repetition_is_recognised_whatever_has_become_of_the_message,
    another_message_cannot_have_the_same_id,
    an_answer_begins_in_the_transaction_of_its_question,
];

async fn a_repetition_in_one_batch_is_the_first_message<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let hello = || Command::from(send(&garden(), "@ada", 1, "Hello."));
    let batch = [
        hello(),
        hello(),
        send(&pond(), "@ada", 1, "Hello, pond.").into(),
        send(&garden(), "@bob", 2, "Hello, Ada.").into(),
        hello(),
    ];
    let (outcomes, committed) = rows.run(&batch).await;
    let sent: Vec<_> = outcomes.into_iter().map(sent_of).collect();
    let is_new: Vec<_> = sent.iter().map(|sent| sent.is_new).collect();
    assert_eq!(is_new, [true, false, true, true, false]);
    assert_eq!(sent[1].intention, sent[0].intention);
    assert_eq!(sent[4].intention, sent[0].intention);
    assert_eq!(sent[2].intention.seq, Seq(POND_HEAD + 1), "another space, another message");
    let told: usize = committed.iter().map(|committed| committed.changes().len()).sum();
    assert_eq!(told, 3);
}

async fn a_repetition_in_a_later_batch_is_the_first_message<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let hello = [Command::from(send(&garden(), "@ada", 1, "Hello."))];
    let (outcomes, _) = rows.run(&hello).await;
    let first = outcomes.into_iter().map(sent_of).next().expect("one");
    for _ in 0..2 {
        let (outcomes, committed) = rows.run(&hello).await;
        let again = outcomes.into_iter().map(sent_of).next().expect("one");
        assert_eq!((again.intention, again.is_new), (first.intention.clone(), false));
        assert!(committed.is_empty(), "{committed:?}");
        rows = rows.reopen().await;
    }
}

async fn repetitions_that_arrive_together_are_one_message<C: Contract>() {
    let served = Served::<C>::open().await;
    let sends = (0..300).map(|at| send(&garden(), "@ada", at % 50, &format!("text {}", at % 50)));
    let all = join_all(sends.map(|send| served.store.execute(send))).await;
    let sent: Vec<_> = all.into_iter().map(|sent| sent.expect("a message")).collect();
    assert_eq!(sent.iter().filter(|sent| sent.is_new).count(), 50);
    for at in 0..300 {
        assert_eq!(sent[at].intention, sent[at % 50].intention);
    }
    let told: usize = served.heard.take().iter().map(|one| one.changes().len()).sum();
    assert_eq!(told, 50);
    assert_eq!(whole_history(&served.store, &garden(), &being("@ada"), 7).await.len(), 50);
}

async fn a_repetition_is_recognised_whatever_has_become_of_the_message<C: Contract>() {
    let served = Served::<C>::open().await;
    let hello = || send(&garden(), "@ada", 1, "Hello.");
    let first = served.store.execute(hello()).await.expect("a message").intention;
    let (by, space, message) = (being("@ada"), garden(), first.message_id);
    let edit = EditMessage {
        by: by.clone(),
        space: space.clone(),
        message,
        content: content("Hello!"),
        seq: Some(first.seq),
        epoch: None,
    };
    served.store.execute(edit).await.expect("an edit");
    let again = served.store.execute(hello()).await.expect("the first result");
    assert_eq!((again.intention, again.is_new), (first.clone(), false));
    let edited = served.store.execute(send(&garden(), "@ada", 1, "Hello!")).await;
    assert_eq!(edited, Err(Refusal::IdTaken), "what it was edited to was never sent");
    let delete = DeleteMessage { by, space, message, epoch: None };
    served.store.execute(delete).await.expect("a tombstone");
    let served = served.reopen().await;
    let again = served.store.execute(hello()).await.expect("the first result");
    assert_eq!((again.intention, again.is_new), (first, false));
    assert!(whole_history(&served.store, &garden(), &being("@ada"), 50).await.is_empty());
}

async fn another_message_cannot_have_the_same_id<C: Contract>() {
    let mut rows = Rows::<C>::open().await;
    let first = send(&garden(), "@ada", 1, "Hello.");
    let others = [
        send(&garden(), "@ada", 1, "Hello!"),
        send(&garden(), "@bob", 1, "Hello."),
        SendMessage { reply_to: Some(MessageId(GARDEN_HEAD + 1)), ..first.clone() },
    ];
    let batch = || std::iter::once(&first).chain(&others).cloned().map(Command::from).collect();
    for is_new in [true, false] {
        let batch: Vec<Command> = batch();
        let (outcomes, _) = rows.run(&batch).await;
        let mut outcomes = outcomes.into_iter();
        let first = outcomes.next().map(sent_of).expect("the first");
        assert_eq!(first.is_new, is_new);
        for outcome in outcomes {
            assert_eq!(outcome, Err(Refusal::IdTaken));
        }
    }
}

async fn an_answer_begins_in_the_transaction_of_its_question<C: Contract>() {
    let served = Served::<C>::open().await;
    let asked = served.store.execute(send(&garden(), "@ada", 1, "Well, @sage?")).await;
    let question = asked.expect("a question").intention;
    let heard = served.heard.take();
    let [committed] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(committed.changes().len(), 2, "the question and the answer: {committed:?}");
    let history = whole_history(&served.store, &garden(), &being("@ada"), 50).await;
    let answer = history.last().expect("an answer");
    assert_eq!((answer.reply_to, answer.owner_id.as_str()), (Some(question.message_id), "@sage"));
    let run = AnswerRun {
        space: garden(),
        message: answer.message_id,
        started_at: answer.message_id.created_at(),
    };
    let brief = served.store.prompt_context(&run).await.expect("what it is made from");
    assert!(brief.is_asked);
    let texts: Vec<_> = brief.conversation.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(texts, ["Well, @sage?"]);
}

fn sent_of(outcome: Result<Outcome, Refusal>) -> Sent {
    match outcome {
        Ok(Outcome::Sent(sent)) => sent,
        other => panic!("not a message that was sent: {other:?}"),
    }
}
