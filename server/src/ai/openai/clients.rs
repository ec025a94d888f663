//! The clients that ask providers. They keep their connections.

use std::time::Duration;

use reqwest::{Client, ClientBuilder, redirect::Policy};

use super::body::with_causes;
use crate::domain::endpoint::BaseUrl;

const CONNECT_MAX: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub struct Clients {
    /// Through the proxies that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`), but to
    /// what `NO_PROXY` names.
    through_proxies: Client,
    direct: Client,
}

impl Clients {
    pub fn new() -> reqwest::Result<Self> {
        // The TLS cryptography is chosen once per process; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Ok(Self { through_proxies: client(builder)?, direct: client(|| builder().no_proxy())? })
    }

    /// What is said to a model on this machine does not leave it.
    pub fn of(&self, url: &BaseUrl) -> &Client {
        if url.is_local() { &self.direct } else { &self.through_proxies }
    }
}

/// On a machine without certificates it trusts nobody, which is enough for providers that are asked over
/// plain HTTP.
fn client(builder: impl Fn() -> ClientBuilder) -> reqwest::Result<Client> {
    builder().build().or_else(|error| {
        tracing::warn!(error = with_causes(error), "providers cannot be asked over HTTPS");
        builder().tls_certs_only([]).build()
    })
}

fn builder() -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("rhizome/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_MAX)
        // The key and the conversation are for the address that was entered.
        .redirect(Policy::none())
}
