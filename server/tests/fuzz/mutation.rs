//! Mutations of a request: each changes one part of it.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{
    hostile::{HEADERS, JSONS, METHODS, QUERIES, TEXTS, VALUES},
    request::{FuzzRequest, Sender},
};

/// A request before it is serialised, so that its parts can be changed by name.
#[derive(Debug, Clone)]
pub struct Draft {
    pub by: Sender,
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub json: Option<Value>,
    pub form: Option<Vec<(String, String)>>,
    /// Replaces both.
    pub raw: Option<Vec<u8>>,
    pub changes: Vec<Mutation>,
}

#[derive(Debug, Clone)]
pub enum Mutation {
    Method(&'static str),
    /// The index of a path segment, modulo their number, and its new value, percent-encoded.
    Segment(u8, Vec<u8>),
    MoreSegments(String),
    /// A query pair, which is added, or replaces one of the same name.
    Query(&'static str, Vec<u8>, bool),
    Header(&'static str, Vec<u8>),
    NoHeader(&'static str),
    /// The index of a JSON value, modulo their number, and its new JSON text.
    Field(u8, String),
    NoField(u8),
    ExtraField(String, String),
    DoubleField(u8),
    Nested(u16, bool),
    FormField(u8, String),
    NoFormField(u8),
    DoubleFormField(u8),
    Cut(u16),
    Insert(u16, Vec<u8>),
    Flip(u16, u8),
    Grown(u32),
    Body(Vec<u8>),
    Breaks,
}

/// A placeholder in JSON for a text that serde_json would not write.
const MARK: &str = "\u{1}mark\u{1}";

pub fn texts() -> impl Strategy<Value = String> {
    let any = vec(any::<char>(), 0..24).prop_map(String::from_iter);
    let long = (
        select(vec!["x", "é", "🌱", " ", "%", "@"]),
        select(vec![21, 81, 257, 513, 4_001, 20_001]),
    );
    let long = long.prop_map(|(piece, times)| piece.repeat(times));
    prop_oneof![6 => select(TEXTS.to_vec()).prop_map(str::to_owned), 3 => any, 1 => long]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => texts().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..40),
    ]
}

fn jsons() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => select(JSONS.to_vec()).prop_map(str::to_owned),
        2 => texts().prop_map(|text| json!(text).to_string()),
    ]
}

pub fn mutations() -> impl Strategy<Value = Mutation> {
    let values = prop_oneof![
        3 => select(VALUES.to_vec()).prop_map(|value| value.as_bytes().to_vec()),
        1 => bytes(),
    ];
    prop_oneof![
        2 => select(METHODS.to_vec()).prop_map(Mutation::Method),
        5 => (any::<u8>(), bytes()).prop_map(|(at, to)| Mutation::Segment(at, to)),
        1 => texts().prop_map(Mutation::MoreSegments),
        3 => (select(QUERIES.to_vec()), bytes(), any::<bool>())
            .prop_map(|(name, value, twice)| Mutation::Query(name, value, twice)),
        4 => (select(HEADERS.to_vec()), values).prop_map(|(name, value)| Mutation::Header(name, value)),
        1 => select(HEADERS.to_vec()).prop_map(Mutation::NoHeader),
        8 => (any::<u8>(), jsons()).prop_map(|(at, to)| Mutation::Field(at, to)),
        2 => any::<u8>().prop_map(Mutation::NoField),
        1 => (texts(), jsons()).prop_map(|(name, value)| Mutation::ExtraField(name, value)),
        1 => any::<u8>().prop_map(Mutation::DoubleField),
        1 => (select(vec![1, 100, 127, 128, 5_000, 30_000]), any::<bool>())
            .prop_map(|(depth, is_array)| Mutation::Nested(depth, is_array)),
        6 => (any::<u8>(), texts()).prop_map(|(at, to)| Mutation::FormField(at, to)),
        1 => any::<u8>().prop_map(Mutation::NoFormField),
        1 => any::<u8>().prop_map(Mutation::DoubleFormField),
        1 => any::<u16>().prop_map(Mutation::Cut),
        1 => (any::<u16>(), bytes()).prop_map(|(at, what)| Mutation::Insert(at, what)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        1 => select(vec![60_000, 262_144, 262_145, 400_000]).prop_map(Mutation::Grown),
        1 => bytes().prop_map(Mutation::Body),
        1 => Just(Mutation::Breaks),
    ]
}

impl Default for Draft {
    fn default() -> Self {
        let (method, target) = ("GET".to_owned(), "/".to_owned());
        let (headers, changes) = (vec![], vec![]);
        Self {
            by: Sender::Bob,
            method,
            target,
            headers,
            json: None,
            form: None,
            raw: None,
            changes,
        }
    }
}

impl Draft {
    /// A request of the corpus, to be mutated.
    pub fn of(fuzzed: &FuzzRequest) -> Self {
        let target = String::from_utf8_lossy(&fuzzed.target).into_owned();
        let (headers, method) = (fuzzed.headers.clone(), fuzzed.method.clone());
        let json = serde_json::from_slice(&fuzzed.body).ok();
        let raw = json.is_none().then(|| fuzzed.body.clone());
        Self { by: fuzzed.by, method, target, headers, json, raw, ..Self::default() }
    }

    pub fn into_request(mut self) -> FuzzRequest {
        let changes = std::mem::take(&mut self.changes);
        for change in &changes {
            self.change(change);
        }
        let kind = match (&self.json, &self.form) {
            _ if self.raw.is_some() => None,
            (Some(_), _) => Some("application/json"),
            (None, Some(_)) => Some("application/x-www-form-urlencoded"),
            (None, None) => None,
        };
        if let Some(kind) = kind
            && !changes.iter().any(|change| change.is_about("content-type"))
            && !self.headers.iter().any(|(name, _)| name == "content-type")
        {
            self.headers.push(("content-type".to_owned(), kind.as_bytes().to_vec()));
        }
        let mut body = match (self.raw, self.json, self.form) {
            (Some(raw), ..) => raw,
            (None, Some(json), _) => json.to_string().into_bytes(),
            (None, None, Some(form)) => {
                serde_urlencoded::to_string(form).expect("a form").into_bytes()
            }
            (None, None, None) => vec![],
        };
        let mut breaks = false;
        for change in &changes {
            breaks |= matches!(change, Mutation::Breaks);
            change_body(&mut body, change);
        }
        let target = self.target.into_bytes();
        FuzzRequest {
            by: self.by,
            method: self.method,
            target,
            headers: self.headers,
            body,
            breaks,
        }
    }

    fn change(&mut self, change: &Mutation) {
        match change {
            Mutation::Method(method) => self.method = (*method).to_owned(),
            Mutation::Segment(at, to) => {
                let (path, query) = split(&self.target, '?');
                let mut segments: Vec<_> = path.split('/').skip(1).map(str::to_owned).collect();
                let at = usize::from(*at) % segments.len();
                segments[at] = percent_encoded(to);
                self.target = format!("/{}{query}", segments.join("/"));
            }
            Mutation::MoreSegments(text) => {
                let (path, query) = split(&self.target, '?');
                self.target = format!("{path}/{}{query}", percent_encoded(text.as_bytes()));
            }
            Mutation::Query(name, value, twice) => {
                let (path, query) = split(&self.target, '?');
                let present = query.trim_start_matches('?').split('&');
                let named = format!("{name}=");
                let mut pairs: Vec<_> = present
                    .filter(|pair| !pair.is_empty() && (*twice || !pair.starts_with(&named)))
                    .map(str::to_owned)
                    .collect();
                pairs.push(named + &percent_encoded(value));
                self.target = format!("{path}?{}", pairs.join("&"));
            }
            Mutation::Header(name, value) => self.headers.push(((*name).to_owned(), value.clone())),
            Mutation::NoHeader(name) => self.headers.retain(|(present, _)| present != name),
            Mutation::FormField(at, to) => {
                if let Some((_, value)) = self.pair(*at) {
                    *value = to.clone();
                }
            }
            Mutation::NoFormField(at) => {
                if let Some(form) = self.form.as_mut().filter(|form| !form.is_empty()) {
                    form.remove(usize::from(*at) % form.len());
                }
            }
            Mutation::DoubleFormField(at) => {
                if let Some(pair) = self.pair(*at).cloned() {
                    self.form.iter_mut().for_each(|form| form.push(pair.clone()));
                }
            }
            Mutation::NoField(at) => {
                if let Some(Value::Object(object)) = self.json.as_mut()
                    && let Some(key) =
                        object.keys().nth(usize::from(*at) % object.len().max(1)).cloned()
                {
                    object.remove(&key);
                }
            }
            Mutation::Field(at, to) => {
                if let Some(json) = self.json.as_mut() {
                    let mut at = usize::from(*at) % leaves(json).max(1);
                    if let Some(leaf) = nth_leaf(json, &mut at) {
                        *leaf = json!(MARK);
                    }
                    self.write_at_mark(to);
                }
            }
            Mutation::ExtraField(name, value) => {
                if let Some(Value::Object(object)) = self.json.as_mut() {
                    object.insert(name.clone(), json!(MARK));
                    self.write_at_mark(value);
                }
            }
            Mutation::DoubleField(at) => {
                if let Some(Value::Object(object)) =
                    self.json.as_ref().filter(|json| json != &&json!({}))
                {
                    let twice = object.iter().nth(usize::from(*at) % object.len());
                    let text = Value::Object(object.clone()).to_string();
                    if let Some((key, value)) = twice {
                        self.raw =
                            Some(format!("{{{}:{value},{}", json!(key), &text[1..]).into_bytes());
                        self.keep_kind();
                    }
                }
            }
            Mutation::Nested(depth, is_array) => {
                if let Some(json) = &self.json {
                    let (open, close) = if *is_array { ("[", "]") } else { ("{\"name\":", "}") };
                    let depth = usize::from(*depth);
                    self.raw = Some(
                        format!("{}{json}{}", open.repeat(depth), close.repeat(depth)).into_bytes(),
                    );
                    self.keep_kind();
                }
            }
            _ => {}
        }
    }

    fn pair(&mut self, at: u8) -> Option<&mut (String, String)> {
        let form = self.form.as_mut().filter(|form| !form.is_empty())?;
        let at = usize::from(at) % form.len();
        form.get_mut(at)
    }

    /// Text that serde_json parses goes back into the tree, for further mutations.
    fn write_at_mark(&mut self, to: &str) {
        let Some(json) = &self.json else { return };
        let text = json.to_string().replace(&json!(MARK).to_string(), to);
        match serde_json::from_str(&text) {
            Ok(json) => self.json = Some(json),
            Err(_) => {
                self.raw = Some(text.into_bytes());
                self.keep_kind();
            }
        }
    }

    fn keep_kind(&mut self) {
        self.headers.push(("content-type".to_owned(), b"application/json".to_vec()));
    }
}

impl Mutation {
    fn is_about(&self, header: &str) -> bool {
        matches!(self, Self::Header(name, _) | Self::NoHeader(name) if *name == header)
    }
}

fn change_body(body: &mut Vec<u8>, change: &Mutation) {
    let within = |at: u16| usize::from(at) % (body.len() + 1);
    match change {
        Mutation::Cut(at) => body.truncate(within(*at)),
        Mutation::Insert(at, what) => {
            let at = within(*at);
            body.splice(at..at, what.iter().copied());
        }
        Mutation::Flip(at, bits) if !body.is_empty() => {
            let at = usize::from(*at) % body.len();
            body[at] ^= bits;
        }
        Mutation::Grown(length) => body.resize(*length as usize, b' '),
        Mutation::Body(other) => body.clone_from(other),
        _ => {}
    }
}

fn leaves(json: &Value) -> usize {
    match json {
        Value::Object(object) => object.values().map(leaves).sum(),
        _ => 1,
    }
}

fn nth_leaf<'a>(json: &'a mut Value, at: &mut usize) -> Option<&'a mut Value> {
    if let Value::Object(object) = json {
        return object.values_mut().find_map(|value| nth_leaf(value, at));
    }
    if *at == 0 {
        return Some(json);
    }
    *at -= 1;
    None
}

fn split(text: &str, at: char) -> (String, String) {
    let (before, after) = text.split_at(text.find(at).unwrap_or(text.len()));
    (before.to_owned(), after.to_owned())
}

/// Percent-encodes bytes that a path cannot contain. Percent signs stay: `%2e` remains as it is, a
/// blank does not.
fn percent_encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| match byte {
        b'0'..=b'9'
        | b'a'..=b'z'
        | b'A'..=b'Z'
        | b'-'
        | b'.'
        | b'_'
        | b'~'
        | b'@'
        | b'%'
        | b'/' => text + char::from(*byte).encode_utf8(&mut [0; 4]),
        _ => text + &format!("%{byte:02X}"),
    })
}
