//! Requests over the daemon's Unix socket, as HTTP.
//!
//! One connection for each request under way: on a local socket that costs less than keeping a pool right.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

use millrace_api::error::{ApiError, Code};
use millrace_api::stream::{EventStream, Subscribe};
use millrace_api::{API_VERSION, MAX_REQUEST, Pending, Request, Transport};

use crate::lines::JsonLines;

/// The largest reply that is taken, and the longest line of events, in bytes: more than any page of the api, and a bound on
/// memory.
pub(crate) const MAX_REPLY: usize = 256 << 20;

/// While as many wait to be let in as the system keeps in line: between two tries, and how long in all.
const LINE_AGAIN: Duration = Duration::from_millis(20);
const LINE_LIMIT: Duration = Duration::from_secs(30);

/// Speaks HTTP over a Unix socket.
#[derive(Debug, Clone)]
pub struct SocketTransport {
    socket: PathBuf,
}

impl SocketTransport {
    /// Requests go to the daemon at this socket.
    #[must_use]
    pub fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// The daemon's socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    async fn post(&self, path: &str, body: Vec<u8>) -> Result<Incoming, ApiError> {
        // The daemon would hang up in the middle of it, which reads like a daemon that is gone.
        if body.len() > MAX_REQUEST {
            let (size, limit) = (body.len() >> 20, MAX_REQUEST >> 20);
            let message = format!("the request has {size} MiB, and the daemon takes {limit} MiB");
            let help = "give less at once: keep data in files, and name them in the document";
            return Err(ApiError::new(Code::InvalidRequest, message).help(help));
        }
        let stream = reach(&self.socket).await.map_err(|e| self.unreachable(&e))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|e| self.unreachable(&e))?;
        // Ends by itself when the reply has been read or the daemon has gone; errors reach the reply's reader.
        tokio::spawn(connection);
        let request = hyper::Request::post(path)
            .header("host", "millrace")
            .header("content-type", "application/json")
            .header("millrace-api", API_VERSION)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| ApiError::internal("make a request", &error))?;
        let response = sender.send_request(request).await.map_err(|e| self.unreachable(&e))?;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        let status = response.status();
        let body = read_all(response.into_body()).await?;
        Err(serde_json::from_slice(&body).unwrap_or_else(|_| {
            let text = String::from_utf8_lossy(&body).into_owned();
            ApiError::new(Code::Internal, format!("the daemon answered {status}: {text}"))
        }))
    }

    fn unreachable(&self, error: &dyn std::fmt::Display) -> ApiError {
        let socket = self.socket.display();
        ApiError::new(Code::Unreachable, format!("the daemon at {socket} does not answer: {error}"))
            .help("try again; `millrace daemon status` says whether it runs")
    }
}

impl Transport for SocketTransport {
    fn send<'a>(&'a self, request: &'a Request) -> Pending<'a, Vec<u8>> {
        Box::pin(async move { read_all(self.post("/v1/call", encode(request)?).await?).await })
    }

    fn subscribe<'a>(&'a self, subscribe: &'a Subscribe) -> Pending<'a, EventStream> {
        Box::pin(async move {
            let body = self.post("/v1/events", encode(subscribe)?).await?;
            let stream: EventStream = Box::pin(JsonLines::new(body));
            Ok(stream)
        })
    }
}

/// Connects; where more come at once than the system keeps in line, as soon as there is room.
pub(crate) async fn reach(socket: &Path) -> std::io::Result<UnixStream> {
    let deadline = Instant::now() + LINE_LIMIT;
    loop {
        match UnixStream::connect(socket).await {
            Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < deadline => {
                sleep(LINE_AGAIN).await;
            }
            done => return done,
        }
    }
}

fn encode<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value).map_err(|error| ApiError::internal("make a request", &error))
}

async fn read_all(mut body: Incoming) -> Result<Vec<u8>, ApiError> {
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        if let Some(data) = frame.data_ref() {
            if all.len() + data.len() > MAX_REPLY {
                return Err(ApiError::new(Code::Internal, "the daemon's reply is too large"));
            }
            all.extend_from_slice(data);
        }
    }
    Ok(all)
}

/// The daemon went away in the middle of a reply.
pub(crate) fn broken(error: &dyn std::fmt::Display) -> ApiError {
    ApiError::new(Code::Unreachable, format!("the daemon broke off: {error}"))
        .help("try again; runs go on without the daemon, and the next one takes them over")
}
