//! The document of every page that needs no script: the server renders it whole, and nothing on it is
//! reactive. A page has the status of the refusal that it shows.

use app::shell::{Assets, escaped, head, title};
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER},
    },
    response::{Html, IntoResponse, Response},
};
use leptos::prelude::*;
use protocol::{OutOfBounds, limits::BEING_ID_MAX_BYTES};

use crate::{
    domain::refusal::Refusal,
    http::{assets::Site, pages::style, service_worker},
};

/// Stricter than where the app runs: a page may only be read, and post our own forms.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// For pages with a [`device_script`]: our own files may run, too.
const POLICY_WITH_SCRIPT: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     script-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// A page is for one person at one moment, and nothing on its way may rewrite it: a proxy that saves
/// bytes or adds to it would break what its scripts rely on.
pub(super) const NOT_REWRITTEN: HeaderValue = HeaderValue::from_static("no-store, no-transform");

/// A page whose whole body is given.
pub fn document(
    assets: &Assets,
    refusal: Option<&Refusal>,
    title: &str,
    body: impl IntoView,
) -> Response {
    let html = Owner::new().with(|| html(assets.css.clone(), title, body).to_html());
    let mut response = (refusal.map_or(StatusCode::OK, status), Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CACHE_CONTROL, NOT_REWRITTEN);
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    if let Some(seconds) = refusal.and_then(Refusal::retry_after_seconds) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A page with a header; `body` is the content of its `<main>`, from the `<h1>` on.
pub fn sheet(
    assets: &Assets,
    refusal: Option<&Refusal>,
    title: &str,
    body: impl IntoView,
) -> Response {
    let body = view! {
        <header class="sheet-header">
            <p class="brand"><a href="/">"Rhizome"</a></p>
            <a href="/help">"Help"</a>
        </header>
        <main class="sheet">{body}</main>
    };
    document(assets, refusal, title, body)
}

/// A page that is one quiet card.
pub fn card(
    assets: &Assets,
    refusal: Option<&Refusal>,
    title: &str,
    body: impl IntoView,
) -> Response {
    let body = view! {
        <main class="card-page">
            <section class="card">
                <p class="brand">"Rhizome"</p>
                <h1>{title.to_owned()}</h1>
                {body}
            </section>
        </main>
    };
    document(assets, refusal, title, body)
}

/// The page for a refusal that leaves nothing else to show.
pub fn error_page(assets: &Assets, refusal: &Refusal) -> Response {
    let title = match refusal {
        Refusal::UnknownRoute | Refusal::UnknownSpace => "Nothing here",
        _ => "That did not work",
    };
    let body = view! {
        <p>{refusal.to_string()}</p>
        <p><a href="/">"My spaces"</a></p>
    };
    let mut page = card(assets, Some(refusal), title, body);
    *page.status_mut() = refusal.status();
    page
}

/// Why a form was refused, above the form: in words for people, and with its code for programs.
pub fn problem(refusal: Option<&Refusal>) -> impl IntoView + use<> {
    refusal.map(|refusal| {
        let (words, field) = match refusal {
            Refusal::HandleTaken(_) => ("This handle is taken. Try another.".to_owned(), None),
            Refusal::UnknownInvite => (format!("{refusal} Ask for a new one."), None),
            Refusal::OutOfBounds(OutOfBounds { field: "handle", .. }) => {
                let max = BEING_ID_MAX_BYTES - 1;
                let words = format!(
                    "For the handle, use lowercase letters, numbers, - or _ (up to {max}), \
                     with a letter or number first."
                );
                (words, Some("handle"))
            }
            Refusal::OutOfBounds(OutOfBounds { field, problem }) => {
                let name = match *field {
                    "baseUrl" => "base URL",
                    "by" => "author",
                    "q" => "text",
                    "content" => "message",
                    "beings" => "people",
                    "confirmed" => "typed name",
                    field => field,
                };
                (format!("The {name} {problem}."), Some(*field))
            }
            other => (other.to_string(), None),
        };
        let code = refusal.code().as_str();
        view! { <p class="problem" role="alert" data-code=code data-field=field>{words}</p> }
    })
}

/// Loads the script that manages the device; not under `cargo leptos watch`, whose builds change all
/// the time. The page needs [`with_script`], too.
pub fn device_script(site: &Site) -> impl IntoView + use<> {
    site.reload
        .is_none()
        .then(|| view! { <script type="module" src=service_worker::SCRIPT></script> })
}

/// The keys that lead to the search, for a page that links to it.
pub fn search_script(site: &Site) -> impl IntoView + use<> {
    site.reload
        .is_none()
        .then(|| view! { <script type="module" src=service_worker::SEARCH></script> })
}

/// Lets a page run its [`device_script`].
pub fn with_script(mut page: Response) -> Response {
    page.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY_WITH_SCRIPT);
    page
}

/// The status of a form that is shown again: whatever is wrong with a field is 422. A 401 would have to
/// name an HTTP authentication scheme (RFC 9110, section 15.5.2), and a page has none.
fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::WrongPassword | Refusal::HandleTaken(_) | Refusal::UnknownInvite => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        other => other.status(),
    }
}

fn html(css: String, about: &str, body: impl IntoView) -> impl IntoView {
    // As its inner HTML: the markers that Leptos puts behind a child would be read as text.
    let title = view! {
        <title inner_html=escaped(&title(about))></title>
        <link rel="stylesheet" href=style::ADDRESS.as_str()/>
    };
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
    fn text_of_a_user_stays_text_wherever_it_is_rendered() {
        const WRITTEN: &str = "</title></textarea><form action=\"/sign-out\">'\"&lt;";
        let body = view! {
            <p>{WRITTEN.to_owned()}</p>
            <input value=WRITTEN.to_owned()/>
            <select><option value=WRITTEN.to_owned()>{WRITTEN.to_owned()}</option></select>
            <textarea>{escaped(WRITTEN)}</textarea>
        };
        let html = Owner::new().with(|| html("/x.css".into(), WRITTEN, body).to_html());
        assert!(!html.contains("<form"), "{html}");
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
        assert!(title.is_some_and(|title| title.ends_with("&amp;lt; · Rhizome")), "{html}");
        let area =
            html.split("<textarea>").nth(1).and_then(|rest| rest.split("</textarea>").next());
        let area = area.map(|area| area.replace("&lt;", "<").replace("&amp;", "&"));
        assert_eq!(area.as_deref(), Some(WRITTEN), "{html}");
    }

    #[test]
    fn leptos_does_not_escape_the_text_of_a_textarea() {
        let html = Owner::new().with(|| {
            let written = "<b>&amp;".to_owned();
            view! { <textarea name="x">{written}</textarea> }.to_html()
        });
        assert_eq!(html, "<textarea name=\"x\"><b>&amp;</textarea>");
    }
}
