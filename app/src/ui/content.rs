//! What a message says: one text node. Text that was added to the message is added to the node, so
//! that it costs the same however long the message is; any other change writes it anew. Once it grows
//! no more, the addresses in it become links, where there are any.

use leptos::{
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{CharacterData, HtmlDivElement},
};

use super::change::always;
use crate::{
    protocol::{IntentionState, MessageId},
    session::Session,
};

#[component]
pub fn Content(session: Session, id: MessageId, may_grow: bool) -> impl IntoView {
    let text = untrack(|| session.text(id)).unwrap_or_default();
    let area = NodeRef::<html::Div>::new();
    // How much of it the node shows, in UTF-8 bytes.
    let shown = StoredValue::new(text.len());
    always(move || {
        let text = session.text(id);
        let (Some(text), Some(area)) = (text, area.get()) else { return };
        let grows = session.message_untracked(id, |row| row.state == IntentionState::Active);
        let html = if grows == Some(true) { None } else { session.linked(&text) };
        match (html, text_node(&area)) {
            (None, Some(node)) if node.data() == text => {}
            (None, Some(node)) => node.set_data(&text),
            (None, None) => area.replace_children_with_str_1(&text),
            (Some(_), None) if area.text_content().as_deref() == Some(&*text) => {}
            (Some(html), _) => area.set_inner_html(&html),
        }
        shown.set_value(text.len());
    });
    let append = move || {
        session.grew(id);
        let added = session.message_untracked(id, |row| {
            let added = row.content.get(shown.get_value()..)?;
            (!added.is_empty()).then(|| (added.to_owned(), row.content.len()))
        });
        let node = area.get_untracked().as_ref().and_then(text_node);
        if let (Some((added, length)), Some(node)) = (added.flatten(), node) {
            let _ = node.append_data(&added);
            shown.set_value(length);
        }
    };
    if may_grow {
        always(append);
    }
    view! { <div class="content" node_ref=area>{text}</div> }
}

/// None where there are links in it.
fn text_node(area: &HtmlDivElement) -> Option<CharacterData> {
    let has_links = area.first_element_child().is_some();
    area.first_child().filter(|_| !has_links)?.dyn_into().ok()
}
