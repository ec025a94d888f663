//! Long messages are folded: their beginning is shown, and a button shows the rest.

use leptos::{html, prelude::*, web_sys::Element};

use super::erased::{effect, on_click, text};

/// A text with more characters or more lines than this is folded. It is well above what a fold shows, so
/// that unfolding is worth a press.
const FOLD_CHARACTERS: usize = 4_000;
const FOLD_LINES: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// There is nothing to fold.
    Short,
    Folded,
    Open,
    /// Its text is long, but all of it is seen: what is long are marks that take no room.
    Seen,
}

impl Fold {
    /// A message as it is first shown.
    pub fn of(text: &str) -> Self {
        if is_long(text) { Self::Folded } else { Self::Short }
    }

    /// After the text has changed.
    pub fn with(self, text: &str) -> Self {
        match (self, is_long(text)) {
            (_, false) => Self::Short,
            (Self::Short, true) => Self::Folded,
            (this, true) => this,
        }
    }

    pub fn has_button(self) -> bool {
        matches!(self, Self::Folded | Self::Open)
    }

    pub fn class(self) -> &'static str {
        match self {
            Self::Short | Self::Seen => "content",
            Self::Folded => "content long folded",
            Self::Open => "content long",
        }
    }
}

fn is_long(text: &str) -> bool {
    let has_more_characters =
        text.len() > FOLD_CHARACTERS && text.chars().nth(FOLD_CHARACTERS).is_some();
    has_more_characters || text.matches('\n').nth(FOLD_LINES - 1).is_some()
}

/// `area` is what it folds.
#[component]
pub fn FoldButton(fold: RwSignal<Fold>, area: NodeRef<html::Div>) -> impl IntoView {
    let is_open = move || fold.get() == Fold::Open;
    effect(move || {
        let Some(area) = area.get() else { return };
        // Only once it is laid out is it known whether it hides anything.
        request_animation_frame(move || {
            let hides_nothing = area.scroll_height() <= area.client_height();
            if hides_nothing && fold.try_get_untracked() == Some(Fold::Folded) {
                fold.set(Fold::Seen);
            }
        });
    });
    let toggle = move || {
        area.get_untracked().into_iter().for_each(|area| hold_in_place(&area));
        fold.set(if untrack(is_open) { Fold::Folded } else { Fold::Open });
    };
    view! {
        <button class="plain fold" aria-expanded=text(move || is_open().to_string()) on:click=on_click(toggle)>
            {text(move || if is_open() { "Show less" } else { "Show more" }.to_owned())}
        </button>
    }
}

/// Keeps a message where it is while a part of it opens or closes. Laid out from its end, the timeline would
/// move what is above, and the reader reads on there.
pub fn hold_in_place(part: &Element) {
    let Ok(Some(message)) = part.closest(".message") else { return };
    let before = top(&message);
    request_animation_frame(move || {
        if let Ok(Some(scroller)) = message.closest(".scroller") {
            let moved = top(&message) - before;
            scroller.set_scroll_top(scroller.scroll_top() + moved.round() as i32);
        }
    });
}

fn top(element: &Element) -> f64 {
    element.get_bounding_client_rect().top()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_folded_by_its_characters_and_by_its_lines() {
        let lines = |count: usize| vec!["a"; count].join("\n");
        for (text, fold) in [
            (String::new(), Fold::Short),
            ("a".repeat(FOLD_CHARACTERS), Fold::Short),
            ("a".repeat(FOLD_CHARACTERS + 1), Fold::Folded),
            ("漢".repeat(FOLD_CHARACTERS), Fold::Short),
            ("🌱".repeat(FOLD_CHARACTERS + 1), Fold::Folded),
            (lines(FOLD_LINES), Fold::Short),
            (lines(FOLD_LINES + 1), Fold::Folded),
        ] {
            assert_eq!(Fold::of(&text), fold, "{} bytes", text.len());
        }
    }

    #[test]
    fn an_edit_folds_what_has_become_long_and_leaves_open_what_is_open() {
        let (short, long) = ("a", "a\n".repeat(FOLD_LINES));
        for (before, text, after) in [
            (Fold::Short, short, Fold::Short),
            (Fold::Short, &long, Fold::Folded),
            (Fold::Folded, &long, Fold::Folded),
            (Fold::Open, &long, Fold::Open),
            (Fold::Open, short, Fold::Short),
            (Fold::Seen, &long, Fold::Seen),
        ] {
            assert_eq!(before.with(text), after, "{before:?}");
        }
    }
}
