//! `/spaces/{space}/beings/…`: bringing an AI being along, and how it answers.

use std::sync::Arc;

use app::{
    protocol::{
        AnswersWhen, Being, BeingId, BeingKind, BeingSettings, Hue, Name, ProviderListing, SpaceId,
        limits::{
            CONTEXT_MAX_CHARACTERS, CONTEXT_MAX_MESSAGES, INSTRUCTIONS_MAX_CHARACTERS,
            MODEL_MAX_CHARACTERS, NAME_MAX_CHARACTERS,
        },
    },
    shell::escaped,
};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{page, problem};
use crate::{
    ai::{endpoint::GUIDE, settings::Settings},
    json::{Form, Ids},
    policy::{self, Standing},
    refusal::Refusal,
    routes::forms::sign_in_first,
    services::Services,
    session::{Caller, Visitor},
    store::{BeingPatch, NewBeing},
};

/// As it is filled in.
#[derive(Clone, Deserialize)]
pub struct Filled {
    name: String,
    /// Only of a being that is there.
    #[serde(default)]
    hue: Option<u16>,
    provider: String,
    #[serde(default)]
    model: String,
    #[serde(default)]
    instructions: String,
    answers_when: AnswersWhen,
    context_messages: usize,
    context_characters: usize,
}

pub async fn show_new(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids(space): Ids<SpaceId>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first(&format!("/spaces/{space}/beings/new")) };
    let filled = Filled::of(String::new(), None, BeingSettings::with_provider(GUIDE));
    shown(&services, &caller, &space, None, filled, None).await
}

pub async fn add(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids(space): Ids<SpaceId>,
    filled: Result<Form<Filled>, Refusal>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first(&format!("/spaces/{space}/beings/new")) };
    let filled = match filled {
        Ok(Form(filled)) => filled,
        Err(refusal) => return sorry(&services, &space, &in_words(refusal)),
    };
    let added = async {
        let settings = Some(Settings::parse(filled.settings())?);
        let new = NewBeing { name: Name::parse(&filled.name)?, hue: None, settings };
        services.store.add_being(&caller.actor, &space, new).await
    };
    match added.await {
        Ok(_) => back_to(&space),
        Err(refusal) => shown(&services, &caller, &space, None, filled, Some(refusal)).await,
    }
}

pub async fn show(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids((space, being)): Ids<(SpaceId, BeingId)>,
) -> Response {
    let Some(caller) = caller else {
        return sign_in_first(&format!("/spaces/{space}/beings/{being}"));
    };
    let found = async {
        let settings = services.store.settings(&caller.actor, &being).await?;
        let found = ai_member(&services, &space, &being).await?;
        Ok((found, settings.unwrap_or_else(|| BeingSettings::with_provider(GUIDE))))
    };
    match found.await {
        Ok((found, settings)) => {
            let filled = Filled::of(found.name.clone(), Some(found.hue), settings);
            shown(&services, &caller, &space, Some(being), filled, None).await
        }
        Err(refusal) => sorry(&services, &space, &refusal),
    }
}

pub async fn change(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids((space, being)): Ids<(SpaceId, BeingId)>,
    filled: Result<Form<Filled>, Refusal>,
) -> Response {
    let Some(caller) = caller else {
        return sign_in_first(&format!("/spaces/{space}/beings/{being}"));
    };
    let filled = match filled {
        Ok(Form(filled)) => filled,
        Err(refusal) => return sorry(&services, &space, &in_words(refusal)),
    };
    let changed = async {
        ai_member(&services, &space, &being).await?;
        let settings = Some(Settings::parse(filled.settings())?);
        let hue = filled.hue.map(|hue| Hue(hue % 360));
        let patch = BeingPatch { name: Some(Name::parse(&filled.name)?), hue, settings };
        services.store.change_being(&caller.actor, &being, patch).await
    };
    match changed.await {
        Ok(_) => back_to(&space),
        Err(refusal) => shown(&services, &caller, &space, Some(being), filled, Some(refusal)).await,
    }
}

pub async fn remove(
    State(services): State<Arc<Services>>,
    Visitor(caller): Visitor,
    Ids((space, being)): Ids<(SpaceId, BeingId)>,
) -> Response {
    let Some(caller) = caller else { return sign_in_first(&format!("/spaces/{space}")) };
    let removed = async {
        ai_member(&services, &space, &being).await?;
        services.store.remove_being(&caller.actor, &space, &being).await
    };
    match removed.await {
        Ok(()) => back_to(&space),
        Err(refusal) => sorry(&services, &space, &refusal),
    }
}

/// These pages are about the AI beings of a space, and nobody else.
async fn ai_member(
    services: &Services,
    space: &SpaceId,
    being: &BeingId,
) -> Result<Being, Refusal> {
    let found = services.store.being(being).await?.filter(|being| being.kind == BeingKind::Ai);
    let standing = services.store.standing(space, being).await?;
    found.filter(|_| standing == Standing::Member).ok_or(Refusal::UnknownBeing)
}

/// For people, who do not know the fields by their names on the wire.
fn in_words(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Malformed(_) => {
            Refusal::Malformed("A field of the form is missing, or is not a number.".into())
        }
        other => other,
    }
}

fn back_to(space: &SpaceId) -> Response {
    Redirect::to(&format!("/spaces/{space}")).into_response()
}

fn sorry(services: &Services, space: &SpaceId, refusal: &Refusal) -> Response {
    let body = view! {
        <h1>"That did not work"</h1>
        {problem(Some(refusal))}
        <p><a href=format!("/spaces/{space}")>"Back to the space"</a></p>
    };
    page(&services.site.assets, refusal.status(), "That did not work", body)
}

/// The form: of a being that is there, or of a new one.
async fn shown(
    services: &Services,
    caller: &Caller,
    space: &SpaceId,
    being: Option<BeingId>,
    filled: Filled,
    refusal: Option<Refusal>,
) -> Response {
    let known = async {
        let standing = services.store.standing(space, &caller.actor.id).await?;
        policy::may_take_part(standing)?;
        let of_space = services.store.being(space.as_being()).await?;
        let providers = services.providers(&caller.actor).await?;
        Ok((of_space.ok_or(Refusal::UnknownSpace)?, providers))
    };
    let (of_space, providers) = match known.await {
        Ok(known) => known,
        Err(refusal) => return sorry(services, space, &refusal),
    };
    let status = refusal.as_ref().map_or(StatusCode::OK, Refusal::status);
    let title = if being.is_some() { "An AI being" } else { "Add an AI being" };
    let body = form(&of_space, being.as_ref(), providers, filled, refusal.as_ref());
    page(&services.site.assets, status, title, body)
}

fn form(
    space: &Being,
    being: Option<&BeingId>,
    providers: Vec<ProviderListing>,
    filled: Filled,
    refusal: Option<&Refusal>,
) -> impl IntoView + use<> {
    let heading = being.map_or("Add an AI being".to_owned(), ToString::to_string);
    let action = match being {
        Some(being) => format!("/spaces/{}/beings/{being}", space.id),
        None => format!("/spaces/{}/beings/new", space.id),
    };
    let remove = being.map(|_| format!("{action}/remove"));
    let back = format!("/spaces/{}", space.id);
    let provider = filled.provider.clone();
    let is_gone = providers.iter().all(|one| one.name != provider);
    let gone = is_gone.then(|| {
        let words = format!("{provider} (not configured any more)");
        view! { <option selected=true value=provider.clone()>{words}</option> }
    });
    let options = providers.into_iter().map(move |one| {
        let is_chosen = one.name == provider;
        view! { <option selected=is_chosen>{one.name}</option> }
    });
    let when = |value: AnswersWhen, words: &'static str| {
        let is_chosen = filled.answers_when == value;
        view! {
            <label class="choice">
                <input type="radio" name="answers_when" value=value.as_str() checked=is_chosen/>
                {words}
            </label>
        }
    };
    view! {
        <p><a href=back>{format!("← {}", space.name)}</a></p>
        <h1>{heading}</h1>
        {problem(refusal)}
        <form method="post" action=action>
            <label>"Name"<input name="name" required maxlength=NAME_MAX_CHARACTERS.to_string() value=filled.name placeholder="Sage"/></label>
            {filled.hue.map(|hue| view! {
                <label>"Colour"<input type="range" class="hues" name="hue" min="0" max="359" value=hue.to_string()/></label>
            })}
            <label>"Provider"<select name="provider">{gone}{options.collect_view()}</select></label>
            <label>"Model, as the provider calls it (the guide has none)"
                <input name="model" maxlength=MODEL_MAX_CHARACTERS.to_string() value=filled.model placeholder="qwen3:8b" autocapitalize="none" spellcheck="false"/>
            </label>
            <label>"Instructions"
                <textarea name="instructions" rows="5" maxlength=INSTRUCTIONS_MAX_CHARACTERS.to_string() placeholder="You know about plants. Be brief.">{escaped(&filled.instructions)}</textarea>
            </label>
            <fieldset>
                <legend>"It answers"</legend>
                {when(AnswersWhen::Mentioned, "when it is mentioned by its id, as in @sage")}
                {when(AnswersWhen::EveryMessage, "every message")}
            </fieldset>
            <fieldset>
                <legend>"How much of the conversation it is given"</legend>
                <label>"Messages, at most"
                    <input type="number" name="context_messages" required min="1" max=CONTEXT_MAX_MESSAGES.to_string() value=filled.context_messages.to_string()/>
                </label>
                <label>"Characters, at most"
                    <input type="number" name="context_characters" required min="1" max=CONTEXT_MAX_CHARACTERS.to_string() value=filled.context_characters.to_string()/>
                </label>
            </fieldset>
            <p><button class="primary">{if remove.is_some() { "Save" } else { "Add" }}</button></p>
        </form>
        {remove.map(|remove| view! {
            <details>
                <summary>"Remove from this space"</summary>
                <form method="post" action=remove>
                    <p>"What it said stays. What it is writing ends."</p>
                    <button class="danger">"Remove it"</button>
                </form>
            </details>
        })}
    }
}

impl Filled {
    fn of(name: String, hue: Option<Hue>, settings: BeingSettings) -> Self {
        Self {
            name,
            hue: hue.map(|hue| hue.0),
            provider: settings.provider,
            model: settings.model,
            instructions: settings.instructions,
            answers_when: settings.answers_when,
            context_messages: settings.context_messages,
            context_characters: settings.context_characters,
        }
    }

    fn settings(&self) -> BeingSettings {
        BeingSettings {
            provider: self.provider.clone(),
            model: self.model.clone(),
            instructions: self.instructions.clone(),
            answers_when: self.answers_when,
            context_messages: self.context_messages,
            context_characters: self.context_characters,
        }
    }
}
