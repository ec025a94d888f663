//! The route table of the screens, and what they share.

mod answer;
mod avatar;
mod composer;
mod content;
mod focus;
mod form;
mod home;
mod invite;
mod member_bar;
mod message;
mod moment;
mod outbox;
mod panel;
mod sidebar;
mod sign;
mod space;
mod timeline;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    backend::{BackendPort, Trouble},
    live::Browser,
};

/// Whether the page is alive. Until then it must read as the server rendered it; after, it may say
/// what only the browser knows, such as the local time.
#[derive(Clone, Copy)]
struct Hydrated(RwSignal<bool>);

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let hydrated = RwSignal::new(false);
    provide_context(Hydrated(hydrated));
    Effect::new(move || hydrated.set(true));
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Rhizome".into() } else { format!("{title} · Rhizome") }
        }/>
        <Router>
            <FlatRoutes fallback=|| view! { <NotFound/> }>
                <Route path=path!("/") view=home::Home/>
                <Route path=path!("/sign-up") view=sign::SignUp/>
                <Route path=path!("/sign-in") view=sign::SignIn/>
                <Route path=path!("/invites/:token") view=invite::InvitePage/>
                <Route path=path!("/spaces/:space") view=space::SpacePage/>
            </FlatRoutes>
        </Router>
    }
}

#[component]
fn NotFound() -> impl IntoView {
    view! {
        <form::Card title="Nothing here".to_owned()>
            <p>"This page does not exist, or not any more."</p>
            <p><a href="/" rel="external">"My spaces"</a></p>
        </form::Card>
    }
}

/// What a page shows instead of what it could not get.
#[component]
fn Sorry(trouble: Trouble) -> impl IntoView {
    let is_signed_out = trouble.is_signed_out();
    view! {
        <form::Card title="That did not work".to_owned()>
            <p>{trouble.to_string()}</p>
            <p>
                {if is_signed_out {
                    view! { <a href="/sign-in" rel="external">"Sign in"</a> }.into_any()
                } else {
                    view! { <a href="/" rel="external">"My spaces"</a> }.into_any()
                }}
            </p>
        </form::Card>
    }
}

fn backend() -> BackendPort {
    expect_context()
}

/// None where the server renders.
fn browser() -> Option<Browser> {
    use_context()
}
