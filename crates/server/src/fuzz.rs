//! What the fuzz targets see of the server: the routes of the private socket and of the served page, without a socket.
//! Nothing else uses it.

use std::sync::Arc;

use axum::Router;
use millrace_api::{ApiError, Backend};

use crate::presence::Presence;
use crate::web::{Fonts, private_page};

/// The routes of the private socket.
pub fn private(backend: Arc<dyn Backend>) -> Router {
    crate::http::router(backend, Presence::default())
}

/// The routes of the page, as if it were served at `port` to nobody yet.
///
/// # Errors
/// Where no session can be made up.
pub fn page(
    backend: Arc<dyn Backend>,
    fonts: Arc<dyn Fonts>,
    port: u16,
) -> Result<Router, ApiError> {
    private_page(backend, fonts, port)
}
