//! Buttons that put a text on the clipboard, and say so. None is seen where the browser has no clipboard, as
//! over plain HTTP: the text can be selected.

use std::time::Duration;

use leptos::{prelude::*, web_sys::Element};

use super::{
    erased::{Read, on_click, text},
    versions::Versions,
};
use crate::space_model::SpaceModel;
use protocol::MessageId;

/// How long a button in a message says that it has copied.
const SAID: Duration = Duration::from_secs(2);

#[component]
pub fn CopyButton(model: SpaceModel, copied: String) -> impl IntoView {
    let is_copied = RwSignal::new(false);
    let on_copied = move || {
        is_copied.try_set(true);
    };
    let copy = move || model.copy(&copied, on_copied);
    model.can_copy().then(|| {
        view! {
            <button on:click=on_click(copy)>
                {label(is_copied)}
            </button>
        }
        .into_any()
    })
}

/// Copies a message as it was written, in Markdown: the version that is shown. The style hides it where there is no clipboard, so that a
/// page has the same elements on both sides.
#[component]
pub fn CopyMessage(model: SpaceModel, id: MessageId, versions: Option<Versions>) -> impl IntoView {
    let is_copied = RwSignal::new(false);
    let on_copied = move || {
        is_copied.try_set(true);
        let reset = move || {
            is_copied.try_set(false);
        };
        set_timeout(reset, SAID);
    };
    let copy = move || {
        let text = untrack(|| versions.and_then(Versions::content).or_else(|| model.text(id)));
        text.into_iter().for_each(|text| model.copy(&text, on_copied));
    };
    view! {
        <button class="plain copy" tabindex="-1" data-act="copy" on:click=on_click(copy)>
            {label(is_copied)}
        </button>
    }
}

fn label(is_copied: RwSignal<bool>) -> Read<String> {
    text(move || if is_copied.get() { "Copied" } else { "Copy" }.to_owned())
}

/// Copies the code of a block, or another text, if it was the button beside it that was pressed.
pub fn copy_code(model: SpaceModel, pressed: &Element) {
    let Ok(Some(button)) = pressed.closest("[data-copy]") else { return };
    let block = button.closest(".code").ok().flatten();
    let code = block.and_then(|block| block.query_selector("pre, .content").ok().flatten());
    let Some(code) = code.and_then(|code| code.text_content()) else { return };
    // Pasted where commands are typed, a last line break would run the last one.
    let code = code.strip_suffix('\n').unwrap_or(&code);
    model.copy(code, move || {
        button.set_text_content(Some("Copied"));
        set_timeout(move || button.set_text_content(Some("Copy")), SAID);
    });
}
