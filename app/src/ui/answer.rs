//! The controls of an AI being's answer: it can be stopped, and generated again.

use leptos::prelude::*;

use super::{
    erased::{boolean, on_click, show, text, watch},
    paragraph::paragraph,
    versions::Versions,
};
use crate::space_model::SpaceModel;
use protocol::{FailureReason, IntentionState, MessageId};

/// Ignore presses for this long after the button's meaning changed: a press then, the second half
/// of a double click or a held key was meant for the previous one.
const IGNORE_MILLIS: u64 = 500;

/// Why an answer failed, and what any member may do about it while its author is a member.
#[component]
pub fn AnswerTools(model: SpaceModel, id: MessageId, versions: Versions) -> impl IntoView {
    let state = move || model.message(id, |row| (row.state, row.reason));
    let is = move |wanted| state().is_some_and(|(state, _)| state == wanted);
    let is_active = Memo::new(move |_| is(IntentionState::Active));
    let reason = move || {
        let (state, reason) = versions.ending().or_else(state)?;
        (state == IntentionState::Failed).then(|| reason.unwrap_or(FailureReason::Unknown))
    };
    let has_author = Memo::new(move |_| model.author(id).is_some());
    let label = move || {
        let label = match state() {
            Some((IntentionState::Active, _)) => "Stop",
            Some((IntentionState::Complete, _)) => "Answer again",
            _ => "Try again",
        };
        label.to_owned()
    };
    let ignore_until = StoredValue::new(0);
    let start_ignoring = move |now: u64| ignore_until.set_value(now + IGNORE_MILLIS);
    watch(move || is_active.get(), move |_| model.now().into_iter().for_each(start_ignoring));
    let run = move || {
        let Some(now) = model.now() else { return };
        let is_ignored = now < ignore_until.get_value();
        start_ignoring(now);
        match untrack(state) {
            _ if is_ignored => {}
            Some((IntentionState::Active, _)) => model.stop(id),
            _ => {
                model.retry(id);
                versions.show_newest();
            }
        }
    };
    view! {
        {show(move || {
            let reason = reason()?.in_words();
            Some(paragraph("problem", reason))
        })}
        // One button throughout, so that it keeps the focus.
        {show(move || has_author.get().then(|| view! {
            <p class="answer-tools" class:done=boolean(move || is(IntentionState::Complete))>
                <button class="plain" tabindex="-1" on:click=on_click(run)>{text(label)}</button>
            </p>
        }.into_any()))}
    }
    .into_any()
}
