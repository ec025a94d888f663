//! `/help`: for everybody, also who has no account yet, and while the database does not answer.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use leptos::prelude::*;

use crate::{help, json::Ids, plain, services::Services};

pub async fn index(State(services): State<Arc<Services>>) -> Response {
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
    plain::page(&services.site.assets, StatusCode::OK, "Help", body)
}

pub async fn page(State(services): State<Arc<Services>>, Ids(slug): Ids<String>) -> Response {
    let assets = &services.site.assets;
    let Some(page) = help::page(&slug) else {
        let body = view! {
            <h1>"Nothing here"</h1>
            <p>"There is no such page. Perhaps it is one of these:"</p>
            {list(None)}
        };
        return plain::page(assets, StatusCode::NOT_FOUND, "Nothing here", body);
    };
    let body = view! {
        <div class="help">
            <article class="prose" inner_html=page.html.clone()></article>
            {list(Some(page))}
        </div>
    };
    plain::page(assets, StatusCode::OK, page.title, body)
}

/// All pages; `open` is the one that is shown.
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
