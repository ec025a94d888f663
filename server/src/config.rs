//! The settings, by flag or by environment.

use std::{
    env,
    path::{Path, PathBuf},
};

use clap::{Args, Parser, Subcommand};
use leptos::config::{LeptosOptions, get_configuration};

use crate::listen::ListenAddress;

const KEYS: &str = "\
A provider's key may come from the environment, where it wins over one that was entered: RHIZOME_KEY_ \
and the provider's name in capitals, with _ for -, as in RHIZOME_KEY_OPENAI or RHIZOME_KEY_OPEN_ROUTER.";

/// A place where people and AI beings talk, whose sync never misses a message.
#[derive(Parser)]
#[command(name = "rhizome", version, args_conflicts_with_subcommands = true, after_help = KEYS)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub serve: Serve,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serve the app (the default command)
    Serve(Serve),
    /// Write all that was said into a new file, while the server runs or stands still
    Backup {
        /// The file to make; one that is there is not replaced
        file: PathBuf,
        #[command(flatten)]
        data: Data,
    },
    /// Put a backup in the place of what the data folder holds; no server may run there. Every space begins
    /// a new history, so that no client misses what follows
    Restore {
        /// A file that `rhizome backup` has made
        file: PathBuf,
        #[command(flatten)]
        data: Data,
    },
    /// Run this after putting a database into the folder by other means than `rhizome restore`: every space begins a new history, so that clients that
    /// have seen more than the backup holds fetch everything again
    RenewEpochs(Data),
    /// Make the index of the search again; what was said stays as it is
    Reindex(Data),
}

#[derive(Args, Clone)]
pub struct Serve {
    /// Host and port to listen on; of a host with several addresses, the first that this machine has
    #[arg(long, env = "RHIZOME_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: ListenAddress,
    #[command(flatten)]
    pub data: Data,
    /// Keep everything in a PostgreSQL and not in the data folder: postgres://user:password@host/name
    #[arg(long, env = "RHIZOME_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// Folder of the built site [default: `site` next to the program, or where cargo-leptos puts it]
    #[arg(long, env = "RHIZOME_SITE")]
    pub site: Option<PathBuf>,
    /// Seconds that an AI being's provider may send nothing before its answer has failed
    #[arg(long, env = "RHIZOME_AI_SILENCE_SECONDS", default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..))]
    pub ai_silence_seconds: u64,
    /// What to log, as `level` or `target=level,…`; levels are error, warn, info, debug, trace, off.
    /// Targets that are not named are logged at info, or at the level that stands alone
    #[arg(long, env = "RHIZOME_LOG", default_value = "info")]
    pub log: String,
}

#[derive(Args, Clone)]
pub struct Data {
    /// Folder that everything is kept in; made if it is absent, and closed to other users
    #[arg(long = "data", env = "RHIZOME_DATA", default_value = "./data")]
    pub folder: PathBuf,
}

impl Serve {
    /// The folder that is named, else the first that holds a built site.
    pub fn site_root(&self, leptos: Option<&LeptosOptions>) -> PathBuf {
        // Another than the one that is meant would be served without a word.
        if let Some(named) = &self.site {
            return named.clone();
        }
        let of_leptos = leptos.map(|options| PathBuf::from(options.site_root.as_ref()));
        let program = env::current_exe().ok();
        let beside = program.as_deref().and_then(Path::parent);
        let candidates = [
            beside.map(|folder| folder.join("site")),
            beside.and_then(Path::parent).map(|target| target.join("site")),
            of_leptos,
        ];
        let candidates: Vec<_> = candidates.into_iter().flatten().collect();
        let built = candidates.iter().find(|root| root.join("pkg").is_dir());
        built.or(candidates.first()).cloned().unwrap_or_else(|| PathBuf::from("target/site"))
    }
}

/// `Leptos.toml` in the working directory, overridden by the environment of `cargo leptos watch`.
pub fn leptos_options() -> Option<LeptosOptions> {
    let file = Path::new("Leptos.toml");
    let read = file.exists().then(|| get_configuration(Some("Leptos.toml")))?;
    read.inspect_err(|error| tracing::warn!(%error, "Leptos.toml cannot be used"))
        .ok()
        .map(|configuration| configuration.leptos_options)
}
