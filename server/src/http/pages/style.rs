//! `GET /pages.css`: what only pages without script have of style. A space does not load it.

use std::sync::LazyLock;

use axum::{
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

use crate::domain::token::sha256;

pub const PATH: &str = "/pages.css";

const SOURCE: &str = include_str!("../../../static/pages.css");

/// The address with a hash of the content, so that a browser may keep it for ever.
pub static ADDRESS: LazyLock<String> =
    LazyLock::new(|| format!("{PATH}?{}", &sha256(SOURCE.as_bytes())[..16]));

pub async fn show() -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    (headers, SOURCE).into_response()
}
