//! Every statement that the driver runs, from its log.

use std::{
    collections::BTreeMap,
    sync::{Mutex, Once, PoisonError},
};

use tokio::sync::MutexGuard;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Context, SubscriberExt},
};

/// All threads of the process share one log, so one test at a time may read it.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static LOG: Mutex<Vec<Statement>> = Mutex::new(Vec::new());

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    pub rows: u64,
}

impl Statement {
    /// One visit to the database may bring several statements in one text.
    pub fn statements(&self) -> Vec<String> {
        self.sql.split("; ").map(str::to_owned).collect()
    }
}

pub struct Statements {
    _turn: MutexGuard<'static, ()>,
}

impl Statements {
    pub async fn listen() -> Self {
        static ONCE: Once = Once::new();
        let turn = TURN.lock().await;
        ONCE.call_once(|| {
            let only = Targets::new().with_target("sqlx::query", Level::TRACE);
            let subscriber = Registry::default().with(Log.with_filter(only));
            tracing::subscriber::set_global_default(subscriber).expect("no other subscriber");
        });
        Self { _turn: turn }
    }

    /// The statements since the last call, except those that set up a new connection, and those of the index
    /// of words, which follows by itself.
    pub fn take(&self) -> Vec<Statement> {
        let mut all = self.take_all();
        all.retain(|statement| !statement.sql.starts_with("/* index */"));
        all
    }

    /// With those of the index.
    pub fn take_all(&self) -> Vec<Statement> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.drain(..).filter(|statement| !statement.sql.starts_with("PRAGMA")).collect()
    }
}

struct Log;

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        // The log has the full statement apart only if its summary is shortened.
        let whole = |name: &str| fields.texts.get(name).filter(|text| !text.trim().is_empty());
        let sql = whole("db.statement").or(whole("summary")).expect("a statement");
        let statement = Statement { sql: sql.trim().to_owned(), rows: fields.rows };
        LOG.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
    }
}

#[derive(Default)]
struct Fields {
    texts: BTreeMap<&'static str, String>,
    rows: u64,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.texts.insert(field.name(), value.to_owned());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "rows_returned" {
            self.rows = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
