//! What a reader may do with a message. The app says it by buttons, and by what they are called in `data-act`;
//! `server/static/actions.js`, which is no part of the first load, presses them: by a
//! key, by a menu, or by a swipe.

use leptos::{prelude::*, web_sys::Element};

use crate::space_model::SpaceModel;

pub fn reply_button() -> AnyView {
    view! { <button class="plain" tabindex="-1" data-act="reply">"Reply"</button> }.into_any()
}

/// Opens the menu of all actions.
pub fn menu_button() -> AnyView {
    view! { <button class="plain menu" tabindex="-1" aria-haspopup="menu" aria-label="More actions">"⋯"</button> }
        .into_any()
}

/// Does what was pressed, if it is an action that needs nothing but its message.
pub fn act(model: SpaceModel, pressed: &Element) {
    let Ok(Some(button)) = pressed.closest("[data-act]") else { return };
    let message = button.closest(".message").ok().flatten();
    let Some(id) = message.and_then(|message| message.id().parse().ok()) else { return };
    match button.get_attribute("data-act").as_deref() {
        Some("reply") => model.reply_to(Some(id)),
        Some("unread") => model.mark_unread(id),
        // Buttons that need more have listeners of their own.
        _ => {}
    }
}
