//! The form in which a message is edited. What was typed is never thrown away without asking.

use leptos::{html, prelude::*};

use super::{
    completion::Completion,
    erased::{boolean, dynamic, effect, on_click, on_key, on_submit, text},
    focus::take_focus,
    length_limit::{LengthLimit, characters_left, outgoing},
    message::Mode,
    submit_key,
};
use crate::space_model::SpaceModel;
use protocol::MessageId;

#[component]
pub fn Editor(model: SpaceModel, id: MessageId, mode: RwSignal<Mode>) -> impl IntoView {
    let before = StoredValue::new(untrack(|| model.text(id)).unwrap_or_default());
    let open = model.edit_of(id);
    let is_restored = open.as_ref().is_some_and(|edit| edit.is_restored);
    let is_new = open.is_none();
    let draft = RwSignal::new(open.map_or_else(|| before.get_value(), |edit| edit.text));
    let area = NodeRef::<html::Textarea>::new();
    let completion = Completion::new(model, area);
    // Whether the reader is asked what to do with what was typed.
    let is_asking = RwSignal::new(false);
    let keep = move |text: String| {
        model.save_edit(id, text.clone());
        draft.set(text);
    };
    // The text lives in the textarea, and `draft` follows it: a value that is written while an input method
    // composes ends the composition, in Firefox.
    let write = move |text: String| {
        if let Some(area) = area.get_untracked() {
            area.set_value(&text);
        }
        keep(text);
    };
    if is_new {
        keep(draft.get_untracked());
    }
    effect(move || {
        if let Some(area) = area.get() {
            // Behind what is there, where the author goes on.
            let _ = area.set_selection_range(u32::MAX, u32::MAX);
            // A page that opens with it has the focus where it would be without it.
            if !is_restored {
                take_focus(area.into());
            }
        }
    });
    // An edit that was refused may come back while another is under way.
    effect(move || {
        model.track_message(id);
        let typed = draft.get_untracked();
        let other = model.edit_of(id).map(|edit| edit.text);
        if let Some(refused) = other.filter(|other| *other != typed) {
            let is_untouched = before.with_value(|before| *before == typed);
            write(if is_untouched { refused } else { format!("{refused}\n{typed}") });
        }
    });
    let close = move || {
        model.close_edit(id);
        mode.try_set(Mode::Reading);
    };
    let changed = move || {
        let text = outgoing(&draft.get_untracked());
        let is_another = before.with_value(|before| outgoing(before) != text);
        (is_another && !text.is_empty()).then_some(text)
    };
    let save = move || {
        let Some(text) = changed() else { return close() };
        if characters_left(&text) >= 0 {
            model.edit(id, text);
            close();
        }
    };
    let cancel = move || {
        if changed().is_some() {
            is_asking.set(true);
        } else {
            close();
        }
    };
    let go_on = move || {
        is_asking.set(false);
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
    };
    let handle_key = move |event: leptos::ev::KeyboardEvent| {
        if completion.handle_key(&event) {
            // It was for the list.
        } else if submit_key::is_escape(&event) {
            cancel();
        } else if submit_key::is_submit(model, &event) {
            event.prevent_default();
            save();
        }
    };
    let go_on_by_key = move |event: leptos::ev::KeyboardEvent| {
        // The repetition of a held key belongs to the press that led here.
        if submit_key::is_escape(&event) && !event.repeat() {
            go_on();
        }
    };
    view! {
        <form class="editor" on:submit=on_submit(save)>
            <div class="growing" data-text=text(move || draft.get())>
                <textarea
                    node_ref=area
                    aria-label="Edit message"
                    enterkeyhint=model.has_coarse_pointer().then_some("enter")
                    aria-autocomplete="list"
                    on:input:target=move |event| {
                        keep(event.target().value());
                        completion.update();
                    }
                    on:blur=move |_| completion.close()
                    on:keydown=on_key(handle_key)
                >{draft.get_untracked()}</textarea>
            </div>
            {completion.list()}
            <LengthLimit text=draft too_long="This message is too long to save."/>
            {dynamic(move || if is_asking.get() {
                view! {
                    <p on:keydown=on_key(go_on_by_key)>
                        // Where the button that asked was, so that a second press hits neither.
                        <span>"Discard your changes?"</span>
                        <button type="button" use:take_focus on:click=on_click(go_on)>"Keep editing"</button>
                        <button type="button" class="danger" on:click=on_click(close)>"Discard"</button>
                    </p>
                }.into_any()
            } else {
                view! {
                    <p>
                        <button class="primary" disabled=boolean(move || draft.with(|draft| characters_left(draft) < 0))>"Save"</button>
                        <button type="button" on:click=on_click(cancel)>"Cancel"</button>
                    </p>
                }.into_any()
            })}
        </form>
    }
}
