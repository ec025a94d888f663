//! `/providers`: what AI beings can answer with. Administrators add and change providers; everybody
//! else sees their names.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::{either::Either, prelude::*};
use protocol::{Given, KeyHeader, OutOfBounds, ProviderListing, limits::PROVIDER_MAX_SECONDS};
use serde::Deserialize;

use super::{
    FormState,
    document::{problem, sheet},
    sign_in_first,
};
use crate::{
    app_state::AppState,
    domain::{
        command::{KeyChange, PutProvider, RemoveProvider},
        endpoint::{BaseUrl, Key, OptionsChange, ProviderName},
        refusal::Refusal,
    },
    http::{
        auth::{Caller, Visitor},
        extract::{Form, Path},
    },
    store::Execute,
};

const SILENCE: &str = "Seconds that it may send nothing";
const ANSWER: &str = "Seconds that an answer may take";

/// The fields as they were typed. A key is never rendered.
#[derive(Default, Deserialize)]
pub struct ProviderForm {
    name: String,
    base_url: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    forget_key: Option<String>,
    #[serde(default)]
    silence_seconds: Option<String>,
    #[serde(default)]
    answer_seconds: Option<String>,
    #[serde(default)]
    key_header: Option<KeyHeader>,
    /// Sent by the form that adds a provider.
    #[serde(default)]
    is_new: Option<String>,
}

pub async fn show(State(state): State<Arc<AppState>>, Visitor(caller): Visitor) -> Response {
    match caller {
        Some(caller) => page(&state, &caller, FormState::new(ProviderForm::default())).await,
        None => sign_in_first("/providers"),
    }
}

pub async fn put(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Form(form): Form<ProviderForm>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first("/providers") };
    match store(&state, &caller, &form).await {
        Ok(()) => Redirect::to("/providers").into_response(),
        Err(refusal) => page(&state, &caller, FormState::refused(form, refusal)).await,
    }
}

pub async fn remove(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(name): Path<String>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first("/providers") };
    let removed = match ProviderName::parse(&name) {
        Ok(name) => state.store.execute(RemoveProvider { by: caller.being.clone(), name }).await,
        Err(_) => Err(Refusal::UnknownProvider),
    };
    match removed {
        Ok(()) => Redirect::to("/providers").into_response(),
        Err(refusal) => {
            page(&state, &caller, FormState::refused(ProviderForm::default(), refusal)).await
        }
    }
}

async fn store(state: &AppState, caller: &Caller, form: &ProviderForm) -> Result<(), Refusal> {
    let name = ProviderName::parse(form.name.trim())?;
    let base_url = BaseUrl::parse(&form.base_url)?;
    if form.is_new.is_some() {
        let all = state.providers(&caller.being).await?;
        if all.iter().any(|kept| kept.name == name.as_str()) {
            return Err(OutOfBounds::new("name", "is taken; change that one above").into());
        }
    }
    let key = match Key::parse(&form.key)? {
        Some(key) => KeyChange::Set(key),
        None if form.forget_key.is_some() => KeyChange::Remove,
        None => KeyChange::Keep,
    };
    let options = OptionsChange::parse(
        seconds(SILENCE, form.silence_seconds.as_ref())?,
        seconds(ANSWER, form.answer_seconds.as_ref())?,
        form.key_header.map(Some),
    )?;
    let by = caller.being.clone();
    state.store.execute(PutProvider { by, name, base_url, key, options }).await
}

/// A field that is not in the form stays as it is; one that is empty is cleared.
fn seconds(label: &str, typed: Option<&String>) -> Result<Given<u64>, Refusal> {
    match typed.map(|text| text.trim()) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => match text.parse() {
            Ok(seconds) => Ok(Some(Some(seconds))),
            Err(_) => Err(Refusal::Malformed(format!("“{label}” is not a number."))),
        },
    }
}

async fn page(
    state: &AppState,
    caller: &Caller,
    FormState { fields, refusal }: FormState<ProviderForm>,
) -> Response {
    let listed = async {
        let is_admin = state.store.is_admin(&caller.being).await?;
        Ok((is_admin, state.providers(&caller.being).await?))
    };
    let (is_admin, mut providers, refusal) = match listed.await {
        Ok((is_admin, providers)) => (is_admin, providers, refusal),
        Err(unavailable) => (false, vec![], Some(unavailable)),
    };
    // The refused form keeps what was typed into it.
    let is_new = fields.is_new.is_some();
    let edited = providers.iter_mut().find(|provider| !is_new && provider.name == fields.name);
    if let Some(provider) = edited {
        provider.base_url = provider.base_url.as_ref().map(|_| fields.base_url.clone());
        let number = |typed: &Option<String>| typed.as_ref().and_then(|text| text.parse().ok());
        provider.silence_seconds = number(&fields.silence_seconds).or(provider.silence_seconds);
        provider.answer_seconds = number(&fields.answer_seconds).or(provider.answer_seconds);
        provider.key_header = fields.key_header.or(provider.key_header);
    }
    let new = if is_new { fields } else { ProviderForm::default() };
    let body = view! {
        <h1>"AI providers"</h1>
        <p>
            "An AI answers with a provider. The guide is built in, and answers questions about Rhizome; "
            "any endpoint that speaks OpenAI’s chat-completions can be added. "
            <a href="/help/providers">"Help"</a>
        </p>
        {problem(refusal.as_ref())}
        {if is_admin {
            Either::Left(view! {
                {providers.into_iter().map(|provider| view! { <Provider provider/> }).collect_view()}
                <h2>"Add a provider"</h2>
                <NewProvider form=new/>
            })
        } else {
            Either::Right(view! {
                <ul>{providers.into_iter().map(|provider| view! { <li>{provider.name}</li> }).collect_view()}</ul>
                <p class="hint">"An administrator can add others."</p>
            })
        }}
    };
    sheet(&state.site.assets, refusal.as_ref(), "Providers", body)
}

#[component]
fn Provider(provider: ProviderListing) -> impl IntoView {
    let ProviderListing { name, base_url, has_key, silence_seconds, answer_seconds, key_header } =
        provider;
    let options = Options { silence_seconds, answer_seconds, key_header };
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
                    {if has_key { "New key (the stored one stays unless you enter another, or change the address)" } else { "Key (none is stored)" }}
                    <input name="key" type="password" autocomplete="new-password"/>
                </label>
                {has_key.then(|| view! {
                    <label class="choice"><input type="checkbox" name="forget_key"/>"Forget the key"</label>
                })}
                <p class="hint">"Or set it in the environment of the server: "<code>{variable}</code></p>
                {more(options)}
                <p><button>"Save"</button></p>
            </form>
            <details>
                <summary>"Remove"</summary>
                <form method="post" action=remove>
                    <p>"AI beings that answer with it will say that they have no provider."</p>
                    <button class="danger">"Remove it"</button>
                </form>
            </details>
        </section>
    })
}

struct Options {
    silence_seconds: Option<u64>,
    answer_seconds: Option<u64>,
    key_header: Option<KeyHeader>,
}

fn more(options: Options) -> impl IntoView {
    let chosen = options.key_header.unwrap_or_default();
    let number = |label: &'static str, name: &'static str, value: Option<u64>, default| {
        view! {
            <label>{label}
                <input type="number" name=name min="1" max=PROVIDER_MAX_SECONDS.to_string() value=value.map(|it| it.to_string()) placeholder=default/>
            </label>
        }
    };
    let header = |header: KeyHeader, words| {
        view! {
            <option value=header.as_str() selected=header == chosen>{words}</option>
        }
    };
    view! {
        <details>
            <summary>"More"</summary>
            {number(SILENCE, "silence_seconds", options.silence_seconds, "90")}
            {number(ANSWER, "answer_seconds", options.answer_seconds, "600")}
            <label>"Header of the key"
                <select name="key_header">
                    {header(KeyHeader::Authorization, "Authorization: Bearer …")}
                    {header(KeyHeader::ApiKey, "api-key: … (Azure)")}
                </select>
            </label>
        </details>
    }
}

#[component]
fn NewProvider(form: ProviderForm) -> impl IntoView {
    let number = |typed: Option<String>| typed.and_then(|text| text.parse().ok());
    let options = Options {
        silence_seconds: number(form.silence_seconds),
        answer_seconds: number(form.answer_seconds),
        key_header: form.key_header,
    };
    view! {
        <form method="post" action="/providers">
            <input type="hidden" name="is_new" value="yes"/>
            <label>"Name"
                <input name="name" required pattern="[a-z0-9-]{1,32}" placeholder="ollama" autocapitalize="none" value=form.name/>
            </label>
            <label>"Base URL"
                <input name="base_url" type="url" required list="well-known" placeholder="http://127.0.0.1:11434/v1" value=form.base_url/>
            </label>
            <datalist id="well-known">
                <option value="http://127.0.0.1:11434/v1">"Ollama"</option>
                <option value="http://127.0.0.1:8080/v1">"llama.cpp"</option>
                <option value="http://127.0.0.1:8000/v1">"vLLM"</option>
                <option value="https://api.openai.com/v1">"OpenAI"</option>
                <option value="https://openrouter.ai/api/v1">"OpenRouter"</option>
            </datalist>
            <label>"Key, if it needs one"<input name="key" type="password" autocomplete="new-password"/></label>
            {more(options)}
            <p><button class="primary">"Add"</button></p>
        </form>
    }
}
