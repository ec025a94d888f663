//! What a message says: one text node. Text that was added to the message is added to the node, so
//! that it costs the same however long the message is; any other change writes it anew.

use leptos::{
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{CharacterData, HtmlDivElement},
};

use super::change::always;
use crate::{protocol::MessageId, session::Session};

#[component]
pub fn Content(session: Session, id: MessageId, may_grow: bool) -> impl IntoView {
    let text = untrack(|| session.text(id)).unwrap_or_default();
    let area = NodeRef::<html::Div>::new();
    // How much of it the node shows, in UTF-8 bytes.
    let shown = StoredValue::new(text.len());
    always(move || {
        let text = session.text(id);
        let (Some(text), Some(node)) = (text, area.get().as_ref().and_then(text_node)) else {
            return;
        };
        if node.data() != text {
            node.set_data(&text);
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

fn text_node(area: &HtmlDivElement) -> Option<CharacterData> {
    area.first_child()?.dyn_into().ok()
}
