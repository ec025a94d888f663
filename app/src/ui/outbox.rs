//! What I wrote that is not in the space yet: messages, and changes that were refused. A change that
//! is on its way shows where its message is.

use leptos::prelude::*;

use super::change::{list, press};
use crate::{
    protocol::IntentionId,
    replica::{Act, Entry, Standing},
    session::Session,
};

/// `rewrite` takes the text of a refused message back into the composer.
#[component]
pub fn OutboxList(session: Session, rewrite: RwSignal<Option<String>>) -> impl IntoView {
    let shown = move || {
        let is_shown = |entry: &Entry| entry.act.changes().is_none() || entry.is_refused();
        session.outbox().into_iter().filter(is_shown).collect::<Vec<_>>()
    };
    // A refused entry is another row than the waiting one it was.
    let key = |entry: &Entry| (entry.id(), entry.is_refused());
    view! {
        <div class="outbox">
            <div>{list(shown, key, move |entry| view! { <Waiting session entry rewrite/> }.into_any())}</div>
        </div>
    }
    .into_any()
}

#[component]
fn Waiting(session: Session, entry: Entry, rewrite: RwSignal<Option<String>>) -> impl IntoView {
    let id: IntentionId = entry.id();
    let is_deletion = matches!(entry.act, Act::Delete { .. });
    let content = entry.act.content().unwrap_or("A message was to be deleted.").to_owned();
    view! {
        <article class="pending" data-pending=id.to_string()>
            <div class="content">{content}</div>
            {match entry.standing {
                Standing::Unkept | Standing::Waiting => view! { <p class="mark">"Sending…"</p> }.into_any(),
                Standing::Refused(reason) => view! {
                    <p class="problem" role="alert">{reason.message}</p>
                    <p class="tools">
                        <button class="plain" on:click=press(move || session.send_again(id))>"Try again"</button>
                        {(!is_deletion).then(|| view! {
                            <button class="plain" on:click=press(move || rewrite.set(session.write_again(id)))>"Edit"</button>
                        })}
                        <button class="plain danger" on:click=press(move || drop(session.take_back(id)))>"Discard"</button>
                    </p>
                }.into_any(),
            }}
        </article>
    }
}
