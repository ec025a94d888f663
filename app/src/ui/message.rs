//! One message. When it changes, its parts read themselves again, and nothing else does.

use leptos::prelude::*;

use super::{
    absent::AbsentNote,
    actions::{menu_button, reply_button},
    answer::AnswerTools,
    avatar::Avatar,
    calendar::Calendar,
    content::Content,
    copy::CopyMessage,
    editor::Editor,
    erased::{boolean, dynamic, effect, on_click, on_key, show, text},
    focus::{on_press_elsewhere, take_focus},
    fold::Fold,
    quote::quote,
    reactions::{react_button, reactions},
    reasoning::Reasoning,
    submit_key::is_escape,
    timestamp::{DayLine, TimestampView},
    versions::{VersionBar, VersionContent, Versions},
};
use crate::space_model::SpaceModel;
use client::PendingChange;
use protocol::{BeingKind, Intention, IntentionState, MessageId};

/// What the author is doing with the message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Reading,
    Editing,
    Deleting,
}

#[component]
pub fn MessageView(model: SpaceModel, id: MessageId, calendar: Calendar) -> impl IntoView {
    // The author's id, the time and what it replies to never change.
    let sent = model.message_untracked(id, |row| {
        let fold =
            if row.state == IntentionState::Active { Fold::Short } else { Fold::of(&row.content) };
        (row.owner_id.clone(), row.created_at.clone(), fold, row.reply_to)
    });
    let Some((owner, at, fold, reply_to)) = sent else { return ().into_any() };
    let fold = RwSignal::new(fold);
    let begins_day = {
        let at = at.clone();
        Memo::new(move |_| calendar.begins_day(model.written_above(id).as_ref(), &at))
    };
    // It says whose it is: the line stands between it and what it would follow.
    let is_first_unread = move || model.is_first_unread(id);
    let is_mine = owner == model.me();
    // The author may be renamed, or leave.
    let author = Memo::new(move |_| model.author(id));
    let is_answer = author.with_untracked(|author| {
        author.as_ref().is_some_and(|author| author.kind == BeingKind::Ai)
    });
    // What an answer repeats is not what stands above it already.
    let quoted = reply_to.map(|to| {
        let is_shown = Memo::new(move |_| !(is_answer && model.is_below(id, to)));
        show(move || is_shown.get().then(|| quote(model, Some(id), to)))
    });
    let versions = is_answer.then(|| Versions::new(model, id));
    let is_being_edited = model.edit_of(id).is_some();
    let mode = RwSignal::new(if is_being_edited { Mode::Editing } else { Mode::Reading });
    let data_owner = owner.to_string();
    let letter = data_owner.chars().nth(1).map(|letter| letter.to_ascii_uppercase());
    // An author who has left is shown by the id.
    let name = move || {
        let name = author.with(|author| author.as_ref().map(|author| author.name.clone()));
        name.unwrap_or_else(|| owner.to_string())
    };
    view! {
        <article
            class="message"
            class:first-unread=boolean(is_first_unread)
            class:follows=boolean(move || reply_to.is_none() && model.follows(id) && !begins_day.get() && !is_first_unread())
            id=id.to_string()
            data-owner=data_owner
            tabindex="-1"
        >
            <DayLine model id at=at.clone() calendar begins_day/>
            <Avatar being=author.into() letter/>
            <p class="meta">
                <bdi class="author" translate="no">{text(name)}</bdi>
                <TimestampView model id at calendar begins_day/>
                <Marks model id versions/>
            </p>
            {quoted}
            {versions.map(|versions| view! { <Reasoning model id versions/> })}
            {dynamic(move || if mode.get() == Mode::Editing {
                view! { <Editor model id mode/> }.into_any()
            } else if let Some(content) = versions.and_then(Versions::content) {
                view! { <VersionContent model content/> }.into_any()
            } else {
                fold.track();
                view! { <Content model id may_grow=is_answer fold/> }.into_any()
            })}
            {versions.map(|versions| view! { <VersionBar versions/> })}
            {reactions(model, id)}
            {if is_mine {
                view! { <Tools model id mode/> }.into_any()
            } else {
                view! { <div class="tools">{reply_button()}{react_button()}<CopyMessage model id versions/>{menu_button()}</div> }.into_any()
            }}
            {versions.map(|versions| view! { <AnswerTools model id versions/> })}
            {is_mine.then(|| view! { <AbsentNote model id/> })}
        </article>
    }
    .into_any()
}

/// "edited", how an answer ended if not well, and pending changes.
#[component]
fn Marks(model: SpaceModel, id: MessageId, versions: Option<Versions>) -> impl IntoView {
    let shown = move || versions.and_then(Versions::ending).map(|(state, _)| state);
    let is_silent = |row: &Intention| row.state == IntentionState::Active && row.content.is_empty();
    let marks = move || match model.pending(id) {
        Some(PendingChange::Deletion) => Some("deleting…"),
        Some(_) => Some("saving…"),
        None => {
            if model.message(id, is_silent) == Some(true) {
                model.on_text_appended(id);
            }
            let shown = shown();
            model.message_untracked(id, |row| match row.state {
                // What it thinks says so itself.
                IntentionState::Active if !row.content.is_empty() => "writing…",
                IntentionState::Active if !row.reasoning.is_empty() => "",
                IntentionState::Active => "waiting…",
                state => match shown.unwrap_or(state) {
                    IntentionState::Cancelled => "stopped",
                    IntentionState::Failed => "failed",
                    IntentionState::Complete if row.modified_at.is_some() => "edited",
                    IntentionState::Active | IntentionState::Complete => "",
                },
            })
        }
    };
    view! { <span class="mark">{text(move || marks().unwrap_or_default().to_owned())}</span> }
}

/// The author's buttons. The focus is never lost: what replaces a pressed button takes its focus,
/// and of two buttons the harmless one, because the key may still be held.
#[component]
fn Tools(model: SpaceModel, id: MessageId, mode: RwSignal<Mode>) -> impl IntoView {
    // What the author has come back from: the focus returns to the button that led there.
    let left = StoredValue::new(Mode::Reading);
    effect(move || match mode.get() {
        Mode::Reading => {}
        other => left.set_value(other),
    });
    let return_to_delete = move |button| {
        if left.get_value() == Mode::Deleting {
            take_focus(button);
        }
    };
    // The editor was opened from elsewhere: by a key in the composer, or beside a refused edit.
    let was_called = StoredValue::new(false);
    let return_to_edit = move |button| {
        if was_called.try_update_value(std::mem::take) == Some(true) {
            model.focus_composer();
        } else if left.get_value() == Mode::Editing {
            take_focus(button);
        }
    };
    let keep = move || mode.set(Mode::Reading);
    // A press elsewhere takes the focus with it.
    let leave = move || {
        left.set_value(Mode::Reading);
        mode.try_set(Mode::Reading);
    };
    let delete = move || {
        model.delete(id);
        mode.set(Mode::Reading);
        model.focus_composer();
    };
    // A refused edit may be edited again.
    effect(move || {
        model.pending(id);
        if model.edit_of(id).is_some() && mode.get_untracked() != Mode::Editing {
            was_called.set_value(true);
            mode.set(Mode::Editing);
        }
    });
    let is_deleting = Memo::new(move |_| model.pending(id) == Some(PendingChange::Deletion));
    view! {
        <div class="tools">
            {reply_button()}
            {react_button()}
            <CopyMessage model id versions=None/>
            {dynamic(move || match mode.get() {
                Mode::Reading if is_deleting.get() => ().into_any(),
                Mode::Reading => view! {
                    <button class="plain" tabindex="-1" data-act="edit" use:return_to_edit on:click=on_click(move || mode.set(Mode::Editing))>"Edit"</button>
                    <button class="plain" tabindex="-1" data-act="delete" use:return_to_delete on:click=on_click(move || mode.set(Mode::Deleting))>"Delete"</button>
                }.into_any(),
                Mode::Editing => ().into_any(),
                Mode::Deleting => view! {
                    <div class="question" node_ref=on_press_elsewhere(leave) on:keydown=on_key(move |event| {
                        if is_escape(&event) {
                            keep();
                        }
                    })>
                        <span>"Delete for everyone?"</span>
                        <button class="plain danger" tabindex="-1" on:click=on_click(delete)>"Delete"</button>
                        // In the place of the button that asked, so that a second press is harmless.
                        <button class="plain" tabindex="-1" use:take_focus on:click=on_click(keep)>"Cancel"</button>
                    </div>
                }.into_any(),
            })}
            {menu_button()}
        </div>
    }
}
