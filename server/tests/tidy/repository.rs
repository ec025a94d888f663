//! The files of this repository, as they stand in the work tree: no commit decides what is found.

use std::{fs, path::Path, sync::LazyLock};

/// What is built, installed or made by running.
const IGNORED: [&str; 6] =
    ["target", "data", "node_modules", "out", ".git", "proptest-regressions"];

static FILES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut found = Vec::new();
    collect(Path::new(ROOT), "", &mut found);
    found.sort();
    found
});

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

pub struct SourceFile {
    pub name: String,
    pub text: String,
}

/// Their paths from the top of the repository.
pub fn files() -> &'static [String] {
    &FILES
}

pub fn read(name: impl AsRef<str>) -> SourceFile {
    let name = name.as_ref().to_owned();
    let text = fs::read_to_string(Path::new(ROOT).join(&name))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    SourceFile { name, text }
}

pub fn is_code(name: impl AsRef<str>) -> bool {
    [".rs", ".mjs", ".js"].iter().any(|ending| name.as_ref().ends_with(ending))
}

impl SourceFile {
    /// With the number that an editor shows.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    pub fn code_lines(&self, strip: fn(&str) -> String) -> impl Iterator<Item = (usize, &str)> {
        let text: &str = strip(&self.text).leak();
        (1..).zip(text.lines())
    }
}

/// What stands in backticks or is linked to, where it looks like a path of this repository.
pub fn named_paths(line: &str) -> impl Iterator<Item = &str> {
    let quoted = line.split('`').skip(1).step_by(2);
    let linked = line.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    quoted.chain(linked).filter(|path| looks_like_a_path(path))
}

/// Whether there is such a file or folder, by its whole path, or by the end of it as prose has it.
pub fn names_a_file(path: &str, from: &str) -> bool {
    let beside = from.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    let is_meant = |file: &String| {
        let mut rest = file.as_str();
        loop {
            if rest == path || (path.ends_with('/') && rest.starts_with(path)) {
                return true;
            }
            match rest.split_once('/') {
                Some((_, below)) => rest = below,
                None => return false,
            }
        }
    };
    let folder = |file: &String| file.starts_with(&format!("{path}/"));
    FILES.iter().any(|file| is_meant(file) || folder(file) || *file == format!("{beside}{path}"))
}

fn looks_like_a_path(text: &str) -> bool {
    const ENDINGS: [&str; 9] =
        [".rs", ".mjs", ".js", ".css", ".toml", ".sql", ".md", ".sh", ".json"];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.starts_with(['/', '.', '-']) || !text.chars().all(is_plain) {
        return false;
    }
    let top = text.split('/').next().unwrap_or_default();
    if IGNORED.contains(&top) {
        return false;
    }
    let is_below_the_top = text.contains('/') && Path::new(ROOT).join(top).is_dir();
    let has_an_ending = ENDINGS.iter().any(|end| text.len() > end.len() && text.ends_with(end));
    is_below_the_top || text.ends_with('/') || has_an_ending
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let entry = entry.expect("an entry of a folder");
        let name = entry.file_name().to_string_lossy().into_owned();
        if IGNORED.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().expect("a kind of file").is_dir() {
            collect(&entry.path(), &format!("{path}/"), found);
        } else {
            found.push(path);
        }
    }
}
