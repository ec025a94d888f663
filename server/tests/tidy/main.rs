//! Rules of this repository that no compiler and no linter knows. What breaks one is named by file
//! and line, with what to do about it.
//!
//! Only files are read, nothing of the server is linked.

mod code;
mod repository;
mod retired;

use std::fmt::Display;

use code::{without_comments, without_prose, words};
use repository::{SourceFile, files, is_code, named_paths, names_a_file, read};
use retired::{CLASSES, FILES, NAMES};

const LINES_MAX: usize = 400;

/// Files that may be longer, each with its reason.
const LONG_FILES: [(&str, &str); 1] =
    [("app/protocol/tests/wire.rs", "one table: each event, command and answer to the letter")];

const DOCUMENTS: [&str; 4] =
    ["docs/ARCHITECTURE.md", "docs/PERFORMANCE.md", "README.md", "CONTRIBUTING.md"];

#[test]
fn no_file_of_code_is_longer_than_400_lines() {
    let mut broken = Vec::new();
    for file in files().iter().filter(|file| is_code(file)) {
        let (lines, reason) =
            (read(file).text.lines().count(), LONG_FILES.iter().find(|(name, _)| name == file));
        match reason {
            None if lines > LINES_MAX => broken.push(at(file, lines, "split it by noun")),
            Some(_) if lines <= LINES_MAX => {
                broken.push(at(file, lines, "it is short: take it out of LONG_FILES"));
            }
            _ => {}
        }
    }
    for (name, _) in LONG_FILES {
        if !files().iter().any(|file| file == name) {
            broken.push(at(name, 0, "it is gone: take it out of LONG_FILES"));
        }
    }
    report(broken);
}

/// The same `app` runs on both sides of the wire.
#[test]
fn app_has_no_cfg_but_for_tests() {
    let advice = "ask the `Platform` instead: `app` is the same on both sides of the wire";
    let mut broken = Vec::new();
    for file in sources("app/", ".rs") {
        for (number, line) in file.code_lines(without_prose) {
            let allowed = line.replace("#[cfg(test)]", "");
            if words(&allowed).any(|word| matches!(word, "cfg" | "cfg_attr" | "cfg_select")) {
                broken.push(at(&file.name, number, advice));
            }
        }
    }
    for file in sources("app/", "Cargo.toml") {
        for (number, line) in file.lines() {
            if line.contains("cfg(") || line.trim() == "[features]" {
                broken.push(at(&file.name, number, advice));
            }
        }
    }
    report(broken);
}

#[test]
fn sql_stays_below_the_store() {
    let mut broken = Vec::new();
    for file in sources("server/src/", ".rs") {
        if file.name.starts_with("server/src/store/") {
            continue;
        }
        for (number, line) in file.code_lines(without_prose) {
            if line.contains("sqlx::") || line.trim_start().starts_with("use sqlx") {
                broken.push(at(&file.name, number, "move the query below server/src/store/"));
            }
        }
    }
    report(broken);
}

/// A bot or a load tool links the protocol, and no screen with it.
#[test]
fn the_protocol_knows_no_screen() {
    let mut broken = Vec::new();
    for file in sources("app/protocol/", ".rs").into_iter().chain(sources("app/protocol/", ".toml"))
    {
        for (number, line) in file.code_lines(without_prose) {
            if words(line).any(|word| matches!(word, "leptos" | "web_sys"))
                || line.starts_with("web-sys")
            {
                broken.push(at(&file.name, number, "move it to `app`: the protocol is serde only"));
            }
        }
    }
    report(broken);
}

#[test]
fn each_path_that_a_document_names_exists() {
    let mut broken = Vec::new();
    for file in DOCUMENTS.map(read) {
        for (number, line) in file.lines() {
            for path in named_paths(line).filter(|path| !names_a_file(path, &file.name)) {
                let advice = format!("`{path}` does not exist: name what took its place");
                broken.push(at(&file.name, number, advice));
            }
        }
    }
    report(broken);
}

#[test]
fn no_retired_name_comes_back() {
    let mut broken = Vec::new();
    for file in files().iter().filter(|file| is_code(file) && !is_of_this_test(file)).map(read) {
        for (number, line) in file.code_lines(without_prose) {
            for word in words(line) {
                if let Some((_, better)) = NAMES.iter().find(|(name, _)| *name == word) {
                    broken.push(at(&file.name, number, format!("say `{better}`, not `{word}`")));
                }
            }
        }
    }
    report(broken);
}

#[test]
fn no_retired_file_comes_back() {
    let mut broken = Vec::new();
    for file in files() {
        for (old, new) in FILES.iter().filter(|(old, _)| file.starts_with(old)) {
            broken.push(at(file, 1, format!("`{old}` was retired: put it into {new}")));
        }
    }
    report(broken);
}

#[test]
fn no_retired_class_comes_back() {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut broken = Vec::new();
    for file in sources("style/", ".css") {
        for (number, line) in file.code_lines(without_comments) {
            for name in line.split('.').skip(1).map(|rest| rest.split(|c| !is_part(c)).next()) {
                if let Some((old, new)) = CLASSES.iter().find(|(old, _)| Some(*old) == name) {
                    broken.push(at(&file.name, number, format!("say `.{new}`, not `.{old}`")));
                }
            }
        }
    }
    for file in files().iter().filter(|file| is_code(file) && !is_of_this_test(file)).map(read) {
        for (number, line) in file.lines() {
            let lists = line.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next());
            for name in lists.flat_map(str::split_whitespace) {
                if let Some((old, new)) = CLASSES.iter().find(|(old, _)| *old == name) {
                    broken.push(at(&file.name, number, format!("say `{new}`, not `{old}`")));
                }
            }
        }
    }
    report(broken);
}

/// The list of what is retired names it.
fn is_of_this_test(file: &str) -> bool {
    file.starts_with("server/tests/tidy/")
}

fn sources(below: &str, ending: &str) -> Vec<SourceFile> {
    let names = files().iter().filter(|name| name.starts_with(below) && name.ends_with(ending));
    names.map(read).collect()
}

fn at(file: &str, line: usize, advice: impl Display) -> String {
    format!("{file}:{line}: {advice}")
}

fn report(broken: Vec<String>) {
    assert!(broken.is_empty(), "{} places to tidy:\n{}", broken.len(), broken.join("\n"));
}
