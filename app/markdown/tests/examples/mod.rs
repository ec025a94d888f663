//! Texts to try.

use std::{fs, path::PathBuf, process::Command};

/// The examples of CommonMark and of GitHub's extensions, and what was mended since. They are read where Cargo
/// keeps the source of the parser: their licence is another than ours, so they are not copied.
pub fn specifications() -> Vec<String> {
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            "host-tuple",
            "--manifest-path",
        ])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs");
    let metadata = String::from_utf8(metadata.stdout).expect("UTF-8");
    let manifests =
        metadata.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let manifest = manifests.clone().find(|path| path.contains("/pulldown-cmark-0."));
    let folder =
        PathBuf::from(manifest.expect("the parser is a dependency")).with_file_name("tests");
    let mut texts = Vec::new();
    for name in [
        "spec",
        "gfm_table",
        "gfm_strikethrough",
        "gfm_tasklist",
        "table",
        "strikethrough",
        "math",
        "regression",
    ] {
        let file = folder.join("suite").join(name).with_extension("rs");
        let source =
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let examples = source
            .split("let original = r##\"")
            .skip(1)
            .filter_map(|rest| rest.split("\"##").next());
        texts.extend(examples.map(str::to_owned));
    }
    texts
}

/// Answers as models write them, with their names.
pub fn answers() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/answers");
    let files =
        fs::read_dir(folder).expect("the folder is there").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let name = |file: &PathBuf| file.file_stem().expect("a name").to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), fs::read_to_string(file).expect("text"))).collect()
}
