//! Where I write.

use leptos::{html, prelude::*};

use super::{
    change::{always, flag, key, on_change, submit, words},
    enter,
    excess::{Excess, excess},
    focus::focus_is_nowhere,
};
use crate::session::Session;

/// `rewrite` brings a text to be written anew.
#[component]
pub fn Composer(session: Session, rewrite: RwSignal<Option<String>>) -> impl IntoView {
    let draft = RwSignal::new(String::new());
    let area = NodeRef::<html::Textarea>::new();
    // The text stands in the area; the draft follows it. So what was typed before the page was alive
    // is taken over, not wiped.
    let write = move |text: String| {
        if let Some(area) = area.get_untracked() {
            area.set_value(&text);
        }
        draft.set(text);
    };
    always(move || {
        if let Some(area) = area.get() {
            draft.set(area.value());
            if session.is_touched() {
                let _ = area.set_attribute("enterkeyhint", "enter");
            } else if focus_is_nowhere() {
                let _ = area.focus();
            }
        }
        session.restore_draft(move |kept| {
            let Some(typed) = draft.try_get_untracked() else { return };
            if typed.trim().is_empty() {
                if !kept.is_empty() {
                    write(kept);
                }
            } else if typed.contains(&kept) {
                session.keep_draft(typed);
            } else {
                write(format!("{kept}\n{typed}"));
            }
        });
    });
    on_change(move || draft.get(), move |text| session.keep_draft(text));
    always(move || {
        if let Some(text) = rewrite.get() {
            let written = draft.get_untracked();
            write(if written.trim().is_empty() { text } else { format!("{text}\n{written}") });
            session.want_composer();
        }
    });
    let focus = move || {
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
    };
    on_change(move || session.wants_composer(), move |()| focus());
    let is_sendable = move || excess(draft) == 0 && draft.with(|draft| !draft.trim().is_empty());
    let send = move || {
        if untrack(is_sendable) {
            session.say(draft.get_untracked());
            write(String::new());
        }
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if enter::ends(session, &event) {
            event.prevent_default();
            send();
        }
    };
    view! {
        <form class="composer" on:submit=submit(move || {
            send();
            focus();
        })>
            <textarea
                node_ref=area
                rows="1"
                aria-label="Message"
                placeholder=words(move || format!("Write to {}", session.space_name()))
                enterkeyhint="send"
                on:input:target=move |event| draft.set(event.target().value())
                on:keydown=key(on_key)
            ></textarea>
            <button class="primary send" aria-label="Send" disabled=flag(move || !is_sendable())>
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 19V5M6 11l6-6 6 6"/></svg>
            </button>
            <Excess text=draft/>
        </form>
    }
    .into_any()
}
