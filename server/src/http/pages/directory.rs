//! `/directory`: the open spaces, to find one and to join it.

use std::sync::Arc;

use app::ui::Avatar;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::{either::Either, prelude::*};
use protocol::{DirectoryEntry, DirectoryPage, SpaceId, limits::NAME_MAX_CHARACTERS};
use serde::Deserialize;

use super::{
    document::{problem, sheet},
    sign_in_first,
};
use crate::{
    app_state::AppState,
    domain::{command::JoinSpace, refusal::Refusal},
    http::{
        auth::Visitor,
        extract::{Path, Query},
    },
    store::Execute,
};

const PATH: &str = "/directory";

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    after: Option<SpaceId>,
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Query(Wanted { q, after }): Query<Wanted>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(PATH)) };
    let (page, refusal) = match state.directory(&caller.being, &q, after.as_ref()).await {
        Ok(page) => (page, None),
        Err(refusal @ Refusal::OutOfBounds(_)) => {
            (DirectoryPage { spaces: vec![], next: None }, Some(refusal))
        }
        Err(refusal) => return Err(refusal),
    };
    // The components of the app hold signals, which need an owner.
    let document = || {
        let body = body(&q, page, refusal.as_ref());
        sheet(&state.site.assets, refusal.as_ref(), "Open spaces", body)
    };
    Ok(Owner::new().with(document))
}

/// `POST /spaces/{space}/join`
pub async fn join(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<SpaceId>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(PATH)) };
    let join = JoinSpace { by: caller.being, space: space.clone() };
    state.store.execute(join).await?;
    Ok(Redirect::to(&format!("/spaces/{space}")).into_response())
}

fn body(q: &str, page: DirectoryPage, refusal: Option<&Refusal>) -> impl IntoView + use<> {
    let DirectoryPage { spaces, next } = page;
    let nothing = spaces.is_empty().then(|| match (q.is_empty(), next.is_some()) {
        (true, _) => "No space is open yet. Who looks after a space can open it in its settings.",
        (false, true) => "None of these. There are more.",
        (false, false) => "No open space is called that.",
    });
    let more = next.map(|after| {
        let after = after.to_string();
        serde_urlencoded::to_string([("q", q), ("after", &after)]).unwrap_or_default()
    });
    view! {
        <p><a href="/">"← My spaces"</a></p>
        <h1>"Open spaces"</h1>
        <p class="hint">"Everybody who has an account on this server finds these, and may join."</p>
        {problem(refusal)}
        <form class="inline" role="search" method="get" action=PATH>
            <label>"Find a space"<input type="search" name="q" value=q.to_owned() maxlength=NAME_MAX_CHARACTERS.to_string()/></label>
            <button>"Find"</button>
        </form>
        {nothing.map(|words| view! { <p class="hint">{words}</p> })}
        <ul class="directory">{spaces.into_iter().map(row).collect_view()}</ul>
        {more.map(|query| view! { <p><a href=format!("{PATH}?{query}")>"More"</a></p> })}
    }
}

fn row(DirectoryEntry { space, topic, joined }: DirectoryEntry) -> impl IntoView + use<> {
    let (name, path) = (space.name.clone(), format!("/spaces/{}", space.id));
    let label = format!("{} {name}", if joined { "Open" } else { "Join" });
    let id = space.id.to_string();
    view! {
        <li>
            <Avatar being=Signal::stored(Some(space))/>
            <span class="who" translate="no">
                <bdi class="name">{name}</bdi>
                <span class="handle">{id}</span>
            </span>
            {if joined {
                Either::Left(view! { <a class="button" href=path aria-label=label>"Open"</a> })
            } else {
                Either::Right(view! {
                    <form method="post" action=format!("{path}/join")><button class="primary" aria-label=label>"Join"</button></form>
                })
            }}
            {(!topic.is_empty()).then(|| view! { <p class="hint" dir="auto">{topic}</p> })}
        </li>
    }
}
