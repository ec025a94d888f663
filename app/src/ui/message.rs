//! One message. Each part of it reads itself again when the message changes, and nothing else does.

use leptos::prelude::*;

use super::{
    answer::AnswerTools,
    avatar::Avatar,
    change::{always, flag, key, part, press, submit, words},
    content::Content,
    enter,
    excess::{Excess, excess},
    focus::{take_focus, take_focus_on_return},
    moment::Moment,
};
use crate::{
    protocol::{BeingKind, IntentionState, MessageId},
    session::{Pending, Session},
};

/// What its writer is doing to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Reading,
    Editing,
    Deleting,
}

#[component]
pub fn MessageView(session: Session, id: MessageId) -> impl IntoView {
    // Who said it, and when, never change.
    let said =
        untrack(|| session.message(id, |row| (row.owner_id.clone(), row.created_at.clone())));
    let Some((owner, at)) = said else { return ().into_any() };
    let is_mine = owner == session.me();
    // Who wrote it may take another name, or leave.
    let author = Memo::new(move |_| session.author(id));
    let is_answer = author.with_untracked(|author| {
        author.as_ref().is_some_and(|author| author.kind == BeingKind::Ai)
    });
    let is_being_edited = session.draft(id).is_some();
    let mode = RwSignal::new(if is_being_edited { Mode::Editing } else { Mode::Reading });
    let data_owner = owner.to_string();
    let letter = data_owner.chars().nth(1).map(|letter| letter.to_ascii_uppercase());
    // Who has left is called by the id.
    let name = move || {
        let name = author.with(|author| author.as_ref().map(|author| author.name.clone()));
        name.unwrap_or_else(|| owner.to_string())
    };
    view! {
        <article
            class="message"
            class:follows=flag(move || session.follows(id))
            id=id.to_string()
            data-owner=data_owner
            tabindex=(is_mine || is_answer).then_some("-1")
        >
            <Avatar being=author.into() letter/>
            <p class="meta">
                <span class="author">{words(name)}</span>
                <Moment at/>
                <Marks session id/>
            </p>
            {part(move || if mode.get() == Mode::Editing {
                view! { <Editor session id mode/> }.into_any()
            } else {
                view! { <Content session id may_grow=is_answer/> }.into_any()
            })}
            {is_mine.then(|| view! { <Tools session id mode/> })}
            {is_answer.then(|| view! { <AnswerTools session id/> })}
        </article>
    }
    .into_any()
}

/// "edited", how an answer ended that did not end well, and what is still on its way.
#[component]
fn Marks(session: Session, id: MessageId) -> impl IntoView {
    let marks = move || match session.pending(id) {
        Some(Pending::Deletion) => Some("deleting…"),
        Some(_) => Some("saving…"),
        None => session.message(id, |row| match row.state {
            IntentionState::Active => "writing…",
            IntentionState::Cancelled => "stopped",
            IntentionState::Failed => "failed",
            IntentionState::Complete if row.modified_at.is_some() => "edited",
            IntentionState::Complete => "",
        }),
    };
    view! { <span class="mark">{words(move || marks().unwrap_or_default().to_owned())}</span> }
}

/// What its writer may do to it. The focus never falls on nothing: what takes the place of a button
/// that was pressed takes its focus, and of two the one that does no harm, because a key may be held.
#[component]
fn Tools(session: Session, id: MessageId, mode: RwSignal<Mode>) -> impl IntoView {
    let return_focus = take_focus_on_return(move || mode.get() != Mode::Reading);
    let delete = move || {
        session.delete(id);
        mode.set(Mode::Reading);
        session.want_composer();
    };
    // What was refused may be written anew.
    always(move || {
        session.pending(id);
        if session.draft(id).is_some() && mode.get_untracked() != Mode::Editing {
            mode.set(Mode::Editing);
        }
    });
    let is_going = Memo::new(move |_| session.pending(id) == Some(Pending::Deletion));
    view! {
        <div class="tools">
            {part(move || match mode.get() {
                Mode::Reading if is_going.get() => ().into_any(),
                Mode::Reading => view! {
                    <button class="plain" use:return_focus on:click=press(move || mode.set(Mode::Editing))>"Edit"</button>
                    <button class="plain" on:click=press(move || mode.set(Mode::Deleting))>"Delete"</button>
                }.into_any(),
                Mode::Editing => ().into_any(),
                Mode::Deleting => view! {
                    <span>"Delete for everyone?"</span>
                    <button class="plain danger" on:click=press(delete)>"Delete"</button>
                    // Where the button was that asked: a second press of it does no harm.
                    <button class="plain" use:take_focus on:click=press(move || mode.set(Mode::Reading))>"Keep"</button>
                }.into_any(),
            })}
        </div>
    }
}

#[component]
fn Editor(session: Session, id: MessageId, mode: RwSignal<Mode>) -> impl IntoView {
    let before = untrack(|| session.text(id)).unwrap_or_default();
    let draft = RwSignal::new(session.draft(id).unwrap_or_else(|| before.clone()));
    always(move || session.set_draft(id, Some(draft.get())));
    let close = move || {
        session.set_draft(id, None);
        mode.try_set(Mode::Reading);
    };
    let save = StoredValue::new(move || {
        let text = draft.get_untracked();
        if text == before || text.trim().is_empty() {
            return close();
        }
        if untrack(|| excess(draft)) > 0 {
            return;
        }
        session.edit(id, text);
        close();
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Escape" => close(),
        _ if enter::ends(session, &event) => {
            event.prevent_default();
            save.with_value(|save| save());
        }
        _ => {}
    };
    view! {
        <form class="editor" on:submit=submit(move || save.with_value(|save| save()))>
            <textarea
                use:take_focus
                aria-label="Edit message"
                enterkeyhint=session.is_touched().then_some("enter")
                prop:value=words(move || draft.get())
                on:input:target=move |event| draft.set(event.target().value())
                on:keydown=key(on_key)
            >{draft.get_untracked()}</textarea>
            <Excess text=draft/>
            <p>
                <button class="primary" disabled=flag(move || excess(draft) > 0)>"Save"</button>
                <button type="button" on:click=press(close)>"Cancel"</button>
            </p>
        </form>
    }
}
