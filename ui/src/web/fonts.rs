//! The system's fonts, by way of the host.

use std::collections::BTreeSet;

use js_sys::{ArrayBuffer, Uint8Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::bridge;
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
    let arguments = [("characters", JsValue::from_str(characters))];
    let answer = bridge::invoke("find_fonts", &arguments).await?;
    let text = js_sys::JSON::stringify(&answer).map_err(|error| bridge::text_of(&error))?;
    let found: Vec<Found> =
        serde_json::from_str(&String::from(text)).map_err(|error| error.to_string())?;
    let mut fonts = Vec::new();
    for Found { font, index } in found.into_iter().filter(|found| !have.contains(&found.font)) {
        let bytes = bridge::invoke("read_font", &[("font", JsValue::from_f64(font as f64))]).await;
        if let Some(buffer) = bytes.ok().and_then(|bytes| bytes.dyn_into::<ArrayBuffer>().ok()) {
            fonts.push(SystemFont { font, index, bytes: Uint8Array::new(&buffer).to_vec() });
        }
    }
    Ok(fonts)
}
