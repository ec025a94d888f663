//! What is special about an AI being's answer: it grows, it can be stopped, and written anew.

use leptos::prelude::*;

use super::change::{flag, maybe, on_change, press, words};
use crate::{
    protocol::{FailureReason, IntentionState, MessageId},
    session::Session,
};

/// So long after what a button does has changed it is deaf: a press that comes then, or the second
/// half of a double click, or a key that is held, was meant for what it did before.
const DEAF_MILLIS: u64 = 500;

/// Why an answer failed, and what any member may do about it, while who gave it is here.
#[component]
pub fn AnswerTools(session: Session, id: MessageId) -> impl IntoView {
    let state = move || session.message(id, |row| (row.state, row.reason));
    let is = move |wanted| state().is_some_and(|(state, _)| state == wanted);
    let is_active = Memo::new(move |_| is(IntentionState::Active));
    let reason = move || {
        let (state, reason) = state()?;
        (state == IntentionState::Failed).then(|| reason.unwrap_or(FailureReason::Unknown))
    };
    let is_here = Memo::new(move |_| session.author(id).is_some());
    let label = move || {
        let label = match state() {
            Some((IntentionState::Active, _)) => "Stop",
            Some((IntentionState::Complete, _)) => "Answer again",
            _ => "Try again",
        };
        label.to_owned()
    };
    let deaf_until = StoredValue::new(0);
    let grow_deaf = move |now: u64| deaf_until.set_value(now + DEAF_MILLIS);
    on_change(move || is_active.get(), move |_| session.now().into_iter().for_each(grow_deaf));
    let run = move || {
        let Some(now) = session.now() else { return };
        let is_deaf = now < deaf_until.get_value();
        grow_deaf(now);
        match untrack(state) {
            _ if is_deaf => {}
            Some((IntentionState::Active, _)) => session.stop(id),
            _ => session.retry(id),
        }
    };
    view! {
        {maybe(move || {
            let reason = reason()?.in_words();
            Some(view! { <p class="problem">{reason}</p> }.into_any())
        })}
        // One button throughout, so that the focus stays on it.
        {maybe(move || is_here.get().then(|| view! {
            <p class="answer-tools" class:done=flag(move || is(IntentionState::Complete))>
                <button class="plain" on:click=press(run)>{words(label)}</button>
            </p>
        }.into_any()))}
    }
    .into_any()
}
