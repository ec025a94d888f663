//! `/sign-up` and `/sign-in`.

use std::sync::Arc;

use app::protocol::limits::{
    BEING_ID_MAX_BYTES, NAME_MAX_CHARACTERS, PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

use super::{Returned, card, device_script, explained, with_script};
use crate::{json::Query, refusal::Refusal, services::Services};

pub async fn sign_up(
    State(services): State<Arc<Services>>,
    Query(returned): Query<Returned>,
) -> Result<Response, Refusal> {
    let is_first = returned.first.is_some();
    if is_first && services.store.has_accounts().await? {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let is_closed = returned.invite.is_empty()
        && returned.problem.is_none()
        && services.store.has_accounts().await?;
    let title = if is_first { "Welcome" } else { "Create your account" };
    // The invite is not lost on the way.
    let next = [("next", format!("/invites/{}", returned.invite))];
    let next = serde_urlencoded::to_string(next).ok().filter(|_| !returned.invite.is_empty());
    let sign_in = next.map_or("/sign-in".to_owned(), |next| format!("/sign-in?{next}"));
    let body = view! {
        {is_first.then(|| view! {
            <p class="hint">"Nobody is here yet. The first account looks after this place; everyone else comes by an invite."</p>
        })}
        {is_closed.then(|| view! { <p class="problem">{Refusal::InviteRequired.to_string()}</p> })}
        {explained(&returned)}
        <form method="post" action="/sign-up">
            <label>"Your name"
                <input name="name" value=returned.name required maxlength=NAME_MAX_CHARACTERS.to_string() autocomplete="name"/>
            </label>
            <div class="field">
                <label>"Handle"
                    <input name="handle" value=returned.handle required maxlength=BEING_ID_MAX_BYTES.to_string() autocomplete="username" autocapitalize="none" spellcheck="false" placeholder="ada" aria-describedby="about-handle"/>
                </label>
                <p class="hint" id="about-handle">"Others mention you by it, as in @ada. It cannot be changed."</p>
            </div>
            <div class="field">
                <label>"Password"
                    <input name="password" type="password" required minlength=PASSWORD_MIN_CHARACTERS.to_string() maxlength=PASSWORD_MAX_CHARACTERS.to_string() autocomplete="new-password" aria-describedby="about-password"/>
                </label>
                <p class="hint" id="about-password">{format!("At least {PASSWORD_MIN_CHARACTERS} characters.")}</p>
            </div>
            <input type="hidden" name="invite" value=returned.invite/>
            <button class="primary">"Create account"</button>
        </form>
        {(!is_first).then(|| view! {
            <p class="hint">"Here before? "<a href=sign_in>"Sign in"</a></p>
        })}
    };
    Ok(card(&services.site.assets, StatusCode::OK, title, body))
}

pub async fn sign_in(
    State(services): State<Arc<Services>>,
    Query(returned): Query<Returned>,
) -> Result<Response, Refusal> {
    if !services.store.has_accounts().await? {
        return Ok(Redirect::to("/sign-up?first").into_response());
    }
    let body = view! {
        {explained(&returned)}
        <form method="post" action="/sign-in">
            <label>"Handle"
                <input name="handle" value=returned.handle required autocomplete="username" autocapitalize="none" spellcheck="false"/>
            </label>
            <label>"Password"
                <input name="password" type="password" required autocomplete="current-password"/>
            </label>
            <input type="hidden" name="next" value=returned.next/>
            <button class="primary">"Sign in"</button>
        </form>
        <p class="hint">"New here? Ask somebody for an invite link."</p>
        {device_script(&services.site)}
    };
    Ok(with_script(card(&services.site.assets, StatusCode::OK, "Sign in", body)))
}
