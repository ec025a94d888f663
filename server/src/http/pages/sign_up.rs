//! `/sign-up`

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use protocol::{
    CreateAccount,
    limits::{
        BEING_ID_MAX_BYTES, NAME_MAX_CHARACTERS, PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS,
    },
};
use serde::Deserialize;

use super::{
    FormState,
    document::{card, problem},
};
use crate::{
    app_state::AppState,
    domain::refusal::Refusal,
    http::{
        auth::{Visitor, cookie_for},
        client_address::ClientAddress,
        extract::{Form, Query},
    },
};

#[derive(Deserialize)]
pub struct SignUpQuery {
    /// Present on the way of the very first visitor.
    first: Option<String>,
    #[serde(default)]
    invite: String,
}

/// The fields that keep their text when a sign-up is refused.
#[derive(Default)]
struct Fields {
    name: String,
    handle: String,
    invite: String,
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Query(SignUpQuery { first, invite }): Query<SignUpQuery>,
) -> Result<Response, Refusal> {
    let has_accounts = state.store.has_accounts().await?;
    if first.is_some() && has_accounts {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    // Shown before anybody fills in the form; the address itself is there, and answers 200.
    let needs_invite = has_accounts && invite.is_empty();
    let notice = needs_invite.then(|| Refusal::InviteRequired.to_string());
    let form = FormState::new(Fields { invite, ..Fields::default() });
    Ok(page(&state, !has_accounts, notice, form))
}

pub async fn submit(
    State(state): State<Arc<AppState>>,
    Visitor(before): Visitor,
    from: ClientAddress,
    headers: HeaderMap,
    Form(mut request): Form<CreateAccount>,
) -> Response {
    request.invite = request.invite.filter(|invite| !invite.is_empty());
    let invite = request.invite.clone().unwrap_or_default();
    let has_invite = !invite.is_empty();
    let fields = Fields { name: request.name.clone(), handle: request.handle.clone(), invite };
    match state.create_account(from, request).await {
        Ok((being, token)) => {
            state.end_replaced_session(before).await;
            let cookie = cookie_for(&token, &headers);
            // An invite leads to its space, which is the only one of a new account.
            let spaces =
                if has_invite { state.store.spaces_of(&being.id).await } else { Ok(vec![]) };
            let to = match spaces.as_deref() {
                Ok([only]) => format!("/spaces/{}", only.space.id),
                _ => "/".to_owned(),
            };
            ([(SET_COOKIE, cookie)], Redirect::to(&to)).into_response()
        }
        Err(refusal) => {
            let is_first = !has_invite && matches!(state.store.has_accounts().await, Ok(false));
            page(&state, is_first, None, FormState::refused(fields, refusal))
        }
    }
}

fn page(
    state: &AppState,
    is_first: bool,
    notice: Option<String>,
    FormState { fields, refusal }: FormState<Fields>,
) -> Response {
    let title = if is_first { "Welcome" } else { "Create your account" };
    // A visitor who has an account already signs in with the same invite.
    let next = [("next", format!("/invites/{}", fields.invite))];
    let next = serde_urlencoded::to_string(next).ok().filter(|_| !fields.invite.is_empty());
    let sign_in = next.map_or("/sign-in".to_owned(), |next| format!("/sign-in?{next}"));
    let body = view! {
        {is_first.then(|| view! {
            <p class="hint">"There is no account yet. The first one administers this server; everyone else needs an invite."</p>
        })}
        {notice.map(|notice| view! { <p class="problem">{notice}</p> })}
        {problem(refusal.as_ref())}
        <form method="post" action="/sign-up">
            <label>"Your name"
                <input name="name" value=fields.name required maxlength=NAME_MAX_CHARACTERS.to_string() autocomplete="name"/>
            </label>
            <div class="field">
                <label>"Handle"
                    <input name="handle" value=fields.handle required maxlength=BEING_ID_MAX_BYTES.to_string() autocomplete="username" autocapitalize="none" spellcheck="false" placeholder="ada" aria-describedby="about-handle"/>
                </label>
                <p class="hint" id="about-handle">"Others mention you by it, as in @ada. It cannot be changed."</p>
            </div>
            <div class="field">
                <label>"Password"
                    <input name="password" type="password" required minlength=PASSWORD_MIN_CHARACTERS.to_string() maxlength=PASSWORD_MAX_CHARACTERS.to_string() autocomplete="new-password" aria-describedby="about-password"/>
                </label>
                <p class="hint" id="about-password">{format!("At least {PASSWORD_MIN_CHARACTERS} characters.")}</p>
            </div>
            <input type="hidden" name="invite" value=fields.invite/>
            <button class="primary">"Create account"</button>
        </form>
        {(!is_first).then(|| view! {
            <p class="hint">"Already have an account? "<a href=sign_in>"Sign in"</a></p>
        })}
    };
    card(&state.site.assets, refusal.as_ref(), title, body)
}
