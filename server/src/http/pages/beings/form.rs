//! The form of an AI being.

use app::shell::escaped;
use leptos::prelude::*;
use protocol::{
    AnswersWhen, Being, BeingId, BeingSettings, Decimal, Given, Hue, JsonObject, Model, SpaceId,
    limits::{
        ANSWER_MAX_TOKENS, CONTEXT_MAX_CHARACTERS, CONTEXT_MAX_MESSAGES,
        INSTRUCTIONS_MAX_CHARACTERS, MODEL_MAX_CHARACTERS, NAME_MAX_CHARACTERS,
        REASONING_EFFORT_MAX_BYTES, REQUEST_EXTRA_MAX_BYTES, TEMPERATURE_MAX,
    },
};
use serde::Deserialize;

use super::{existing_being, new_being};
use crate::{
    domain::{endpoint::GUIDE, refusal::Refusal},
    http::pages::document::problem,
};

const MESSAGES: &str = "Messages, at most";
const CHARACTERS: &str = "Characters, at most";
const TEMPERATURE: &str = "Temperature";
const TOKENS: &str = "Tokens of an answer, at most";
const EXTRA: &str = "Further fields of the request, as JSON";

/// The fields as they were typed: what is no number stays on the page, too.
#[derive(Deserialize)]
pub struct BeingForm {
    pub name: String,
    /// Only of an existing being.
    #[serde(default)]
    pub hue: Option<u16>,
    provider: String,
    #[serde(default)]
    model: String,
    #[serde(default)]
    instructions: String,
    answers_when: AnswersWhen,
    context_messages: String,
    context_characters: String,
    #[serde(default)]
    temperature: Option<String>,
    #[serde(default)]
    max_tokens: Option<String>,
    #[serde(default)]
    reasoning_effort: Option<String>,
    /// Only of an administrator's form.
    #[serde(default)]
    request_extra: Option<String>,
}

/// What there is to choose from, and for whom.
pub struct Choices {
    pub providers: Vec<String>,
    pub models: Vec<ModelChoice>,
    pub is_admin: bool,
}

pub struct ModelChoice {
    pub provider: String,
    pub model: Model,
}

/// The form of an existing being, or of a new one.
pub fn view(
    space: &Being,
    being: Option<&BeingId>,
    choices: Choices,
    fields: BeingForm,
    refusal: Option<&Refusal>,
) -> impl IntoView + use<> {
    let heading = being.map_or("Add an AI".to_owned(), ToString::to_string);
    let id = SpaceId::from(space.id.clone());
    let action = being.map_or_else(|| new_being(&id), |being| existing_being(&id, being));
    let remove = being.map(|_| format!("{action}/remove"));
    let space_page = format!("/spaces/{}", space.id);
    let mention = being.map_or("@sage".to_owned(), ToString::to_string);
    let when = |value: AnswersWhen, words: String| {
        let is_chosen = fields.answers_when == value;
        view! {
            <label class="choice">
                <input type="radio" name="answers_when" value=value.as_str() checked=is_chosen/>
                {words}
            </label>
        }
    };
    let only_mentioned = when(AnswersWhen::Mentioned, format!("Only when mentioned ({mention})"));
    let every_message = when(AnswersWhen::EveryMessage, "Every message".to_owned());
    let has_none = choices.providers.iter().all(|provider| provider == GUIDE);
    let no_provider = has_none.then(|| no_provider(choices.is_admin));
    let extra = choices.is_admin.then(|| fields.request_extra.clone().unwrap_or_default());
    view! {
        <p><a href=space_page>"← "<bdi>{space.name.clone()}</bdi></a></p>
        <h1>{heading}</h1>
        {problem(refusal)}
        {no_provider}
        <form method="post" action=action>
            <label>"Name"<input name="name" required maxlength=NAME_MAX_CHARACTERS.to_string() value=fields.name placeholder="Sage"/></label>
            {fields.hue.map(|hue| view! {
                <label>"Colour"<input type="range" class="hues" name="hue" min="0" max="359" value=hue.to_string()/></label>
            })}
            <label>"Provider"<select name="provider" required>{provider_options(choices.providers, fields.provider)}</select></label>
            <label>"Model"
                <input name="model" list="models" maxlength=MODEL_MAX_CHARACTERS.to_string() value=fields.model placeholder="qwen3:8b" autocapitalize="none" spellcheck="false" aria-describedby="about-model"/>
            </label>
            <p class="hint" id="about-model">"Type to search the models that the providers list, or the name of another."</p>
            <datalist id="models">{model_options(choices.models)}</datalist>
            <label>"Instructions"
                <textarea name="instructions" rows="5" maxlength=INSTRUCTIONS_MAX_CHARACTERS.to_string() placeholder="You know about plants. Be brief.">{escaped(&fields.instructions)}</textarea>
            </label>
            <fieldset>
                <legend>"It answers"</legend>
                {only_mentioned}
                {every_message}
            </fieldset>
            <fieldset>
                <legend>"How much of the conversation it is given"</legend>
                <label>{MESSAGES}
                    <input type="number" name="context_messages" required min="1" max=CONTEXT_MAX_MESSAGES.to_string() value=fields.context_messages/>
                </label>
                <label>{CHARACTERS}
                    <input type="number" name="context_characters" required min="1" max=CONTEXT_MAX_CHARACTERS.to_string() value=fields.context_characters/>
                </label>
            </fieldset>
            <details>
                <summary>"More"</summary>
                <p class="hint">"What is left empty is the provider’s to decide."</p>
                <label>{TEMPERATURE}
                    <input type="number" name="temperature" min="0" max=TEMPERATURE_MAX.to_string() step="any" value=fields.temperature placeholder="0.7"/>
                </label>
                <label>{TOKENS}
                    <input type="number" name="max_tokens" min="1" max=ANSWER_MAX_TOKENS.to_string() value=fields.max_tokens/>
                </label>
                <label>"Reasoning effort"
                    <input name="reasoning_effort" list="efforts" maxlength=REASONING_EFFORT_MAX_BYTES.to_string() value=fields.reasoning_effort autocapitalize="none" spellcheck="false"/>
                </label>
                <datalist id="efforts">
                    {["none", "minimal", "low", "medium", "high"].map(|effort| view! { <option value=effort></option> }).collect_view()}
                </datalist>
                {extra.map(|extra| view! {
                    <label>{EXTRA}
                        <textarea name="request_extra" rows="3" maxlength=REQUEST_EXTRA_MAX_BYTES.to_string() placeholder="{\"top_p\": 0.9}" autocapitalize="none" spellcheck="false">{escaped(&extra)}</textarea>
                    </label>
                })}
            </details>
            <p><button class="primary">{if remove.is_some() { "Save" } else { "Add" }}</button></p>
        </form>
        {remove.map(|remove| view! {
            <details>
                <summary>"Remove from this space"</summary>
                <form method="post" action=remove>
                    <p>"Its messages stay. An answer that it is writing stops."</p>
                    <button class="danger">"Remove it"</button>
                </form>
            </details>
        })}
    }
}

fn no_provider(is_admin: bool) -> AnyView {
    if is_admin {
        view! { <p>"No AI provider yet. "<a href="/providers">"Add a provider"</a></p> }.into_any()
    } else {
        view! { <p>"No AI provider yet. An administrator can add one."</p> }.into_any()
    }
}

/// A provider that is chosen no longer may be configured no longer.
fn provider_options(providers: Vec<String>, chosen: String) -> AnyView {
    let first = if providers.contains(&chosen) {
        None
    } else if chosen.is_empty() {
        Some(("Choose…".to_owned(), String::new()))
    } else {
        Some((format!("{chosen} (no longer configured)"), chosen.clone()))
    };
    let first =
        first.map(|(words, value)| view! { <option selected=true value=value>{words}</option> });
    let options = providers.into_iter().map(move |provider| {
        let is_chosen = provider == chosen;
        view! { <option selected=is_chosen>{provider}</option> }
    });
    view! { {first}{options.collect_view()} }.into_any()
}

/// The label says what is not in the value: the provider, the name, and how much fits.
fn model_options(models: Vec<ModelChoice>) -> AnyView {
    let options = models.into_iter().map(|ModelChoice { provider, model }| {
        let Model { id, name, context_tokens } = model;
        let tokens = context_tokens.map(|tokens| format!("{tokens} tokens"));
        let label = [Some(provider), name, tokens].into_iter().flatten().collect::<Vec<_>>();
        view! { <option value=id>{label.join(", ")}</option> }
    });
    options.collect_view().into_any()
}

impl BeingForm {
    pub fn of(name: String, hue: Option<Hue>, settings: BeingSettings) -> Self {
        Self {
            name,
            hue: hue.map(Hue::degrees),
            provider: settings.provider,
            model: settings.model,
            instructions: settings.instructions,
            answers_when: settings.answers_when,
            context_messages: settings.context_messages.to_string(),
            context_characters: settings.context_characters.to_string(),
            temperature: settings.temperature.flatten().map(|it| it.as_str().to_owned()),
            max_tokens: settings.max_tokens.flatten().map(|it| it.to_string()),
            reasoning_effort: settings.reasoning_effort.flatten(),
            request_extra: settings.request_extra.flatten().map(|it| it.as_str().to_owned()),
        }
    }

    pub fn settings(&self) -> Result<BeingSettings, Refusal> {
        let not_json = || Refusal::Malformed(format!("“{EXTRA}” is not an object such as {{}}."));
        let word = |text: &str| Ok(text.to_ascii_lowercase());
        Ok(BeingSettings {
            provider: self.provider.clone(),
            model: self.model.clone(),
            instructions: self.instructions.clone(),
            answers_when: self.answers_when,
            context_messages: number(MESSAGES, &self.context_messages)?,
            context_characters: number(CHARACTERS, &self.context_characters)?,
            temperature: given(self.temperature.as_ref(), |text| {
                Decimal::parse(text).ok_or_else(|| no_number(TEMPERATURE))
            })?,
            max_tokens: given(self.max_tokens.as_ref(), |text| {
                text.parse().map_err(|_| no_number(TOKENS))
            })?,
            reasoning_effort: given(self.reasoning_effort.as_ref(), word)?,
            request_extra: given(self.request_extra.as_ref(), |text| {
                JsonObject::parse(text).ok_or_else(not_json)
            })?,
        })
    }
}

/// A field that is not in the form stays as it is; one that is empty is cleared.
fn given<T>(
    typed: Option<&String>,
    parse: impl FnOnce(&str) -> Result<T, Refusal>,
) -> Result<Given<T>, Refusal> {
    match typed.map(|text| text.trim()) {
        None => Ok(None),
        Some("") => Ok(Some(None)),
        Some(text) => parse(text).map(|value| Some(Some(value))),
    }
}

fn number(label: &str, text: &str) -> Result<usize, Refusal> {
    text.parse().map_err(|_| no_number(label))
}

fn no_number(label: &str) -> Refusal {
    Refusal::Malformed(format!("“{label}” is not a number."))
}
