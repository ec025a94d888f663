//! An address that speaks OpenAI's chat-completions, and the key to it. Parsed once, when who
//! administers enters them.

use std::fmt;

use app::protocol::{
    OutOfBounds,
    limits::{BASE_URL_MAX_BYTES, KEY_MAX_BYTES, PROVIDER_NAME_MAX_BYTES},
};
use reqwest::{Url, header::HeaderValue};

/// The provider that is built in: it needs no address and no key.
pub const GUIDE: &str = "guide";

/// What a provider is called here: 1 to [`PROVIDER_NAME_MAX_BYTES`] of a-z, 0-9 and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProviderName(String);

/// What `/chat/completions` is appended to: http or https, without user, query or fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// A provider's key. It has no `Display`, and its `Debug` does not tell it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub name: ProviderName,
    pub base_url: BaseUrl,
    pub key: Option<Key>,
}

impl ProviderName {
    /// The guide's name is taken.
    pub fn parse(text: &str) -> Result<Self, OutOfBounds> {
        let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if text.is_empty() || text.len() > PROVIDER_NAME_MAX_BYTES || !text.bytes().all(fits) {
            let problem = format!("is not 1 to {PROVIDER_NAME_MAX_BYTES} of a-z, 0-9 and -");
            return Err(OutOfBounds::new("name", problem));
        }
        if text == GUIDE {
            return Err(OutOfBounds::new("name", "is the name of the guide, which is built in"));
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The environment variable that holds its key, where it is not entered: `RHIZOME_KEY_OPENAI`.
    pub fn key_variable(&self) -> String {
        format!("RHIZOME_KEY_{}", self.0.to_uppercase().replace('-', "_"))
    }
}

impl BaseUrl {
    pub fn parse(text: &str) -> Result<Self, OutOfBounds> {
        let refuse = |problem: &str| Err(OutOfBounds::new("baseUrl", problem));
        let Ok(mut url) = Url::parse(text.trim()) else {
            return refuse("is not an address such as http://127.0.0.1:11434/v1");
        };
        // As it is kept: what is not ASCII is longer there.
        if url.as_str().len() > BASE_URL_MAX_BYTES {
            return refuse(&format!("is longer than {BASE_URL_MAX_BYTES} bytes"));
        }
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return refuse("is not an http or https address");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("holds a user or a password; a key is entered apart");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("holds a ? or a #");
        }
        // One address, one spelling: a key is dropped when the address changes.
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub fn chat_completions(&self) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}/chat/completions", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }
}

impl Key {
    /// None where it is empty.
    pub fn parse(text: &str) -> Result<Option<Self>, OutOfBounds> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.len() > KEY_MAX_BYTES || !text.bytes().all(|c| c.is_ascii_graphic()) {
            let problem = format!("is not at most {KEY_MAX_BYTES} visible ASCII characters");
            return Err(OutOfBounds::new("key", problem));
        }
        Ok(Some(Self(text.to_owned())))
    }

    /// For the store, which keeps it apart from all else.
    pub(crate) fn secret(&self) -> &str {
        &self.0
    }

    pub fn authorization(&self) -> HeaderValue {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0))
            .expect("visible ASCII is a header value");
        value.set_sensitive(true);
        value
    }

    /// What a provider said, without the key should it have repeated it.
    pub fn struck_from(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_leads_to_chat_completions() {
        for (text, url) in [
            ("https://api.openai.com/v1", Some("https://api.openai.com/v1/chat/completions")),
            ("http://127.0.0.1:11434/v1/", Some("http://127.0.0.1:11434/v1/chat/completions")),
            (" http://[::1]:8080 ", Some("http://[::1]:8080/chat/completions")),
            ("ftp://example.org", None),
            ("api.openai.com/v1", None),
            ("https://me:secret@example.org/v1", None),
            ("https://example.org/v1?key=1", None),
            ("https://example.org/v1#top", None),
            ("", None),
            (&format!("http://example.org/{}", "é".repeat(100)), None),
        ] {
            let parsed = BaseUrl::parse(text).ok();
            let found = parsed.map(|base| base.chat_completions().to_string());
            assert_eq!(found.as_deref(), url, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_a_short_slug_and_not_the_guides() {
        for (text, variable) in [
            ("openai", Some("RHIZOME_KEY_OPENAI")),
            ("open-router", Some("RHIZOME_KEY_OPEN_ROUTER")),
            ("guide", None),
            ("OpenAI", None),
            ("", None),
            ("a b", None),
            (&"x".repeat(33), None),
        ] {
            let found = ProviderName::parse(text).ok().map(|name| name.key_variable());
            assert_eq!(found.as_deref(), variable, "{text:?}");
        }
    }

    #[test]
    fn a_key_tells_itself_to_nobody() {
        let key = Key::parse(" sk-123 ").expect("a key").expect("one");
        assert_eq!(format!("{key:?}"), "Key");
        assert_eq!(key.struck_from("wrong key: sk-123!"), "wrong key: [key]!");
        assert_eq!(Key::parse("  "), Ok(None));
        assert!(Key::parse("with blank").is_err());
        assert!(Key::parse("größer").is_err());
    }
}
