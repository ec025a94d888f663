//! `/`: the spaces of the caller, a new one, and the caller's name.

use std::sync::Arc;

use app::ui::{Avatar, SpaceList};
use axum::{
    extract::State,
    http::{HeaderMap, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use client::{Inbox, InboxSnapshot, SpaceNews};
use leptos::{either::Either, prelude::*};
use protocol::{Being, Name, limits::NAME_MAX_CHARACTERS};
use serde::Deserialize;

use super::{
    FormState,
    document::{device_script, document, problem, search_script, with_script},
    sign_in_first,
    space::by_name,
};
use crate::{
    app_state::AppState,
    domain::{command::ChangeBeing, refusal::Refusal},
    http::{
        auth::{Caller, Visitor, cookie_away},
        extract::Form,
    },
    store::Execute,
};

/// The fields that keep their text when one of the forms is refused.
#[derive(Default)]
struct Fields {
    new_space: String,
    /// None while the caller has typed no other name.
    my_name: Option<String>,
}

#[derive(Deserialize)]
pub struct NameForm {
    name: String,
}

/// `GET /`
pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else {
        let has_accounts = state.store.has_accounts().await?;
        let to = if has_accounts { "/sign-in" } else { "/sign-up?first" };
        return Ok(Redirect::to(to).into_response());
    };
    page(&state, &caller, FormState::new(Fields::default())).await
}

/// `POST /spaces`
pub async fn create_space(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Form(NameForm { name }): Form<NameForm>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first("/")) };
    let created = async { state.create_space(&caller.being, Name::parse(&name)?).await };
    match created.await {
        Ok(space) => Ok(Redirect::to(&format!("/spaces/{}", space.id)).into_response()),
        Err(refusal) => {
            let fields = Fields { new_space: name, ..Fields::default() };
            page(&state, &caller, FormState::refused(fields, refusal)).await
        }
    }
}

/// `POST /me`
pub async fn rename_me(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Form(NameForm { name }): Form<NameForm>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first("/")) };
    let renamed = async {
        let (by, being) = (caller.being.clone(), caller.being.clone());
        let name = Some(Name::parse(&name)?);
        state.store.execute(ChangeBeing { by, being, name, hue: None, settings: None }).await
    };
    match renamed.await {
        Ok(_) => Ok(Redirect::to("/").into_response()),
        Err(refusal) => {
            let fields = Fields { my_name: Some(name), ..Fields::default() };
            page(&state, &caller, FormState::refused(fields, refusal)).await
        }
    }
}

/// `POST /sign-out`
pub async fn sign_out(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if let Some(caller) = caller {
        state.sign_out(&caller.session).await?;
    }
    Ok(([(SET_COOKIE, cookie_away(&headers))], Redirect::to("/sign-in")).into_response())
}

async fn page(
    state: &AppState,
    caller: &Caller,
    FormState { fields, refusal }: FormState<Fields>,
) -> Result<Response, Refusal> {
    let me = state.store.being(&caller.being).await?.ok_or(Refusal::NoSession)?;
    let (cursor, sync) = state.store.inbox(&caller.being).await?;
    let listed = by_name(&sync);
    let spaces = Inbox::new(listed, Some(InboxSnapshot { cursor, sync })).list(None, &me.name);
    // The components of the app hold signals, which need an owner.
    let page = || {
        let body = view! {
            {home(me, spaces, fields, refusal.as_ref())}
            {device_script(&state.site)}
            {search_script(&state.site)}
        };
        document(&state.site.assets, refusal.as_ref(), "", body)
    };
    Ok(with_script(Owner::new().with(page)))
}

fn home(
    me: Being,
    spaces: Vec<SpaceNews>,
    fields: Fields,
    refusal: Option<&Refusal>,
) -> impl IntoView + use<> {
    let is_empty = spaces.is_empty();
    let max = NAME_MAX_CHARACTERS.to_string();
    let (name, id) = (me.name.clone(), me.id.to_string());
    let my_name = fields.my_name.unwrap_or_else(|| name.clone());
    view! {
        <main class="home">
            <header>
                <p class="brand">"Rhizome"</p>
                // A device may still run the script of an earlier build, which reads the handle at `.me .id`.
                <div class="account me">
                    <Avatar being=Signal::stored(Some(me))/>
                    <bdi class="name" translate="no">{name}</bdi>
                    <span class="handle id" translate="no">{id}</span>
                </div>
            </header>
            {problem(refusal)}
            <section>
                <h1>"My spaces"</h1>
                {if is_empty {
                    Either::Left(view! { <p class="hint">"A space is a room to talk in. Create the first one, then invite somebody."</p> })
                } else {
                    Either::Right(view! { <SpaceList spaces=RwSignal::new(spaces)/> })
                }}
                <p class="elsewhere">
                    <a href="/directory">"Open spaces"</a>
                    <a href="/direct">"Message people"</a>
                </p>
                <form class="inline" method="post" action="/spaces" aria-label="New space">
                    <label>"New space"<input name="name" value=fields.new_space required maxlength=max.clone() placeholder="Garden" autocomplete="off"/></label>
                    <button class="primary">"Create"</button>
                </form>
            </section>
            <section>
                <h2>"You"</h2>
                <form class="inline" method="post" action="/me" aria-label="Your name">
                    <label>"Your name"<input name="name" value=my_name required maxlength=max autocomplete="name"/></label>
                    <button>"Save"</button>
                </form>
                // Shown where the browser can install the app, or where the user has to do it by hand.
                <div id="install" hidden>
                    <button hidden>"Install on this device"</button>
                    <p class="by-hand hint" hidden>"To have Rhizome on your home screen: tap Share, then Add to Home Screen."</p>
                </div>
                <p class="elsewhere">
                    <a href="/search">"Search"</a>
                    <a href="/help">"Help"</a>
                    <a href="/providers">"AI providers"</a>
                </p>
                <form method="post" action="/sign-out"><button class="plain">"Sign out"</button></form>
            </section>
        </main>
    }
}
