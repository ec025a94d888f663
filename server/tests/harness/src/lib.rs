//! A whole server for one test: the real routes over a real database, in a folder that is removed
//! with the test. The test controls every input: it sets the clock, and random numbers come from a
//! seed. Beside it: the program as a process, a client of either, and a provider of AI answers that
//! follows a script.

mod client;
mod cluster;
mod database;
mod events;
mod folder;
mod program;
mod provider;
mod request;
mod response;
mod transport;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::Router;
use server::{
    ai::{AnswerLimits, KeyRing, Responder},
    app_state::AppState,
    delivery::hub::Hub,
    domain::{
        clock::{Clock, Moment},
        rng::Rng,
    },
    feed::Feed,
    http::{assets::Site, router::router},
};
use tokio::task::AbortHandle;

pub use client::{Client, PASSWORD, message};
pub use cluster::PostgresDatabase;
pub use database::Dump;
pub use events::{Events, Frame, gists};
pub use folder::Folder;
pub use program::{Program, rhizome_path, run, site_in, started_by};
pub use provider::{Gate, ModelServer, Provider, SERVERS, Script, Template};
pub use request::TestRequest;
pub use response::TestResponse;
pub use transport::Transport;

/// The path of the space that most tests use.
pub const SPACE: &str = "/api/spaces/@garden";

pub struct TestServer {
    pub app_state: Arc<AppState>,
    pub clock: Arc<SetClock>,
    pub folder: Arc<Folder>,
    router: Router,
    /// Writes the answers of AI beings, as in the program.
    responder: AbortHandle,
    limits: AnswerLimits,
    /// A restart uses the next seed: the same one would repeat its tokens.
    seed: u64,
}

impl TestServer {
    /// An empty server, without accounts.
    pub async fn open() -> Self {
        Self::with_limits(AnswerLimits::default()).await
    }

    /// The same, with other limits for the providers of AI beings.
    pub async fn with_limits(limits: AnswerLimits) -> Self {
        Self::over(Arc::new(Folder::of_the_store()), Arc::default(), limits, 1).await
    }

    /// A server over a folder that has a database already.
    pub async fn over_folder(folder: Folder) -> Self {
        Self::over(Arc::new(folder), Arc::default(), AnswerLimits::default(), 1).await
    }

    /// A server with `@ada`, an administrator, who created `@garden`, and `@bob`, whom she invited
    /// there. Positions 1 to 3 are taken: by the space, by Ada and by Bob.
    pub async fn with_two_members() -> (Self, Client, Client) {
        Self::open().await.and_two_members().await
    }

    pub async fn and_two_members(self) -> (Self, Client, Client) {
        let ada = self.visitor().signed_up("ada", None).await;
        assert_eq!(ada.create_space("Garden").await, "@garden");
        let bob = self.guest(&ada, "@garden", "bob").await;
        (self, ada, bob)
    }

    /// Stops this server and starts another over the same folder.
    pub async fn reopen(self) -> Self {
        self.close().await;
        let (folder, clock) = (self.folder.clone(), self.clock.clone());
        Self::over(folder, clock, self.limits, self.seed + 1).await
    }

    pub async fn close(&self) {
        self.responder.abort();
        self.app_state.store.close().await;
        self.app_state.hub.close();
    }

    async fn over(
        folder: Arc<Folder>,
        clock: Arc<SetClock>,
        limits: AnswerLimits,
        seed: u64,
    ) -> Self {
        let (hub, rng) = (Arc::new(Hub::default()), Arc::new(Rng::from_seed(seed)));
        let (answers, responder) =
            Responder::new(KeyRing::default(), limits).expect("a client of providers");
        let feed = Feed::default().with(hub.clone()).with(answers);
        let store = folder.open(clock.clone(), rng.clone(), feed).await;
        let responder = tokio::spawn(responder.run(store.clone()));
        let (site, keys) = (Site::absent(), KeyRing::default());
        let app_state = AppState::new(store, hub, clock.clone(), rng, site, keys);
        let app_state = Arc::new(app_state);
        let responder = responder.abort_handle();
        let router = router(app_state.clone());
        Self { app_state, clock, folder, router, responder, limits, seed }
    }

    /// A client without a session.
    pub fn visitor(&self) -> Client {
        Client::new(Transport::InProcess(self.router.clone()))
    }

    /// The same client after a restart, with its cookie.
    pub fn again(&self, client: &Client) -> Client {
        client.at(Transport::InProcess(self.router.clone()))
    }

    /// A new person, whom a member invited to a space.
    pub async fn guest(&self, host: &Client, space: &str, handle: &str) -> Client {
        let token = host.invite(space).await;
        self.visitor().signed_up(handle, Some(&token)).await
    }

    /// The number of open streams, of all spaces.
    pub fn listeners(&self) -> usize {
        self.app_state.hub.stats().1
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.responder.abort();
    }
}

/// A clock that stands still until the test moves it.
pub struct SetClock(AtomicI64);

impl Default for SetClock {
    fn default() -> Self {
        // 2026-11-23T04:25:20.123Z
        Self(AtomicI64::new(1_795_407_920_123))
    }
}

impl Clock for SetClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

impl SetClock {
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    pub fn advance_days(&self, days: i64) {
        self.advance_seconds(days * 24 * 60 * 60);
    }
}
