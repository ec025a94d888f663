//! `/sign-in`

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use protocol::SignIn;
use serde::Deserialize;

use super::{
    FormState,
    document::{card, device_script, problem, with_script},
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

/// The fields that keep their text when a sign-in is refused.
#[derive(Deserialize)]
pub struct Fields {
    #[serde(default)]
    handle: String,
    /// The path that a sign-in leads to.
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct SignInForm {
    handle: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Query(fields): Query<Fields>,
) -> Result<Response, Refusal> {
    if !state.store.has_accounts().await? {
        return Ok(Redirect::to("/sign-up?first").into_response());
    }
    Ok(page(&state, FormState::new(fields)))
}

pub async fn submit(
    State(state): State<Arc<AppState>>,
    Visitor(before): Visitor,
    from: ClientAddress,
    headers: HeaderMap,
    Form(SignInForm { handle, password, next }): Form<SignInForm>,
) -> Response {
    let request = SignIn { handle: handle.clone(), password };
    match state.sign_in(from, request).await {
        Ok((_, token)) => {
            state.end_replaced_session(before).await;
            let cookie = cookie_for(&token, &headers);
            ([(SET_COOKIE, cookie)], Redirect::to(safe_redirect(&next))).into_response()
        }
        Err(refusal) => page(&state, FormState::refused(Fields { handle, next }, refusal)),
    }
}

fn page(state: &AppState, FormState { fields, refusal }: FormState<Fields>) -> Response {
    let body = view! {
        {problem(refusal.as_ref())}
        <form method="post" action="/sign-in">
            <label>"Handle"
                <input name="handle" value=fields.handle required autocomplete="username" autocapitalize="none" spellcheck="false"/>
            </label>
            <label>"Password"
                <input name="password" type="password" required autocomplete="current-password"/>
            </label>
            <input type="hidden" name="next" value=fields.next/>
            <button class="primary">"Sign in"</button>
        </form>
        <p class="hint">"New here? Ask a member for an invite link."</p>
        {device_script(&state.site)}
    };
    with_script(card(&state.site.assets, refusal.as_ref(), "Sign in", body))
}

/// `next` if it is a path of this site that no browser takes for another site's address; else the
/// home page.
fn safe_redirect(next: &str) -> &str {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\'])
        && !next.chars().any(char::is_control);
    if is_local { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::safe_redirect;

    #[test]
    fn a_sign_in_leads_only_to_this_site() {
        for (next, path) in [
            ("/spaces/@garden", "/spaces/@garden"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\t/evil.example", "/"),
        ] {
            assert_eq!(safe_redirect(next), path, "{next:?}");
        }
    }
}
