//! PostgreSQL for tests: one cluster for each test program, with a database for each test. It listens on a
//! socket in a folder of its own, forgets everything, and ends with the program, however that ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use server::{
    domain::rng::Rng,
    store::{PostgresStore, Store as _, WriteConnection as _},
};
use sqlx::{ConnectOptions as _, Executor as _, postgres::PgConnectOptions};

use crate::SetClock;

/// Where Debian has the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// PostgreSQL refuses to run as root.
const USER: &str = "postgres";
/// So often is a cluster that starts asked whether it answers, ten times a second.
const ATTEMPTS_MAX: usize = 300;
const SETTINGS: [&str; 6] = [
    "listen_addresses=",
    "fsync=on",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=500",
    "log_min_messages=panic",
];

/// A database with empty tables, which every other is a copy of.
const TEMPLATE: &str = "rhizome_template";

/// A database with empty tables; dropped, it is gone.
pub struct PostgresDatabase {
    name: String,
}

impl PostgresDatabase {
    pub fn fresh() -> Self {
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        Cluster::of_this_program().run(format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"));
        Self { name }
    }

    pub fn options(&self) -> PgConnectOptions {
        Cluster::of_this_program().options(&self.name)
    }

    /// As an operator names it.
    pub fn address(&self) -> String {
        format!("postgres://rhizome@localhost/{}?host={}", self.name, self.folder().display())
    }

    /// Where the cluster's socket is.
    pub fn folder(&self) -> &'static Path {
        &Cluster::of_this_program().folder
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        Cluster::of_this_program().run(format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

struct Cluster {
    folder: PathBuf,
    /// Ends the cluster once its standard input ends.
    _watch: Child,
}

impl Cluster {
    fn of_this_program() -> &'static Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        CLUSTER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let folder = format!("rhizome-postgres-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        // A process that was killed may have left one of this name.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let (programs, is_root) = (programs(), fs::metadata("/root/.").is_ok());
        let as_user = |program: &str| {
            let program = programs.join(program);
            if !is_root {
                return Command::new(program);
            }
            let mut command = Command::new("setpriv");
            command.args(["--reuid", USER, "--regid", USER, "--clear-groups"]).arg(program);
            command
        };
        if is_root {
            let owned = Command::new("chown").arg(USER).arg(&folder).status();
            assert!(owned.is_ok_and(|status| status.success()), "there is a user {USER}");
        }
        let data = folder.join("data");
        let made = as_user("initdb")
            .args(["-U", "rhizome", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .current_dir(&folder)
            .output()
            .expect("initdb, of Debian's postgresql-15, runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let server = as_user("postgres");
        let mut watch = Command::new("sh");
        watch
            .arg("-c")
            .arg("\"$@\" & server=$!; cat; kill -INT $server; wait $server; rm -rf \"$0\"")
            .arg(&folder)
            .arg(server.get_program())
            .args(server.get_args())
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder)
            .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let cluster = Self { _watch: watch.spawn().expect("a shell"), folder };
        cluster.wait();
        cluster.run(format!("CREATE DATABASE {TEMPLATE}"));
        cluster.make_tables();
        cluster
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .username("rhizome")
            .database(database)
            .disable_statement_logging()
    }

    fn wait(&self) {
        for _ in 0..ATTEMPTS_MAX {
            if self.try_to_run("SELECT 1".to_owned()).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL does not answer in {}", self.folder.display());
    }

    fn make_tables(&self) {
        let options = self.options(TEMPLATE);
        apart(move || async move {
            let (clock, rng) = (Arc::<SetClock>::default(), Arc::new(Rng::from_seed(1)));
            let opened = PostgresStore::open_without_writer(options, clock, rng).await;
            let (store, tx) = opened.expect("the tables");
            store.close().await;
            tx.close().await;
        });
    }

    fn run(&self, sql: String) {
        self.try_to_run(sql).expect("an administrator may do so");
    }

    fn try_to_run(&self, sql: String) -> sqlx::Result<()> {
        let options = self.options("postgres");
        apart(move || async move { options.connect().await?.execute(sql.as_str()).await.map(drop) })
    }
}

/// Runs this to its end on a thread of its own: a test may hold a runtime here.
fn apart<W: Future<Output: Send + 'static>>(
    work: impl FnOnce() -> W + Send + 'static,
) -> W::Output {
    let running = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work())
    });
    running.join().expect("no panic")
}

/// The programs of the newest version there is.
fn programs() -> PathBuf {
    let versions = fs::read_dir(VERSIONS).expect("Debian's postgresql-15 is installed");
    let versions = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    versions
        .filter(|programs: &PathBuf| Path::exists(&programs.join("initdb")))
        .max()
        .expect("a version with its programs")
}
