//! Calls of triggers: `POST /triggers/WORKFLOW/TRIGGER` with the trigger's own token, and an object of parameters.
//!
//! It needs no session: a program calls it. Host and Origin are checked as for everything else, so that no page of a browser
//! can.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::json;

use millrace_api::secret::HiddenText;
use millrace_api::trigger::CallTrigger;
use millrace_api::{ApiError, Backend, Code};
use millrace_model::Values;

use crate::http::refuse;

/// The largest object of parameters, in bytes.
const MAX_BODY: usize = 1 << 20;

pub(super) fn router(backend: Arc<dyn Backend>) -> Router {
    Router::new()
        .route("/triggers/{workflow}/{trigger}", post(call))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(backend)
}

async fn call(
    State(backend): State<Arc<dyn Backend>>,
    Path((workflow, trigger)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match read((&workflow, &trigger), &headers, &body) {
        Ok(request) => match backend.call_trigger(request).await {
            Ok(started) => axum::Json(json!({ "run": started.run })).into_response(),
            Err(error) => refuse(&error),
        },
        Err(error) => refuse(&error),
    }
}

fn read(
    (workflow, trigger): (&str, &str),
    headers: &HeaderMap,
    body: &[u8],
) -> Result<CallTrigger, ApiError> {
    let denied = || {
        let message = "a call needs the trigger's token";
        ApiError::new(Code::Denied, message).help("send it as `Authorization: Bearer TOKEN`")
    };
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(denied)?;
    let name = |text: &str| {
        millrace_model::ident::Ident::new(text).map_err(|error| {
            ApiError::new(Code::InvalidRequest, format!("`{text:.64}` names nothing: {error}"))
        })
    };
    let params: Values = match body.is_empty() {
        true => Values::new(),
        false => serde_json::from_slice(body).map_err(|error| {
            let message = format!("the parameters cannot be read: {error}");
            ApiError::new(Code::InvalidRequest, message).help("send a JSON object, or nothing")
        })?,
    };
    let (workflow, trigger) = (name(workflow)?, name(trigger)?);
    Ok(CallTrigger { workflow, trigger, token: HiddenText::new(token.trim()), params })
}
