//! The list of the reader's spaces.

use leptos::{ev::KeyboardEvent, html, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use super::{
    avatar::Avatar,
    erased::{boolean, effect, list, on_key, show, text},
    namesakes::look,
    paragraph::paragraph,
    roving,
    submit_key::is_enter,
};
use crate::space_model::SpaceModel;
use client::{SpaceNews, inbox::count_in_digits};
use protocol::{BeingId, Level};

/// With more spaces than this, there is a field to find one.
const SPACES_WITHOUT_FILTER: usize = 8;
/// The spaces that fit what is written there.
const FOUND: &str = "a:not([hidden])";

/// `open` is the space on the screen, whose name may change while it is shown.
#[component]
pub fn SpaceList(
    spaces: RwSignal<Vec<SpaceNews>>,
    #[prop(optional)] open: Option<SpaceModel>,
) -> impl IntoView {
    let nav = NodeRef::<html::Nav>::new();
    let order = StoredValue::new(Vec::<BeingId>::new());
    // Nothing moves away from under a pointer or the focus.
    let is_held = move || {
        let nav = nav.get_untracked();
        nav.is_some_and(|nav| nav.matches(":is(:hover, :focus-within)").unwrap_or_default())
    };
    let ids = move || {
        let ids: Vec<_> = spaces.with(|all| all.iter().map(|of| of.space.id.clone()).collect());
        let before = order.get_value();
        let is_same = ids.len() == before.len() && ids.iter().all(|id| before.contains(id));
        if is_same && is_held() {
            return before;
        }
        order.set_value(ids.clone());
        ids
    };
    let has_filter =
        open.is_some() && spaces.with_untracked(|all| all.len() > SPACES_WITHOUT_FILTER);
    let wanted = RwSignal::new(String::new());
    let is_wanted = move |name: &str| look(name).contains(&look(&wanted.get()));
    let link = move |id: BeingId| {
        let href = format!("/spaces/{id}");
        let is_open = open.filter(|model| model.space().as_being() == &id);
        let handle = has_namesake(spaces, &id).then(|| id.to_string());
        let of = id.clone();
        let being = Signal::derive(move || {
            let mut being = news_of(spaces, &of)?.space;
            let name = is_open.map(SpaceModel::space_name).filter(|name| !name.is_empty());
            name.into_iter().for_each(|name| being.name = name);
            Some(being)
        });
        let name = move || being.get().map(|being| being.name).unwrap_or_default();
        view! {
            <a
                href=href
                aria-current=is_open.map(|_| "page")
                hidden=boolean(move || !is_wanted(&name()))
            >
                <Avatar being/>
                <span class="who" translate="no">
                    <bdi class="name">{text(name)}</bdi>
                    {handle.map(|handle| view! { <span class="handle">{handle}</span> })}
                </span>
                {show(move || news_of(spaces, &id).and_then(mark))}
            </a>
        }
        .into_any()
    };
    if open.is_some() {
        effect(move || {
            let Some(nav) = nav.get() else { return };
            if let Ok(Some(open)) = nav.query_selector("[aria-current]") {
                let to_top =
                    open.get_bounding_client_rect().top() - nav.get_bounding_client_rect().top();
                nav.set_scroll_top(to_top as i32 - nav.client_height() / 2);
            }
        });
        effect(move || {
            wanted.track();
            spaces.track();
            let Some(nav) = nav.get() else { return };
            roving::one_tab_stop(&nav, FOUND, "[aria-current]");
        });
    }
    let open_first = move |event: KeyboardEvent| {
        let first = nav.get_untracked().and_then(|nav| nav.query_selector(FOUND).ok().flatten());
        if let Some(first) = first.filter(|_| is_enter(&event)) {
            first.unchecked_into::<HtmlElement>().click();
        }
    };
    let is_empty =
        Memo::new(move |_| !spaces.with(|all| all.iter().any(|of| is_wanted(&of.space.name))));
    view! {
        {has_filter.then(|| view! {
            <input type="search" aria-label="Find a space" placeholder="Find a space" bind:value=wanted on:keydown=on_key(open_first)/>
        })}
        {show(move || (has_filter && is_empty.get()).then(|| paragraph("hint", "No space of yours is called that.")))}
        <nav class="spaces" aria-label="My spaces" node_ref=nav on:keydown=roving::arrow_keys(".spaces", FOUND)>
            {list(ids, BeingId::clone, link)}
        </nav>
    }
}

fn news_of(spaces: RwSignal<Vec<SpaceNews>>, id: &BeingId) -> Option<SpaceNews> {
    spaces.with(|all| all.iter().find(|of| of.space.id == *id).cloned())
}

fn has_namesake(spaces: RwSignal<Vec<SpaceNews>>, id: &BeingId) -> bool {
    spaces.with_untracked(|all| {
        let name = |of: &SpaceNews| look(&of.space.name);
        let this = all.iter().find(|of| of.space.id == *id).map(name);
        all.iter().filter(|of| Some(name(of)) == this).count() > 1
    })
}

/// How many messages are unread, and whether some of them mention the reader; or that the space is quiet.
fn mark(SpaceNews { unread, mentions, level, .. }: SpaceNews) -> Option<AnyView> {
    if level == Level::Nothing {
        return Some(view! { <span class="muted" hidden></span> }.into_any());
    }
    let (mut shown, mut words) = (count_in_digits(unread), count_in_digits(unread));
    words.push_str(" unread");
    if mentions > 0 {
        shown.insert(0, '@');
        words.push_str(", ");
        words.push_str(&count_in_digits(mentions));
        words.push_str(if mentions == 1 { " mention" } else { " mentions" });
    }
    let unread_mark = move || {
        let class = if mentions > 0 { "unread mention" } else { "unread" };
        view! { <span class=class role="img" aria-label=words>{shown}</span> }.into_any()
    };
    (unread > 0).then(unread_mark)
}
