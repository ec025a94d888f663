//! `/spaces/{space}/settings`: the name and the topic of a space, who finds it, its archive and its end. Offered
//! is only what the reader may do.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use protocol::{
    Name, OutOfBounds, SpaceId, SpaceSync, Topic,
    limits::{NAME_MAX_CHARACTERS, TOPIC_MAX_CHARACTERS},
};
use serde::Deserialize;

use super::{
    FormState,
    document::{problem, sheet},
    sign_in_first,
};
use crate::{
    app_state::AppState,
    domain::{
        command::{ChangeBeing, ChangeSpace, DeleteSpace},
        policy::{self, Actor, Membership},
        refusal::Refusal,
    },
    http::{
        auth::{Caller, Visitor},
        extract::{Form, Path},
    },
    store::Execute,
};

/// Each of the page's forms has its own of these.
#[derive(Deserialize, Default)]
pub struct SettingsForm {
    name: Option<String>,
    topic: Option<String>,
    /// `open` or `invite`.
    joining: Option<String>,
    archived: Option<bool>,
    /// The name of the space, typed by who deletes it.
    #[serde(default)]
    confirmed: String,
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<SpaceId>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&path(&space))) };
    page(&state, &caller, &space, FormState::new(SettingsForm::default())).await
}

pub async fn change(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<SpaceId>,
    Form(form): Form<SettingsForm>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&path(&space))) };
    match change_space(&state, &caller, &space, &form).await {
        Ok(()) => Ok(Redirect::to(&path(&space)).into_response()),
        Err(refusal) => page(&state, &caller, &space, FormState::refused(form, refusal)).await,
    }
}

async fn change_space(
    state: &AppState,
    caller: &Caller,
    space: &SpaceId,
    form: &SettingsForm,
) -> Result<(), Refusal> {
    let by = &caller.being;
    // Parsed before anything is changed.
    let name = form.name.as_deref().map(Name::parse).transpose()?;
    let topic = form.topic.as_deref().map(Topic::parse).transpose()?;
    let (by, being) = (by.clone(), space.as_being().clone());
    let open = form.joining.as_deref().map(|joining| joining == "open");
    let (space, archived) = (space.clone(), form.archived);
    let change = ChangeSpace { by: by.clone(), space, topic, archived, open };
    state.store.execute(change).await?;
    if name.is_some() {
        let rename = ChangeBeing { by, being, name, hue: None, settings: None };
        state.store.execute(rename).await?;
    }
    Ok(())
}

/// `POST /spaces/{space}/delete`
pub async fn delete(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<SpaceId>,
    Form(form): Form<SettingsForm>,
) -> Result<Response, Refusal> {
    let Some(caller) = caller else { return Ok(sign_in_first(&path(&space))) };
    let deleted = async {
        let store = &state.store;
        let (_, sync) = store.sync(&space).await?.for_being(store.as_ref(), &caller.being).await?;
        if form.confirmed.trim() != sync.space.name {
            return Err(OutOfBounds::new("confirmed", "is not the name of this space").into());
        }
        store.execute(DeleteSpace { by: caller.being.clone(), space: space.clone() }).await
    };
    match deleted.await {
        Ok(()) => Ok(Redirect::to("/").into_response()),
        Err(refusal) => page(&state, &caller, &space, FormState::refused(form, refusal)).await,
    }
}

fn path(space: &SpaceId) -> String {
    format!("/spaces/{space}/settings")
}

async fn page(
    state: &AppState,
    caller: &Caller,
    space: &SpaceId,
    form: FormState<SettingsForm>,
) -> Result<Response, Refusal> {
    let (store, id) = (&state.store, &caller.being);
    let (_, sync) = store.sync(space).await?.for_being(store.as_ref(), id).await?;
    let founder = store.founder(space).await?;
    let actor = Actor { id: id.clone(), is_admin: store.is_admin(id).await? };
    let verdict =
        policy::may_change_space(&actor, Membership::Member, founder.as_ref(), &sync.details);
    let body = body(&sync, verdict.is_ok(), &form);
    Ok(sheet(&state.site.assets, form.refusal.as_ref(), "Space settings", body))
}

fn body(
    sync: &SpaceSync,
    may_change: bool,
    FormState { fields, refusal }: &FormState<SettingsForm>,
) -> impl IntoView + use<> {
    let (space, details) = (&sync.space, &sync.details);
    let (back, action) = (format!("/spaces/{}", space.id), path(&SpaceId::from(space.id.clone())));
    let is_own = may_change && !details.direct;
    let name = fields.name.clone().unwrap_or_else(|| space.name.clone());
    let topic = fields.topic.clone().unwrap_or_else(|| details.topic.clone());
    let (name_max, topic_max) = (NAME_MAX_CHARACTERS.to_string(), TOPIC_MAX_CHARACTERS.to_string());
    let shown = (!may_change).then(|| {
        let topic = if topic.is_empty() { "It has no topic.".to_owned() } else { topic.clone() };
        view! {
            <p dir="auto">{topic}</p>
            <p class="hint">"Only its founder or an admin can change this space."</p>
        }
    });
    let (open, archived) = (details.open, details.archived);
    let about = may_change.then(|| view! {
        <form method="post" action=action.clone() aria-label="About">
            {is_own.then(|| view! {
                <label>"Name"<input name="name" value=name required maxlength=name_max autocomplete="off"/></label>
            })}
            <label>"Topic"<input name="topic" value=topic maxlength=topic_max autocomplete="off" dir="auto"/></label>
            {is_own.then(|| view! {
                <fieldset>
                    <legend>"Who can join"</legend>
                    <label class="choice"><input type="radio" name="joining" value="invite" checked=!open/>"Who has an invite"</label>
                    <label class="choice"><input type="radio" name="joining" value="open" checked=open/>"Everybody who has an account: the space is in the directory"</label>
                </fieldset>
            })}
            <button class="primary">"Save"</button>
        </form>
    });
    let archive = may_change.then(|| {
        let (words, button) = match archived {
            true => ("This space is archived: it can be read, and nothing is added to it.", "Take out of the archive"),
            false => ("An archived space can be read and searched. Nothing is added to it, and nobody joins.", "Archive"),
        };
        view! {
            <h2>"Archive"</h2>
            <p class="hint">{words}</p>
            <form method="post" action=action>
                <input type="hidden" name="archived" value=(!archived).to_string()/>
                <button>{button}</button>
            </form>
        }
    });
    let delete = is_own.then(|| view! {
        <h2>"Delete"</h2>
        <p class="hint">"Everything that was said here is deleted, for everybody and for good."</p>
        <form class="inline" method="post" action=format!("{back}/delete") aria-label="Delete this space">
            <label>{format!("To delete it, type its name: {}", space.name)}<input name="confirmed" required autocomplete="off"/></label>
            <button class="danger">"Delete"</button>
        </form>
    });
    view! {
        <p><a href=back>{format!("← {}", space.name)}</a></p>
        <h1>"Space settings"</h1>
        {problem(refusal.as_ref())}
        {shown}
        {about}
        {archive}
        {delete}
    }
}
