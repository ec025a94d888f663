//! What is special about an AI being's answer: it grows, it can be stopped, and written anew.

use leptos::{
    ev::MouseEvent,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, HtmlElement},
};

use crate::{
    protocol::{FailureReason, IntentionState, MessageId},
    session::Session,
};

/// Why an answer failed, and what any member may do about it.
#[component]
pub fn AnswerTools(session: Session, id: MessageId) -> impl IntoView {
    let state = Memo::new(move |_| session.message(id, |row| (row.state, row.reason)));
    let reason = move || {
        let (state, reason) = state.get()?;
        (state == IntentionState::Failed).then(|| reason.unwrap_or(FailureReason::Unknown))
    };
    let stop = move |event: MouseEvent| {
        focus_message(&event);
        session.stop(id);
    };
    let retry = move |event: MouseEvent| {
        // The second half of a double click on "Stop" means nothing else.
        if event.detail() < 2 {
            focus_message(&event);
            session.retry(id);
        }
    };
    view! {
        {move || reason().map(|reason| view! { <p class="problem">{reason.in_words()}</p> })}
        {move || state.get().map(|(state, _)| match state {
            // Each is an element of its own: one that changed its place in the layout would keep the
            // browser from holding what is read where it is.
            IntentionState::Active => view! { <p class="remedy"><button class="plain" on:click=stop>"Stop"</button></p> }.into_any(),
            IntentionState::Complete => view! { <p class="tools"><button class="plain" on:click=retry>"Answer again"</button></p> }.into_any(),
            _ => view! { <p class="remedy"><button class="plain" on:click=retry>"Try again"</button></p> }.into_any(),
        })}
    }
    .into_any()
}

/// The button will go; another one takes its place, which is not to be pressed by a key that is
/// still held.
fn focus_message(event: &MouseEvent) {
    let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let message = pressed.and_then(|pressed| pressed.closest("article").ok().flatten());
    if let Some(message) = message.and_then(|message| message.dyn_into::<HtmlElement>().ok()) {
        let _ = message.focus();
    }
}
