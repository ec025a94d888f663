//! The built site: assets whose names hold a hash and which never change, and other files.

use std::{
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use app::shell::Assets;
use axum::{
    Router,
    body::Body,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, VARY},
    },
    response::{IntoResponse, Response},
    routing::{MethodRouter, any_service, get},
};
use leptos::config::LeptosOptions;
use tower::{ServiceBuilder, service_fn};
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

use super::markdown_chunk;
use crate::domain::{refusal::Refusal, token::sha256};

/// The folder of the assets within the site, as in `Leptos.toml`.
const PKG: &str = "pkg";

#[derive(Debug, Clone)]
pub struct Site {
    root: PathBuf,
    pub assets: Assets,
    /// A hash of the bytes of the assets: not every build puts one into their names.
    pub hash: String,
    /// Set while `cargo leptos watch` runs us.
    pub reload: Option<LeptosOptions>,
}

impl Site {
    /// Finds and hashes the built files, once at the start.
    pub fn open(root: &Path, reload: Option<LeptosOptions>) -> io::Result<Self> {
        let named = |extension| newest(&root.join(PKG), extension);
        let assets = Assets {
            js: named("js")?,
            wasm: named("wasm")?,
            css: named("css")?,
            markdown: markdown_chunk::PATH.clone(),
        };
        let mut hash = String::new();
        for path in [&assets.js, &assets.wasm, &assets.css] {
            hash += &sha256(&fs::read(root.join(path.trim_start_matches('/')))?);
        }
        Ok(Self { root: root.to_owned(), assets, hash, reload })
    }

    /// A site without files, for tests of the API only.
    pub fn absent() -> Self {
        let name = |extension| format!("/{PKG}/rhizome.{extension}");
        let assets = Assets {
            js: name("js"),
            wasm: name("wasm"),
            css: name("css"),
            markdown: markdown_chunk::PATH.clone(),
        };
        Self { root: PathBuf::from("/nonexistent"), assets, hash: String::new(), reload: None }
    }
}

/// The newest file of a kind: those of older builds may lie beside it, for pages that still use them.
fn newest(folder: &Path, extension: &str) -> io::Result<String> {
    let mut found: Option<(SystemTime, String)> = None;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = name.starts_with("rhizome.") && name.ends_with(&format!(".{extension}"));
        let modified = entry.metadata()?.modified()?;
        if is_ours && found.as_ref().is_none_or(|(newest, _)| modified > *newest) {
            found = Some((modified, format!("/{PKG}/{name}")));
        }
    }
    let missing = || {
        let message = format!("no rhizome.*.{extension} in {}", folder.display());
        io::Error::new(io::ErrorKind::NotFound, message)
    };
    found.map(|(_, name)| name).ok_or_else(missing)
}

/// The files of the site: they answer every request that matches no route.
pub fn files(site: &Site) -> Router {
    let is_production = site.reload.is_none();
    let caching = move |for_files: &'static str| {
        SetResponseHeaderLayer::overriding(CACHE_CONTROL, move |response: &Response| {
            // 206 is a part of a file, 304 an unchanged one.
            let is_file = matches!(response.status().as_u16(), 200 | 206 | 304);
            let value = if is_file && is_production { for_files } else { "no-cache" };
            Some(HeaderValue::from_static(value))
        })
    };
    // A shared cache must not give a compressed file to a client that cannot decompress it.
    let varies =
        || SetResponseHeaderLayer::overriding(VARY, HeaderValue::from_static("accept-encoding"));
    let hashed = ServiceBuilder::new()
        .layer(varies())
        .layer(caching("public, max-age=31536000, immutable"))
        .service(folder(&site.root.join(PKG)));
    let others = ServiceBuilder::new()
        .layer(varies())
        .layer(caching("public, max-age=3600"))
        .service(folder(&site.root));
    Router::new().nest_service(&format!("/{PKG}"), hashed).fallback_service(others)
}

fn folder(path: &Path) -> MethodRouter {
    let nothing = get(async || Refusal::UnknownRoute).fallback(async || Refusal::WrongMethod);
    let files = ServeDir::new(path)
        .precompressed_br()
        .precompressed_gzip()
        .call_fallback_on_method_not_allowed(true)
        // A folder is answered with 404, not with its index and not with a redirect.
        .append_index_html_on_directories(false)
        .fallback(nothing.with_state(()));
    any_service(service_fn(move |request| {
        let mut files = files.clone();
        async move {
            let answer = match files.try_call(request).await {
                Ok(answer) => answer.map(Body::new),
                // No file can have such a name: it is too long, or holds a NUL.
                Err(error) if is_about_the_name(&error) => Refusal::UnknownRoute.into_response(),
                Err(error) => {
                    tracing::error!(%error, "cannot read a file of the site");
                    Refusal::Unavailable.into_response()
                }
            };
            Ok::<_, Infallible>(answer)
        }
    }))
}

fn is_about_the_name(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput)
}
