//! The help pages: Markdown in `help/`, compiled in and parsed once. `/help` shows them, and the guide
//! answers from them, so each section has to make sense by itself.

use std::sync::LazyLock;

use app::shell::escaped;
use markdown::Page as Surroundings;

/// In the order of the list on `/help`.
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
    LazyLock::new(|| SOURCES.iter().map(|(slug, source)| Page::parse(slug, source)).collect());

pub struct Page {
    /// Its name in its address.
    pub slug: &'static str,
    pub title: &'static str,
    /// Its first paragraph, one sentence.
    pub opening: &'static str,
    /// The whole page, including its title.
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
    /// A section begins at each second-level heading.
    fn parse(slug: &'static str, source: &'static str) -> Self {
        let mut parts = source.split("\n## ").map(headed);
        let (title, opening) = parts.next().unwrap_or_default();
        let sections: Vec<_> = parts.map(|(heading, text)| Section { heading, text }).collect();
        let title = title.trim_start_matches("# ");
        let mut html = format!("<h1>{}</h1>{}", escaped(title), rendered(opening));
        for Section { heading, text } in &sections {
            html += &format!("<h2>{}</h2>{}", escaped(heading), rendered(text));
        }
        Self { slug, title, opening, html, sections }
    }
}

/// As a message is, but its links stay in this tab.
fn rendered(text: &str) -> String {
    let surroundings = Surroundings { knows: &|_| false, has_tab_stops: true };
    markdown::render(text, surroundings).replace(" target=\"_blank\"", "")
}

/// The first line, and the text below it.
fn headed(part: &'static str) -> (&'static str, &'static str) {
    let (line, rest) = part.split_once('\n').unwrap_or((part, ""));
    (line.trim(), rest.trim())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_page_has_a_title_an_opening_and_sections_with_text() {
        for page in pages() {
            assert!(!page.title.is_empty() && !page.title.starts_with('#'), "{}", page.slug);
            assert!(page.opening.ends_with('.'), "{}: {}", page.slug, page.opening);
            assert!(page.html.starts_with("<h1>"), "{}: {}", page.slug, page.html);
            assert!(page.sections.len() >= 3, "{}", page.slug);
            for Section { heading, text } in &page.sections {
                assert!(!heading.is_empty() && !text.is_empty(), "{}: {heading}", page.slug);
                let fences = text.matches("```").count();
                assert!(fences.is_multiple_of(2), "{heading} ends within a block of code");
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
