//! The HTML document around the app, and the parts that other documents share with it. Only the
//! server renders them.

use std::sync::LazyLock;

use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};

use crate::ui::App;
use client::SpaceSnapshot;
use protocol::json::to_json;

/// The paths of the built files from the root of the site. Their names contain a hash of their
/// content, so the server reads them once at startup, and browsers cache them for ever.
#[derive(Debug, Clone)]
pub struct Assets {
    pub js: String,
    pub wasm: String,
    pub css: String,
    /// The Markdown renderer, which no first load waits for.
    pub markdown: String,
}

/// The page of a space; without `bootstrap`, the app shell, which belongs to nobody and finds what
/// to show on the device. `script` is the path of the script that registers the service worker.
/// `reload` makes `cargo leptos watch` reload the page; `None` in production.
pub fn shell(
    assets: Assets,
    script: &'static str,
    reload: Option<LeptosOptions>,
    bootstrap: Option<SpaceSnapshot>,
) -> impl IntoView {
    let Assets { js, wasm, markdown, .. } = &assets;
    let start = format!(
        "{}start({js:?},{wasm:?},{markdown:?},{ANCHOR:?},{COLOURS:?},{REACTIONS:?},{EMOJI:?},{ACTIONS:?},{SEARCH:?}).catch(report)",
        *SCRIPT
    );
    let subject =
        bootstrap.as_ref().map(|bootstrap| bootstrap.sync.space.name.clone()).unwrap_or_default();
    // Escaping `<` ensures that the JSON cannot end the element it is in.
    let json = |bootstrap| to_json(bootstrap).replace('<', "\\u003c");
    let json = bootstrap.as_ref().map(json);
    // A build that changes all the time is not cached on any device.
    let is_cached = reload.is_none();
    let app = view! {
        <title inner_html=escaped(&title(&subject))></title>
        <link rel="modulepreload" href=assets.js/>
        <link rel="preload" href=assets.wasm r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        {json.map(|json| view! { <script type="application/json" id=BOOTSTRAP inner_html=json></script> })}
        <script type="module" nonce=use_nonce()>{start}</script>
        {is_cached.then(|| view! { <script type="module" src=script></script> })}
        {reload.map(|options| view! { <AutoReload options/> })}
    };
    view! {
        <!DOCTYPE html>
        <html lang="en">
            {head(assets.css, app)}
            <body>
                <div id=ROOT>{bootstrap.map(|bootstrap| view! { <App bootstrap/> })}</div>
            </body>
        </html>
    }
}

/// What starts the app in its page, without its comments. It is in the page because nothing can
/// be used until it has run.
static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let lines = [include_str!("shell/foreign.js"), include_str!("shell/start.js")].map(str::lines);
    let lines = lines.into_iter().flatten().map(str::trim_start);
    let is_code = |line: &&str| !line.is_empty() && !line.starts_with("//");
    lines.filter(is_code).flat_map(|line| [line, "\n"]).collect()
});

/// The path of the script that a browser without scroll anchoring loads.
pub const ANCHOR: &str = "/anchor.js";

/// The path of the script that colours code, which no first load waits for.
pub const COLOURS: &str = "/colours.js";

/// The path of the script that shows the palette of reactions, once somebody wants to react.
pub const REACTIONS: &str = "/reactions.js";

/// The path of the list of all emojis, once somebody wants another than those at hand.
pub const EMOJI: &str = "/emoji.js";

/// The path of the script that acts on a message by keys and by a finger.
pub const ACTIONS: &str = "/actions.js";

/// The path of the script with the keys that lead to the search, for which nobody waits.
pub const SEARCH: &str = "/search.js";

/// The id of the element that the app lives in. Others put their elements into the body.
pub const ROOT: &str = "app";

/// The id of the element that holds the page's [`SpaceSnapshot`].
pub const BOOTSTRAP: &str = "bootstrap";

/// The title of a document.
pub fn title(about: &str) -> String {
    if about.is_empty() { "Rhizome".into() } else { format!("{} · Rhizome", isolated(about)) }
}

/// A name for the middle of a plain text, such as a title or a placeholder: it has its own direction,
/// and cannot change that of the words around it. In HTML this is `<bdi>`.
pub fn isolated(name: &str) -> String {
    const FIRST_STRONG_ISOLATE: char = '\u{2068}';
    const POP_DIRECTIONAL_ISOLATE: char = '\u{2069}';
    // Overrides, and what would end the isolate early.
    let is_control = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // The blocks of the scripts that are written from right to left.
    let is_right_to_left = |c: char| {
        matches!(
            c,
            '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}'
                | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
        )
    };
    let mut isolated = name.replace(is_control, "");
    if isolated.contains(is_right_to_left) {
        isolated.insert(0, FIRST_STRONG_ISOLATE);
        isolated.push(POP_DIRECTIONAL_ISOLATE);
    }
    isolated
}

/// Escapes a text for a `<title>` or a `<textarea>`, in which Leptos writes text unescaped or with
/// its own markers.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The head of every document, with or without scripts: by itself it adds nothing that runs.
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
            // With the cookies, which a gate in front of the server asks for.
            <link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials"/>
            {more}
        </head>
    }
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_name_in_a_title_cannot_turn_the_words_around_it() {
        for (name, expected) in [
            ("", "Rhizome"),
            ("Our kitchen", "Our kitchen · Rhizome"),
            ("Küche", "Küche · Rhizome"),
            ("مطبخ", "\u{2068}مطبخ\u{2069} · Rhizome"),
            ("a\u{202e}b\u{2069}\u{202d}c", "abc · Rhizome"),
        ] {
            assert_eq!(title(name), expected);
        }
    }
}
