//! The versions of an answer that was written again: "‹ 2 / 3 ›". The newest is shown first, and goes on growing
//! while the reader looks at another. Earlier ones are loaded when the reader first asks for one.

use leptos::{ev::MouseEvent, prelude::*};

use super::{
    erased::{On, on_click, show, text, watch},
    paragraph::{alert, paragraph},
};
use crate::{
    shell::escaped,
    space_model::{LoadedVersions, SpaceModel},
};
use protocol::{AnswerVersion, FailureReason, IntentionState, MessageId};

/// Which version of a message is on the screen.
#[derive(Clone, Copy)]
pub struct Versions {
    of: StoredValue<(SpaceModel, MessageId)>,
    /// An earlier version; `None` while it is the newest.
    shown: RwSignal<Option<Shown>>,
    /// All of them, oldest first, until there may be others.
    loaded: StoredValue<Option<Vec<AnswerVersion>>>,
    loading: RwSignal<Loading>,
}

#[derive(Clone)]
struct Shown {
    /// 1 is the oldest.
    number: usize,
    version: AnswerVersion,
}

#[derive(Clone, PartialEq, Eq)]
enum Loading {
    Idle,
    UnderWay,
    Failed(String),
}

impl Versions {
    pub fn new(model: SpaceModel, id: MessageId) -> Self {
        let shown = RwSignal::new(None);
        let loaded = StoredValue::new(None);
        watch(
            move || model.message(id, |row| (row.versions, row.state)),
            move |_| loaded.set_value(None),
        );
        let of = StoredValue::new((model, id));
        Self { of, shown, loaded, loading: RwSignal::new(Loading::Idle) }
    }

    /// How the version that is shown has ended; `None` while that is the newest, which may go on.
    pub fn ending(self) -> Option<(IntentionState, Option<FailureReason>)> {
        self.shown.with(|shown| shown.as_ref().map(|it| (it.version.state, it.version.reason)))
    }

    /// The text of the version that is shown; `None` while that is the newest.
    pub fn content(self) -> Option<String> {
        self.shown.with(|shown| shown.as_ref().map(|it| it.version.content.clone()))
    }

    pub fn show_newest(self) {
        self.loading.set(Loading::Idle);
        self.shown.set(None);
    }

    fn count(self) -> usize {
        let (model, id) = self.of.get_value();
        model.message(id, |row| usize::from(row.versions.get())).unwrap_or(1)
    }

    fn number(self) -> usize {
        self.shown.with(|shown| shown.as_ref().map(|it| it.number)).unwrap_or_else(|| self.count())
    }

    fn step(self, is_back: bool) {
        let (number, count) = untrack(|| (self.number(), self.count()));
        let next = if is_back { number.saturating_sub(1) } else { number + 1 };
        if next >= count {
            self.show_newest();
        } else if next > 0 && self.loading.get_untracked() != Loading::UnderWay && !self.show(next)
        {
            self.loading.set(Loading::UnderWay);
            let (model, id) = self.of.get_value();
            model.load_versions(id, move |versions| self.take(next, versions));
        }
    }

    /// Whether it is loaded.
    fn show(self, number: usize) -> bool {
        let version = self.loaded.with_value(|all| all.as_ref()?.get(number - 1).cloned());
        let Some(version) = version else { return false };
        self.loading.set(Loading::Idle);
        self.shown.set(Some(Shown { number, version }));
        true
    }

    /// The message may be gone by now.
    fn take(self, wanted: usize, versions: LoadedVersions) {
        if self.loading.try_get_untracked() != Some(Loading::UnderWay) {
            return;
        }
        match versions {
            Ok(versions) => {
                self.loaded.set_value(Some(versions));
                if !self.show(wanted) {
                    self.show_newest();
                }
            }
            Err(problem) => self.loading.set(Loading::Failed(problem)),
        }
    }
}

/// The version in the place of the message's text.
#[component]
pub fn VersionContent(model: SpaceModel, content: String) -> impl IntoView {
    let html = model.html(&content).unwrap_or_else(|| escaped(&content));
    view! { <div class="content" inner_html=html></div> }
}

#[component]
pub fn VersionBar(versions: Versions) -> impl IntoView {
    let has_several = Memo::new(move |_| versions.count() > 1);
    let step = move |is_back| -> On<MouseEvent> { on_click(move || versions.step(is_back)) };
    let is_first = move || (versions.number() == 1).to_string();
    let is_last = move || (versions.number() == versions.count()).to_string();
    let number = move || format!("{} / {}", versions.number(), versions.count());
    let note = move || match versions.loading.get() {
        Loading::Idle => None,
        Loading::UnderWay => Some(paragraph("hint", "Loading…")),
        Loading::Failed(problem) => Some(alert("problem", problem)),
    };
    show(move || {
        has_several.get().then(|| view! {
        <div class="versions" role="group" aria-label="Versions of this answer">
            // At an end a button stays what it is, so that it keeps the focus.
            <button class="plain" tabindex="-1" aria-label="Earlier version" aria-disabled=text(is_first) on:click=step(true)>"‹"</button>
            <span aria-live="polite">{text(number)}</span>
            <button class="plain" tabindex="-1" aria-label="Later version" aria-disabled=text(is_last) on:click=step(false)>"›"</button>
            {show(note)}
        </div>
    }.into_any())
    })
}
