//! The help pages: written as Markdown in `help/`, compiled in, and read once. They are shown under
//! `/help`, and the guide answers from them, so that each section has to stand by itself.

use std::sync::LazyLock;

use pulldown_cmark::{Options, Parser, html::push_html};

/// In the order in which they are listed.
const SOURCES: [(&str, &str); 9] = [
    ("start", include_str!("../help/start.md")),
    ("spaces", include_str!("../help/spaces.md")),
    ("messages", include_str!("../help/messages.md")),
    ("beings", include_str!("../help/beings.md")),
    ("providers", include_str!("../help/providers.md")),
    ("phone", include_str!("../help/phone.md")),
    ("privacy", include_str!("../help/privacy.md")),
    ("running", include_str!("../help/running.md")),
    ("programs", include_str!("../help/programs.md")),
];

static PAGES: LazyLock<Vec<Page>> =
    LazyLock::new(|| SOURCES.iter().map(|(slug, source)| Page::read(slug, source)).collect());

pub struct Page {
    /// What it is called in its address.
    pub slug: &'static str,
    pub title: &'static str,
    /// The sentence it begins with.
    pub opening: &'static str,
    /// All of it, its title included.
    pub html: String,
    pub sections: Vec<Section>,
}

pub struct Section {
    pub heading: &'static str,
    /// Markdown.
    pub text: &'static str,
}

pub fn pages() -> &'static [Page] {
    &PAGES
}

pub fn page(slug: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.slug == slug)
}

impl Page {
    /// Its sections begin at its second-level headings.
    fn read(slug: &'static str, source: &'static str) -> Self {
        let mut parts = source.split("\n## ").map(headed);
        let (title, opening) = parts.next().unwrap_or_default();
        let sections = parts.map(|(heading, text)| Section { heading, text }).collect();
        // It is our own text, and trusted.
        let mut html = String::new();
        push_html(&mut html, Parser::new_ext(source, Options::empty()));
        Self { slug, title: title.trim_start_matches("# "), opening, html, sections }
    }
}

/// A first line, and what stands under it.
fn headed(part: &'static str) -> (&'static str, &'static str) {
    let (line, rest) = part.split_once('\n').unwrap_or((part, ""));
    (line.trim(), rest.trim())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_page_has_a_title_an_opening_and_sections_that_say_something() {
        for page in pages() {
            assert!(!page.title.is_empty() && !page.title.starts_with('#'), "{}", page.slug);
            assert!(page.opening.ends_with('.'), "{}: {}", page.slug, page.opening);
            assert!(page.html.starts_with("<h1>"), "{}: {}", page.slug, page.html);
            assert!(page.sections.len() >= 3, "{}", page.slug);
            for Section { heading, text } in &page.sections {
                assert!(!heading.is_empty() && !text.is_empty(), "{}: {heading}", page.slug);
                let fences = text.matches("```").count();
                assert!(fences.is_multiple_of(2), "{heading} is cut within a block of code");
            }
        }
    }

    #[test]
    fn no_two_pages_have_the_same_address_and_no_two_sections_the_same_heading() {
        let slugs: HashSet<_> = pages().iter().map(|page| page.slug).collect();
        assert_eq!(slugs.len(), pages().len());
        let headings = || pages().iter().flat_map(|page| &page.sections).map(|it| it.heading);
        assert_eq!(headings().collect::<HashSet<_>>().len(), headings().count());
    }

    #[test]
    fn every_link_between_pages_leads_to_a_page() {
        let mut links = 0;
        for (slug, source) in SOURCES {
            for rest in source.split("](").skip(1) {
                let (target, _) = rest.split_once(')').expect("a link ends");
                let named = target.strip_prefix("/help/").expect("links lead to other pages");
                assert!(page(named).is_some(), "{slug} leads to {target}");
                links += 1;
            }
        }
        assert!(links > 0);
    }
}
