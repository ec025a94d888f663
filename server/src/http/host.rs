//! The `Host` header of a request (RFC 9112, section 3.2), which hyper does not check.

use std::net::Ipv6Addr;

use axum::{
    extract::Request,
    http::{Version, header::HOST},
};

use crate::domain::refusal::Refusal;

/// Refuses a request with two `Host` headers or an invalid one, and, except for HTTP/1.0, one with
/// none. An empty value is valid: its client has no authority to name.
pub fn check(request: &Request) -> Result<(), Refusal> {
    let mut hosts = request.headers().get_all(HOST).into_iter();
    let is_valid = match (hosts.next(), hosts.next()) {
        (None, _) => request.version() < Version::HTTP_11,
        (Some(host), None) => host.to_str().is_ok_and(is_valid),
        (Some(_), Some(_)) => false,
    };
    let refusal = || Refusal::Malformed("A request has one valid Host header.".into());
    if is_valid { Ok(()) } else { Err(refusal()) }
}

/// `uri-host [ ":" port ]`, as RFC 3986, section 3.2, has it.
fn is_valid(host: &str) -> bool {
    if let Some(literal) = host.strip_prefix('[') {
        let Some((address, rest)) = literal.split_once(']') else { return false };
        return address.parse::<Ipv6Addr>().is_ok() && is_port(rest);
    }
    let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
    is_name(name) && is_port(port)
}

fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':');
    text.is_empty() || digits.is_some_and(|port| port.bytes().all(|c| c.is_ascii_digit()))
}

fn is_name(name: &str) -> bool {
    let mut parts = name.split('%');
    let is_plain = |text: &str| {
        text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&c))
    };
    let is_escape = |part: &str| {
        let digits = part.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    parts.next().is_some_and(is_plain) && parts.all(|part| is_escape(part) && is_plain(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for host in [
            "",
            "localhost",
            "rhizome.example",
            "rhizome.example:",
            "127.0.0.1:3000",
            "[::1]",
            "[::1]:3000",
            "a_b",
            "%41:1",
        ] {
            assert!(is_valid(host), "{host:?}");
        }
        for host in [
            "a b", "a,\tb", "a/b", "a@b", "a:b", "a:1:2", "::1", "[::1", "[::1]3", "[a]", "a?b",
            "%4", "a\"b", "http://a", "<a>", "%zz",
        ] {
            assert!(!is_valid(host), "{host:?}");
        }
    }
}
