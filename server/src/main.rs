//! The program `rhizome`.

use std::{io::IsTerminal, process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use server::{
    ai::{AnswerLimits, KeyRing, Responder},
    app_state::AppState,
    config::{self, Cli, Command, Serve},
    delivery::hub::Hub,
    domain::{clock::SystemClock, rng::Rng},
    feed::Feed,
    http::assets::Site,
    log_filter::LogFilter,
    operations::{Outcome, backup, epochs, index, place::Place, restoration},
    serve::serve,
};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(Command::Backup { file, data }) => backup::make(&data.folder, &file).await,
        Some(Command::Restore { file, data }) => restoration::restore(&data.folder, &file).await,
        Some(Command::RenewEpochs(data)) => epochs::renew(&data.folder).await,
        Some(Command::Reindex(data)) => index::make_again(&data.folder).await,
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
