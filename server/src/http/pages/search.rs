//! `/search`: what was said in the caller's spaces, newest first.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use axum::{extract::State, response::Response};
use leptos::prelude::*;
use protocol::{
    BeingId, OutOfBounds, SearchAnswer, SearchHit, SpaceId, SpaceListing,
    limits::SEARCH_MAX_CHARACTERS,
};
use serde::{Deserialize, Serialize};

use super::{
    FormState,
    document::{device_script, problem, search_script, sheet, with_script},
    sign_in_first,
};
use crate::{
    app_state::AppState,
    domain::refusal::Refusal,
    http::{
        api::search::position,
        auth::{Caller, Visitor},
        extract::Query,
    },
    search::{Piece, Query as Words, as_read, excerpt},
    store,
};

const RESULTS: usize = 20;

/// The fields of the form, and where the page begins. What is empty was not filled in.
#[derive(Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Fields {
    #[serde(skip_serializing_if = "String::is_empty")]
    q: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    space: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    before: String,
}

/// What was found, and the names of those who said it.
struct Results {
    query: Words,
    answer: SearchAnswer,
    authors: BTreeMap<BeingId, String>,
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Query(fields): Query<Fields>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&address(&fields))) };
    let spaces = state.store.spaces_of(&caller.being).await?;
    let found = match fields.q.trim().is_empty() {
        true => Ok(None),
        false => search(&state, &caller, &fields).await.map(Some),
    };
    let (results, form) = match found {
        Ok(results) => (results, FormState::new(fields)),
        Err(Refusal::Unavailable) => return Err(Refusal::Unavailable),
        Err(refusal) => (None, FormState::refused(fields, refusal)),
    };
    let refusal = form.refusal.clone();
    let body = view! {
        {page(form, &spaces, results)}
        {device_script(&state.site)}
        {search_script(&state.site)}
    };
    Ok(with_script(sheet(&state.site.assets, refusal.as_ref(), "Search", body)))
}

async fn search(state: &AppState, caller: &Caller, fields: &Fields) -> Result<Results, Refusal> {
    let filled = |text: &'_ str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let space = filled(&fields.space).map(|space| space.parse().map_err(|_| Refusal::UnknownSpace));
    let by = filled(&fields.by).map(|by| {
        let wrong = |_| OutOfBounds::new("by", "is not a handle like @ada");
        BeingId::from_handle(&by).map_err(wrong)
    });
    let search = store::Search {
        being: caller.being.clone(),
        query: fields.q.parse()?,
        space: space.transpose()?,
        author: by.transpose()?,
        before: filled(&fields.before).map(|before| position(&before)).transpose()?,
        limit: RESULTS,
    };
    let answer = state.search(&search).await?;
    let authors: BTreeSet<_> = answer.hits.iter().map(|hit| &hit.intention.owner_id).collect();
    let authors = match authors.is_empty() {
        true => BTreeMap::new(),
        false => state.store.names(&Vec::from_iter(authors)).await?,
    };
    Ok(Results { query: search.query, answer, authors })
}

/// The address of a search.
fn address(fields: &Fields) -> String {
    format!("/search?{}", serde_urlencoded::to_string(fields).unwrap_or_default())
}

fn page(
    FormState { fields, refusal }: FormState<Fields>,
    spaces: &[SpaceListing],
    results: Option<Results>,
) -> impl IntoView + use<> {
    let back = spaces.iter().find(|of| of.space.id.as_str() == fields.space);
    let back = back.map_or_else(
        || view! { <p><a href="/">"← My spaces"</a></p> }.into_any(),
        |of| {
            let href = format!("/spaces/{}", of.space.id);
            view! { <p><a href=href>"← "<bdi>{of.space.name.clone()}</bdi></a></p> }.into_any()
        },
    );
    let options = spaces.iter().map(|of| {
        let id = of.space.id.to_string();
        let is_chosen = id == fields.space;
        view! { <option value=id selected=is_chosen>{of.space.name.clone()}</option> }
    });
    let options = options.collect_view();
    let results = results.map(|results| found(&fields, spaces, results).into_any());
    // Who comes to search begins to type; who has found something reads on.
    let is_new = results.is_none();
    let max = SEARCH_MAX_CHARACTERS.to_string();
    view! {
        {back}
        <h1>"Search"</h1>
        {problem(refusal.as_ref())}
        <form class="search" method="get" action="/search" role="search">
            <label>"Words"<input type="search" name="q" value=fields.q required maxlength=max autofocus=is_new autocomplete="off" enterkeyhint="search"/></label>
            <label>"Space"<select name="space"><option value="">"All my spaces"</option>{options}</select></label>
            <label>"From (optional)"<input name="by" value=fields.by placeholder="@ada" autocomplete="off" autocapitalize="none" spellcheck="false"/></label>
            <button class="primary">"Search"</button>
        </form>
        {results.unwrap_or_else(|| view! {
            <p class="hint">"All words have to occur, and the last may be the beginning of one. \"Words in quotation marks\" have to stand in a row."</p>
            <p class="hint" id="keys" hidden>"The keys / and Ctrl+K (⌘K) open this page from a space. "<button class="plain">"Turn off the key /"</button></p>
        }.into_any())}
    }
}

fn found(fields: &Fields, spaces: &[SpaceListing], results: Results) -> impl IntoView + use<> {
    let Results { query, answer: SearchAnswer { hits, next }, authors } = results;
    let is_first = fields.before.is_empty();
    let nothing = hits.is_empty().then_some(match (&next, is_first) {
        (Some(_), _) => "Nothing so far. Older messages are not searched yet.",
        (None, true) => "Nothing was found. Try fewer words, or only the beginning of one.",
        (None, false) => "Nothing older was found.",
    });
    let older = next.map(|before| address(&Fields { before, ..fields.clone() }));
    let names: BTreeMap<SpaceId, String> = spaces
        .iter()
        .map(|of| (SpaceId::from(of.space.id.clone()), of.space.name.clone()))
        .collect();
    let hits = hits.into_iter().map(|hit| {
        let space = names.get(&hit.space_id).cloned();
        let author = authors.get(&hit.intention.owner_id).cloned();
        line(hit, &query, space, author).into_any()
    });
    view! {
        <h2 class="visually-hidden">"Results"</h2>
        {nothing.map(|words| view! { <p role="status">{words}</p> })}
        <ol class="hits">{hits.collect_view()}</ol>
        {older.map(|older| view! { <p><a class="button" href=older>"Older results"</a></p> })}
    }
}

fn line(
    hit: SearchHit,
    query: &Words,
    space: Option<String>,
    author: Option<String>,
) -> impl IntoView + use<> {
    let SearchHit { space_id, intention, matches } = hit;
    let href = format!("/spaces/{space_id}?at={}", intention.message_id);
    let space = space.unwrap_or_else(|| space_id.to_string());
    let author = author.unwrap_or_else(|| intention.owner_id.to_string());
    // `2026-11-23 04:25`: the server does not know the reader's time zone.
    let at = intention.created_at.as_str().get(..16).unwrap_or_default().replace('T', " ");
    let (text, matches) = as_read(&intention.content, query, matches);
    let (is_cut_before, pieces, is_cut_behind) = excerpt(&text, &matches);
    let pieces = pieces.into_iter().map(|Piece { text, is_match }| match is_match {
        true => view! { <mark>{text.to_owned()}</mark> }.into_any(),
        false => view! { <span>{text.to_owned()}</span> }.into_any(),
    });
    view! {
        <li>
            <a href=href>
                <span class="meta">
                    <bdi class="author" translate="no">{author}</bdi>
                    <bdi class="handle" translate="no">{space}</bdi>
                    <time datetime=intention.created_at.as_str().to_owned()>{format!("{at} UTC")}</time>
                </span>
                <span class="excerpt" dir="auto">
                    {is_cut_before.then_some("…")}{pieces.collect_view()}{is_cut_behind.then_some("…")}
                </span>
            </a>
        </li>
    }
}
