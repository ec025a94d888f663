//! `/invites/{token}`: the page of an invite link.

use std::sync::Arc;

use app::shell::isolated;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::{either::Either, prelude::*};

use super::{
    document::{card, problem},
    sign_in_first,
};
use crate::{
    app_state::AppState,
    domain::{command::AcceptInvite, refusal::Refusal, token::Token},
    http::{
        auth::{Caller, Visitor},
        extract::Path,
    },
    store::Execute,
};

pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(token): Path<String>,
) -> Result<Response, Refusal> {
    page(&state, caller.as_ref(), &token, None).await
}

pub async fn accept(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(token): Path<String>,
) -> Result<Response, Refusal> {
    // Any other text is no token, and must not get into the address of a redirect.
    if !token.bytes().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Refusal::UnknownInvite);
    }
    let Some(caller) = caller else { return Ok(sign_in_first(&format!("/invites/{token}"))) };
    let accept = AcceptInvite { by: caller.being.clone(), token: Token::presented(&token).hash() };
    match state.store.execute(accept).await {
        Ok(space) => Ok(Redirect::to(&format!("/spaces/{}", space.id)).into_response()),
        Err(refusal) => page(&state, Some(&caller), &token, Some(refusal)).await,
    }
}

async fn page(
    state: &AppState,
    caller: Option<&Caller>,
    token: &str,
    refusal: Option<Refusal>,
) -> Result<Response, Refusal> {
    let space = state.store.invited_to(&Token::presented(token).hash()).await?;
    let me = match caller {
        Some(caller) => state.store.being(&caller.being).await?,
        None => None,
    };
    let title = format!("Join {}", isolated(&space.name));
    let body = view! {
        {problem(refusal.as_ref())}
        {match me {
            Some(me) => Either::Left(view! {
                <p class="hint">"You are signed in as "<strong><bdi>{me.name}</bdi></strong>"."</p>
                <form method="post" action=format!("/invites/{token}")>
                    <button class="primary">{title.clone()}</button>
                </form>
            }),
            None => Either::Right(view! {
                <p class="hint">"You have been invited to this space."</p>
                <p class="choices">
                    <a class="button primary" href=format!("/sign-up?invite={token}")>"Create an account"</a>
                    <a class="button" href=format!("/sign-in?next=/invites/{token}")>"Sign in"</a>
                </p>
            }),
        }}
    };
    Ok(card(&state.site.assets, refusal.as_ref(), &title, body))
}
