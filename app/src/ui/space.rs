//! A space: who belongs, what was said, and what I say.

use leptos::{html, prelude::*};
use leptos_router::{components::A, hooks::use_params_map};

use super::{
    Sorry, backend, composer::Composer, form::Card, member_bar::MemberBar, outbox::OutboxList,
    panel::Panel, sidebar::Spaces, timeline::TimelineView,
};
use crate::{
    backend::{FirstSight, Trouble},
    protocol::{ErrorBody, SpaceId, SpaceListing},
    replica::Link,
    session::Session,
};

type MySpaces = Resource<Result<Vec<SpaceListing>, Trouble>>;

#[component]
pub fn SpacePage() -> impl IntoView {
    let params = use_params_map();
    let space = Memo::new(move |_| {
        params.with(|params| params.get("space")).and_then(|id| id.parse::<SpaceId>().ok())
    });
    let port = backend();
    // Both are asked for here: what is made beneath a suspense is made, and asked for, twice.
    let spaces = {
        let port = port.clone();
        Resource::new_blocking(|| (), move |()| port.0.spaces())
    };
    let first_sight = Resource::new_blocking(
        move || space.get(),
        move |space| {
            let sight = space.map(|space| (port.0.first_sight(space.clone()), space));
            async move {
                let (sight, space) = sight.ok_or_else(no_such_space)?;
                Ok::<_, Trouble>((space, sight.await?))
            }
        },
    );
    view! {
        <Suspense>
            {move || first_sight.get().map(|answer| match answer {
                Ok((space, sight)) => view! { <Space space sight spaces/> }.into_any(),
                Err(trouble) => view! { <Sorry trouble/> }.into_any(),
            })}
        </Suspense>
    }
}

fn no_such_space() -> Trouble {
    let message = "There is no such space.".to_owned();
    let error = ErrorBody { code: "unknown-space".into(), message, field: None };
    Trouble::Refused { status: 404, error }
}

#[component]
fn Space(space: SpaceId, sight: FirstSight, spaces: MySpaces) -> impl IntoView {
    let session = Session::new(space, sight);
    let port = backend();
    Effect::new(move || session.start(port.clone()));
    view! {
        <leptos_meta::Title text=move || session.space_name()/>
        {move || if session.is_revoked() {
            view! { <Revoked/> }.into_any()
        } else {
            view! { <OpenSpace session spaces/> }.into_any()
        }}
    }
}

#[component]
fn Revoked() -> impl IntoView {
    view! {
        <Card title="You are not here any more".to_owned()>
            <p>"You have left this space, or were asked to leave it."</p>
            <p><a href="/" rel="external">"My spaces"</a></p>
        </Card>
    }
}

#[component]
fn OpenSpace(session: Session, spaces: MySpaces) -> impl IntoView {
    let panel_is_open = RwSignal::new(false);
    let panel_button = NodeRef::<html::Button>::new();
    // The focus goes back to where the panel was opened.
    let close_panel = move || {
        panel_is_open.set(false);
        if let Some(button) = panel_button.get_untracked() {
            let _ = button.focus();
        }
    };
    let rewrite = RwSignal::new(None);
    view! {
        <div class="space-page">
            <aside class="sidebar">
                <p class="brand"><A href="/">"Rhizome"</A></p>
                <Suspense>
                    {move || spaces.get().and_then(Result::ok).map(|spaces| view! { <Spaces spaces open=session/> })}
                </Suspense>
                <p class="elsewhere">
                    <A href="/">"All spaces and settings"</A>
                    <a href="/help" rel="external">"Help"</a>
                </p>
            </aside>
            <main class="room">
                <SpaceHeader session panel_is_open panel_button/>
                <TimelineView session/>
                <OutboxList session rewrite/>
                <Signs session/>
                <Composer session rewrite/>
            </main>
            {move || panel_is_open.get().then(|| view! { <Panel session close=close_panel/> })}
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
            <A href="/" attr:class="back" attr:aria-label="My spaces">
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l-7 7 7 7"/></svg>
            </A>
            <h1>{move || session.space_name()}</h1>
            <MemberBar session/>
            <button
                class="icon"
                node_ref=panel_button
                aria-label="About this space"
                aria-controls="panel"
                aria-expanded=move || panel_is_open.get().to_string()
                on:click=move |_| panel_is_open.update(|is_open| *is_open = !*is_open)
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
            <p class="link-sign" class:shown=move || session.link() != Link::Fine role="status">
                {move || match session.link() {
                    Link::Fine => ().into_any(),
                    Link::Away => "Reconnecting… what you write is kept and sent.".into_any(),
                    Link::Ended => view! {
                        "You are signed out. "<a href="/sign-in" rel="external">"Sign in"</a>
                    }.into_any(),
                }}
            </p>
            {move || notice.get().map(|words| view! {
                <p class="notice" role="alert">
                    {words}
                    <button class="plain" on:click=move |_| notice.set(None)>"Dismiss"</button>
                </p>
            })}
        </div>
        // Each is a node of its own: the same words said twice are said twice.
        <div class="unseen" aria-live="polite">
            <For each=move || session.announcement() key=|(seq, _)| *seq let:announcement>
                <p>{announcement.1}</p>
            </For>
        </div>
    }
    .into_any()
}
