//! The document around the app, and what other documents share with it. Only the server renders
//! them.

use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};

use crate::{backend::Visit, ui::App};

/// Where the built files are, as paths from the root of the site. Their names carry a hash of what
/// is in them, so they are read once, at the start, and cached for ever by browsers.
#[derive(Debug, Clone)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// The page of a space, or, without a visit, one that is nobody's and finds what to show on the device.
/// `script` is where the script is that looks after the device. `reload` is what `cargo leptos watch`
/// reloads the page by; none in production.
pub fn shell(
    assets: Assets,
    script: &'static str,
    reload: Option<LeptosOptions>,
    visit: Option<Visit>,
) -> impl IntoView {
    let start = format!(
        "import('{}').then(app => app.default({{module_or_path: '{}'}}).then(() => app.hydrate()))\
         .catch(tell);{TELL}",
        assets.js, assets.wasm
    );
    let about = visit.as_ref().map(|visit| visit.sync.space.name.clone()).unwrap_or_default();
    // Nothing in it can end the element that it stands in.
    let json = |visit| serde_json::to_string(visit).unwrap_or_default().replace('<', "\\u003c");
    let json = visit.as_ref().map(json);
    // What is built anew all the time is not kept on any device.
    let is_kept = reload.is_none();
    let app = view! {
        <title inner_html=escaped(&title(&about))></title>
        <link rel="modulepreload" href=assets.js/>
        <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        {json.map(|json| view! { <script type="application/json" id=VISIT inner_html=json></script> })}
        <script type="module" nonce=use_nonce()>{start}</script>
        {is_kept.then(|| view! { <script type="module" src=script></script> })}
        {reload.map(|options| view! { <AutoReload options/> })}
    };
    view! {
        <!DOCTYPE html>
        <html lang="en">
            {head(assets.css, app)}
            <body>
                {visit.map(|visit| view! { <App visit/> })}
            </body>
        </html>
    }
}

/// What did not arrive cannot say so itself; what broke down as it began has said it.
const TELL: &str = "
function tell(error) {
  if (!document.querySelector('.broken')) {
    const sign = document.createElement('p');
    sign.className = 'broken';
    sign.setAttribute('role', 'alert');
    const link = document.createElement('a');
    link.href = '';
    link.textContent = 'Reload';
    sign.append('Part of this page did not arrive. ', link);
    document.body.append(sign);
  }
  throw error;
}";

/// Where in the page its [`Visit`] stands.
pub const VISIT: &str = "visit";

/// The title of a document about something.
pub fn title(about: &str) -> String {
    if about.is_empty() { "Rhizome".into() } else { format!("{about} · Rhizome") }
}

/// A text as it has to be put into a `<title>` or a `<textarea>`: what stands in one Leptos writes as
/// it is, or with marks of its own.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The head of every document, with scripts or without: of itself it brings nothing that runs.
pub fn head(css: String, more: impl IntoView) -> impl IntoView {
    view! {
        <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"/>
            <meta name="description" content="A place where people and AI beings talk, and no message is ever missed."/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="theme-color" content="#f7f6f2" media="(prefers-color-scheme: light)"/>
            <meta name="theme-color" content="#171a18" media="(prefers-color-scheme: dark)"/>
            <link rel="stylesheet" href=css/>
            <link rel="icon" href="/icon.svg" type="image/svg+xml"/>
            <link rel="apple-touch-icon" href="/icon-192.png"/>
            <link rel="manifest" href="/manifest.webmanifest"/>
            {more}
        </head>
    }
}
