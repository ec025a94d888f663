//! What I wrote that is not in the space yet.

use leptos::prelude::*;

use crate::{
    protocol::IntentionId,
    replica::{Entry, Standing},
    session::Session,
};

/// `rewrite` takes the text of a refused message back into the composer.
#[component]
pub fn OutboxList(session: Session, rewrite: RwSignal<Option<String>>) -> impl IntoView {
    // A refused entry is another row than the waiting one it was.
    let key = |entry: &Entry| (entry.intention.id, matches!(entry.standing, Standing::Refused(_)));
    view! {
        <div class="outbox">
            <For each=move || session.outbox() key=key let:entry>
                <Waiting session entry rewrite/>
            </For>
        </div>
    }
    .into_any()
}

#[component]
fn Waiting(session: Session, entry: Entry, rewrite: RwSignal<Option<String>>) -> impl IntoView {
    let id: IntentionId = entry.intention.id;
    view! {
        <article class="pending" data-pending=id.to_string()>
            <div class="content">{entry.intention.content}</div>
            {match entry.standing {
                Standing::Unkept | Standing::Waiting => view! { <p class="mark">"Sending…"</p> }.into_any(),
                Standing::Refused(reason) => view! {
                    <p class="problem" role="alert">{reason.message}</p>
                    <p class="tools">
                        <button class="plain" on:click=move |_| rewrite.set(session.take_back(id))>"Write again"</button>
                        <button class="plain danger" on:click=move |_| drop(session.take_back(id))>"Discard"</button>
                    </p>
                }.into_any(),
            }}
        </article>
    }
}
