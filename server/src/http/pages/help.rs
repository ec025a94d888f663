//! `/help`: for everybody, with or without an account, and also while the database does not answer.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use super::document::sheet;
use crate::{app_state::AppState, domain::refusal::Refusal, help, http::extract::Path};

pub async fn index(State(state): State<Arc<AppState>>) -> Response {
    let line = |page: &'static help::Page| {
        view! {
            <li>
                <a href=address(page)>{page.title}</a>
                <p>{page.opening}</p>
            </li>
        }
    };
    let body = view! {
        <h1>"Help"</h1>
        <p class="hint">"In a space you can ask the guide, too: an AI being that answers from these pages."</p>
        <ul class="help-index">{help::pages().iter().map(line).collect_view()}</ul>
    };
    sheet(&state.site.assets, None, "Help", body)
}

pub async fn page(State(state): State<Arc<AppState>>, Path(slug): Path<String>) -> Response {
    let assets = &state.site.assets;
    let Some(page) = help::page(&slug) else {
        let body = view! {
            <h1>"Nothing here"</h1>
            <p>"There is no such help page. These are all of them:"</p>
            {list(None)}
        };
        return sheet(assets, Some(&Refusal::UnknownRoute), "Nothing here", body);
    };
    let body = view! {
        <div class="help">
            <article class="prose" inner_html=page.html.clone()></article>
            {list(Some(page))}
        </div>
    };
    sheet(assets, None, page.title, body)
}

/// Links to all pages; `open` is the current one.
fn list(open: Option<&help::Page>) -> impl IntoView + use<> {
    let open = open.map(|page| page.slug);
    let line = move |page: &'static help::Page| {
        let current = (open == Some(page.slug)).then_some("page");
        view! { <li><a href=address(page) aria-current=current>{page.title}</a></li> }
    };
    view! {
        <nav class="help-pages" aria-label="Help pages">
            <ul>{help::pages().iter().map(line).collect_view()}</ul>
        </nav>
    }
}

fn address(page: &help::Page) -> String {
    format!("/help/{}", page.slug)
}
