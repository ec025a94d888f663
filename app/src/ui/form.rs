//! Forms that work before WASM has loaded: plain HTML, posted to the server, which answers with a
//! page, or with the same one and `?problem=`.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// A page that is one quiet card.
#[component]
pub fn Card(title: String, children: Children) -> impl IntoView {
    view! {
        <leptos_meta::Title text=title.clone()/>
        <main class="card-page">
            <section class="card">
                <p class="brand">"Rhizome"</p>
                <h1>{title}</h1>
                {children()}
            </section>
        </main>
    }
}

/// What went wrong with the form that was posted, if something did.
#[component]
pub fn Problem() -> impl IntoView {
    let query = use_query_map();
    let problem = move || query.with(|query| query.get("problem"));
    view! {
        {move || problem().map(|code| view! { <p class="problem" role="alert">{explain(&code)}</p> })}
    }
}

/// A value that comes back in the URL, so that a refused form need not be filled in again.
pub fn returned(field: &'static str) -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get(field)).unwrap_or_default())
}

/// The codes of the protocol in words. Only codes travel in the URL: nobody can put words in our
/// mouth with a link.
fn explain(code: &str) -> &'static str {
    match code {
        "wrong-password" => "The handle or the password is wrong.",
        "handle-taken" => "This handle is taken. Try another.",
        "invite-required" => "An account needs an invite: ask somebody who is here for a link.",
        "unknown-invite" => "This invite is unknown or has expired. Ask for a new one.",
        "handle" => "A handle is 1 to 19 of a–z, 0–9, - and _, beginning with a letter or a digit.",
        "name" => "A name has 1 to 80 characters.",
        "password" => "A password has 8 to 256 characters.",
        "slow-down" => "Too many attempts. Wait a minute, then try again.",
        _ => "That did not work. Try again in a moment.",
    }
}
