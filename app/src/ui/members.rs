//! The members of a space, in the panel: all of them, with their handles.

use leptos::{html, prelude::*};

use super::{
    avatar::Avatar,
    erased::{dynamic, list, on_click, show, text},
    focus::{take_focus, take_focus_on_return},
    namesakes::look,
    paragraph::paragraph,
    roving,
};
use crate::space_model::SpaceModel;
use protocol::{BeingId, BeingKind};

/// With more members than this, there is a field to find one.
const MEMBERS_WITHOUT_FILTER: usize = 8;

#[component]
pub fn MemberList(model: SpaceModel) -> impl IntoView {
    let wanted = RwSignal::new(String::new());
    let heading = move || format!("Members ({})", model.roster().len());
    let has_filter = Memo::new(move |_| model.roster().len() > MEMBERS_WITHOUT_FILTER);
    let shown = move || {
        let wanted = look(&wanted.get());
        let is_wanted = |id: &BeingId| {
            wanted.is_empty()
                || look(&model.name_of(id)).contains(&wanted)
                || look(&id.to_string()).contains(&wanted)
        };
        model.roster().into_iter().filter(is_wanted).collect::<Vec<_>>()
    };
    let is_empty = Memo::new(move |_| shown().is_empty());
    let all = NodeRef::new();
    view! {
        <section class="all-members">
            <h3>{text(heading)}</h3>
            {show(move || has_filter.get().then(|| view! {
                <input type="search" aria-label="Find a member" placeholder="Find a member" bind:value=wanted/>
            }.into_any()))}
            {show(move || is_empty.get().then(|| paragraph("hint", "Nobody here is called that.")))}
            <ul class="members" node_ref=all tabindex="0" aria-label="Members" on:keydown=roving::arrow_keys(".members", "li")>
                {list(shown, BeingId::clone, move |id| view! { <Member model id all/> }.into_any())}
            </ul>
        </section>
    }
    .into_any()
}

#[component]
fn Member(model: SpaceModel, id: BeingId, all: NodeRef<html::Ul>) -> impl IntoView {
    let (name_id, being_id, link_id) = (id.clone(), id.clone(), id.clone());
    let being = Signal::derive(move || model.being(&being_id, Clone::clone));
    let is_ai = move || being.with(|being| being.as_ref().is_some_and(|b| b.kind == BeingKind::Ai));
    let settings = format!("/spaces/{}/beings/{id}", model.space());
    let is_founder = model.is_founder(&id);
    // Who may change an AI being removes it on the page of its settings.
    let may_change = model.may_change(&id);
    let may_remove = id != model.me() && model.keeps_space();
    let handle = id.to_string();
    // A member stays what it is.
    let is_other = id != model.me() && untrack(|| !is_ai());
    view! {
        <li tabindex="-1">
            <Avatar being/>
            <span class="who" translate="no">
                <bdi class="name">{text(move || model.name_of(&name_id))}</bdi>
                <span class="handle">{handle.clone()}</span>
            </span>
            {is_founder.then(|| view! { <span class="badge">"Founder"</span> })}
            {show(move || is_ai().then(|| view! { <span class="badge">"AI"</span> }.into_any()))}
            {is_other.then(|| link(["/direct?with=", &handle].concat(), "Message", &handle))}
            {show(move || if is_ai() && may_change {
                Some(link(settings.clone(), "Settings", link_id.as_str()))
            } else {
                may_remove.then(|| view! { <RemoveButton model id=link_id.clone() all/> }.into_any())
            })}
        </li>
    }
}

/// A page about a member.
fn link(href: String, words: &'static str, of: &str) -> AnyView {
    let label = [words, if words == "Settings" { " of " } else { " " }, of].concat();
    view! { <a href=href tabindex="-1" aria-label=label>{words}</a> }.into_any()
}

/// Asks first: a removal revokes the space's invites, too. The member's row goes with its buttons, so the
/// focus moves to the list of all.
#[component]
fn RemoveButton(model: SpaceModel, id: BeingId, all: NodeRef<html::Ul>) -> impl IntoView {
    let is_asking = RwSignal::new(false);
    let return_focus = take_focus_on_return(move || is_asking.get());
    let label = format!("Remove {id}");
    dynamic(move || {
        let (id, label) = (id.clone(), label.clone());
        let remove = move || {
            model.remove_member(id.clone());
            all.get_untracked().into_iter().for_each(|all| take_focus(all.into()));
        };
        if is_asking.get() {
            view! {
                // Not in the place of the button that asked, so that a second press is harmless.
                <button class="plain danger" tabindex="-1" aria-label=label on:click=on_click(remove)>"Remove"</button>
                <button class="plain" tabindex="-1" use:take_focus on:click=on_click(move || is_asking.set(false))>"Cancel"</button>
            }
            .into_any()
        } else {
            view! {
                <button class="plain" tabindex="-1" aria-label=format!("{label}…") use:return_focus on:click=on_click(move || is_asking.set(true))>"Remove"</button>
            }
            .into_any()
        }
    })
}
