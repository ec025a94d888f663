//! The texts of messages as HTML, for the pages of spaces.

use std::{
    collections::HashSet,
    sync::{PoisonError, RwLock},
};

use app::platform::{GrowingMarkdown, Markdown};
use markdown::Page;
use protocol::BeingId;

/// Renders a message on the page of a space. Its links are no tab stops: the message is one.
pub fn render(text: &str, knows: &dyn Fn(&BeingId) -> bool) -> String {
    markdown::render(text, Page { knows, has_tab_stops: false })
}

#[derive(Default)]
pub struct Renderer {
    beings: RwLock<HashSet<BeingId>>,
}

impl Markdown for Renderer {
    fn know(&self, beings: Vec<BeingId>) {
        *self.beings.write().unwrap_or_else(PoisonError::into_inner) = beings.into_iter().collect();
    }

    fn html(&self, text: &str) -> Option<String> {
        let beings = self.beings.read().unwrap_or_else(PoisonError::into_inner);
        Some(render(text, &|being| beings.contains(being)))
    }

    fn words(&self, text: &str) -> Option<String> {
        Some(markdown::words(text))
    }

    /// Only a page that is alive says who is not here: it says so again whenever that changes.
    fn mentions(&self, _: &str) -> Option<Vec<BeingId>> {
        None
    }

    /// A page is made of what is there.
    fn grow(&self) -> Option<Box<dyn GrowingMarkdown>> {
        None
    }

    /// Every text can be rendered from the start.
    fn load(&self, _: Box<dyn FnOnce()>) {}
}
