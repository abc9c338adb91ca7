//! The system's fonts, by way of the host or of whoever serves the page.

use std::collections::BTreeSet;

use js_sys::{ArrayBuffer, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::{bridge, http};
use crate::bridge::SystemFont;

#[derive(Debug, Deserialize)]
struct Found {
    font: usize,
    index: u32,
}

/// Finds fonts for characters and fetches those that are not in `have`. One that cannot be read is left out.
///
/// # Errors
/// Why the host could not look for any.
pub(super) async fn find(
    characters: &str,
    have: &BTreeSet<usize>,
) -> Result<Vec<SystemFont>, String> {
    let found = find_json(characters).await?;
    let found: Vec<Found> = serde_json::from_str(&found).map_err(|error| error.to_string())?;
    let mut fonts = Vec::new();
    for Found { font, index } in found.into_iter().filter(|found| !have.contains(&found.font)) {
        let bytes = read(font).await;
        if let Some(buffer) = bytes.ok().and_then(|bytes| bytes.dyn_into::<ArrayBuffer>().ok()) {
            fonts.push(SystemFont { font, index, bytes: Uint8Array::new(&buffer).to_vec() });
        }
    }
    Ok(fonts)
}

async fn find_json(characters: &str) -> Result<String, String> {
    if !bridge::has_host() {
        return http::find_fonts(characters).await;
    }
    let arguments = [("characters", JsValue::from_str(characters))];
    let answer = bridge::invoke("find_fonts", &arguments).await?;
    let text = js_sys::JSON::stringify(&answer).map_err(|error| bridge::text_of(&error))?;
    Ok(text.into())
}

async fn read(font: usize) -> Result<JsValue, String> {
    if !bridge::has_host() {
        return http::read_font(font).await;
    }
    bridge::invoke("read_font", &[("font", JsValue::from_f64(font as f64))]).await
}
