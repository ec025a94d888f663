//! `/shell`: the page of a space without anybody's data. A device keeps it, to show what it has stored
//! when there is no network.

use std::sync::Arc;

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY},
    },
    response::Response,
};

use super::space;
use crate::app_state::AppState;

pub async fn show(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let mut response = space::render(state, None, request).await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"));
    response
}

/// The policy and the bytes that [`show`] answers, without the nonce, which differs each time.
pub async fn without_nonce(state: Arc<AppState>) -> String {
    let (head, body) = show(State(state), Request::default()).await.into_parts();
    let policy = head.headers.get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let text = policy.unwrap_or_default().to_owned() + &String::from_utf8_lossy(&body);
    let nonce = text.split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next());
    nonce.map(|nonce| text.replace(nonce, "")).unwrap_or(text)
}
