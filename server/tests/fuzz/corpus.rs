//! The corpus: files of cases. A case is one request or several in sequence, each with its
//! response. An empty line ends a case, `#` begins a comment.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    grammar::ROUTES,
    request::{FuzzRequest, unescaped},
};

pub struct Case {
    /// The file and the number of the case.
    pub place: String,
    pub requests: Vec<FuzzRequest>,
    pub answers: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus")
}

/// Every case of every file, in order.
pub fn cases() -> Vec<Case> {
    let files = fs::read_dir(folder()).expect("the corpus");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "txt"));
    files.sort();
    files.iter().flat_map(|file| cases_in(file)).collect()
}

/// The byte sequences of connections that were worth keeping.
pub fn connections() -> Vec<Vec<u8>> {
    let text = fs::read_to_string(folder().join("connections.lines")).expect("text");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| unescaped(line).expect("escaped bytes")).collect()
}

fn cases_in(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).expect("text");
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut cases = Vec::new();
    for (number, block) in text.split("\n\n").enumerate() {
        let place = format!("{name}, case {}", number + 1);
        let lines: Vec<_> = block.lines().filter(|line| !line.starts_with('#')).collect();
        let mut case = Case { place, requests: vec![], answers: vec![] };
        for request in lines.split_inclusive(|line| line.starts_with("= ")) {
            let Some((answer, request)) = request.split_last() else { continue };
            let fuzzed = request.join("\n").parse();
            case.requests.push(fuzzed.unwrap_or_else(|error| panic!("{}: {error}", case.place)));
            case.answers.push(answer.strip_prefix("= ").expect("an answer").to_owned());
        }
        if !case.requests.is_empty() {
            cases.push(case);
        }
    }
    cases
}

/// The text form of a case.
pub fn text_of(requests: &[FuzzRequest], answers: &[String]) -> String {
    let answers = answers.iter().map(String::as_str).chain(std::iter::repeat("?"));
    requests.iter().zip(answers).map(|(fuzzed, answer)| format!("{fuzzed}= {answer}\n")).collect()
}

/// The kind of a request and its response: a kind that the corpus lacks is worth keeping.
pub fn kind_of(fuzzed: &FuzzRequest, answer: &str) -> String {
    let known: BTreeSet<_> = ROUTES.iter().flat_map(|(_, target, _)| words_of(target)).collect();
    let segments = fuzzed.segments();
    if segments.first().is_none_or(|first| !known.contains(first)) {
        return format!("a file {answer}");
    }
    // An unknown route or a wrong method is the same for every route.
    if ["404 unknown-route", "405", "no request"].iter().any(|same| answer.starts_with(same)) {
        return format!("{} {answer}", fuzzed.method);
    }
    let shape = segments.iter().map(|segment| if known.contains(segment) { segment } else { "*" });
    format!("{} {} {answer}", fuzzed.method, shape.collect::<Vec<_>>().join("/"))
}

/// The constant segments of a route.
fn words_of(target: &'static str) -> impl Iterator<Item = &'static str> {
    let path = target.split('?').next().unwrap_or_default();
    path.split('/').skip(1).filter(|segment| !segment.starts_with('{'))
}

/// Adds kinds of requests that the corpus lacks.
pub struct Growth {
    kinds: BTreeSet<String>,
}

/// Longer requests are not kept: a shorter one shows the same.
const KEPT_MAX_BYTES: usize = 500;

impl Growth {
    pub fn requested() -> Option<Self> {
        std::env::var_os("RHIZOME_GROW_CORPUS")?;
        let mut kinds = BTreeSet::new();
        for case in cases() {
            let known = case.requests.iter().zip(&case.answers);
            kinds.extend(known.map(|(fuzzed, answer)| kind_of(fuzzed, answer)));
        }
        Some(Self { kinds })
    }

    /// Adds a request, sent to a fresh world, and its response, if its kind is new.
    pub fn consider(&mut self, fuzzed: &FuzzRequest, answer: &str) {
        let text = text_of(std::slice::from_ref(fuzzed), &[answer.to_owned()]);
        if answer == "no request"
            || text.len() > KEPT_MAX_BYTES
            || !self.kinds.insert(kind_of(fuzzed, answer))
        {
            return;
        }
        let of = if fuzzed.is_of_api() { "api" } else { "pages" };
        let file = folder().join(format!("{of}.txt"));
        let file = fs::File::options().create(true).append(true).open(file);
        file.and_then(|mut file| writeln!(file, "{text}")).expect("a written corpus");
    }
}
