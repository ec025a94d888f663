//! A whole server for one test: the real routes over a real database, in a folder that goes when
//! the test does. What comes from outside is in the test's hands: the clock is set, chance has a
//! seed.

#![allow(
    dead_code,
    unused_imports,
    reason = "each suite is a crate of its own, and uses the part of this that it needs"
)]

mod answer;
mod client;
mod database;
mod events;
mod folder;
mod program;
mod provider;
mod reach;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::Router;
use server::{
    ai::{AnswerLimits, KeyRing, Responder},
    chance::Chance,
    clock::{Clock, Moment},
    hub::Hub,
    router::router,
    services::Services,
    site::Site,
    store::{SqliteStore, Store},
};
use tokio::task::AbortHandle;

pub use answer::Answer;
pub use client::{Ask, Client, PASSWORD, message};
pub use database::Dump;
pub use events::{Events, Frame, gists};
pub use folder::Folder;
pub use program::{Program, RHIZOME, run, site_in, started_by};
pub use provider::{Gate, Provider, Script};
pub use reach::Reach;

/// Where the space that most tests are about is found.
pub const GARDEN: &str = "/api/spaces/@garden";

pub struct House {
    pub services: Arc<Services>,
    pub clock: Arc<SetClock>,
    pub folder: Arc<Folder>,
    router: Router,
    /// Writes the answers of AI beings, as the program's own does.
    responder: AbortHandle,
    limits: AnswerLimits,
    /// Chance goes on from here after a restart; from the same seed it would repeat its tokens.
    seed: u64,
}

impl House {
    /// Empty: nobody has an account yet.
    pub async fn open() -> Self {
        Self::with_limits(AnswerLimits::default()).await
    }

    /// The same, with other patience for the providers of AI beings.
    pub async fn with_limits(limits: AnswerLimits) -> Self {
        Self::over(Arc::new(Folder::fresh()), Arc::default(), limits, 1).await
    }

    /// With `@ada`, who administers and founded `@garden`, and `@bob`, who was invited there. The
    /// positions 1 to 3 are taken: by the garden, by Ada and by Bob.
    pub async fn with_garden() -> (Self, Client, Client) {
        Self::open().await.and_garden().await
    }

    pub async fn and_garden(self) -> (Self, Client, Client) {
        let house = self;
        let ada = house.visitor().signed_up("ada", None).await;
        assert_eq!(ada.found("Garden").await, "@garden");
        let bob = house.guest(&ada, "@garden", "bob").await;
        (house, ada, bob)
    }

    /// Ends this server and starts another over the same folder.
    pub async fn reopen(self) -> Self {
        self.close().await;
        let (folder, clock) = (self.folder.clone(), self.clock.clone());
        Self::over(folder, clock, self.limits, self.seed + 1).await
    }

    pub async fn close(&self) {
        self.responder.abort();
        self.services.store.close().await;
        self.services.hub.close();
    }

    async fn over(
        folder: Arc<Folder>,
        clock: Arc<SetClock>,
        limits: AnswerLimits,
        seed: u64,
    ) -> Self {
        let (hub, chance) = (Arc::new(Hub::default()), Arc::new(Chance::from_seed(seed)));
        let (ear, responder) =
            Responder::new(KeyRing::default(), limits).expect("a client of providers");
        let publish = (hub.clone(), ear);
        let store = SqliteStore::open(&folder.database(), clock.clone(), chance.clone(), publish)
            .await
            .expect("a database");
        let store: Arc<dyn Store> = Arc::new(store);
        let responder = tokio::spawn(responder.run(store.clone()));
        let (site, keys) = (Site::absent(), KeyRing::default());
        let services = Services::new(store, hub, clock.clone(), chance, site, keys);
        let services = Arc::new(services);
        let responder = responder.abort_handle();
        let router = router(services.clone());
        Self { services, clock, folder, router, responder, limits, seed }
    }

    /// Somebody without a session.
    pub fn visitor(&self) -> Client {
        Client::new(Reach::InProcess(self.router.clone()))
    }

    /// A browser that was at the server before it was restarted, and kept its cookie.
    pub fn again(&self, client: &Client) -> Client {
        client.at(Reach::InProcess(self.router.clone()))
    }

    /// Somebody new, whom a member invited to a space.
    pub async fn guest(&self, host: &Client, space: &str, handle: &str) -> Client {
        let token = host.invite(space).await;
        self.visitor().signed_up(handle, Some(&token)).await
    }

    /// How many listen, to any space.
    pub fn listeners(&self) -> usize {
        self.services.hub.census().1
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.responder.abort();
    }
}

/// A clock that stands still until it is told to move.
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
