//! The forms of the pages. Each does what its command does, and answers with the page to go to; what
//! was refused goes back with its code.

use std::sync::Arc;

use app::protocol::{CreateAccount, Name, SignIn};
use axum::{
    extract::State,
    http::{HeaderMap, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    chance::Token,
    json::{Form, Ids},
    refusal::Refusal,
    services::Services,
    session::{Visitor, cookie_away, cookie_for},
    store::BeingPatch,
};

pub async fn sign_up(
    State(services): State<Arc<Services>>,
    Visitor(before): Visitor,
    headers: HeaderMap,
    Form(mut wish): Form<CreateAccount>,
) -> Response {
    wish.invite = wish.invite.filter(|invite| !invite.is_empty());
    let (handle, name) = (wish.handle.clone(), wish.name.clone());
    let invite = wish.invite.clone().unwrap_or_default();
    let has_invite = !invite.is_empty();
    match services.create_account(wish).await {
        Ok((being, token)) => {
            services.replace(before).await;
            let cookie = cookie_for(&token, &headers);
            // Who came by an invite came for its space, which is the only one they belong to.
            let spaces =
                if has_invite { services.store.spaces_of(&being.id).await } else { Ok(vec![]) };
            let to = match spaces.as_deref() {
                Ok([only]) => format!("/spaces/{}", only.space.id),
                _ => "/".to_owned(),
            };
            ([(SET_COOKIE, cookie)], Redirect::to(&to)).into_response()
        }
        Err(refusal) => {
            let first = if has_invite { None } else { first_account(&services).await };
            let kept = [("handle", handle), ("name", name), ("invite", invite)];
            back("/sign-up", &refusal, kept.into_iter().chain(first))
        }
    }
}

async fn first_account(services: &Services) -> Option<(&'static str, String)> {
    matches!(services.store.has_accounts().await, Ok(false)).then(|| ("first", String::new()))
}

#[derive(Deserialize)]
pub struct SignInForm {
    handle: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub async fn sign_in(
    State(services): State<Arc<Services>>,
    Visitor(before): Visitor,
    headers: HeaderMap,
    Form(form): Form<SignInForm>,
) -> Response {
    let wish = SignIn { handle: form.handle.clone(), password: form.password };
    match services.sign_in(wish).await {
        Ok((_, token)) => {
            services.replace(before).await;
            let cookie = cookie_for(&token, &headers);
            ([(SET_COOKIE, cookie)], Redirect::to(within(&form.next))).into_response()
        }
        Err(refusal) => back("/sign-in", &refusal, [("handle", form.handle), ("next", form.next)]),
    }
}

pub async fn sign_out(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if let Some(caller) = caller {
        services.sign_out(&caller.session).await?;
    }
    Ok(([(SET_COOKIE, cookie_away(&headers))], Redirect::to("/sign-in")).into_response())
}

#[derive(Deserialize)]
pub struct Named {
    name: String,
}

pub async fn create_space(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Form(Named { name }): Form<Named>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first("/") };
    let made = match Name::parse(&name) {
        Ok(name) => services.found_space(&caller.actor, name).await,
        Err(out_of_bounds) => Err(out_of_bounds.into()),
    };
    match made {
        Ok(space) => Redirect::to(&format!("/spaces/{}", space.id)).into_response(),
        Err(refusal) => back("/", &refusal, []),
    }
}

pub async fn change_me(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Form(Named { name }): Form<Named>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first("/") };
    let changed = match Name::parse(&name) {
        Ok(name) => {
            let patch = BeingPatch { name: Some(name), ..BeingPatch::default() };
            services.store.change_being(&caller.actor, &caller.actor.id, patch).await
        }
        Err(out_of_bounds) => Err(out_of_bounds.into()),
    };
    match changed {
        Ok(_) => Redirect::to("/").into_response(),
        Err(refusal) => back("/", &refusal, []),
    }
}

pub async fn accept_invite(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids(token): Ids<String>,
) -> Response {
    // What is no token cannot stand in an address that we send somebody to.
    if !token.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return back("/", &Refusal::UnknownInvite, []);
    }
    let Some(caller) = caller else { return sign_in_first(&format!("/invites/{token}")) };
    match services.store.accept_invite(&caller.actor, Token::presented(&token).hash()).await {
        Ok(space) => Redirect::to(&format!("/spaces/{}", space.id)).into_response(),
        Err(refusal) => back(&format!("/invites/{token}"), &refusal, []),
    }
}

/// The session has ended; after signing in, it goes on here.
pub(crate) fn sign_in_first(next: &str) -> Response {
    let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
    Redirect::to(&format!("/sign-in?{query}")).into_response()
}

/// Back to the form, with the code of what went wrong, and what was filled in but the password.
fn back(
    path: &str,
    refusal: &Refusal,
    kept: impl IntoIterator<Item = (&'static str, String)>,
) -> Response {
    let problem = match refusal {
        Refusal::OutOfBounds(out_of_bounds) => out_of_bounds.field,
        refusal => refusal.code(),
    };
    let query: Vec<_> = [("problem", problem.to_owned())].into_iter().chain(kept).collect();
    let query = serde_urlencoded::to_string(query).unwrap_or_default();
    Redirect::to(&format!("{path}?{query}")).into_response()
}

/// A path of this site, and nothing that a browser would take for another one.
fn within(next: &str) -> &str {
    let is_local = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\'])
        && !next.chars().any(char::is_control);
    if is_local { next } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::within;

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
            assert_eq!(within(next), path, "{next:?}");
        }
    }
}
