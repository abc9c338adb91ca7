//! The way to the network, made when it is first needed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, redirect};

/// How long a connection may take, encryption included.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long an answer may stand still.
const IDLE_LIMIT: Duration = Duration::from_mins(5);

/// A client of the web.
#[derive(Debug)]
pub(crate) struct Web {
    idle: Duration,
    client: Mutex<Option<Client>>,
}

impl Default for Web {
    fn default() -> Self {
        Self::with_idle_limit(IDLE_LIMIT)
    }
}

impl Web {
    /// One that gives an answer up which stands still for so long.
    pub(crate) fn with_idle_limit(idle: Duration) -> Self {
        Self { idle, client: Mutex::default() }
    }

    pub(crate) fn client(&self) -> reqwest::Result<Client> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*kept {
            return Ok(client.clone());
        }
        // Another one that was chosen before is as good.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("millrace/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .read_timeout(self.idle)
            // On a connection that was used before nobody can tell whether a request was still read.
            .pool_max_idle_per_host(0)
            .build()?;
        *kept = Some(client.clone());
        Ok(client)
    }
}
