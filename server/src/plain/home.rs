//! `/`: my spaces, a new one, and my name.

use std::sync::Arc;

use app::{
    protocol::{Being, SpaceListing, limits::NAME_MAX_CHARACTERS},
    ui::{Avatar, Spaces},
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::{either::Either, prelude::*};

use super::{Returned, bare, device_script, explained, sorry, with_script};
use crate::{
    json::Query,
    refusal::Refusal,
    services::Services,
    session::{Caller, Visitor},
};

pub async fn show(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Query(returned): Query<Returned>,
) -> Response {
    let page = page(&services, caller, returned).await;
    page.unwrap_or_else(|refusal| sorry(&services.site.assets, &refusal))
}

async fn page(
    services: &Services,
    caller: Option<Caller>,
    returned: Returned,
) -> Result<Response, Refusal> {
    let store = &services.store;
    let Some(caller) = caller else {
        let door = if store.has_accounts().await? { "/sign-in" } else { "/sign-up?first" };
        return Ok(Redirect::to(door).into_response());
    };
    let me = store.being(&caller.actor.id).await?.ok_or(Refusal::NoSession)?;
    let spaces = store.spaces_of(&caller.actor.id).await?;
    // What it shares with the app is made of signals, which somebody has to own.
    let page = || {
        let body = view! {
            <Home me spaces returned/>
            {device_script(&services.site)}
        };
        bare(&services.site.assets, StatusCode::OK, "", body)
    };
    Ok(with_script(Owner::new().with(page)))
}

#[component]
fn Home(me: Being, spaces: Vec<SpaceListing>, returned: Returned) -> impl IntoView {
    let is_empty = spaces.is_empty();
    let max = NAME_MAX_CHARACTERS.to_string();
    let (name, id) = (me.name.clone(), me.id.to_string());
    view! {
        <main class="home">
            <header>
                <p class="brand">"Rhizome"</p>
                <div class="me">
                    <Avatar being=Signal::stored(Some(me))/>
                    <span class="name">{name.clone()}</span>
                    <span class="id">{id}</span>
                </div>
            </header>
            {explained(&returned)}
            <section>
                <h1>"My spaces"</h1>
                {if is_empty {
                    Either::Left(view! { <p class="hint">"A space is a room to talk in. Make the first one, then invite somebody."</p> })
                } else {
                    Either::Right(view! { <Spaces spaces/> })
                }}
                <form class="inline" method="post" action="/spaces" aria-label="New space">
                    <label>"New space"<input name="name" required maxlength=max.clone() placeholder="Garden" autocomplete="off"/></label>
                    <button class="primary">"Create"</button>
                </form>
            </section>
            <section>
                <h2>"You"</h2>
                <form class="inline" method="post" action="/me" aria-label="Your name">
                    <label>"Your name"<input name="name" value=name required maxlength=max autocomplete="name"/></label>
                    <button>"Save"</button>
                </form>
                // Shown where the browser can install it, or where one has to do it by hand.
                <div id="install" hidden>
                    <button hidden>"Install on this device"</button>
                    <p class="by-hand hint" hidden>"To have Rhizome on your home screen: tap Share, then Add to Home Screen."</p>
                </div>
                <p class="elsewhere">
                    <a href="/help">"Help"</a>
                    <a href="/providers">"Providers of AI beings"</a>
                </p>
                <form method="post" action="/sign-out"><button class="plain">"Sign out"</button></form>
            </section>
        </main>
    }
}
