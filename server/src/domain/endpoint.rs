//! An address that speaks OpenAI's chat-completions, and the key to it. Parsed once, when who
//! administers enters them.

use std::{collections::BTreeSet, fmt, net::IpAddr};

use protocol::{
    Given, KeyHeader, OutOfBounds,
    limits::{BASE_URL_MAX_BYTES, KEY_MAX_BYTES, PROVIDER_MAX_SECONDS, PROVIDER_NAME_MAX_BYTES},
};
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderName, HeaderValue},
};

/// The provider that is built in: it needs no address and no key.
pub const GUIDE: &str = "guide";

/// What a provider is called here: 1 to [`PROVIDER_NAME_MAX_BYTES`] of a-z, 0-9 and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProviderName(String);

/// What `/chat/completions` is appended to, before its query if it has one: http or https, without user
/// or fragment.
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
    pub options: EndpointOptions,
}

/// What is set for one endpoint. Where it is not, the server's defaults hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndpointOptions {
    pub silence_seconds: Option<u64>,
    pub answer_seconds: Option<u64>,
    pub key_header: Option<KeyHeader>,
}

/// A change of them, within its bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OptionsChange {
    pub silence_seconds: Given<u64>,
    pub answer_seconds: Given<u64>,
    pub key_header: Given<KeyHeader>,
}

impl OptionsChange {
    pub fn parse(
        silence_seconds: Given<u64>,
        answer_seconds: Given<u64>,
        key_header: Given<KeyHeader>,
    ) -> Result<Self, OutOfBounds> {
        for (field, given) in
            [("silenceSeconds", silence_seconds), ("answerSeconds", answer_seconds)]
        {
            let is_outside = |seconds| !(1..=PROVIDER_MAX_SECONDS).contains(&seconds);
            if given.flatten().is_some_and(is_outside) {
                return Err(OutOfBounds::new(field, format!("is not 1 to {PROVIDER_MAX_SECONDS}")));
            }
        }
        Ok(Self { silence_seconds, answer_seconds, key_header })
    }

    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
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
        if url.fragment().is_some() {
            return refuse("holds a #");
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
        self.with("chat/completions")
    }

    pub fn models(&self) -> Url {
        self.with("models")
    }

    /// Whether it is on this machine.
    pub fn is_local(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        let is_named = host == "localhost" || host.ends_with(".localhost");
        is_named || address.is_ok_and(|address| address.to_canonical().is_loopback())
    }

    fn with(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{path}", self.0.path().trim_end_matches('/')));
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

    /// The header that carries it.
    pub fn header(&self, header: KeyHeader) -> (HeaderName, HeaderValue) {
        let (name, value) = match header {
            KeyHeader::Authorization => (AUTHORIZATION, format!("Bearer {}", self.0)),
            KeyHeader::ApiKey => (HeaderName::from_static("api-key"), self.0.clone()),
        };
        let mut value = HeaderValue::from_str(&value).expect("visible ASCII is a header value");
        value.set_sensitive(true);
        (name, value)
    }

    /// What a provider said, without the key should it have repeated it, in any of the ways in which
    /// JSON and addresses write it.
    pub fn struck_from(&self, text: &str) -> String {
        let escaped = serde_json::Value::from(self.0.as_str()).to_string();
        let escaped = escaped.trim_matches('"');
        let encoded = serde_urlencoded::to_string([("", &self.0)]).unwrap_or_default();
        let encoded = encoded.trim_start_matches('=');
        let slashed = escaped.replace('/', "\\/");
        let forms = BTreeSet::from([self.0.as_str(), escaped, &slashed, encoded]);
        forms.into_iter().fold(text.to_owned(), |text, form| text.replace(form, "[key]"))
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
            (
                "https://x.example.org/openai/deployments/x?api-version=1",
                Some("https://x.example.org/openai/deployments/x/chat/completions?api-version=1"),
            ),
            (
                "https://example.org/v1/?a=/b/",
                Some("https://example.org/v1/chat/completions?a=/b/"),
            ),
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
    fn an_address_on_this_machine_is_known() {
        for (text, is_local) in [
            ("http://127.0.0.1:11434/v1", true),
            ("http://127.9.9.9", true),
            ("http://[::1]:8080", true),
            ("http://[::ffff:127.0.0.1]", true),
            ("http://LOCALHOST:1", true),
            ("http://a.localhost", true),
            ("http://localhost.example.org", false),
            ("http://192.168.0.2", false),
            ("https://api.openai.com/v1", false),
        ] {
            assert_eq!(BaseUrl::parse(text).map(|url| url.is_local()), Ok(is_local), "{text}");
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
