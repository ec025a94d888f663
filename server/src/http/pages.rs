//! Pages for people: one file per page, with its GET and its POST. A form that is refused is answered
//! in one way: the page again, with the reason and with what was typed, except for passwords and keys.
//! The pages need no script; where a member comes and goes, a small one manages the device.

pub mod app_shell;
pub mod beings;
pub mod direct;
pub mod directory;
pub mod document;
pub mod help;
pub mod history;
pub mod home;
pub mod invite;
pub mod providers;
pub mod search;
pub mod sign_in;
pub mod sign_up;
pub mod space;
pub mod space_settings;
pub mod style;

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::header::ALLOW,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{app_state::AppState, domain::refusal::Refusal};

/// The fields of a form, and why it was refused if it was.
pub struct FormState<Fields> {
    pub fields: Fields,
    pub refusal: Option<Refusal>,
}

impl<Fields> FormState<Fields> {
    pub fn new(fields: Fields) -> Self {
        Self { fields, refusal: None }
    }

    pub fn refused(fields: Fields, refusal: Refusal) -> Self {
        Self { fields, refusal: Some(refusal) }
    }
}

/// Renders the refusals of requests for a page as pages, whatever layer refused them.
pub async fn render_refusals(
    State(state): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let is_of_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Refusal>() {
        Some(refusal) if !is_of_api => {
            let mut page = document::error_page(&state.site.assets, &refusal);
            let allowed = response.headers_mut().remove(ALLOW);
            page.headers_mut().extend(allowed.map(|allowed| (ALLOW, allowed)));
            page
        }
        _ => response,
    }
}

/// Redirects to the sign-in page, which leads on to `next`.
fn sign_in_first(next: &str) -> Response {
    let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
    Redirect::to(&format!("/sign-in?{query}")).into_response()
}
