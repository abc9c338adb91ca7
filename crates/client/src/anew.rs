//! Requests to the daemon of a home, wherever it is at the moment.

use millrace_api::home::Home;
use millrace_api::stream::{EventStream, Subscribe};
use millrace_api::{Pending, Request, Transport};

use crate::{Launch, connect};

/// Finds the daemon for each request, and starts it where none runs: it may have ended, or been replaced, since the last
/// one. Looking for it costs a fraction of a millisecond. A request that broke off is not repeated, because it may have been carried
/// out.
#[derive(Debug, Clone)]
pub struct AnewTransport {
    home: Home,
    launch: Launch,
}

impl AnewTransport {
    /// To the daemon of this home.
    #[must_use]
    pub fn new(home: Home, launch: Launch) -> Self {
        Self { home, launch }
    }
}

impl Transport for AnewTransport {
    fn send<'a>(&'a self, request: &'a Request) -> Pending<'a, Vec<u8>> {
        Box::pin(async move { connect(&self.home, &self.launch).await?.0.send(request).await })
    }

    fn subscribe<'a>(&'a self, subscribe: &'a Subscribe) -> Pending<'a, EventStream> {
        Box::pin(
            async move { connect(&self.home, &self.launch).await?.0.subscribe(subscribe).await },
        )
    }
}
