//! The program `rhizome`.

use std::{
    error::Error, io, io::IsTerminal, net::SocketAddr, path::Path, process::ExitCode, sync::Arc,
    time::Duration,
};

use clap::Parser;
use server::{
    ai::{AnswerLimits, KeyRing, Responder},
    chance::Chance,
    clock::SystemClock,
    config::{self, Cli, Command, Data, Serve},
    data::DataFolder,
    hub::Hub,
    serve::serve,
    services::Services,
    site::Site,
    store::SqliteStore,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

/// So many may have connected and not been accepted, where the system allows it: all who come back at
/// once after a restart.
const WAITING_MAX_CONNECTIONS: u32 = 4096;

type Outcome = Result<(), Box<dyn Error>>;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(Command::RenewEpochs(data)) => renew_epochs(data).await,
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
    let filter = EnvFilter::try_new(&options.log).map_err(|e| format!("RHIZOME_LOG: {e}"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // A log that cannot be written, because its disk is full, cannot say so either: to try would
        // panic, and take the task that wanted to log something with it.
        .log_internal_errors(false)
        .init();
    // A stream is a descriptor, and the 1,024 of a usual shell are few.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "no more files can be opened than at the start");
    }
    // Whoever is to stop us may do so from here on.
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);

    let leptos = config::leptos_options();
    let root = options.site_root(leptos.as_ref());
    let is_watched = std::env::var_os("LEPTOS_WATCH").is_some();
    let site = Site::open(&root, leptos.filter(|_| is_watched)).map_err(|e| {
        format!("the site is not built ({e}); run `make build`, or set RHIZOME_SITE")
    })?;

    let folder = open(&options.data.folder)?;
    folder
        .write_log_anew()
        .map_err(|e| format!("the log of the database cannot be written: {e}"))?;
    let (clock, chance) = (Arc::new(SystemClock), Arc::new(Chance::from_system()));
    let hub = Arc::new(Hub::default());
    let keys = KeyRing::from_variables(std::env::vars_os());
    let limits = AnswerLimits {
        silence: Duration::from_secs(options.ai_silence_seconds),
        ..AnswerLimits::default()
    };
    let (ear, responder) = Responder::new(keys.clone(), limits)
        .map_err(|e| format!("cannot make requests to providers: {e}"))?;
    let publish = (hub.clone(), ear);
    let store = Arc::new(
        SqliteStore::open(&folder.database(), clock.clone(), chance.clone(), publish)
            .await
            .map_err(|e| format!("the database cannot be opened: {e}"))?,
    );
    let responder = tokio::spawn(responder.run(store.clone())).abort_handle();
    let services = Arc::new(Services::new(store.clone(), hub, clock, chance, site, keys));

    let listener =
        listen(options.addr).map_err(|e| format!("cannot listen on {}: {e}", options.addr))?;
    println!("Rhizome listens on http://{}", listener.local_addr()?);
    let shutdown = async move {
        let outcome = tokio::select! {
            _ = term.recv() => Ok(()),
            _ = int.recv() => Ok(()),
            // Better to be started anew than to refuse everything for ever.
            () = store.broken() => Err("nothing can be written any more; the log says why".into()),
        };
        // What is being written is interrupted, and said to be when the store is opened again.
        responder.abort();
        outcome
    };
    serve(listener, services, shutdown).await
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A server that was restarted does not wait for the connections that it had.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_MAX_CONNECTIONS)
}

fn open(folder: &Path) -> Result<DataFolder, String> {
    DataFolder::open(folder)
        .map_err(|e| format!("the data folder cannot be used: {}: {e}", folder.display()))
}

async fn renew_epochs(data: Data) -> Outcome {
    if !data.folder.is_dir() {
        return Err(format!("there is no data folder {}", data.folder.display()).into());
    }
    let folder = open(&data.folder)?;
    folder.is_a_backup()?;
    let spaces = SqliteStore::renew_epochs(&folder.database(), &Chance::from_system()).await?;
    println!("{spaces} spaces begin a new history.");
    Ok(())
}
