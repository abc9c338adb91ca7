//! The page's files: those that `cargo xtask ui` made. In a release they are within this program; a debug build reads them
//! from the checkout, so that a change of the page needs no new program.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Files;

/// A file by its path in the address.
pub(super) fn file(path: &str) -> Response {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    // Only names of files that are there: a path that leads elsewhere is none.
    let known = Files::iter().any(|known| known == name);
    match Files::get(name).filter(|_| known) {
        Some(file) => {
            let kind = [(header::CONTENT_TYPE, kind(name))];
            (kind, Body::from(file.data.into_owned())).into_response()
        }
        None if name == "index.html" => {
            let text = "This program was built without the window's page: `cargo xtask ui`, then build it again.\n";
            (StatusCode::NOT_FOUND, text).into_response()
        }
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
