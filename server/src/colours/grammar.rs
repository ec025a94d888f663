//! The grammars, and the names by which people and models call their languages.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    sync::LazyLock,
};

use syntect::parsing::{SyntaxReference, SyntaxSet};

/// How many grammars are held at a time.
const IN_USE_MAX: usize = 2;

/// Names that no grammar has itself.
const NAMES: &[(&str, &str)] = &[
    ("console", "sh"),
    ("csharp", "cs"),
    ("docker", "dockerfile"),
    ("golang", "go"),
    ("javascript", "js"),
    ("jsonc", "json"),
    ("json5", "json"),
    ("jsx", "tsx"),
    ("kotlin", "kt"),
    ("mjs", "js"),
    ("objc", "m"),
    ("patch", "diff"),
    ("python3", "py"),
    ("shell", "sh"),
    ("shell-session", "sh"),
    ("svg", "xml"),
    ("typescript", "ts"),
    ("yml", "yaml"),
    ("zsh", "sh"),
];

/// The names of the grammars by those of their languages and of their files.
static LANGUAGES: LazyLock<HashMap<String, Language>> = LazyLock::new(|| {
    let grammars = two_face::syntax::extra_newlines();
    let plain = grammars.find_syntax_plain_text();
    let mut languages = HashMap::new();
    // Where two have a name, it is that of the later one, as in syntect's own search.
    for syntax in grammars.syntaxes().iter().rev().filter(|syntax| syntax.name != plain.name) {
        for name in syntax.file_extensions.iter().chain([&syntax.name]) {
            let language = Language(syntax.name.clone());
            languages.entry(name.to_ascii_lowercase()).or_insert(language);
        }
    }
    languages
});

/// A language that has a grammar, by the name of that.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Language(String);

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The language that is called this. `None` where nothing of it has a colour.
pub fn language(name: &str) -> Option<Language> {
    let name = name.trim().to_ascii_lowercase();
    let named = NAMES.iter().find(|(alias, _)| *alias == name).map(|(_, name)| *name);
    LANGUAGES.get(named.unwrap_or(&name)).cloned()
}

/// Grammars in use. One takes up to 50 MiB once its expressions are compiled, so only a few are held.
#[derive(Default)]
pub struct Grammars {
    set: Option<SyntaxSet>,
    used: BTreeSet<Language>,
}

impl Grammars {
    /// The set with the grammar of this language. One that was in use gives way to it.
    pub fn with(&mut self, language: &Language) -> (&SyntaxSet, &SyntaxReference) {
        if !self.used.contains(language) && self.used.len() == IN_USE_MAX {
            self.forget();
        }
        self.used.insert(language.clone());
        let set = self.set.get_or_insert_with(two_face::syntax::extra_newlines);
        let syntax = set.find_syntax_by_name(&language.0);
        (set, syntax.unwrap_or_else(|| set.find_syntax_plain_text()))
    }

    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::language;

    #[test]
    fn a_language_is_known_by_the_names_that_people_use() {
        for names in [
            &["Rust", "rust", "rs", " RUST "][..],
            &["javascript", "js", "mjs"],
            &["typescript", "ts"],
            &["tsx", "jsx"],
            &["python", "py", "python3"],
            &["go", "golang"],
            &["java"],
            &["kotlin", "kt"],
            &["swift"],
            &["c"],
            &["c++", "cpp", "cc"],
            &["c#", "cs", "csharp"],
            &["html"],
            &["css"],
            &["scss"],
            &["json", "jsonc", "json5"],
            &["yaml", "yml"],
            &["toml"],
            &["bash", "sh", "shell", "zsh", "console"],
            &["sql"],
            &["markdown", "md"],
            &["diff", "patch"],
            &["php"],
            &["ruby", "rb"],
            &["dockerfile", "docker"],
            &["xml", "svg"],
            &["makefile", "make"],
            &["haskell", "hs"],
            &["lua"],
            &["r"],
            &["perl", "pl"],
            &["elixir", "ex"],
            &["graphql"],
            &["ini"],
            &["nix"],
            &["zig"],
            &["dart"],
            &["scala"],
            &["protobuf", "proto"],
            &["latex"],
            &["tex"],
        ] {
            let first = language(names[0]);
            assert!(first.is_some(), "{}", names[0]);
            for name in names {
                assert_eq!(language(name), first, "{name}");
            }
        }
        for name in ["", "text", "txt", "plain", "plain text", "no such language", "漢"] {
            assert_eq!(language(name), None, "{name}");
        }
    }
}
