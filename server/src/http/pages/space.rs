//! `/spaces/{space}`: rendered here with everything that it shows, so that the first paint waits for
//! nothing, and rendered again in the browser with the same data, to be used. Without script it can be
//! read, and a form sends.

use std::sync::Arc;

use app::{
    platform::Markdown,
    shell::{escaped, shell},
    ui::PlainForm,
};
use axum::{
    extract::{Request, State},
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, RETRY_AFTER},
    },
    response::{IntoResponse, Redirect, Response},
};
use client::{InboxSnapshot, SpaceSnapshot};
use leptos::{
    nonce::{Nonce, use_nonce},
    prelude::*,
};
use leptos_axum::ResponseOptions;
use protocol::{
    BeingId, Content, InboxSync, Intention, IntentionId, MessageId, SpaceEntry, SpaceId,
    SpaceListing, SpaceSync, limits::PAGE_DEFAULT_MESSAGES,
};
use serde::Deserialize;

use super::{
    FormState,
    document::{NOT_REWRITTEN, card, device_script, problem, with_script},
    history, sign_in_first,
};
use crate::{
    app_state::AppState,
    domain::{command::SendMessage, refusal::Refusal},
    http::{
        auth::{Caller, Visitor},
        extract::{Form, Path, Query},
        markdown::Renderer,
        service_worker,
    },
    store::{Execute, Window},
};

#[derive(Deserialize, Default)]
pub struct MessageForm {
    /// Made with the page, so that a form that is sent twice makes one message.
    #[serde(default)]
    id: String,
    content: String,
}

/// `?at=` is the permalink of a message. What is none opens the space as without it.
#[derive(Deserialize)]
pub struct Place {
    at: Option<String>,
}

pub async fn show(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<String>,
    Query(Place { at }): Query<Place>,
    request: Request,
) -> Result<Response, Refusal> {
    let at = at.and_then(|at| at.parse::<MessageId>().ok());
    let Some(caller) = caller else {
        let at = at.map(|at| format!("?at={at}")).unwrap_or_default();
        return Ok(sign_in_first(&format!("/spaces/{space}{at}")));
    };
    page(state, &caller, &space, at, FormState::new(MessageForm::default()), request).await
}

/// `POST /spaces/{space}`, of a browser without script.
pub async fn send(
    State(state): State<Arc<AppState>>,
    Visitor(caller): Visitor,
    Path(space): Path<String>,
    form: Result<Form<MessageForm>, Refusal>,
) -> Result<Response, Refusal> {
    let path = format!("/spaces/{space}");
    let Some(caller) = caller else { return Ok(sign_in_first(&path)) };
    let Form(form) = form?;
    match send_message(&state, &caller.being, &space, &form).await {
        Ok(_) => Ok(Redirect::to(&path).into_response()),
        Err(refusal) => {
            let form = FormState::refused(form, refusal);
            page(state, &caller, &space, None, form, Request::default()).await
        }
    }
}

async fn send_message(
    state: &AppState,
    by: &BeingId,
    space: &str,
    form: &MessageForm,
) -> Result<Intention, Refusal> {
    // A form ends each line with CRLF, whatever was typed (HTML, "constructing the entry list").
    let content = Content::parse(form.content.replace("\r\n", "\n"))?;
    let mut message = SendMessage {
        by: by.clone(),
        space: space_id(space)?,
        id: form.id.parse().unwrap_or_else(|_| new_id(state)),
        content,
        reply_to: None,
    };
    let sent = match state.store.execute(message.clone()).await {
        // Another text in a form that the reader has gone back to is another message.
        Err(Refusal::IdTaken) => {
            message.id = new_id(state);
            state.store.execute(message).await?
        }
        sent => sent?,
    };
    Ok(sent.intention)
}

async fn page(
    state: Arc<AppState>,
    caller: &Caller,
    space: &str,
    at: Option<MessageId>,
    FormState { fields, refusal }: FormState<MessageForm>,
    request: Request,
) -> Result<Response, Refusal> {
    let visit = match visit(&state, caller, space, at).await {
        Err(refusal @ (Refusal::NotMember | Refusal::UnknownSpace)) => {
            return Ok(unsent_page(&state, caller, space, &refusal));
        }
        visit => visit?,
    };
    let form = plain_form(&visit, new_id(&state), &fields.content, refusal.as_ref());
    let mut response = render(state, Some((visit, form)), request).await;
    if let Some(refusal) = refusal {
        *response.status_mut() = refusal.status();
        let after = refusal.retry_after_seconds().map(HeaderValue::from);
        response.headers_mut().extend(after.map(|seconds| (RETRY_AFTER, seconds)));
    }
    Ok(response)
}

async fn visit(
    state: &AppState,
    caller: &Caller,
    space: &str,
    at: Option<MessageId>,
) -> Result<SpaceSnapshot, Refusal> {
    let space = space_id(space)?;
    let (store, id) = (&state.store, &caller.being);
    let me = store.being(id).await?.ok_or(Refusal::NoSession)?;
    let (inbox_cursor, inbox) = store.inbox(id).await?;
    let spaces = by_name(&inbox);
    let (cursor, sync) = store.sync(&space).await?.for_being(store.as_ref(), id).await?;
    // By now the space is remembered, so this is no query.
    let founder = store.founder(&space).await?;
    let is_admin = store.is_admin(id).await?;
    let made = store.made_in(&space, id).await?;
    let window = match place(at, id, &inbox, &sync).map(Window::Around) {
        Some(around) => {
            let page = store.history(&space, around, PAGE_DEFAULT_MESSAGES).await?;
            Some(page.for_being(store.as_ref(), id).await?)
        }
        None => None,
    };
    let inbox = Some(InboxSnapshot { cursor: inbox_cursor, sync: inbox });
    Ok(SpaceSnapshot { me, spaces, founder, is_admin, made, cursor, sync, inbox, at, window })
}

/// Where the page opens, if that is before the newest messages: at the one that is asked for, or behind the
/// last one that was read. What the reader said is not unread: all that is may stand among the newest.
fn place(
    at: Option<MessageId>,
    reader: &BeingId,
    inbox: &InboxSync,
    sync: &SpaceSync,
) -> Option<MessageId> {
    let newest = sync.intentions.first().filter(|_| sync.has_earlier)?.message_id;
    let first_unread = || {
        let here = inbox.spaces.iter().find(|of| of.space.id == sync.space.id)?;
        let read_up_to = here.read_up_to.unwrap_or_default();
        let is_unread = |it: &&Intention| it.message_id > read_up_to && it.owner_id != *reader;
        let among_the_newest = sync.intentions.iter().filter(is_unread).count() as u64;
        (here.unread > among_the_newest).then(|| MessageId(read_up_to.0 + 1))
    };
    at.or_else(first_unread).filter(|at| *at < newest)
}

/// The spaces of an inbox, as they are listed.
pub(super) fn by_name(inbox: &InboxSync) -> Vec<SpaceListing> {
    let listing = |of: &SpaceEntry| SpaceListing {
        space: of.space.clone(),
        last_message_id: of.last_message_id.unwrap_or_default(),
    };
    let mut spaces: Vec<_> = inbox.spaces.iter().map(listing).collect();
    spaces.sort_by_cached_key(|listing| listing.space.name.to_lowercase());
    spaces
}

fn space_id(space: &str) -> Result<SpaceId, Refusal> {
    space.parse().map_err(|_| Refusal::UnknownSpace)
}

fn new_id(state: &AppState) -> IntentionId {
    state.rng.intention_id(state.clock.now())
}

/// The composer of a page without script.
fn plain_form(
    visit: &SpaceSnapshot,
    id: IntentionId,
    typed: &str,
    refusal: Option<&Refusal>,
) -> PlainForm {
    let action = format!("/spaces/{}", visit.sync.space.id);
    let placeholder = format!("Write to {}", visit.sync.space.name);
    let (shown, has_earlier) = match &visit.window {
        Some(page) => (&page.intentions, page.has_earlier),
        None => (&visit.sync.intentions, visit.sync.has_earlier),
    };
    let first = shown.first().filter(|_| has_earlier);
    // Where nothing is read, as without script, a page would open at the first unread message for ever.
    let newest = visit.window.as_ref().map(|_| format!("?at={}", visit.sync.last_message_id));
    let space = SpaceId::from(visit.sync.space.id.clone());
    let earlier = first.map(|first| history::before_message(&space, first.message_id));
    let earlier =
        move || earlier.clone().map(|earlier| view! { <a href=earlier>"Earlier messages"</a> });
    if visit.sync.details.archived {
        let hint = || view! { <p class="hint">{earlier()}</p> }.to_html();
        return PlainForm(Owner::new().with(hint));
    }
    let form = || {
        view! {
            <form class="composer" method="post" action=action.clone()>
                {problem(refusal)}
                <input type="hidden" name="id" value=id.to_string()/>
                <textarea name="content" rows="3" required aria-label="Message" placeholder=placeholder>{escaped(typed)}</textarea>
                <button class="primary">"Send"</button>
                <p class="hint">
                    "Without JavaScript, new messages show after a "<a href=action.clone()>"reload"</a>
                    "; editing, inviting and leaving need it. "
                    {earlier()}" "
                    {newest.clone().map(|newest| view! { <a href=newest>"Newest messages"</a> })}
                </p>
            </form>
        }
        .to_html()
    };
    PlainForm(Owner::new().with(form))
}

/// For a former member, and where the space was deleted: what they wrote on this device and could not send is
/// shown by a script.
fn unsent_page(state: &AppState, caller: &Caller, space: &str, refusal: &Refusal) -> Response {
    let being = caller.being.to_string();
    // Not its name: it may be one that it was given since.
    let (title, words) = match refusal {
        Refusal::NotMember => {
            ("You're no longer in this space", "You left it, or were removed from it.")
        }
        _ => ("Nothing here", "This space does not exist."),
    };
    let unsent = state.site.reload.is_none().then(|| {
        view! { <script type="module" src=service_worker::UNSENT_SCRIPT></script> }
    });
    let body = view! {
        <p>{words}</p>
        <section id="unsent" class="field" data-being=being data-space=space.to_owned() hidden>
            <h2>"Not sent"</h2>
            <ul class="unsent"></ul>
        </section>
        <p><a href="/">"My spaces"</a></p>
        {device_script(&state.site)}
        {unsent}
    };
    let mut page = with_script(card(&state.site.assets, None, title, body));
    *page.status_mut() = refusal.status();
    page
}

/// The app's document, with the data of a visit or without any.
pub(super) async fn render(
    state: Arc<AppState>,
    visit: Option<(SpaceSnapshot, PlainForm)>,
    request: Request,
) -> Response {
    let (assets, reload) = (state.site.assets.clone(), state.site.reload.clone());
    let is_production = reload.is_none();
    let (visit, form) = visit.unzip();
    let render = leptos_axum::render_app_async_with_context(
        move || {
            provide_context::<Arc<dyn Markdown>>(Arc::new(Renderer::default()));
            if let Some(form) = form.clone() {
                provide_context(form);
            }
            if let Some(nonce) = use_nonce().filter(|_| is_production) {
                let policy = content_security_policy(&nonce);
                let response = expect_context::<ResponseOptions>();
                response.insert_header(CONTENT_SECURITY_POLICY, policy);
            }
        },
        move || shell(assets.clone(), service_worker::SCRIPT, reload.clone(), visit.clone()),
    );
    let mut response = render(request).await;
    let headers = response.headers_mut();
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(CACHE_CONTROL, NOT_REWRITTEN);
    response
}

/// Only our own scripts run on the page. Style attributes are allowed: an avatar's colour is one.
fn content_security_policy(nonce: &Nonce) -> HeaderValue {
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a nonce is base64")
}
