//! About this space: who belongs, an invite, its name, and the way out.

use leptos::prelude::*;

use super::{
    avatar::Avatar,
    change::{key, maybe, part, press, submit, words},
    focus::{take_focus, take_focus_on_return},
    member_bar::everybody,
};
use crate::{
    protocol::{
        BeingId, BeingKind,
        limits::{INVITE_DAYS, NAME_MAX_CHARACTERS},
    },
    session::Session,
};

#[component]
pub fn Panel(session: Session, close: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let link = RwSignal::new(None::<String>);
    let name = RwSignal::new(untrack(|| session.space_name()));
    let is_leaving = RwSignal::new(false);
    let return_focus = take_focus_on_return(move || is_leaving.get());
    view! {
        <aside class="panel" id="panel" aria-label="About this space" on:keydown=key(move |event| {
            if event.key() == "Escape" {
                close();
            }
        })>
            <header>
                <h2>"About this space"</h2>
                <button class="icon" use:take_focus aria-label="Close" on:click=press(close)>
                    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18"/></svg>
                </button>
            </header>
            <section>
                <h3>"Invite somebody"</h3>
                {part(move || match link.get() {
                    None => view! {
                        <button on:click=press(move || session.invite(move |url| link.set(Some(url))))>"Make an invite link"</button>
                    }.into_any(),
                    Some(url) => view! {
                        <label class="hint">{format!("Whoever opens this within {INVITE_DAYS} days may join.")}
                            <input readonly use:take_focus aria-label="Invite link" value=url.clone() on:focus:target=move |event| event.target().select()/>
                        </label>
                        {session.can_copy().then(|| view! { <Copy session text=url/> })}
                    }.into_any(),
                })}
            </section>
            <section>
                <h3>"Who belongs here"</h3>
                <ul class="members">
                    {everybody(session, |session, id| view! { <Member session id/> }.into_any())}
                </ul>
                <a href=format!("/spaces/{}/beings/new", session.space())>"Add an AI being"</a>
            </section>
            <section>
                <h3>"Name"</h3>
                <form class="inline" aria-label="Space name" on:submit=submit(move || session.rename_space(name.get_untracked()))>
                    <input aria-label="Space name" required maxlength=NAME_MAX_CHARACTERS.to_string() bind:value=name/>
                    <button>"Rename"</button>
                </form>
            </section>
            <section>
                {part(move || if is_leaving.get() {
                    view! {
                        <p>"You will need an invite to come back."</p>
                        <p class="choices">
                            <button class="danger" on:click=press(move || session.leave())>"Leave"</button>
                            <button use:take_focus on:click=press(move || is_leaving.set(false))>"Stay"</button>
                        </p>
                    }.into_any()
                } else {
                    view! {
                        <button class="plain danger" use:return_focus on:click=press(move || is_leaving.set(true))>"Leave this space"</button>
                    }.into_any()
                })}
            </section>
        </aside>
    }
}

#[component]
fn Copy(session: Session, text: String) -> impl IntoView {
    let is_copied = RwSignal::new(false);
    let copied = move || {
        is_copied.try_set(true);
    };
    let copy = move || session.copy(&text, copied);
    view! {
        <button on:click=press(copy)>
            {words(move || if is_copied.get() { "Copied" } else { "Copy" }.to_owned())}
        </button>
    }
}

#[component]
fn Member(session: Session, id: BeingId) -> impl IntoView {
    let (of_name, of_face, of_link) = (id.clone(), id.clone(), id.clone());
    let being = Signal::derive(move || session.being(&of_face, Clone::clone));
    let is_ai = move || being.with(|being| being.as_ref().is_some_and(|b| b.kind == BeingKind::Ai));
    let settings = format!("/spaces/{}/beings/{id}", session.space());
    view! {
        <li>
            <Avatar being/>
            <span class="name">{words(move || session.name_of(&of_name))}</span>
            <span class="id">{id.to_string()}</span>
            {maybe(move || {
                is_ai().then(|| view! { <a href=settings.clone() aria-label=format!("Settings of {of_link}")>"Settings"</a> }.into_any())
            })}
        </li>
    }
}
