//! `/direct`: begins a direct space, or opens the one that is there.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use protocol::{BeingId, limits::DIRECT_MAX_PERSONS};
use serde::Deserialize;

use super::{
    FormState,
    document::{card, problem},
    sign_in_first,
};
use crate::{
    app_state::AppState,
    domain::{command::BeginDirect, refusal::Refusal},
    http::{
        auth::Visitor,
        extract::{Form, Query},
    },
    store::Execute,
};

#[derive(Deserialize, Default)]
pub struct With {
    /// Handles, with or without their `@`, between blanks or commas.
    #[serde(default)]
    with: String,
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Query(fields): Query<With>,
) -> Response {
    match caller {
        Some(_) => page(&state, FormState::new(fields)),
        None => sign_in_first("/direct"),
    }
}

pub async fn begin(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Form(fields): Form<With>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first("/direct") };
    let begun = async {
        let with = handles(&fields.with)?;
        state.store.execute(BeginDirect { by: caller.being, with }).await
    };
    match begun.await {
        Ok(begun) => Redirect::to(&format!("/spaces/{}", begun.space.id)).into_response(),
        Err(refusal) => page(&state, FormState::refused(fields, refusal)),
    }
}

/// What is no handle is nobody's.
fn handles(text: &str) -> Result<Vec<BeingId>, Refusal> {
    let handles = text.split(|c: char| c.is_whitespace() || c == ',');
    let handles = handles.map(|handle| handle.trim_start_matches('@').to_lowercase());
    let id = |handle: String| BeingId::from_handle(&handle).map_err(|_| Refusal::UnknownBeing);
    handles.filter(|handle| !handle.is_empty()).map(id).collect()
}

fn page(state: &AppState, FormState { fields, refusal }: FormState<With>) -> Response {
    let others = DIRECT_MAX_PERSONS - 1;
    let body = view! {
        {match &refusal {
            Some(Refusal::UnknownBeing) => view! {
                <p class="problem" role="alert" data-code="unknown-being">"You share no space with somebody of that handle."</p>
            }.into_any(),
            other => problem(other.as_ref()).into_any(),
        }}
        <form method="post" action="/direct">
            <div class="field">
                <label>"Handles"<input name="with" value=fields.with required placeholder="@ben, @cyd" autocomplete="off" autocapitalize="none" spellcheck="false"/></label>
                <p class="hint">{format!("Of up to {others} people with whom you share a space. Only you and they see what is said.")}</p>
            </div>
            <button class="primary">"Message"</button>
        </form>
        <p><a href="/">"My spaces"</a></p>
    };
    card(&state.site.assets, refusal.as_ref(), "Message people", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_read_as_people_write_them() {
        for (text, expected) in [
            ("@ben", Some("@ben")),
            ("ben cyd", Some("@ben @cyd")),
            (" @Ben,\tcyd , ", Some("@ben @cyd")),
            ("", Some("")),
            ("ben!", None),
        ] {
            let found = handles(text).ok();
            let found =
                found.map(|ids| ids.iter().map(BeingId::as_str).collect::<Vec<_>>().join(" "));
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
