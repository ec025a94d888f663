//! `/spaces/{space}/history?before=…`: a page of earlier messages, for a browser without script. With one,
//! the page of the space loads them.

use std::sync::Arc;

use app::ui::Avatar;
use axum::{extract::State, response::Response};
use leptos::prelude::*;
use protocol::{
    Being, HistoryPage, Intention, MessageId, SpaceId, SpaceSync, limits::PAGE_DEFAULT_MESSAGES,
};
use serde::Deserialize;

use super::{document::sheet, sign_in_first};
use crate::{
    app_state::AppState,
    domain::refusal::Refusal,
    http::{
        auth::Visitor,
        extract::{Path, Query},
        markdown::render,
    },
    store::Window,
};

#[derive(Deserialize)]
pub struct Before {
    before: MessageId,
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<SpaceId>,
    Query(Before { before }): Query<Before>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&before_message(&space, before))) };
    let (store, me) = (&state.store, &caller.being);
    let (_, sync) = store.sync(&space).await?.for_being(store.as_ref(), me).await?;
    let page = store.history(&space, Window::Before(before), PAGE_DEFAULT_MESSAGES).await?;
    let page = page.for_being(store.as_ref(), me).await?;
    // The components of the app hold signals, which need an owner.
    let document = || sheet(&state.site.assets, None, &sync.space.name, body(&space, &sync, page));
    Ok(Owner::new().with(document))
}

/// The address of the messages before one.
pub(super) fn before_message(space: &SpaceId, message: MessageId) -> String {
    format!("/spaces/{space}/history?before={message}")
}

fn body(space: &SpaceId, sync: &SpaceSync, page: HistoryPage) -> impl IntoView + use<> {
    let first = page.intentions.first().map(|first| first.message_id);
    let earlier = first.filter(|_| page.has_earlier).map(|first| before_message(space, first));
    let rows = page.intentions.into_iter().map(|row| {
        let author = sync.beings.iter().find(|being| being.id == row.owner_id).cloned();
        let html = render(&row.content, &|id| sync.beings.iter().any(|being| being.id == *id));
        message(author, row, html).into_any()
    });
    view! {
        <p><a href=format!("/spaces/{space}")>{format!("← {}", sync.space.name)}</a></p>
        <h1>"Earlier messages"</h1>
        {earlier.map(|earlier| view! { <p><a href=earlier>"Earlier still"</a></p> })}
        <div>{rows.collect_view()}</div>
    }
}

fn message(author: Option<Being>, row: Intention, html: String) -> impl IntoView + use<> {
    let handle = row.owner_id.to_string();
    let name = author.as_ref().map(|author| author.name.clone());
    // `2026-11-23 04:25`: the server does not know the reader's time zone.
    let at = row.created_at.as_str().get(..16).unwrap_or_default().replace('T', " ");
    view! {
        <article class="message" id=row.message_id.to_string()>
            <Avatar being=Signal::stored(author)/>
            <p class="meta">
                <span class="author">{name}</span>
                <span class="handle">{handle}</span>
                <time datetime=row.created_at.as_str().to_owned()>{format!("{at} UTC")}</time>
            </p>
            <div class="content" inner_html=html></div>
        </article>
    }
}
