//! The browser's Markdown renderer, which `build.rs` builds. Its address holds a hash of its bytes.

use std::sync::LazyLock;

use axum::{
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY},
    },
    response::{IntoResponse, Response},
};

use crate::domain::token::sha256;

const WASM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/markdown.wasm"));
const COMPRESSED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/markdown.wasm.br"));

pub static PATH: LazyLock<String> =
    LazyLock::new(|| format!("/markdown.{}.wasm", &sha256(WASM)[..16]));

pub async fn show(headers: HeaderMap) -> Response {
    let is_brotli =
        |encoding: &str| encoding.split(';').next().is_some_and(|name| name.trim() == "br");
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let takes_brotli = accepted.is_some_and(|accepted| accepted.split(',').any(is_brotli));
    let mut response = if takes_brotli { COMPRESSED } else { WASM }.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/wasm"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let for_ever = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(CACHE_CONTROL, for_ever);
    if takes_brotli {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}
