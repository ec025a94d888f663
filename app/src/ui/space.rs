//! A space: who belongs, what was said, and what I say.

use leptos::{html, prelude::*};

use super::{
    change::{always, flag, list, maybe, part, press, words},
    composer::Composer,
    focus::take_focus,
    member_bar::MemberBar,
    outbox::OutboxList,
    panel::Panel,
    sidebar::Spaces,
    timeline::TimelineView,
};
use crate::{backend::Visit, protocol::SpaceListing, replica::Link, session::Session, shell};

#[component]
pub fn Space(visit: Visit) -> impl IntoView {
    let spaces = StoredValue::new(visit.spaces.clone());
    let session = Session::new(visit);
    always(move || session.start());
    always(move || {
        let about = if session.is_revoked() { String::new() } else { session.space_name() };
        document().set_title(&shell::title(&about));
    });
    part(move || {
        if session.is_revoked() {
            view! { <Revoked/> }.into_any()
        } else {
            view! { <OpenSpace session spaces=spaces.get_value()/> }.into_any()
        }
    })
}

#[component]
fn Revoked() -> impl IntoView {
    view! {
        <main class="card-page">
            <section class="card">
                <p class="brand">"Rhizome"</p>
                <h1>"You are not here any more"</h1>
                <p>"You have left this space, or were asked to leave it."</p>
                <p><a href="/">"My spaces"</a></p>
            </section>
        </main>
    }
}

#[component]
fn OpenSpace(session: Session, spaces: Vec<SpaceListing>) -> impl IntoView {
    let panel_is_open = RwSignal::new(false);
    let panel_button = NodeRef::<html::Button>::new();
    // The focus goes back to where the panel was opened.
    let close_panel = move || {
        panel_is_open.set(false);
        // On a phone the button is out of sight, and takes no focus, until the panel is gone.
        if let Some(button) = panel_button.get_untracked() {
            take_focus(button.into());
        }
    };
    let rewrite = RwSignal::new(None);
    view! {
        <div class="space-page">
            <aside class="sidebar">
                <p class="brand"><a href="/">"Rhizome"</a></p>
                <Spaces spaces open=session/>
                <p class="elsewhere">
                    <a href="/">"All spaces and settings"</a>
                    <a href="/help">"Help"</a>
                </p>
            </aside>
            <main class="room">
                <SpaceHeader session panel_is_open panel_button/>
                <TimelineView session/>
                <OutboxList session rewrite/>
                <Signs session/>
                <Composer session rewrite/>
            </main>
            {maybe(move || {
                panel_is_open.get().then(|| view! { <Panel session close=close_panel/> }.into_any())
            })}
        </div>
    }
}

#[component]
fn SpaceHeader(
    session: Session,
    panel_is_open: RwSignal<bool>,
    panel_button: NodeRef<html::Button>,
) -> impl IntoView {
    view! {
        <header class="space-header">
            <a href="/" class="back" aria-label="My spaces">
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l-7 7 7 7"/></svg>
            </a>
            <h1>{words(move || session.space_name())}</h1>
            <MemberBar session/>
            <button
                class="icon"
                node_ref=panel_button
                aria-label="About this space"
                aria-controls="panel"
                aria-expanded=words(move || panel_is_open.get().to_string())
                on:click=press(move || panel_is_open.update(|is_open| *is_open = !*is_open))
            >
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h.01M12 12h.01M19 12h.01"/></svg>
            </button>
        </header>
    }
    .into_any()
}

/// Quiet words above the composer: the connection is away, or something went wrong.
#[component]
fn Signs(session: Session) -> impl IntoView {
    let notice = session.notice();
    view! {
        <div class="signs">
            <p class="link-sign" class:shown=flag(move || session.link() != Link::Fine) role="status">
                {part(move || match session.link() {
                    Link::Fine => ().into_any(),
                    Link::Away => "Reconnecting… What you write is kept, and sent later.".into_any(),
                    Link::Ended => view! {
                        "You are signed out. "<a href=session.door()>"Sign in"</a>
                    }.into_any(),
                })}
            </p>
            {maybe(move || notice.get().map(|words| view! {
                <p class="notice" role="alert">
                    {words}
                    <button class="plain" on:click=press(move || notice.set(None))>"Dismiss"</button>
                </p>
            }.into_any()))}
        </div>
        // Each is a node of its own: the same words said twice are said twice.
        <div class="unseen" aria-live="polite">
            {list(
                move || session.announcement().into_iter().collect(),
                |(seq, _)| *seq,
                |(_, words)| view! { <p>{words}</p> }.into_any(),
            )}
        </div>
    }
    .into_any()
}
