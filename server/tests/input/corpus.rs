//! The inputs that are kept: files of cases, a case being one request or several in a row, with what
//! each is answered. An empty line ends a case, `#` begins what is said about it.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use super::{
    grammar::ROUTES,
    request::{Shot, bytes},
};

pub struct Case {
    /// Where it stands.
    pub place: String,
    pub shots: Vec<Shot>,
    pub answers: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/input/corpus")
}

/// Every case of every file, in their order.
pub fn cases() -> Vec<Case> {
    let files = fs::read_dir(folder()).expect("the corpus");
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|kind| kind == "txt"));
    files.sort();
    files.iter().flat_map(|file| cases_in(file)).collect()
}

/// What connections have sent that was worth keeping.
pub fn connections() -> Vec<Vec<u8>> {
    let text = fs::read_to_string(folder().join("connections.lines")).expect("text");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| bytes(line).expect("bytes as they are kept")).collect()
}

fn cases_in(file: &Path) -> Vec<Case> {
    let text = fs::read_to_string(file).expect("text");
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut cases = Vec::new();
    for (number, block) in text.split("\n\n").enumerate() {
        let place = format!("{name}, case {}", number + 1);
        let lines: Vec<_> = block.lines().filter(|line| !line.starts_with('#')).collect();
        let mut case = Case { place, shots: vec![], answers: vec![] };
        for request in lines.split_inclusive(|line| line.starts_with("= ")) {
            let Some((answer, request)) = request.split_last() else { continue };
            let shot = request.join("\n").parse();
            case.shots.push(shot.unwrap_or_else(|error| panic!("{}: {error}", case.place)));
            case.answers.push(answer.strip_prefix("= ").expect("an answer").to_owned());
        }
        if !case.shots.is_empty() {
            cases.push(case);
        }
    }
    cases
}

/// As a case is written.
pub fn text_of(shots: &[Shot], answers: &[String]) -> String {
    let answers = answers.iter().map(String::as_str).chain(std::iter::repeat("?"));
    shots.iter().zip(answers).map(|(shot, answer)| format!("{shot}= {answer}\n")).collect()
}

/// What kind of request was answered how: where the corpus holds none such, it is worth keeping.
pub fn kind_of(shot: &Shot, answer: &str) -> String {
    let known: BTreeSet<_> = ROUTES.iter().flat_map(|(_, target, _)| words_of(target)).collect();
    let segments = shot.segments();
    if segments.first().is_none_or(|first| !known.contains(first)) {
        return format!("a file {answer}");
    }
    // That there is nothing, or not for this method, is the same everywhere.
    if ["404 unknown-route", "405", "no request"].iter().any(|same| answer.starts_with(same)) {
        return format!("{} {answer}", shot.method);
    }
    let shape = segments.iter().map(|segment| if known.contains(segment) { segment } else { "*" });
    format!("{} {} {answer}", shot.method, shape.collect::<Vec<_>>().join("/"))
}

/// What stands in every address of a route.
fn words_of(target: &'static str) -> impl Iterator<Item = &'static str> {
    let path = target.split('?').next().unwrap_or_default();
    path.split('/').skip(1).filter(|segment| !segment.starts_with('{'))
}

/// Keeps what the corpus has nothing like.
pub struct Growth {
    kinds: BTreeSet<String>,
}

/// What is longer is shown by what is shorter, and not worth its place.
const KEPT_MAX_BYTES: usize = 500;

impl Growth {
    pub fn wanted() -> Option<Self> {
        std::env::var_os("RHIZOME_GROW_CORPUS")?;
        let mut kinds = BTreeSet::new();
        for case in cases() {
            let known = case.shots.iter().zip(&case.answers);
            kinds.extend(known.map(|(shot, answer)| kind_of(shot, answer)));
        }
        Some(Self { kinds })
    }

    /// A single request that was answered so, from the beginning.
    pub fn consider(&mut self, shot: &Shot, answer: &str) {
        let text = text_of(std::slice::from_ref(shot), &[answer.to_owned()]);
        if answer == "no request"
            || text.len() > KEPT_MAX_BYTES
            || !self.kinds.insert(kind_of(shot, answer))
        {
            return;
        }
        let of = if shot.is_of_api() { "api" } else { "pages" };
        let file = folder().join(format!("{of}.txt"));
        let file = fs::File::options().create(true).append(true).open(file);
        file.and_then(|mut file| writeln!(file, "{text}")).expect("it is kept");
    }
}
