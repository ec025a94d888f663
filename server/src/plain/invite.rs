//! `/invites/{token}`: the page behind an invite link.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use leptos::{either::Either, prelude::*};

use super::{Returned, card, explained, sorry};
use crate::{
    chance::Token,
    json::{Ids, Query},
    services::Services,
    session::Visitor,
};

pub async fn show(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids(token): Ids<String>,
    Query(returned): Query<Returned>,
) -> Response {
    let store = &services.store;
    let known = async {
        let space = store.invited_to(&Token::presented(&token).hash()).await?;
        let me = match caller {
            Some(caller) => store.being(&caller.actor.id).await?,
            None => None,
        };
        Ok((space, me))
    };
    let (space, me) = match known.await {
        Ok(known) => known,
        Err(refusal) => return sorry(&services.site.assets, &refusal),
    };
    let title = format!("Join {}", space.name);
    let body = view! {
        {explained(&returned)}
        {match me {
            Some(me) => Either::Left(view! {
                <p class="hint">"You are signed in as "<strong>{me.name}</strong>"."</p>
                <form method="post" action=format!("/invites/{token}")>
                    <button class="primary">{title.clone()}</button>
                </form>
            }),
            None => Either::Right(view! {
                <p class="hint">"You have been invited to talk here."</p>
                <p class="choices">
                    <a class="button primary" href=format!("/sign-up?invite={token}")>"Create an account"</a>
                    <a class="button" href=format!("/sign-in?next=/invites/{token}")>"Sign in"</a>
                </p>
            }),
        }}
    };
    card(&services.site.assets, StatusCode::OK, &title, body)
}
