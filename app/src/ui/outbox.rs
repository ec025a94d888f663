//! Unacknowledged messages, and refused changes. A change that is still pending shows in its
//! message.

use leptos::prelude::*;

use super::{
    erased::{list, on_click},
    paragraph::paragraph,
    quote::quote,
};
use crate::{shell::escaped, space_model::SpaceModel};
use client::{DeliveryState, Entry, Op};
use protocol::IntentionId;

const LOST_REPLY: &str = "The message that it replies to is gone.";

#[component]
pub fn OutboxList(model: SpaceModel) -> impl IntoView {
    let shown = move || {
        let is_shown = |entry: &Entry| entry.op.changes().is_none() || entry.is_refused();
        model.outbox().into_iter().filter(is_shown).collect::<Vec<_>>()
    };
    // A refused entry is a different row than the waiting one it was.
    let key = |entry: &Entry| (entry.id(), entry.is_refused());
    view! {
        <div class="outbox">
            <div>{list(shown, key, move |entry| view! { <PendingEntry model entry/> }.into_any())}</div>
        </div>
    }
    .into_any()
}

#[component]
fn PendingEntry(model: SpaceModel, entry: Entry) -> impl IntoView {
    let id: IntentionId = entry.id();
    let has_lost_reply = entry.has_lost_reply();
    let reply_to = entry.op.reply_to();
    let is_deletion = matches!(entry.op, Op::Delete { .. });
    let content = entry.op.content().unwrap_or("Deletion of a message").to_owned();
    let html = untrack(|| model.html(&content)).unwrap_or_else(|| escaped(&content));
    view! {
        <article class="pending" data-pending=id.to_string()>
            {reply_to.map(|to| quote(model, None, to))}
            <div class="content" inner_html=html></div>
            {match entry.state {
                DeliveryState::Storing | DeliveryState::Waiting => paragraph("mark", "Sending…"),
                DeliveryState::Refused(reason) => view! {
                    <p class="problem" role="alert">
                        {if has_lost_reply { LOST_REPLY.to_owned() } else { reason.message }}
                    </p>
                    <p class="tools">
                        <button class="plain" on:click=on_click(move || model.resend(id))>
                            {if has_lost_reply { "Send without it" } else { "Try again" }}
                        </button>
                        {(!is_deletion).then(|| view! {
                            <button class="plain" on:click=on_click(move || model.edit_again(id))>"Edit"</button>
                        })}
                        <button class="plain danger" on:click=on_click(move || model.discard(id))>"Discard"</button>
                    </p>
                }.into_any(),
            }}
        </article>
    }
}
