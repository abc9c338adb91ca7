//! The api as HTTP: one route for commands, one for the event stream.
//!
//! Nothing is decided here; a [`Backend`] answers.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request as HttpRequest, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use millrace_api::stream::{StreamItem, Subscribe};
use millrace_api::{API_VERSION, ApiError, Backend, Code, MAX_REQUEST, Request, answer};

use crate::presence::Presence;

#[derive(Clone)]
struct Context {
    backend: Arc<dyn Backend>,
    presence: Presence,
}

/// The routes. `presence` is told of every request under way.
pub(crate) fn router(backend: Arc<dyn Backend>, presence: Presence) -> Router {
    let context = Context { backend, presence };
    Router::new()
        .route("/v1/call", post(call))
        .route("/v1/events", post(events))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .layer(from_fn_with_state(context.clone(), check_version))
        .with_state(context)
}

async fn check_version(
    State(context): State<Context>,
    request: HttpRequest,
    next: Next,
) -> Response {
    let _here = context.presence.enter();
    let theirs = request.headers().get("millrace-api").and_then(|value| value.to_str().ok());
    if theirs != Some(API_VERSION.to_string().as_str()) {
        let theirs = theirs.unwrap_or("no version");
        let message =
            format!("the client speaks {theirs} of the interface, the daemon {API_VERSION}");
        return refuse(&ApiError::new(Code::Version, message).help("use programs of one release"));
    }
    next.run(request).await
}

async fn call(State(context): State<Context>, body: Result<Bytes, BytesRejection>) -> Response {
    let answered = match read::<Request>(body) {
        Ok(request) => answer(context.backend.as_ref(), request).await,
        Err(error) => Err(error),
    };
    match answered {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => refuse(&error),
    }
}

async fn events(State(context): State<Context>, body: Result<Bytes, BytesRejection>) -> Response {
    let here = context.presence.enter();
    let opened = match read::<Subscribe>(body) {
        Ok(subscribe) => context.backend.subscribe(subscribe).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(stream) => {
            let lines = stream.map(move |item| {
                // Lives as long as the stream: a daemon with a listener does not leave.
                let _here = &here;
                Ok::<_, Infallible>(line(item))
            });
            let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
            (kind, Body::from_stream(lines)).into_response()
        }
        Err(error) => refuse(&error),
    }
}

fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, ApiError> {
    let cannot = |error: &dyn std::fmt::Display| {
        ApiError::new(Code::InvalidRequest, format!("the request cannot be read: {error}"))
    };
    // Too large, or cut off.
    let body = body.map_err(|rejection| cannot(&rejection.body_text()))?;
    serde_json::from_slice(&body).map_err(|error| cannot(&error))
}

fn line(item: Result<StreamItem, ApiError>) -> Vec<u8> {
    let encoded = match item {
        Ok(item) => serde_json::to_vec(&item),
        Err(error) => serde_json::to_vec(&serde_json::json!({ "error": error })),
    };
    let mut line = encoded.unwrap_or_default();
    line.push(b'\n');
    line
}

/// An error as a reply.
pub(crate) fn refuse(error: &ApiError) -> Response {
    let status = match error.code {
        Code::NotFound | Code::ContentGone => StatusCode::NOT_FOUND,
        Code::Ambiguous
        | Code::WrongState
        | Code::ChangedOutside
        | Code::CannotCarry
        | Code::NotAsked
        | Code::CannotMark
        | Code::HomeNotEmpty
        | Code::Canceled => StatusCode::CONFLICT,
        Code::InvalidDocument
        | Code::InvalidParams
        | Code::NothingToImport
        | Code::UnknownSource
        | Code::NotABackup => StatusCode::UNPROCESSABLE_ENTITY,
        Code::InvalidRequest | Code::BadQuery | Code::Version => StatusCode::BAD_REQUEST,
        Code::ReadOnly | Code::Denied => StatusCode::FORBIDDEN,
        Code::TooSoon => StatusCode::TOO_MANY_REQUESTS,
        Code::File
        | Code::Store
        | Code::Unreachable
        | Code::HomeTaken
        | Code::ShuttingDown
        | Code::Environment
        | Code::Secret
        | Code::NotDelivered
        | Code::NotConnected => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let body = serde_json::to_vec(error).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
