//! The machine's fonts for the page: found by characters, given by number. What is no font that was found is not given.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use tokio::task::spawn_blocking;

/// The fonts of the machine, for characters that the page's own lack.
pub trait Fonts: Send + Sync {
    /// Those that have some of these characters. May wait.
    ///
    /// # Errors
    /// Why none can be looked for.
    fn find(&self, characters: &str) -> Result<Vec<FoundFont>, String>;
    /// The file of one that was found. May wait.
    ///
    /// # Errors
    /// Why it cannot be had.
    fn read(&self, font: usize) -> Result<Vec<u8>, String>;
}

/// A font that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FoundFont {
    /// Its number.
    pub font: usize,
    /// Which face of the file.
    pub index: u32,
}

pub(super) fn router(fonts: Arc<dyn Fonts>) -> Router {
    Router::new()
        .route("/v1/fonts", post(find))
        .route("/v1/fonts/{font}", get(read))
        .with_state(fonts)
}

async fn find(State(fonts): State<Arc<dyn Fonts>>, Json(characters): Json<String>) -> Response {
    match spawn_blocking(move || fonts.find(&characters)).await {
        Ok(Ok(found)) => Json(found).into_response(),
        Ok(Err(why)) => (StatusCode::NOT_FOUND, why).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn read(State(fonts): State<Arc<dyn Fonts>>, Path(font): Path<usize>) -> Response {
    match spawn_blocking(move || fonts.read(font)).await {
        Ok(Ok(bytes)) => ([(header::CONTENT_TYPE, "font/sfnt")], bytes).into_response(),
        Ok(Err(why)) => (StatusCode::NOT_FOUND, why).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
