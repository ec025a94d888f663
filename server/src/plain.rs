//! Pages that need no script: whole documents that only the server renders. A browser fetches a
//! sheet of style for them, and nothing that runs; nothing on them is reactive.

pub mod beings;
pub mod help;
pub mod providers;

use app::shell::{Assets, head};
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{Html, IntoResponse, Response},
};
use leptos::prelude::*;

use crate::refusal::Refusal;

/// Stricter than where the app runs: nothing is allowed but to look, and to post our own forms.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// `body` is what stands in its `<main>`, from the `<h1>` on.
pub fn page(assets: &Assets, status: StatusCode, title: &str, body: impl IntoView) -> Response {
    let html = Owner::new().with(|| document(assets.css.clone(), title, body).to_html());
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    // Such a page may show what one person may see, at one moment.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

/// What was wrong with the form that was posted, in the refusal's own words.
pub(super) fn problem(refusal: Option<&Refusal>) -> impl IntoView + use<> {
    refusal.map(|refusal| view! { <p class="problem" role="alert">{refusal.to_string()}</p> })
}

/// A text as it has to be put into a `<textarea>`: what stands in one Leptos writes as it is.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn document(css: String, title: &str, body: impl IntoView) -> impl IntoView {
    let title = escaped(&format!("{title} · Rhizome"));
    // As its inner HTML: the marks that Leptos puts behind a child would be read as text.
    let title = view! { <title inner_html=title></title> };
    view! {
        <!DOCTYPE html>
        <html lang="en">
            {head(css, title)}
            <body>
                <header class="sheet-header">
                    <p class="brand"><a href="/">"Rhizome"</a></p>
                    <a href="/help">"Help"</a>
                </header>
                <main class="sheet">{body}</main>
            </body>
        </html>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_stays_text_wherever_it_stands() {
        const WRITTEN: &str = "</title></textarea><form action=\"/sign-out\">'\"&lt;";
        let body = view! {
            <p>{WRITTEN.to_owned()}</p>
            <input value=WRITTEN.to_owned()/>
            <select><option value=WRITTEN.to_owned()>{WRITTEN.to_owned()}</option></select>
            <textarea>{escaped(WRITTEN)}</textarea>
        };
        let html = Owner::new().with(|| document("/x.css".into(), WRITTEN, body).to_html());
        assert!(!html.contains("<form"), "{html}");
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
        assert!(title.is_some_and(|title| title.ends_with("&amp;lt; · Rhizome")), "{html}");
        let area =
            html.split("<textarea>").nth(1).and_then(|rest| rest.split("</textarea>").next());
        let area = area.map(|area| area.replace("&lt;", "<").replace("&amp;", "&"));
        assert_eq!(area.as_deref(), Some(WRITTEN), "{html}");
    }

    #[test]
    fn leptos_writes_what_stands_in_a_textarea_as_it_is() {
        let html = Owner::new().with(|| {
            let written = "<b>&amp;".to_owned();
            view! { <textarea name="x">{written}</textarea> }.to_html()
        });
        assert_eq!(html, "<textarea name=\"x\"><b>&amp;</textarea>");
    }
}
