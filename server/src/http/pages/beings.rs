//! `/spaces/{space}/beings/…`: adding an AI being, changing how it answers, and removing it.

mod form;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use futures::future::join_all;
use protocol::{
    Being, BeingId, BeingKind, BeingSettings, Hue, Name, OutOfBounds, ProviderListing, SpaceId,
};
use tokio::time::timeout;

use self::form::{BeingForm, Choices, ModelChoice};
use super::{FormState, document::sheet, sign_in_first};
use crate::{
    app_state::AppState,
    domain::{
        command::{AddBeing, ChangeBeing, RemoveBeing},
        endpoint::GUIDE,
        policy::{self, Membership},
        refusal::Refusal,
        settings::Settings,
        settings_for,
    },
    http::{
        auth::{Caller, Visitor},
        extract::{Form, Path},
    },
    store::Execute,
};

/// How long a page waits for the models that providers list. Lists that come later are there the next
/// time.
const MODELS_MAX_WAIT: Duration = Duration::from_secs(2);

pub async fn show_new(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<SpaceId>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&new_being(&space))) };
    // A provider has to be chosen: nobody means to add a second guide.
    let form = BeingForm::of(String::new(), None, BeingSettings::with_provider(""));
    page(&state, &caller, &space, None, FormState::new(form)).await
}

pub async fn add(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<SpaceId>,
    form: Result<Form<BeingForm>, Refusal>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&new_being(&space))) };
    let Form(form) = form?;
    let added = async {
        let settings = Some(with_model(Settings::parse(form.settings()?)?)?);
        let (by, space) = (caller.being.clone(), space.clone());
        let new = AddBeing { by, space, name: Name::parse(&form.name)?, hue: None, settings };
        state.store.execute(new).await
    };
    match added.await {
        Ok(_) => Ok(redirect_to(&space)),
        Err(refusal) => {
            page(&state, &caller, &space, None, FormState::refused(form, refusal)).await
        }
    }
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path((space, being)): Path<(SpaceId, BeingId)>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&existing_being(&space, &being))) };
    let settings = settings_for(state.store.as_ref(), &caller.being, &being).await?;
    let found = ai_member(&state, &space, &being).await?;
    let settings = settings.unwrap_or_else(|| BeingSettings::with_provider(GUIDE));
    let form = BeingForm::of(found.name, Some(found.hue), settings);
    page(&state, &caller, &space, Some(being), FormState::new(form)).await
}

pub async fn change(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path((space, being)): Path<(SpaceId, BeingId)>,
    form: Result<Form<BeingForm>, Refusal>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&existing_being(&space, &being))) };
    let Form(form) = form?;
    let changed = async {
        ai_member(&state, &space, &being).await?;
        let settings = Some(with_model(Settings::parse(form.settings()?)?)?);
        let hue = form.hue.map(Hue::from);
        let (by, being) = (caller.being.clone(), being.clone());
        let name = Some(Name::parse(&form.name)?);
        state.store.execute(ChangeBeing { by, being, name, hue, settings }).await
    };
    match changed.await {
        Ok(_) => Ok(redirect_to(&space)),
        Err(refusal) => {
            page(&state, &caller, &space, Some(being), FormState::refused(form, refusal)).await
        }
    }
}

pub async fn remove(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path((space, being)): Path<(SpaceId, BeingId)>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&format!("/spaces/{space}"))) };
    ai_member(&state, &space, &being).await?;
    let remove = RemoveBeing { by: caller.being, space: space.clone(), being };
    state.store.execute(remove).await?;
    Ok(redirect_to(&space))
}

/// Refuses a provider without a model. A program may leave it out: some servers have only one.
fn with_model(settings: Settings) -> Result<Settings, OutOfBounds> {
    let wire = settings.as_wire();
    if wire.provider.is_empty() {
        return Err(OutOfBounds::new("provider", "is not chosen"));
    }
    if wire.provider != GUIDE && wire.model.is_empty() {
        return Err(OutOfBounds::new("model", "is empty"));
    }
    Ok(settings)
}

/// These pages are about the AI beings of a space only.
async fn ai_member(state: &AppState, space: &SpaceId, being: &BeingId) -> Result<Being, Refusal> {
    let found = state.store.being(being).await?.filter(|being| being.kind == BeingKind::Ai);
    let standing = state.store.membership(space, being).await?;
    found.filter(|_| standing == Membership::Member).ok_or(Refusal::UnknownBeing)
}

fn new_being(space: &SpaceId) -> String {
    format!("/spaces/{space}/beings/new")
}

fn existing_being(space: &SpaceId, being: &BeingId) -> String {
    format!("/spaces/{space}/beings/{being}")
}

fn redirect_to(space: &SpaceId) -> Response {
    Redirect::to(&format!("/spaces/{space}")).into_response()
}

/// The form of an existing being, or of a new one.
async fn page(
    state: &Arc<AppState>,
    caller: &Caller,
    space: &SpaceId,
    being: Option<BeingId>,
    FormState { fields, refusal }: FormState<BeingForm>,
) -> Result<Response, Refusal> {
    policy::may_take_part(state.store.membership(space, &caller.being).await?)?;
    let space = state.store.being(space.as_being()).await?.ok_or(Refusal::UnknownSpace)?;
    let providers = state.providers(&caller.being).await?;
    let choices = Choices {
        models: models(state, &providers).await,
        providers: providers.into_iter().map(|provider| provider.name).collect(),
        is_admin: state.store.is_admin(&caller.being).await?,
    };
    let title = if being.is_some() { "An AI" } else { "Add an AI" };
    let body = form::view(&space, being.as_ref(), choices, fields, refusal.as_ref());
    Ok(sheet(&state.site.assets, refusal.as_ref(), title, body))
}

/// The models of all providers that list them in time: which one is asked for, a page without a script
/// does not know.
async fn models(state: &Arc<AppState>, providers: &[ProviderListing]) -> Vec<ModelChoice> {
    let lists = providers.iter().map(|provider| {
        let (state, provider) = (state.clone(), provider.name.clone());
        async move {
            let name = provider.clone();
            let listing = tokio::spawn(async move { state.models(&name).await });
            let listed = timeout(MODELS_MAX_WAIT, listing).await;
            let models = listed.ok().and_then(Result::ok).and_then(Result::ok).unwrap_or_default();
            models.into_iter().map(move |model| ModelChoice { provider: provider.clone(), model })
        }
    });
    join_all(lists).await.into_iter().flatten().collect()
}
