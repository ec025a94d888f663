//! The built site: hashed assets that never change, and files that may.

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

use crate::refusal::Refusal;

/// The folder of the assets within the site, as in `Leptos.toml`.
const PKG: &str = "pkg";

#[derive(Debug, Clone)]
pub struct Site {
    root: PathBuf,
    pub assets: Assets,
    /// Set while `cargo leptos watch` runs us.
    pub reload: Option<LeptosOptions>,
}

impl Site {
    /// Looks at what was built, once.
    pub fn open(root: &Path, reload: Option<LeptosOptions>) -> io::Result<Self> {
        let named = |extension| newest(&root.join(PKG), extension);
        let assets = Assets { js: named("js")?, wasm: named("wasm")?, css: named("css")? };
        Ok(Self { root: root.to_owned(), assets, reload })
    }

    /// A site without files, for tests that look at the API only.
    pub fn absent() -> Self {
        let name = |extension| format!("/{PKG}/rhizome.{extension}");
        let assets = Assets { js: name("js"), wasm: name("wasm"), css: name("css") };
        Self { root: PathBuf::from("/nonexistent"), assets, reload: None }
    }
}

/// The newest file of a kind: an older build's may lie beside it, for pages that still use them.
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

/// Everything that is no route: the files of the site.
pub fn files(site: &Site) -> Router {
    let is_production = site.reload.is_none();
    let caching = move |for_files: &'static str| {
        SetResponseHeaderLayer::overriding(CACHE_CONTROL, move |response: &Response| {
            // Or a part of one, or that it is the same still.
            let is_file = matches!(response.status().as_u16(), 200 | 206 | 304);
            let value = if is_file && is_production { for_files } else { "no-cache" };
            Some(HeaderValue::from_static(value))
        })
    };
    // A cache on the way must not give what was made for one to who cannot read it.
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
        // A folder is nothing to look at, and no reason to send anybody elsewhere.
        .append_index_html_on_directories(false)
        .fallback(nothing.with_state(()));
    any_service(service_fn(move |request| {
        let mut files = files.clone();
        async move {
            let answer = match files.try_call(request).await {
                Ok(answer) => answer.map(Body::new),
                // No file has such a name: it is too long, or holds a NUL.
                Err(error) if is_about_its_name(&error) => Refusal::UnknownRoute.into_response(),
                Err(error) => {
                    tracing::error!(%error, "a file of the site cannot be read");
                    Refusal::Unavailable.into_response()
                }
            };
            Ok::<_, Infallible>(answer)
        }
    }))
}

fn is_about_its_name(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidFilename | io::ErrorKind::InvalidInput)
}
