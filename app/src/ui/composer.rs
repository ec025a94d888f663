//! The form for a new message.

use leptos::{html, prelude::*};

use super::{
    completion::Completion,
    erased::{boolean, effect, on_click, on_key, on_submit, show, text, watch},
    focus::has_no_focus,
    length_limit::{LengthLimit, characters_left, outgoing},
    quote::quote,
    submit_key,
};
use crate::{shell::isolated, space_model::SpaceModel};

#[component]
pub fn Composer(model: SpaceModel) -> impl IntoView {
    let draft = RwSignal::new(String::new());
    let area = NodeRef::<html::Textarea>::new();
    let completion = Completion::new(model, area);
    // The text lives in the textarea, and `draft` follows it: what was typed before the app woke
    // stands in it already.
    let write = move |text: String| {
        if let Some(area) = area.get_untracked() {
            area.set_value(&text);
        }
        draft.set(text);
    };
    effect(move || {
        if let Some(area) = area.get() {
            draft.set(area.value());
            if model.has_coarse_pointer() {
                let _ = area.set_attribute("enterkeyhint", "enter");
            } else if has_no_focus() {
                let _ = area.focus();
            }
        }
        model.restore_draft(move |saved| {
            let Some(typed) = draft.try_get_untracked() else { return };
            if typed.trim().is_empty() {
                if !saved.is_empty() {
                    write(saved);
                }
            } else if typed.contains(&saved) {
                model.save_draft(typed);
            } else {
                write(format!("{saved}\n{typed}"));
            }
        });
    });
    watch(move || draft.get(), move |text| model.save_draft(text));
    effect(move || {
        let returned = model.returned();
        if let Some(text) = returned.get() {
            returned.set(None);
            let written = draft.get_untracked();
            write(if written.trim().is_empty() { text } else { format!("{text}\n{written}") });
            model.focus_composer();
        }
    });
    effect(move || {
        let changed = model.draft_changed();
        if let Some(text) = changed.get() {
            changed.set(None);
            write(text);
        }
    });
    let is_archived = move || model.details(|details| details.archived);
    let focus = move || {
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
    };
    watch(move || model.on_composer_focus(), move |()| focus());
    let is_sendable =
        move || draft.with(|draft| characters_left(draft) >= 0 && !outgoing(draft).is_empty());
    let send = move || {
        if untrack(is_sendable) {
            model.send_message(outgoing(&draft.get_untracked()));
            write(String::new());
        }
    };
    let handle_key = move |event: leptos::ev::KeyboardEvent| {
        if completion.handle_key(&event) {
            // It was for the list.
        } else if submit_key::is_submit(model, &event) {
            event.prevent_default();
            send();
        } else if submit_key::is_escape(&event) && untrack(|| model.replying_to()).is_some() {
            event.prevent_default();
            model.reply_to(None);
        } else if submit_key::is_up(&event)
            && draft.with_untracked(String::is_empty)
            && model.edit_last_message()
        {
            event.prevent_default();
        }
    };
    view! {
        <p class="archived" hidden=boolean(move || !is_archived())>"This space is archived. Nothing is added to it."</p>
        <form class="composer" hidden=boolean(is_archived) on:submit=on_submit(move || {
            send();
            focus();
        })>
            {show(move || model.replying_to().map(|to| view! {
                <p class="replying" id="replying">
                    <span>"Replying to"</span>
                    {quote(model, None, to)}
                    <button type="button" class="icon" aria-label="Cancel the reply" on:click=on_click(move || model.reply_to(None))>
                        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18"/></svg>
                    </button>
                </p>
            }.into_any()))}
            <div class="growing" data-text=text(move || draft.get())>
                <textarea
                    node_ref=area
                    rows="1"
                    aria-label="Message"
                    aria-describedby="replying"
                    placeholder=text(move || format!("Write to {}", isolated(&model.space_name())))
                    enterkeyhint="send"
                    aria-autocomplete="list"
                    on:input:target=move |event| {
                        draft.set(event.target().value());
                        completion.update();
                    }
                    on:blur=move |_| completion.close()
                    on:keydown=on_key(handle_key)
                ></textarea>
            </div>
            <button class="primary send" aria-label="Send" disabled=boolean(move || !is_sendable())>
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 19V5M6 11l6-6 6 6"/></svg>
            </button>
            {completion.list()}
            <LengthLimit text=draft too_long="This message is too long to send."/>
        </form>
    }
    .into_any()
}
