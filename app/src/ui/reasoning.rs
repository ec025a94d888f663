//! What a model thought before it answered: folded above the answer, as plain text, which costs nothing to
//! show however long it is. While it grows, one text node does, and no screen reader is told.

use leptos::{html, prelude::*};

use super::{
    erased::{boolean, effect, on_click, show, text},
    fold::hold_in_place,
    morph::append_text,
    versions::Versions,
};
use crate::space_model::SpaceModel;
use protocol::{Intention, IntentionState, MessageId};

#[component]
pub fn Reasoning(model: SpaceModel, id: MessageId, versions: Versions) -> impl IntoView {
    let is_there = Memo::new(move |_| {
        model.on_text_appended(id);
        // It belongs to the newest version.
        versions.ending().is_none()
            && model.message(id, |row| !row.reasoning.is_empty()) == Some(true)
    });
    show(move || is_there.get().then(|| view! { <Thoughts model id/> }.into_any()))
}

#[component]
fn Thoughts(model: SpaceModel, id: MessageId) -> impl IntoView {
    let (summary, area) = (NodeRef::<html::Summary>::new(), NodeRef::<html::Div>::new());
    let read = move || model.message_untracked(id, |row| row.reasoning.clone()).unwrap_or_default();
    let first = read();
    // How much of it is shown, in UTF-8 bytes.
    let shown = StoredValue::new(first.len());
    effect(move || {
        model.track_message(id);
        let Some(area) = area.get() else { return };
        let thoughts = read();
        if area.text_content().as_ref() != Some(&thoughts) {
            area.set_text_content(Some(&thoughts));
        }
        shown.set_value(thoughts.len());
    });
    effect(move || {
        model.on_text_appended(id);
        let added = model.message_untracked(id, |row| {
            let added = row.reasoning.get(shown.get_value()..)?;
            (!added.is_empty()).then(|| (added.to_owned(), row.reasoning.len()))
        });
        if let (Some((added, length)), Some(area)) = (added.flatten(), area.get_untracked()) {
            append_text(&area, &added);
            shown.set_value(length);
        }
    });
    // By keyboard it is reached through its message. Where there is no script, it is a tab stop.
    effect(move || {
        if let Some(summary) = summary.get() {
            let _ = summary.set_attribute("tabindex", "-1");
        }
    });
    let toggle = move || {
        if let Some(summary) = summary.get_untracked() {
            hold_in_place(&summary);
        }
    };
    let label = Memo::new(move |_| {
        model.on_text_appended(id);
        model.message(id, label).unwrap_or_default()
    });
    view! {
        <details class="reasoning" class:thinking=boolean(move || label.with(|label| label == THINKING))>
            <summary node_ref=summary on:click=on_click(toggle)>{text(move || label.get())}</summary>
            <div class="thoughts" node_ref=area>{first}</div>
        </details>
    }
    .into_any()
}

const THINKING: &str = "Thinking…";

/// Says that the model thinks, or how long it thought.
fn label(row: &Intention) -> String {
    if row.state == IntentionState::Active && row.content.is_empty() {
        return THINKING.to_owned();
    }
    let seconds = row.reasoning_millis.map(|millis| millis.saturating_add(500) / 1000);
    match seconds {
        None => "Thought".to_owned(),
        Some(0) => "Thought for a moment".to_owned(),
        Some(1) => "Thought for 1 second".to_owned(),
        Some(seconds @ 2..60) => format!("Thought for {seconds} seconds"),
        Some(60..120) => "Thought for 1 minute".to_owned(),
        Some(seconds) => format!("Thought for {} minutes", seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_says_that_it_thinks_and_then_how_long_it_did() {
        for (state, content, millis, label) in [
            ("active", "", None, "Thinking…"),
            ("active", "Yes", Some(12_345), "Thought for 12 seconds"),
            ("active", "Yes", None, "Thought"),
            ("complete", "Yes", Some(0), "Thought for a moment"),
            ("complete", "Yes", Some(499), "Thought for a moment"),
            ("complete", "Yes", Some(500), "Thought for 1 second"),
            ("failed", "", Some(59_499), "Thought for 59 seconds"),
            ("failed", "", Some(59_500), "Thought for 1 minute"),
            ("cancelled", "", Some(119_499), "Thought for 1 minute"),
            ("cancelled", "", Some(u64::MAX), "Thought for 307445734561825 minutes"),
        ] {
            let row = Intention {
                id: "01935a2b-8c4d-7e6f-8a9b-0c1d2e3f4a5b".parse().expect("an id"),
                message_id: MessageId(7),
                owner_id: "@sage".parse().expect("an id"),
                state: state.parse().expect("a state"),
                reason: None,
                content: content.to_owned(),
                reasoning: "Hm.".to_owned(),
                reasoning_millis: millis,
                created_at: "2026-11-23T04:25:20.123Z".into(),
                modified_at: None,
                reply_to: None,
                versions: 1.into(),
                reactions: vec![],
                reactions_seq: protocol::Seq(0),
                seq: protocol::Seq(7),
            };
            assert_eq!(super::label(&row), label, "{state} {millis:?}");
        }
    }
}
