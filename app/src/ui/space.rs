//! The screen of one space: members, messages, outbox and composer.

use leptos::{html, prelude::*};

use super::{
    composer::Composer,
    erased::{boolean, dynamic, effect, list, on_click, show, text},
    focus::take_focus,
    member_bar::MemberBar,
    mention_style::MentionStyle,
    namesakes::{HandleStyle, Namesakes},
    outbox::OutboxList,
    panel::Panel,
    revoked::Revoked,
    sidebar::SpaceList,
    timeline::TimelineView,
};
use crate::{
    shell::{self, escaped},
    space_model::{Announcement, SpaceModel},
};
use client::{SpaceSnapshot, Status, inbox::count_in_digits};

/// The HTML of the form that sends where there is no script: the server makes it, and browsers that
/// have scripts take it for text.
#[derive(Clone)]
pub struct PlainForm(pub String);

#[component]
pub fn Space(bootstrap: SpaceSnapshot) -> impl IntoView {
    let model = SpaceModel::new(bootstrap);
    effect(move || model.start());
    // None has been shown yet; an earlier page may have shown some.
    let mut shown = None;
    effect(move || {
        let about = if model.is_revoked() { String::new() } else { model.space_name() };
        let mut title = shell::title(&about);
        let calls = model.calls();
        if calls > 0 {
            title.insert_str(0, ") ");
            title.insert_str(0, &count_in_digits(calls));
            title.insert(0, '(');
        }
        if document().title() != title {
            document().set_title(&title);
        }
        if shown.replace(calls) != Some(calls) {
            model.badge(calls);
        }
    });
    dynamic(move || {
        if model.is_revoked() {
            view! { <Revoked model/> }.into_any()
        } else {
            view! { <OpenSpace model/> }.into_any()
        }
    })
}

#[component]
fn OpenSpace(model: SpaceModel) -> impl IntoView {
    let panel_is_open = RwSignal::new(false);
    let panel_button = NodeRef::<html::Button>::new();
    // The focus returns to the button that opened the panel.
    let close_panel = move || {
        panel_is_open.set(false);
        // On a phone the panel hides the button, which cannot take the focus until the panel is
        // gone.
        if let Some(button) = panel_button.get_untracked() {
            take_focus(button.into());
        }
    };
    let namesakes = Namesakes::new(model);
    let mut search = String::from("/search?space=");
    search.push_str(model.space().as_being().as_str());
    let plain_form = use_context().map(|PlainForm(html)| html);
    view! {
        <HandleStyle namesakes/>
        <MentionStyle model/>
        <div class="space-page">
            <aside class="sidebar">
                <p class="brand"><a href="/">"Rhizome"</a></p>
                <SpaceList spaces=model.spaces() open=model/>
                <p class="elsewhere">
                    <a href=search>"Search"</a>
                    <a href="/">"Spaces & settings"</a>
                    <a href="/help">"Help"</a>
                </p>
            </aside>
            <main class="conversation">
                <SpaceHeader model namesakes panel_is_open panel_button/>
                <TimelineView model/>
                <OutboxList model/>
                <StatusBar model namesakes/>
                <Composer model/>
                <noscript inner_html=plain_form></noscript>
            </main>
            {show(move || {
                panel_is_open.get().then(|| view! { <Panel model close=close_panel/> }.into_any())
            })}
        </div>
    }
}

#[component]
fn SpaceHeader(
    model: SpaceModel,
    namesakes: Namesakes,
    panel_is_open: RwSignal<bool>,
    panel_button: NodeRef<html::Button>,
) -> impl IntoView {
    let toggle = move || panel_is_open.update(|is_open| *is_open = !*is_open);
    let topic = move || model.details(|details| details.topic.clone());
    view! {
        <header class="space-header">
            <a href="/" class="back" aria-label="My spaces">
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 5l-7 7 7 7"/></svg>
            </a>
            // The button beside it does the same, and is in the tab order.
            <h1 dir="auto" translate="no">
                <button tabindex="-1" on:click=on_click(toggle)>{text(move || model.space_name())}</button>
            </h1>
            <p class="topic" dir="auto">{text(topic)}</p>
            <MemberBar model namesakes open=toggle/>
            <button
                class="icon"
                node_ref=panel_button
                aria-label="About this space"
                aria-controls="panel"
                aria-expanded=text(move || panel_is_open.get().to_string())
                on:click=on_click(toggle)
            >
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h.01M12 12h.01M19 12h.01"/></svg>
            </button>
        </header>
    }
    .into_any()
}

/// As HTML. `sign_in` is an address of this site.
fn in_words(status: Status, sign_in: &str) -> String {
    let link =
        |href: &str, words: &str| ["<a href=\"", &escaped(href), "\">", words, "</a>"].concat();
    match status {
        Status::Online => "",
        Status::Slow => "The connection is slow. Your messages are saved.",
        Status::Offline => {
            "Waiting for the network… Your messages are saved and will be sent later."
        }
        Status::Reconnecting => "Reconnecting… Your messages are saved and will be sent later.",
        Status::Paused => "Many spaces are open. This one catches up when you look at it.",
        Status::Unreachable => {
            let mut html = String::from("Can't reach the server. Your messages are saved. ");
            html.push_str(&link("?wait", "Reload"));
            html.push_str(", or ");
            html.push_str(&link(sign_in, "sign in again"));
            html.push('.');
            return html;
        }
        Status::Gate => {
            let words = String::from("You have to sign in again in front of this server. ");
            return words + &link("?wait", "Sign in there");
        }
        Status::SignedOut => {
            return String::from("You are signed out. ") + &link(sign_in, "Sign in");
        }
    }
    .to_owned()
}

/// Above the composer: the connection's status, and errors.
#[component]
fn StatusBar(model: SpaceModel, namesakes: Namesakes) -> impl IntoView {
    let notice = model.notice();
    view! {
        <div class="status">
            <p class="connection-status" class:shown=boolean(move || model.status() != Status::Online) role="status">
                {show(move || {
                    let html = in_words(model.status(), &model.sign_in_url());
                    (!html.is_empty()).then(|| view! { <span inner_html=html></span> }.into_any())
                })}
            </p>
            {show(move || notice.get().map(|message| view! {
                <p class="notice" role="alert">
                    {message}
                    <button class="plain" on:click=on_click(move || notice.set(None))>"Dismiss"</button>
                </p>
            }.into_any()))}
        </div>
        // Each announcement is a node of its own, so that equal texts are both announced.
        <div class="visually-hidden" aria-live="polite">
            {list(
                move || model.announcement().into_iter().collect(),
                |announcement| announcement.seq,
                move |Announcement { owner, text, .. }| {
                    let name = untrack(|| namesakes.distinct_name(model, &owner));
                    view! { <p>{format!("{name}: {text}")}</p> }.into_any()
                },
            )}
        </div>
    }
    .into_any()
}
