//! The messages, oldest at the top. The scroller is laid out from its end, so that the newest
//! message is in view before any script runs, and prepended history moves nothing.

use leptos::{html, prelude::*, web_sys::Element};

use super::{
    browser,
    calendar::Calendar,
    copy::copy_code,
    erased::{effect, list, on_click, on_mouse, show, text, watch},
    focus::take_focus,
    message::MessageView,
    paragraph::paragraph,
    reactions::{react, say_who},
    roving::arrow_keys,
};
use crate::{
    platform::DropGuard,
    space_model::{Page, SpaceModel},
};
use client::inbox::count_in_digits;
use protocol::{BeingId, BeingKind, MessageId};

/// Farther than this from the end, a button to the end is shown.
const AWAY_PIXELS: i32 = 300;
/// Nearer than this to the end, the newest message is in view.
const END_PIXELS: i32 = 40;
/// More messages are requested when this much or less lies above or below the view.
const LOAD_AHEAD_PIXELS: i32 = 800;

#[component]
pub fn TimelineView(model: SpaceModel) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let is_away = RwSignal::new(false);
    let was_at_end = StoredValue::new(false);
    let look = move |scroller: &Element| {
        let is_at_end = is_at_end(scroller) && !untrack(|| model.has_later());
        let unseen = !is_at_end && model.has_unread();
        let up_to = unseen.then(|| last_in_view(scroller)).flatten();
        if up_to.is_some() || was_at_end.get_value() != is_at_end {
            was_at_end.set_value(is_at_end);
            model.look(up_to, is_at_end);
        }
    };
    // Once the page is in its place.
    let opening = StoredValue::new(None::<DropGuard>);
    effect(move || {
        let Some(browser) = browser() else { return };
        let frame = browser.timers.on_frame(Box::new(move || {
            let Some(scroller) = scroller.get_untracked() else { return };
            let first = scroller.query_selector(".first-unread").ok().flatten();
            if let Some(first) = first.filter(|_| scroller.scroll_top() == 0) {
                let top = first.get_bounding_client_rect().top();
                if top < scroller.get_bounding_client_rect().top() {
                    first.scroll_into_view();
                }
            }
            look(&scroller);
        }));
        opening.set_value(Some(frame));
    });
    let on_scroll = move |_| {
        let Some(scroller) = scroller.get_untracked() else { return };
        // Laid out from the end, the position is 0 at the bottom and negative above it.
        let above = scroller.scroll_height() - scroller.client_height() + scroller.scroll_top();
        if above < LOAD_AHEAD_PIXELS {
            model.load_earlier();
        }
        if scroller.scroll_top() > -LOAD_AHEAD_PIXELS && untrack(|| model.has_later()) {
            model.load_later();
        }
        let is_far = scroller.scroll_top() < -AWAY_PIXELS;
        if is_away.get_untracked() != is_far {
            is_away.set(is_far);
        }
        look(&scroller);
    };
    // The button disappears with that, so the focus moves to the messages it has shown.
    let to_end = move || {
        model.show_newest();
        if let Some(scroller) = scroller.get_untracked() {
            scroller.set_scroll_top(0);
            let _ = scroller.focus();
        }
    };
    let reaching = StoredValue::new(None::<DropGuard>);
    effect(move || {
        let Some((browser, id)) = browser().zip(model.reached().get()) else { return };
        let timers = browser.timers.clone();
        // Only what is near the view has its size: what the first frame lays out, the second one puts in
        // its place.
        let frame = browser.timers.on_frame(Box::new(move || {
            let is_marked = untrack(|| !model.is_first_unread(id));
            reach(id, is_marked);
            reaching.set_value(Some(timers.on_frame(Box::new(move || reach(id, false)))));
        }));
        reaching.set_value(Some(frame));
    });
    watch(
        move || model.on_crowded(),
        move |()| {
            let place = scroller.get_untracked().and_then(|scroller| reading_place(&scroller));
            place.into_iter().for_each(|id| model.keep_around(id));
        },
    );
    // A reader who sends a message wants to see it: scroll to the end.
    watch(
        move || model.on_message_sent(),
        move |()| {
            if let Some(scroller) = scroller.get_untracked() {
                scroller.set_scroll_top(0);
            }
        },
    );
    let answerer = move || {
        let is_ai = |id: &BeingId| model.being(id, |being| being.kind == BeingKind::Ai);
        model.roster().into_iter().find(|id| is_ai(id) == Some(true))
    };
    let calendar = Calendar::new();
    calendar.refresh_on_new_day(model);
    // Formatting a date takes long, so it is done for the time that is pointed at.
    let show_full_time = on_mouse(move |event| {
        let target = event_target::<Element>(&event);
        say_who(model, &target);
        let time = target.closest("time").ok().flatten();
        let Some(time) = time.filter(|time| !time.has_attribute("title")) else { return };
        let at = time.get_attribute("datetime").unwrap_or_default();
        if let Some(title) = calendar.in_full(&at.into()) {
            let _ = time.set_attribute("title", &title);
        }
    });
    // One listener for the buttons of all blocks of code, and for all emojis.
    let pressed = on_mouse(move |event| {
        let target = event_target(&event);
        copy_code(model, &target);
        react(model, &target);
    });
    let message = move |id| view! { <MessageView model id calendar/> }.into_any();
    let page = move |page: Page| {
        let messages = list(move || page.ids(), |id| *id, message);
        view! { <div class="message-page">{messages}</div> }.into_any()
    };
    let earlier = move || {
        let label = if model.is_loading() {
            "Loading earlier messages…"
        } else {
            "Show earlier messages"
        };
        label.to_owned()
    };
    let is_empty = Memo::new(move |_| model.is_empty());
    view! {
        // What messages have for headings begins below it.
        <h2 class="visually-hidden">"Messages"</h2>
        <div class="scroller" node_ref=scroller on:scroll=on_scroll tabindex="0" role="region" aria-label="Messages" on:keydown=arrow_keys(".scroller", ".message, .earlier, .later")>
            <div class="timeline" class:local=calendar.is_local() class:can-copy=model.can_copy() on:mouseover=show_full_time>
                {show(move || model.has_earlier().then(|| view! {
                    <button class="plain earlier" tabindex="-1" on:click=on_click(move || model.load_earlier())>{text(earlier)}</button>
                }.into_any()))}
                {show(move || is_empty.get().then(|| paragraph("hint empty", when_empty(answerer()))))}
                <div class="messages" on:click=pressed>
                    {list(move || model.pages(), |page| page.key, page)}
                </div>
                {show(move || model.has_later().then(|| view! {
                    <button class="plain later" tabindex="-1" on:click=on_click(move || model.load_later())>"Show later messages"</button>
                }.into_any()))}
            </div>
        </div>
        {show(move || (is_away.get() || model.has_later()).then(|| view! {
            <button
                class="to-end"
                aria-label=text(move || {
                    let mut label = String::from("To the newest message");
                    if model.unread() > 0 {
                        label.push_str(", ");
                        label.push_str(&count_in_digits(model.unread()));
                        label.push_str(" unread");
                    }
                    label
                })
                on:click=on_click(to_end)
            >
                <span class="unread">{text(move || match model.unread() {
                    0 => String::new(),
                    unread => count_in_digits(unread),
                })}</span>
                <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 5v14M6 13l6 6 6-6"/></svg>
            </button>
        }.into_any()))}
    }
    .into_any()
}

fn when_empty(answerer: Option<BeingId>) -> String {
    let mut words = String::from("There are no messages yet.");
    if let Some(id) = answerer {
        words.push_str(" Write ");
        words.push_str(id.as_str());
        words.push_str(" and a question to get an answer.");
    }
    words
}

/// Laid out from the end, the position is 0 there.
fn is_at_end(scroller: &Element) -> bool {
    scroller.scroll_top() > -END_PIXELS
}

/// The message at the lower edge of the view.
fn last_in_view(scroller: &Element) -> Option<MessageId> {
    message_at(scroller, scroller.get_bounding_client_rect().bottom() - 8.0)
}

/// Where the reader is: in the middle of the view, or at the end.
fn reading_place(scroller: &Element) -> Option<MessageId> {
    if is_at_end(scroller) {
        return Some(MessageId(u64::MAX));
    }
    let view = scroller.get_bounding_client_rect();
    let middle = message_at(scroller, (view.top() + view.bottom()) / 2.0);
    middle.or_else(|| last_in_view(scroller))
}

/// Scrolls a message into the middle of the view, and marks it for a moment.
fn reach(id: MessageId, is_marked: bool) {
    let Some(message) = document().get_element_by_id(&id.to_string()) else { return };
    let Ok(Some(scroller)) = message.closest(".scroller") else { return };
    let (view, place) = (scroller.get_bounding_client_rect(), message.get_bounding_client_rect());
    // Of a long one the beginning is to be seen.
    let above = ((view.height() - place.height()) / 2.0).max(view.height() / 8.0);
    let moved = place.top() - view.top() - above;
    scroller.set_scroll_top(scroller.scroll_top() + moved as i32);
    if is_marked {
        let _ = message.class_list().remove_1("marked");
        // The animation begins anew where the page has been laid out without it.
        message.client_width();
        let _ = message.class_list().add_1("marked");
        if document().active_element().is_none_or(|held| held.tag_name() != "TEXTAREA") {
            take_focus(message);
        }
    }
}

/// The message at this height.
fn message_at(scroller: &Element, y: f64) -> Option<MessageId> {
    let view = scroller.get_bounding_client_rect();
    let x = view.left() + view.width() / 2.0;
    let found = document().element_from_point(x as f32, y as f32)?;
    found.closest(".message").ok()??.id().parse().ok()
}
