//! The filter of the log. Every directive is understood, or refused with a list of the valid ones.

use std::{collections::BTreeMap, str::FromStr};

use tracing_subscriber::filter::{LevelFilter, Targets};

const LEVELS: &str = "error, warn, info, debug, trace and off";
/// The level of targets that no directive names.
const DEFAULT: LevelFilter = LevelFilter::INFO;
/// The parts of the program, and its libraries that log something.
const TARGETS: [&str; 12] = [
    "app",
    "axum",
    "hyper",
    "hyper_util",
    "leptos",
    "leptos_axum",
    "reqwest",
    "rhizome",
    "rustls",
    "server",
    "sqlx",
    "tower_http",
];

/// `level`, or `target=level`, or several of them with commas between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter {
    default: LevelFilter,
    targets: BTreeMap<String, LevelFilter>,
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut default, mut targets) = (None, BTreeMap::new());
        let directives: Vec<_> = text.split(',').map(str::trim).collect();
        for directive in directives.into_iter().filter(|directive| !directive.is_empty()) {
            let is_first = match directive.split_once('=') {
                None => default.replace(level(directive)?).is_none(),
                Some((target, level_of_it)) => {
                    let (target, level) =
                        (self::target(target.trim())?, level(level_of_it.trim())?);
                    targets.insert(target, level).is_none()
                }
            };
            if !is_first {
                return Err(format!("\"{directive}\" says another level than one before it"));
            }
        }
        Ok(Self { default: default.unwrap_or(DEFAULT), targets })
    }
}

impl LogFilter {
    pub fn targets(&self) -> Targets {
        let targets = Targets::new().with_default(self.default);
        let mut named = self.targets.clone();
        // To a user the program is one, whatever its parts are called.
        if let Some(level) = named.get("rhizome").copied() {
            named.entry("server".to_owned()).or_insert(level);
        }
        targets.with_targets(named)
    }
}

fn level(text: &str) -> Result<LevelFilter, String> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" | "warning" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return Err(format!("\"{text}\" is no level; levels are {LEVELS}")),
    })
}

fn target(text: &str) -> Result<String, String> {
    let of = text.split("::").next().unwrap_or_default();
    let is_path = text.split("::").all(|part| {
        !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
    });
    if is_path && TARGETS.contains(&of) {
        Ok(text.to_owned())
    } else {
        Err(format!("nothing logs as \"{text}\"; targets are modules of {}", TARGETS.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn every_directive_is_understood() {
        use Level as L;
        // The most that is logged of the server, and of a library.
        for (text, server, sqlx) in [
            ("", L::INFO, L::INFO),
            ("warning", L::WARN, L::WARN),
            (" WARN ,", L::WARN, L::WARN),
            ("Debug", L::DEBUG, L::DEBUG),
            ("server=debug", L::DEBUG, L::INFO),
            ("rhizome=trace, sqlx = error", L::TRACE, L::ERROR),
            ("error,rhizome=debug", L::DEBUG, L::ERROR),
            ("warn,server::store=trace", L::WARN, L::WARN),
        ] {
            let targets = text.parse::<LogFilter>().expect(text).targets();
            for (target, most) in [("server::http", server), ("sqlx::query", sqlx)] {
                for level in [L::ERROR, L::WARN, L::INFO, L::DEBUG, L::TRACE] {
                    let is_logged = level <= most;
                    assert_eq!(targets.would_enable(target, &level), is_logged, "{text} {level}");
                }
            }
        }
        let off = "off".parse::<LogFilter>().expect("a level").targets();
        assert!(!off.would_enable("server", &L::ERROR));
    }

    #[test]
    fn what_is_not_understood_is_refused_with_what_there_is() {
        for (text, hint) in [
            ("warnign", LEVELS),
            ("err", LEVELS),
            ("3", LEVELS),
            ("info;debug", LEVELS),
            ("server=", LEVELS),
            ("server=loud", LEVELS),
            ("=", "rhizome"),
            ("=,=", "rhizome"),
            ("sever=debug", "rhizome"),
            ("server::=debug", "rhizome"),
            ("[span]=debug", "rhizome"),
            ("info,debug", "another level"),
            ("sqlx=warn,sqlx=info", "another level"),
        ] {
            let refused = text.parse::<LogFilter>().expect_err(text);
            assert!(refused.contains(hint), "{text}: {refused}");
        }
    }
}
