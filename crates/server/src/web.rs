//! The window's page in a browser: its files and the api over loopback TCP, for whoever has the one-time code.
//!
//! A port on loopback is open to every process of the machine, and to every web page that a browser of the machine shows.
//! So nobody gets anything without the session, whatever they ask for: see [`guard`]. Nothing listens unless
//! `millrace serve` was called.

mod fonts;
mod guard;
mod page;
mod session;
mod triggers;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::watch;

use millrace_api::{ApiError, Backend, Code};

use crate::http;
use crate::presence::Presence;
use crate::serve::serve;
pub use fonts::{Fonts, FoundFont};
use session::Session;

/// The port where none is asked for. Always the same, because a browser keeps the page's settings by it.
pub const DEFAULT_PORT: u16 = 8737;

/// A page that is about to be served.
pub struct WebPage {
    listener: TcpListener,
    session: Arc<Session>,
    documents: Vec<String>,
}

impl WebPage {
    /// Listens on loopback, on `port` or, for 0, on any that is free. `documents` are opened in the page at first.
    ///
    /// # Errors
    /// `Environment` where the port is taken.
    pub async fn bind(port: u16, documents: Vec<String>) -> Result<Self, ApiError> {
        let cannot = |error: std::io::Error| {
            let message = format!("cannot listen on port {port} of loopback: {error}");
            ApiError::new(Code::Environment, message).help("`--port 0` takes one that is free")
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let session = Session::new(address.port())
            .map_err(|error| ApiError::internal("make up a code", &error))?;
        Ok(Self { listener, session: Arc::new(session), documents })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.session.port()))
    }

    /// The addresses with one-time codes.
    #[must_use]
    pub fn links(&self) -> Links {
        let mut codes = self.session.codes();
        codes.mark_changed();
        Links { address: self.address(), codes }
    }

    /// Serves for as long as it is polled.
    pub async fn serve(self, backend: Arc<dyn Backend>, fonts: Arc<dyn Fonts>) {
        let router = router(backend, fonts, &self.session, self.documents);
        serve(self.listener, router, std::future::pending()).await;
    }
}

/// One address after the other, each for one browser.
pub struct Links {
    address: SocketAddr,
    codes: watch::Receiver<String>,
}

impl Links {
    /// The address that is good now; the next one as soon as that was used. None when nobody serves any more.
    pub async fn next(&mut self) -> Option<String> {
        self.codes.changed().await.ok()?;
        Some(format!("http://{}/open?code={}", self.address, *self.codes.borrow_and_update()))
    }
}

/// What the page asks for first.
#[derive(Debug, Clone, Serialize)]
struct Startup {
    /// The document to begin with.
    document: Option<String>,
    /// Those that are opened beside it.
    others: Vec<String>,
}

/// The routes of a page of its own, with a session that nobody has: for the fuzz targets.
pub(crate) fn private_page(
    backend: Arc<dyn Backend>,
    fonts: Arc<dyn Fonts>,
    port: u16,
) -> Result<Router, ApiError> {
    let session = Session::new(port);
    let session = session.map_err(|error| ApiError::internal("make up a code", &error))?;
    Ok(router(backend, fonts, &Arc::new(session), Vec::new()))
}

fn router(
    backend: Arc<dyn Backend>,
    fonts: Arc<dyn Fonts>,
    session: &Arc<Session>,
    documents: Vec<String>,
) -> Router {
    let mut documents = documents.into_iter();
    let startup = Startup { document: documents.next(), others: documents.collect() };
    Router::new()
        .route("/open", get(open).with_state(Arc::clone(session)))
        .route("/startup", get(move || std::future::ready(Json(startup.clone()))))
        .fallback(get(file))
        .merge(fonts::router(fonts))
        .merge(triggers::router(Arc::clone(&backend)))
        .merge(http::router(backend, Presence::default()))
        // Outermost, so that there is no route without it.
        .layer(from_fn_with_state(Arc::clone(session), guard::guard))
}

#[derive(Deserialize)]
struct Open {
    #[serde(default)]
    code: String,
}

/// Exchanges the one-time code for the session.
async fn open(State(session): State<Arc<Session>>, Query(open): Query<Open>) -> Response {
    match session.redeem(&open.code) {
        Some(tokens) => {
            let mut headers = HeaderMap::new();
            let cookie = format!(
                "{}={}; Path=/; HttpOnly; SameSite=Strict",
                session.cookie_name(),
                tokens.cookie
            );
            if let Ok(cookie) = cookie.parse() {
                headers.insert(header::SET_COOKIE, cookie);
            }
            // A page that goes on by itself, instead of a redirect: after one, a browser that came from another page
            // would hold the cookie back. What follows the # stays in the browser: no server on the same host, to which
            // it sends the cookie too, gets to know it.
            let html = format!(
                "<!doctype html><title>Millrace</title>\
                 <meta http-equiv=\"refresh\" content=\"0; url=/#session={}\">\n",
                tokens.header
            );
            (headers, Html(html)).into_response()
        }
        None => guard::refuse("this code is wrong, or was used already"),
    }
}

async fn file(uri: Uri) -> Response {
    page::file(uri.path())
}

#[cfg(test)]
mod tests;
