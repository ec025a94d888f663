//! What is special about an AI being's answer: it grows, it can be stopped, and written anew.

use leptos::prelude::*;

use crate::{
    protocol::{BeingId, FailureReason, IntentionState, MessageId},
    session::Session,
};

/// So long after what a button does has changed it is deaf: a press that comes then, or the second
/// half of a double click, or a key that is held, was meant for what it did before.
const DEAF_MILLIS: u64 = 500;

/// Why an answer failed, and what any member may do about it, while who gave it is here.
#[component]
pub fn AnswerTools(session: Session, id: MessageId, owner: BeingId) -> impl IntoView {
    let state = Memo::new(move |_| session.message(id, |row| (row.state, row.reason)));
    let is = move |wanted| state.get().is_some_and(|(state, _)| state == wanted);
    let reason = move || {
        let (state, reason) = state.get()?;
        (state == IntentionState::Failed).then(|| reason.unwrap_or(FailureReason::Unknown))
    };
    let is_here = Memo::new(move |_| session.being(&owner, |_| ()).is_some());
    let label = move || match state.get() {
        Some((IntentionState::Active, _)) => "Stop",
        Some((IntentionState::Complete, _)) => "Answer again",
        _ => "Try again",
    };
    let deaf_until = StoredValue::new(0);
    let grow_deaf = move |now: u64| deaf_until.set_value(now + DEAF_MILLIS);
    Effect::new(move |before: Option<()>| {
        state.track();
        if before.is_some() {
            session.now().into_iter().for_each(grow_deaf);
        }
    });
    let press = move |_| {
        let Some(now) = session.now() else { return };
        let is_deaf = now < deaf_until.get_value();
        grow_deaf(now);
        match state.get_untracked() {
            _ if is_deaf => {}
            Some((IntentionState::Active, _)) => session.stop(id),
            _ => session.retry(id),
        }
    };
    view! {
        {move || reason().map(|reason| view! { <p class="problem">{reason.in_words()}</p> })}
        // One button throughout, so that the focus stays on it.
        {move || is_here.get().then(|| view! {
            <p class="answer-tools" class:done=move || is(IntentionState::Complete)>
                <button class="plain" on:click=press>{label}</button>
            </p>
        })}
    }
    .into_any()
}
