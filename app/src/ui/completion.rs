//! The members that a mention may mean, while it is being typed: a list over the text field, which keeps the focus
//! (ARIA Authoring Practices, "Editable Combobox With List Autocomplete").

use leptos::{
    ev::KeyboardEvent,
    html,
    prelude::*,
    web_sys::{Event, HtmlTextAreaElement},
};

use super::{
    avatar::Avatar,
    erased::{effect, list, on_click, on_mouse, show, text},
    submit_key,
};
use crate::{
    mention::{RANKS, folded, rank, typed_at},
    space_model::SpaceModel,
};
use protocol::{BeingId, BeingKind};

/// So many fit over the keyboard of a phone.
const SHOWN_MAX: usize = 6;
const LIST_ID: &str = "completion";

/// The completion of one text field.
#[derive(Clone, Copy)]
pub struct Completion {
    model: SpaceModel,
    area: NodeRef<html::Textarea>,
    found: RwSignal<Vec<BeingId>>,
    /// Which of them a key accepts.
    active: RwSignal<usize>,
}

impl Completion {
    pub fn new(model: SpaceModel, area: NodeRef<html::Textarea>) -> Self {
        let this = Self { model, area, found: RwSignal::default(), active: RwSignal::new(0) };
        effect(move || this.describe());
        this
    }

    /// The list, while something fits.
    pub fn list(self) -> impl IntoView {
        let found = self.found;
        let is_open = Memo::new(move |_| !found.with(Vec::is_empty));
        show(move || {
            let options = move || {
                let suggestion = move |id| view! { <Suggestion completion=self id/> }.into_any();
                list(move || found.get(), BeingId::clone, suggestion)
            };
            is_open.get().then(|| {
                view! {
                    <ul class="completion" id=LIST_ID role="listbox" aria-label="Members">{options()}</ul>
                }
                .into_any()
            })
        })
    }

    /// Looks again at what stands before the caret.
    pub fn update(self) {
        let found = self.area.get_untracked().and_then(|area| self.fitting(&area));
        self.offer(found.unwrap_or_default());
    }

    pub fn close(self) {
        self.offer(Vec::new());
    }

    /// Whether a key was for the list, and nothing else is to be done with it.
    pub fn handle_key(self, event: &KeyboardEvent) -> bool {
        let count = self.found.with_untracked(Vec::len);
        let Some(active) = untrack(|| self.active_id()) else { return false };
        let step = |by| self.active.update(|active| *active = (*active + by) % count);
        let is = |key| submit_key::is_plain(event, key);
        if submit_key::is_escape(event) {
            self.close();
        } else if is("Enter") && self.is_written_out(&active) {
            self.close();
            return false;
        } else if is("Enter") || is("Tab") {
            self.accept(&active);
        } else if is("ArrowDown") {
            step(1);
        } else if is("ArrowUp") {
            step(count - 1);
        } else {
            // The caret goes elsewhere.
            if is("ArrowLeft") || is("ArrowRight") || is("Home") || is("End") {
                self.close();
            }
            return false;
        }
        event.prevent_default();
        true
    }

    fn offer(self, found: Vec<BeingId>) {
        // A field that is removed with its page loses the focus, and is told so, after the signals are gone.
        let is_closed = self.found.try_with_untracked(Vec::is_empty) != Some(false);
        if !(found.is_empty() && is_closed) {
            self.active.try_set(0);
            self.found.try_set(found);
        }
    }

    fn fitting(self, area: &HtmlTextAreaElement) -> Option<Vec<BeingId>> {
        let (text, caret) = (area.value(), caret(area));
        let beginning = self.fold(typed_at(&text, caret)?.beginning);
        let (me, model) = (self.model.me(), self.model);
        let ranked = |id: BeingId| {
            let (name, kind) =
                model.being_untracked(&id, |being| (being.name.clone(), being.kind))?;
            let (handle, is_ai) = (id.as_str().get(1..)?, kind == BeingKind::Ai);
            let rank = rank(&beginning, &self.fold(handle), &self.fold(&name), is_ai)?;
            (id != me).then_some((rank, id))
        };
        let roster = untrack(|| model.roster());
        let ranked: Vec<_> = roster.into_iter().filter_map(ranked).collect();
        // So few ranks need no sort, whose code would be large.
        let mut found = Vec::new();
        for rank in RANKS {
            found.extend(ranked.iter().filter(|it| it.0 == rank).map(|(_, id)| id.clone()));
        }
        found.truncate(SHOWN_MAX);
        let everyone = BeingId::everyone();
        if model.keeps_space() && self.fold(&everyone.as_str()[1..]).starts_with(&beginning) {
            found.push(everyone);
        }
        Some(found)
    }

    /// Whether the handle stands there already. Then Enter sends.
    fn is_written_out(self, active: &BeingId) -> bool {
        let Some(area) = self.area.get_untracked() else { return false };
        let text = area.value();
        let typed = typed_at(&text, caret(&area));
        typed.is_some_and(|typed| active.as_str()[1..].eq_ignore_ascii_case(typed.beginning))
    }

    fn fold(self, text: &str) -> String {
        folded(&self.model.normalized(text))
    }

    /// Puts the handle in the place of what was typed. The field tells of it as of any input.
    fn accept(self, chosen: &BeingId) {
        self.close();
        let Some(area) = self.area.get_untracked() else { return };
        let (text, caret) = (area.value(), caret(&area));
        let Some(typed) = typed_at(&text, caret) else { return };
        let mention = chosen.to_string() + " ";
        let end = typed.from + mention.len() as u32;
        let _ = area.set_range_text_with_start_and_end(&mention, typed.from, caret);
        let _ = area.set_selection_range(end, end);
        if let Ok(input) = Event::new("input") {
            let _ = area.dispatch_event(&input);
        }
    }

    fn active_id(self) -> Option<BeingId> {
        let active = self.active.get();
        self.found.with(|found| found.get(active).cloned())
    }

    /// Says which option is active to who does not see the list.
    fn describe(self) {
        let active = self.active_id();
        let Some(area) = self.area.get() else { return };
        if let Some(active) = active {
            let _ = area.set_attribute("aria-controls", LIST_ID);
            let _ = area.set_attribute("aria-activedescendant", &option_id(&active));
        } else {
            let _ = area.remove_attribute("aria-controls");
            let _ = area.remove_attribute("aria-activedescendant");
        }
    }
}

fn caret(area: &HtmlTextAreaElement) -> u32 {
    area.selection_start().ok().flatten().unwrap_or(0)
}

fn option_id(id: &BeingId) -> String {
    LIST_ID.to_owned() + id.as_str()
}

#[component]
fn Suggestion(completion: Completion, id: BeingId) -> impl IntoView {
    let model = completion.model;
    let (being_id, name_id, this, chosen) = (id.clone(), id.clone(), id.clone(), id.clone());
    let being = Signal::derive(move || model.being(&being_id, Clone::clone));
    let name = move || match name_id.is_everyone() {
        true => "All members".to_owned(),
        false => model.name_of(&name_id),
    };
    let is_active = move || (completion.active_id().as_ref() == Some(&this)).to_string();
    view! {
        <li
            id=option_id(&id)
            role="option"
            aria-selected=text(is_active)
            // The field keeps the focus, and a phone its keyboard.
            on:mousedown=on_mouse(|event| event.prevent_default())
            on:click=on_click(move || completion.accept(&chosen))
        >
            <Avatar being/>
            <span class="who" translate="no">
                <bdi class="name">{text(name)}</bdi>
                <span class="handle">{id.to_string()}</span>
            </span>
        </li>
    }
}
