//! The host's way to the daemon: text in, text out.
//!
//! The page and the daemon speak the api's JSON; the host passes it on and never looks into it. [`Backend`] is
//! the narrow seam that lets the commands be tested without a daemon.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A future that may be sent between threads.
pub(crate) type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Receives a stream's items, in order; answers whether it wants more.
pub(crate) type Sink = Box<dyn FnMut(String) -> bool + Send>;

/// A stream that is open: runs until it ends, with the reason when it ended by an error.
pub(crate) type Pump = Boxed<Result<(), String>>;

/// What the host needs of the daemon.
pub(crate) trait Backend: Send + Sync {
    /// One request, one reply, both the api's JSON. An error is the api's too, as JSON.
    fn call(&self, request: String) -> Boxed<Result<String, String>>;

    /// Opens a stream. Nothing reaches `sink` before the returned pump is polled.
    fn subscribe(&self, request: String, sink: Sink) -> Boxed<Result<Pump, String>>;
}

/// The backend as the commands see it.
pub(crate) type SharedBackend = Arc<dyn Backend>;
