//! Which addresses a link may have: `http`, `https`, `mailto`, and the app's own pages.

use std::fmt::Write;

use super::address::is_word;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Safe within an attribute but for `&`, which [`super::html`] escapes.
    pub href: String,
    /// Whether it opens in a tab of its own, so that the space stays open.
    pub opens_tab: bool,
}

/// `None` where the address is of another kind: then its text is no link.
pub fn link(address: &str) -> Option<Link> {
    let (scheme, rest) = address.split_once(':').unwrap_or(("", address));
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let is_mail =
        scheme.eq_ignore_ascii_case("mailto") && rest.contains('@') && !rest.starts_with('/');
    let is_space = address.starts_with("/spaces/@");
    if is_mail || is_web && rest.strip_prefix("//").is_some_and(has_host) || is_own_page(address) {
        return Some(Link { href: encoded(address), opens_tab: !is_space });
    }
    None
}

/// After the `//`: a name or a number, and perhaps a port. What a browser could not open is no link.
fn has_host(rest: &str) -> bool {
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (name, port) = match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((number, port)) => {
            return number.parse::<std::net::Ipv6Addr>().is_ok() && is_port(port);
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let fits = |label: &str| {
        // An address that reads in two directions is refused by browsers, too.
        let is_other = |c: char| c.is_alphabetic() && !is_right_to_left(c);
        let is_mixed = label.contains(is_right_to_left) && label.contains(is_other);
        !label.is_empty() && !is_mixed && label.chars().all(|c| is_word(c) || "-_".contains(c))
    };
    let is_number = |label: &str| label.starts_with(|c: char| c.is_ascii_digit());
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_named = name.strip_suffix('.').unwrap_or(name).split('.').all(fits) && !is_number(last);
    (is_named || name.parse::<std::net::Ipv4Addr>().is_ok()) && is_port(port)
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

fn is_port(port: &str) -> bool {
    port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
}

/// A path below `/help` or `/spaces`, of which no part leads out of it.
fn is_own_page(path: &str) -> bool {
    let below = |folder: &str| {
        let rest = path.strip_prefix(folder)?;
        (rest.is_empty() || rest.starts_with(['/', '#', '?'])).then_some(rest)
    };
    let Some(rest) =
        below("/help").or_else(|| below("/spaces").filter(|rest| rest.starts_with("/@")))
    else {
        return false;
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "/@_-.~?#=&".contains(c);
    rest.chars().all(fits) && !rest.contains("..") && !rest.contains("/.") && !rest.contains("//")
}

/// Percent-encodes what no address contains as it is.
fn encoded(address: &str) -> String {
    let mut encoded = String::with_capacity(address.len());
    for c in address.chars() {
        if c.is_ascii_graphic() && !"\"<>\\^`{|}'".contains(c) || !c.is_ascii() && is_word(c) {
            encoded.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
