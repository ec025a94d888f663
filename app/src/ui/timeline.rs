//! What was said, oldest at the top. The scroller is laid out from its end, so that the newest
//! message is in view before any script runs, and history put in front moves nothing.

use leptos::{html, prelude::*};

use super::{
    change::{flag, list, maybe, on_change, press, words},
    message::MessageView,
};
use crate::{
    protocol::{BeingId, BeingKind},
    session::{Page, Session},
};

/// A reader who is further than this from the end is shown the way there.
const AWAY_PIXELS: i32 = 300;
/// Earlier messages are asked for when so much or less lies above the view.
const LOAD_AHEAD_PIXELS: i32 = 800;

#[component]
pub fn TimelineView(session: Session) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let is_away = RwSignal::new(false);
    // Whether something came meanwhile.
    let has_news = RwSignal::new(false);
    let on_scroll = move |_| {
        let Some(scroller) = scroller.get_untracked() else { return };
        // Laid out from the end, the position is 0 at the bottom and negative above it.
        let above = scroller.scroll_height() - scroller.client_height() + scroller.scroll_top();
        if above < LOAD_AHEAD_PIXELS {
            session.load_earlier();
        }
        let is_far = scroller.scroll_top() < -AWAY_PIXELS;
        if is_away.get_untracked() != is_far {
            has_news.set(false);
            is_away.set(is_far);
        }
    };
    on_change(
        move || drop(session.announcement()),
        move |()| {
            if is_away.get_untracked() {
                has_news.set(true);
            }
        },
    );
    // The button goes with that, and the focus goes to what it has shown.
    let to_end = move || {
        if let Some(scroller) = scroller.get_untracked() {
            scroller.set_scroll_top(0);
            let _ = scroller.focus();
        }
    };
    // Who speaks wants to see it: what I say brings me to the end.
    on_change(
        move || session.spoke(),
        move |()| {
            if let Some(scroller) = scroller.get_untracked() {
                scroller.set_scroll_top(0);
            }
        },
    );
    let answerer = move || {
        let is_ai = |id: &BeingId| session.being(id, |being| being.kind == BeingKind::Ai);
        session.roster().into_iter().find(|id| is_ai(id) == Some(true))
    };
    let message = move |id| view! { <MessageView session id/> }.into_any();
    let page = move |page: Page| {
        let messages = list(move || page.ids(), |id| *id, message);
        view! { <div class="page">{messages}</div> }.into_any()
    };
    let earlier = move || {
        let words = if session.is_loading() {
            "Loading earlier messages…"
        } else {
            "Show earlier messages"
        };
        words.to_owned()
    };
    let is_empty = Memo::new(move |_| session.is_empty());
    view! {
        <div class="scroller" node_ref=scroller on:scroll=on_scroll tabindex="0" role="region" aria-label="Messages">
            <div class="timeline">
                {maybe(move || session.has_earlier().then(|| view! {
                    <button class="plain earlier" on:click=press(move || session.load_earlier())>{words(earlier)}</button>
                }.into_any()))}
                {maybe(move || is_empty.get().then(|| view! {
                    <p class="hint empty">
                        "Nothing has been said here yet."
                        {answerer().map(|id| format!(" Write {id} and a question, and it answers."))}
                    </p>
                }.into_any()))}
                <div class="messages">
                    {list(move || session.pages(), |page| page.key, page)}
                </div>
            </div>
        </div>
        {maybe(move || is_away.get().then(|| view! {
            <button
                class="to-end"
                class:news=flag(move || has_news.get())
                aria-label="To the newest message"
                on:click=press(to_end)
            >
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 5v14M6 13l6 6 6-6"/></svg>
            </button>
        }.into_any()))}
    }
    .into_any()
}
