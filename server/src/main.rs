//! The program `rhizome`.

use std::{
    error::Error, io::IsTerminal, path::Path, pin::Pin, process::ExitCode, sync::Arc,
    time::Duration,
};

use clap::Parser;
use server::{
    ai::{AnswerLimits, KeyRing, Responder},
    app_state::AppState,
    config::{self, Cli, Command, Data, Serve},
    data_dir::{DataFolder, FolderError},
    delivery::hub::Hub,
    domain::{clock::SystemClock, rng::Rng},
    feed::Feed,
    http::assets::Site,
    log_filter::LogFilter,
    serve::serve,
    store::{BegunLog, PostgresAddress, PostgresError, PostgresStore, SqliteStore, Store},
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(Command::RenewEpochs(data)) => renew_epochs(data).await,
        Some(Command::Reindex(data)) => reindex(data).await,
        Some(Command::Serve(options)) => run(options).await,
        None => run(cli.serve).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rhizome: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Serve) -> Outcome {
    let filter: LogFilter = options.log.parse().map_err(|e| format!("--log, RHIZOME_LOG: {e}"))?;
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that cannot be written, because its disk is full, cannot say so either: to try would
        // panic, and take the task that wanted to log something with it.
        .log_internal_errors(false);
    tracing_subscriber::registry().with(lines).with(filter.targets()).init();
    // A stream is a descriptor, and the 1,024 of a usual shell are few.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "no more files can be opened than at the start");
    }
    // From here on the process can be asked to stop.
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);

    let leptos = config::leptos_options();
    let root = options.site_root(leptos.as_ref());
    let is_watched = std::env::var_os("LEPTOS_WATCH").is_some();
    let site = Site::open(&root, leptos.filter(|_| is_watched)).map_err(|e| {
        let root = root.display();
        format!("no site is built in {root} ({e}); run `make build`, or set --site or RHIZOME_SITE")
    })?;

    let place = Place::of(&options).await?;
    let listener = options.addr.listen().await?;
    let (clock, rng) = (Arc::new(SystemClock), Arc::new(Rng::from_system()));
    let log = place.prepare(&rng).await?;
    let hub = Arc::new(Hub::default());
    let keys = KeyRing::from_variables(std::env::vars_os());
    let limits = AnswerLimits {
        silence: Duration::from_secs(options.ai_silence_seconds),
        ..AnswerLimits::default()
    };
    let (answers, responder) = Responder::new(keys.clone(), limits)
        .map_err(|e| format!("cannot make requests to providers: {e}"))?;
    let feed = Feed::default().with(hub.clone()).with(answers);
    let (store, broken) = place.open(clock.clone(), rng.clone(), feed).await?;
    if let Some(log) = log {
        log.release().await;
    }
    let responder = tokio::spawn(responder.run(store.clone())).abort_handle();
    let state = Arc::new(AppState::new(store, hub, clock, rng, site, keys));

    println!("Rhizome listens on http://{}", listener.local_addr()?);
    let shutdown = async move {
        let outcome = tokio::select! {
            _ = term.recv() => Ok(()),
            _ = int.recv() => Ok(()),
            // A restart may mend what this process would refuse for ever.
            () = broken => Err("nothing can be written any more; the log says why".into()),
        };
        // Answers under way are interrupted; the next start marks them so.
        responder.abort();
        outcome
    };
    serve(listener, state, shutdown).await
}

/// Where everything is kept.
enum Place {
    Folder(DataFolder),
    Postgres(PostgresAddress),
}

/// Done once nothing can be written any more.
type Broken = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Place {
    async fn of(options: &Serve) -> Result<Self, Box<dyn Error>> {
        if let Some(address) = &options.database {
            let address = PostgresStore::examine(address).await.map_err(cannot_use)?;
            return Ok(Self::Postgres(address));
        }
        let folder = open(&options.data.folder)?;
        folder.check().map_err(|error| refused_folder(&options.data.folder, &error))?;
        Ok(Self::Folder(folder))
    }

    async fn prepare(&self, rng: &Rng) -> Result<Option<BegunLog>, Box<dyn Error>> {
        match self {
            Self::Folder(folder) => {
                prepare(folder, rng, |error| refused_folder(folder.path(), &error)).await
            }
            Self::Postgres(_) => Ok(None),
        }
    }

    async fn open(
        &self,
        clock: Arc<SystemClock>,
        rng: Arc<Rng>,
        feed: Feed,
    ) -> Result<(Arc<dyn Store>, Broken), Box<dyn Error>> {
        match self {
            Self::Folder(folder) => {
                let opened = SqliteStore::open(&folder.database(), clock, rng, feed).await;
                let store = Arc::new(opened.map_err(|error| cannot_open(folder, &error))?);
                let broken = store.clone();
                Ok((store, Box::pin(async move { broken.broken().await })))
            }
            Self::Postgres(address) => {
                let opened = PostgresStore::open(address.clone(), clock, rng, feed).await;
                let opened = opened.map_err(PostgresError::from).map_err(cannot_use)?;
                let store = Arc::new(opened);
                let broken = store.clone();
                Ok((store, Box::pin(async move { broken.broken().await })))
            }
        }
    }
}

fn cannot_use(error: PostgresError) -> String {
    format!("the database that --database or RHIZOME_DATABASE names cannot be used: {error}")
}

/// Any fault of the database is found here, before the server says that it listens.
async fn prepare(
    folder: &DataFolder,
    rng: &Rng,
    refused: impl Fn(FolderError) -> String,
) -> Result<Option<BegunLog>, Box<dyn Error>> {
    let database = folder.database();
    let (has_leftovers, cannot) =
        (folder.has_leftovers().map_err(&refused)?, |e| cannot_open(folder, &e));
    folder.create_database().map_err(&refused)?;
    SqliteStore::examine(&database, has_leftovers).await.map_err(cannot)?;
    folder.rewrite_log().map_err(|e| format!("the log of the database cannot be written: {e}"))?;
    let mut tag = [0; 4];
    rng.fill(&mut tag);
    let tag = folder.record_start(u32::from_ne_bytes(tag)).map_err(&refused)?;
    if !SqliteStore::prepare(&database, tag).await.map_err(cannot)? {
        return Ok(None);
    }
    let mark = folder.mark(tag).map_err(&refused)?;
    let log = SqliteStore::begin_log(&database).await.map_err(cannot)?;
    if let (Some(mark), Some(_)) = (mark, &log) {
        folder.record_running(mark).map_err(&refused)?;
    }
    Ok(log)
}

fn cannot_open(folder: &DataFolder, error: &dyn Error) -> String {
    format!("the database {} cannot be opened: {error}", folder.database().display())
}

fn refused_folder(folder: &Path, error: &FolderError) -> String {
    format!("the data folder cannot be used: {}: {error}", folder.display())
}

fn open(folder: &Path) -> Result<DataFolder, String> {
    DataFolder::open(folder).map_err(|error| refused_folder(folder, &error))
}

async fn renew_epochs(data: Data) -> Outcome {
    if !data.folder.is_dir() {
        return Err(format!("there is no data folder {}", data.folder.display()).into());
    }
    let folder = open(&data.folder)?;
    folder.take_backup().map_err(|error| refused_folder(&data.folder, &error))?;
    let database = folder.database();
    SqliteStore::examine(&database, false).await.map_err(|e| cannot_open(&folder, &e))?;
    let spaces = SqliteStore::renew_epochs(&database, &Rng::from_system()).await?;
    println!("{spaces} spaces begin a new history.");
    Ok(())
}

/// Begins as a server does, so that a log which one has left is in good hands.
async fn reindex(data: Data) -> Outcome {
    if !data.folder.is_dir() {
        return Err(format!("there is no data folder {}", data.folder.display()).into());
    }
    let folder = open(&data.folder)?;
    let refused = |error| refused_folder(&data.folder, &error);
    folder.check().map_err(refused)?;
    folder.require_database().map_err(refused)?;
    let rng = Arc::new(Rng::from_system());
    let log = prepare(&folder, &rng, refused).await?;
    let database = folder.database();
    let messages = SqliteStore::clear_index(&database).await?;
    let store = SqliteStore::open(&database, Arc::new(SystemClock), rng, Feed::default()).await?;
    if let Some(log) = log {
        log.release().await;
    }
    while store.index_portion().await? {}
    store.close().await;
    println!("{messages} messages are indexed.");
    Ok(())
}
