//! `/providers`: what AI beings can answer with. Who administers adds and changes them; everybody
//! else sees their names.

use std::sync::Arc;

use app::protocol::{OutOfBounds, ProviderListing};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::{either::Either, prelude::*};
use serde::Deserialize;

use super::{page, problem};
use crate::{
    ai::endpoint::{BaseUrl, Key, ProviderName},
    json::{Form, Ids},
    refusal::Refusal,
    routes::forms::sign_in_first,
    services::Services,
    session::{Caller, Visitor},
    store::KeyChange,
};

/// As it was filled in. The key is not given back.
#[derive(Default, Deserialize)]
pub struct Filled {
    name: String,
    base_url: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    forget_key: Option<String>,
    /// From the form that adds one.
    #[serde(default)]
    is_new: Option<String>,
}

pub async fn show(State(services): State<Arc<Services>>, Visitor(caller): Visitor) -> Response {
    match caller {
        Some(caller) => listed(&services, &caller, None, Filled::default()).await,
        None => sign_in_first("/providers"),
    }
}

pub async fn put(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Form(filled): Form<Filled>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first("/providers") };
    match stored(&services, &caller, &filled).await {
        Ok(()) => Redirect::to("/providers").into_response(),
        Err(refusal) => listed(&services, &caller, Some(refusal), filled).await,
    }
}

pub async fn remove(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids(name): Ids<String>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first("/providers") };
    let removed = match ProviderName::parse(&name) {
        Ok(name) => services.store.remove_provider(&caller.actor, &name).await,
        Err(_) => Err(Refusal::UnknownProvider),
    };
    match removed {
        Ok(()) => Redirect::to("/providers").into_response(),
        Err(refusal) => listed(&services, &caller, Some(refusal), Filled::default()).await,
    }
}

async fn stored(services: &Services, caller: &Caller, filled: &Filled) -> Result<(), Refusal> {
    let name = ProviderName::parse(filled.name.trim())?;
    let base_url = BaseUrl::parse(&filled.base_url)?;
    if filled.is_new.is_some() {
        let all = services.providers(&caller.actor).await?;
        if all.iter().any(|kept| kept.name == name.as_str()) {
            return Err(OutOfBounds::new("name", "is taken; change that one above").into());
        }
    }
    let key = match Key::parse(&filled.key)? {
        Some(key) => KeyChange::Set(key),
        None if filled.forget_key.is_some() => KeyChange::Remove,
        None => KeyChange::Keep,
    };
    services.store.put_provider(&caller.actor, name, base_url, key).await
}

async fn listed(
    services: &Services,
    caller: &Caller,
    refusal: Option<Refusal>,
    filled: Filled,
) -> Response {
    let (providers, refusal) = match services.providers(&caller.actor).await {
        Ok(providers) => (providers, refusal),
        Err(unavailable) => (vec![], Some(unavailable)),
    };
    let status = refusal.as_ref().map_or(StatusCode::OK, Refusal::status);
    let body = view! {
        <h1>"Providers of AI beings"</h1>
        <p>
            "An AI being answers with a provider. The guide is built in, and knows Rhizome itself; any "
            "endpoint that speaks OpenAI’s chat-completions can be added. "
            <a href="/help/providers">"Help"</a>
        </p>
        {problem(refusal.as_ref())}
        {if caller.actor.administers {
            Either::Left(view! {
                {providers.into_iter().map(|provider| view! { <Kept provider/> }).collect_view()}
                <h2>"Add a provider"</h2>
                <New filled/>
            })
        } else {
            Either::Right(view! {
                <ul>{providers.into_iter().map(|provider| view! { <li>{provider.name}</li> }).collect_view()}</ul>
                <p class="hint">"An administrator can add others."</p>
            })
        }}
    };
    page(&services.site.assets, status, "Providers", body)
}

#[component]
fn Kept(provider: ProviderListing) -> impl IntoView {
    let ProviderListing { name, base_url, has_key } = provider;
    let has_key = has_key.unwrap_or(false);
    let variable = ProviderName::parse(&name).ok().map(|name| name.key_variable());
    let remove = format!("/providers/{name}/remove");
    let Some(base_url) = base_url else {
        return Either::Left(view! {
            <section class="sheet-section"><h2>{name}</h2><p class="hint">"Built in."</p></section>
        });
    };
    Either::Right(view! {
        <section class="sheet-section">
            <h2>{name.clone()}</h2>
            <form method="post" action="/providers">
                <input type="hidden" name="name" value=name/>
                <label>"Base URL"<input name="base_url" type="url" required value=base_url/></label>
                <label>
                    {if has_key { "Another key (there is one; it stays unless you enter another, or change the address)" } else { "Key (there is none)" }}
                    <input name="key" type="password" autocomplete="new-password"/>
                </label>
                {has_key.then(|| view! {
                    <label class="choice"><input type="checkbox" name="forget_key"/>"Forget the key"</label>
                })}
                <p class="hint">"Or set it outside, in the environment: "<code>{variable}</code></p>
                <p><button>"Save"</button></p>
            </form>
            <details>
                <summary>"Remove"</summary>
                <form method="post" action=remove>
                    <p>"Beings that answer with it will say that they have no provider."</p>
                    <button class="danger">"Remove it"</button>
                </form>
            </details>
        </section>
    })
}

#[component]
fn New(filled: Filled) -> impl IntoView {
    view! {
        <form method="post" action="/providers">
            <input type="hidden" name="is_new" value="yes"/>
            <label>"Name"
                <input name="name" required pattern="[a-z0-9-]{1,32}" placeholder="ollama" autocapitalize="none" value=filled.name/>
            </label>
            <label>"Base URL"
                <input name="base_url" type="url" required list="well-known" placeholder="http://127.0.0.1:11434/v1" value=filled.base_url/>
            </label>
            <datalist id="well-known">
                <option value="http://127.0.0.1:11434/v1">"Ollama"</option>
                <option value="http://127.0.0.1:8080/v1">"llama.cpp"</option>
                <option value="http://127.0.0.1:8000/v1">"vLLM"</option>
                <option value="https://api.openai.com/v1">"OpenAI"</option>
                <option value="https://openrouter.ai/api/v1">"OpenRouter"</option>
            </datalist>
            <label>"Key, if it needs one"<input name="key" type="password" autocomplete="new-password"/></label>
            <p><button class="primary">"Add"</button></p>
        </form>
    }
}
