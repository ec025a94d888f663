//! The text of a message, as one element for each block. What is equal is never touched again: a text that
//! grows costs the same however long it is, an edit changes the blocks that it concerns, and the end of an
//! answer changes nothing. Where the text cannot be rendered yet, it is shown as it was written.

use leptos::{html, prelude::*, web_sys::HtmlDivElement};

use super::{
    erased::effect,
    fold::{Fold, FoldButton},
    morph::{append_text, last_line, morph},
};
use crate::{
    platform::{GrowingMarkdown, Growth, NewBlocks},
    shell::escaped,
    space_model::SpaceModel,
};
use protocol::{IntentionState, MessageId};

/// Rendered again when `fold` changes. What the reader has seen growing is not folded.
#[component]
pub fn Content(
    model: SpaceModel,
    id: MessageId,
    may_grow: bool,
    fold: RwSignal<Fold>,
) -> impl IntoView {
    let text = untrack(|| model.text(id)).unwrap_or_default();
    let html = untrack(|| model.html(&text));
    let area = NodeRef::<html::Div>::new();
    // The text that the element is made with, and whether as HTML; until the effect has seen it.
    let first = StoredValue::new(Some((text.clone(), html.is_some())));
    // How much of the text is shown, in UTF-8 bytes, and what renders the rest.
    let shown = StoredValue::new(text.len());
    let growing = StoredValue::new(None::<Box<dyn GrowingMarkdown>>);
    let was_growing = StoredValue::new(false);
    effect(move || {
        let text = model.text(id);
        let (Some(text), Some(area)) = (text, area.get()) else { return };
        let grows = model.message_untracked(id, |row| row.state == IntentionState::Active);
        let mut renderer = model.growing_markdown().filter(|_| grows == Some(true));
        let first = first.try_update_value(Option::take).flatten();
        if let Some(renderer) = &mut renderer {
            // Behind nothing: all of it takes the place of what is there.
            match renderer.append(&text) {
                Some(growth) => show(&area, growth),
                None => morph(&area, 0, ""),
            }
        } else if first == Some((text.clone(), true)) {
            // The element was made with this HTML.
            model.track_markdown();
        } else {
            let html = model.html(&text);
            if html.is_some() || first.is_none_or(|(made_of, _)| made_of != text) {
                morph(&area, 0, &html.unwrap_or_else(|| escaped(&text)));
            }
        }
        growing.set_value(renderer);
        shown.set_value(text.len());
        was_growing.update_value(|was| *was |= grows == Some(true));
        let before = fold.get_untracked();
        let after = if was_growing.get_value() { Fold::Short } else { before.with(&text) };
        if after != before {
            fold.set(after);
        }
    });
    let append = move || {
        model.on_text_appended(id);
        let added = model.message_untracked(id, |row| {
            let added = row.content.get(shown.get_value()..)?;
            (!added.is_empty()).then(|| (added.to_owned(), row.content.len()))
        });
        let (Some((added, length)), Some(area)) = (added.flatten(), area.get_untracked()) else {
            return;
        };
        let append =
            |growing: &mut Option<Box<dyn GrowingMarkdown>>| Some(growing.as_mut()?.append(&added));
        match growing.try_update_value(append).flatten() {
            Some(growth) => growth.into_iter().for_each(|growth| show(&area, growth)),
            // As it was written, until it can be rendered.
            None => append_text(&area, &added),
        }
        shown.set_value(length);
    };
    if may_grow {
        effect(append);
    }
    let shown_fold = fold.get_untracked();
    let html = html.unwrap_or_else(|| escaped(&text));
    let content = view! { <div class=shown_fold.class() node_ref=area inner_html=html></div> };
    if shown_fold.has_button() {
        view! { {content} <FoldButton fold area/> }.into_any()
    } else {
        content.into_any()
    }
}

fn show(area: &HtmlDivElement, growth: Growth) {
    match growth {
        Growth::Text(more) => append_text(&last_line(area), &more),
        Growth::Blocks(NewBlocks { from, items: None, blocks, .. }) => morph(area, from, &blocks),
        Growth::Blocks(NewBlocks { from, items: Some(items), inner, blocks }) => {
            if let Some(block) = area.children().item(from) {
                let rows = block.query_selector(":scope > table > tbody").ok().flatten();
                morph(&rows.unwrap_or(block), items, &inner);
            }
            morph(area, from + 1, &blocks);
        }
    }
}
