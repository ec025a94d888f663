//! LaTeX as MathML. What the library does not understand, or may not do here, stays its source.

use std::panic::catch_unwind;

use pulldown_latex::{
    Parser, RenderConfig, Storage,
    config::DisplayMode,
    event::{Content, EnvironmentFlow, Event, StateChange},
    push_mathml,
};

/// Longer formulas stay text: it bounds the work and the size of what comes out.
const SOURCE_MAX_BYTES: usize = 4_000;
/// How deep arguments may be nested. The elements that come out are at most twice as deep.
const NESTING_MAX: usize = 40;
/// Commands that define others could make much out of little. The library panics where a number that a command
/// takes is none of ASCII.
#[rustfmt::skip]
const REFUSED: &[&str] = &[
    "def", "edef", "gdef", "xdef", "let", "futurelet", "newcommand", "renewcommand", "providecommand",
    "newenvironment", "renewenvironment", "DeclareMathOperator", "char", "mathchar", "genfrac",
];

pub fn mathml(source: &str, is_display: bool) -> Option<String> {
    // The library is young. Where panics unwind, a formula takes nothing down with it.
    catch_unwind(|| is_bounded(source).then(|| converted(source, is_display))?).ok()?
}

fn converted(source: &str, is_display: bool) -> Option<String> {
    let storage = Storage::new();
    let events: Result<Vec<_>, _> = Parser::new(source, &storage).collect();
    let events = events.ok()?;
    if events.iter().any(is_unescaped) {
        return None;
    }
    let events = events.into_iter().map(without_style).map(Ok::<_, std::fmt::Error>);
    let display_mode = if is_display { DisplayMode::Block } else { DisplayMode::Inline };
    let mut html = String::new();
    push_mathml(&mut html, events, RenderConfig { display_mode, ..RenderConfig::default() })
        .ok()?;
    escaped(&html)
}

/// The library writes these as they are.
fn is_unescaped(event: &Event) -> bool {
    match event {
        Event::Content(Content::Function(text) | Content::Number(text)) => {
            text.contains(['<', '>', '&'])
        }
        _ => false,
    }
}

/// The library writes an operator such as `<` as it is, alone in its element, and some elements without their
/// end. `None` where an element is not closed, as after a fraction with half of it missing.
fn escaped(html: &str) -> Option<String> {
    let mut escaped = String::with_capacity(html.len());
    let mut open = Vec::new();
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        let is_tag =
            c == '<' && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        let is_entity =
            ["&amp;", "&lt;", "&gt;", "&nbsp;"].iter().any(|entity| rest.starts_with(entity));
        let length = match rest.find('>') {
            Some(end) if is_tag => end + 1,
            _ => c.len_utf8(),
        };
        let (piece, others) = rest.split_at(length);
        rest = others;
        let name = piece.trim_matches(['<', '/', '>']).split(' ').next().unwrap_or_default();
        match piece.strip_prefix("</") {
            Some(_) if is_tag && open.pop() != Some(name) => return None,
            None if is_tag && open.len() > 2 * NESTING_MAX => return None,
            None if is_tag && !piece.ends_with("/>") => open.push(name),
            _ => {}
        }
        match (piece, piece.strip_suffix(" />")) {
            (_, Some(begin)) => escaped.extend([begin, "></", name, ">"]),
            ("<", _) => escaped.push_str("&lt;"),
            (">", _) => escaped.push_str("&gt;"),
            ("&", _) if !is_entity => escaped.push_str("&amp;"),
            _ => escaped.push_str(piece),
        }
    }
    open.is_empty().then_some(escaped)
}

/// The library reads the arguments of commands by recursion, so how deep they are nested is bounded here: in
/// braces, and without them, as in `\sqrt\sqrt x` and `\frac1\frac2 x`. In doubt a command counts as an argument
/// of the one before.
fn is_bounded(source: &str) -> bool {
    let mut outer = Vec::new();
    let (mut depth, mut follows_command) = (0, false);
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let command = if c == '\\' { command(rest) } else { "" };
        rest = &rest[command.len()..];
        match (c, command) {
            (_, "left" | "begin") | ('{' | '[', _) => {
                outer.push(depth);
                depth += 1;
            }
            (_, "right" | "end") | ('}' | ']', _) => depth = outer.pop().unwrap_or(depth),
            (_, "\\") | ('&', _) => depth = outer.last().map_or(0, |outer| outer + 1),
            ('\\', _) => depth += 1,
            (' ' | '^' | '_', _) => continue,
            _ if !follows_command => depth = outer.last().map_or(0, |outer| outer + 1),
            _ => {}
        }
        follows_command = c == '\\';
        if depth > NESTING_MAX || REFUSED.contains(&command) {
            return false;
        }
    }
    let takes_number =
        ["{alignat", "{alignedat"].iter().any(|environment| source.contains(environment));
    !takes_number && source.len() <= SOURCE_MAX_BYTES
}

/// The name of the command that stands behind a backslash.
fn command(rest: &str) -> &str {
    let letters = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '@').unwrap_or(rest.len());
    let one = rest.chars().next().map_or(0, char::len_utf8);
    &rest[..letters.max(one)]
}

/// What the library would write as a `style`, which the content security policy does not let through.
fn without_style(event: Event) -> Event {
    // Something has to stand there: it may be what a fraction is made of.
    let nothing = Event::Content(Content::Text(""));
    match event {
        Event::StateChange(StateChange::Color(_)) => nothing,
        Event::Space { width, .. } if width.is_none_or(|width| width.value < 0.0) => nothing,
        Event::EnvironmentFlow(EnvironmentFlow::NewLine { horizontal_lines, .. }) => {
            Event::EnvironmentFlow(EnvironmentFlow::NewLine { spacing: None, horizontal_lines })
        }
        event => event,
    }
}
