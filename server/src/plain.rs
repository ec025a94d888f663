//! Pages that need no script: whole documents that only the server renders; nothing on them is
//! reactive. Where one comes and goes, a small script looks after the device.

pub mod beings;
pub mod door;
pub mod help;
pub mod home;
pub mod invite;
pub mod providers;

use std::sync::Arc;

use app::{
    protocol::limits::{NAME_MAX_CHARACTERS, PASSWORD_MAX_CHARACTERS, PASSWORD_MIN_CHARACTERS},
    shell::{Assets, escaped, head, title},
};
use axum::{
    extract::{Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    device,
    refusal::Refusal,
    services::{Services, handle_form},
    site::Site,
};

/// Stricter than where the app runs: nothing is allowed but to look, and to post our own forms.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// Where the device is looked after: our own files may run, too.
const POLICY_WITH_SCRIPT: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     script-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Lets a page run the [`device_script`] that stands on it.
pub(super) fn with_script(mut page: Response) -> Response {
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY_WITH_SCRIPT);
    page
}

/// Has the device looked after from a page; not while everything is built anew all the time.
pub(super) fn device_script(site: &Site) -> impl IntoView + use<> {
    site.reload.is_none().then(|| view! { <script type="module" src=device::SCRIPT></script> })
}

/// A page with a header; `body` is what stands in its `<main>`, from the `<h1>` on.
pub fn page(assets: &Assets, status: StatusCode, title: &str, body: impl IntoView) -> Response {
    let body = view! {
        <header class="sheet-header">
            <p class="brand"><a href="/">"Rhizome"</a></p>
            <a href="/help">"Help"</a>
        </header>
        <main class="sheet">{body}</main>
    };
    bare(assets, status, title, body)
}

/// A page that is one quiet card.
pub fn card(assets: &Assets, status: StatusCode, title: &str, body: impl IntoView) -> Response {
    let body = view! {
        <main class="card-page">
            <section class="card">
                <p class="brand">"Rhizome"</p>
                <h1>{title.to_owned()}</h1>
                {body}
            </section>
        </main>
    };
    bare(assets, status, title, body)
}

/// What is shown instead of what cannot be.
pub fn sorry(assets: &Assets, refusal: &Refusal) -> Response {
    let title = match refusal {
        Refusal::UnknownRoute | Refusal::UnknownSpace => "Nothing here",
        _ => "That did not work",
    };
    let body = view! {
        <p>{refusal.to_string()}</p>
        <p><a href="/">"My spaces"</a></p>
    };
    let mut response = card(assets, refusal.status(), title, body);
    if let Some(seconds) = refusal.retry_after_seconds() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Who asks for a page is refused with one, whatever it was that refused.
pub async fn refused(
    State(services): State<Arc<Services>>,
    request: Request,
    next: Next,
) -> Response {
    let is_of_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Refusal>() {
        Some(refusal) if !is_of_api => sorry(&services.site.assets, &refusal),
        _ => response,
    }
}

/// A page whose whole body is given.
pub fn bare(assets: &Assets, status: StatusCode, title: &str, body: impl IntoView) -> Response {
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

/// What comes back in the address of a form that was refused, so that it need not be filled in again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Returned {
    /// The code of what went wrong. Only codes travel in the address: nobody can put words in our
    /// mouth with a link.
    pub problem: Option<String>,
    pub first: Option<String>,
    pub name: String,
    pub handle: String,
    pub invite: String,
    pub next: String,
}

/// What went wrong with the form that was posted, if something did.
pub(super) fn explained(returned: &Returned) -> impl IntoView + use<> {
    let words = returned.problem.as_deref().map(|code| match code {
        "wrong-password" => "The handle or the password is wrong.".to_owned(),
        "handle-taken" => "This handle is taken. Try another.".to_owned(),
        "invite-required" => Refusal::InviteRequired.to_string(),
        "unknown-invite" => "This invite is unknown or has expired. Ask for a new one.".to_owned(),
        "handle" => format!("A handle is {}.", handle_form()),
        "name" => format!("A name has 1 to {NAME_MAX_CHARACTERS} characters."),
        "password" => format!(
            "A password has {PASSWORD_MIN_CHARACTERS} to {PASSWORD_MAX_CHARACTERS} characters."
        ),
        "slow-down" => "Too many attempts. Wait a minute, then try again.".to_owned(),
        _ => "That did not work. Try again in a moment.".to_owned(),
    });
    words.map(|words| view! { <p class="problem" role="alert">{words}</p> })
}

/// What was wrong with the form that was posted, in the refusal's own words.
pub(super) fn problem(refusal: Option<&Refusal>) -> impl IntoView + use<> {
    refusal.map(|refusal| view! { <p class="problem" role="alert">{refusal.to_string()}</p> })
}

fn document(css: String, about: &str, body: impl IntoView) -> impl IntoView {
    // As its inner HTML: the marks that Leptos puts behind a child would be read as text.
    let title = view! { <title inner_html=escaped(&title(about))></title> };
    view! {
        <!DOCTYPE html>
        <html lang="en">
            {head(css, title)}
            <body>{body}</body>
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
