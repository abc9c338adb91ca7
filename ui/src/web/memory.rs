//! What the window is told at its start, and what it keeps between starts.
//!
//! Settings lie in the page's local storage: they are about this window only, nothing of a workflow is in them.

use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::{bridge, http};
use crate::{Settings, ThemeChoice};

const KEY: &str = "millrace.settings";

/// How the window was started.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Startup {
    /// The document to begin with; others come as events.
    #[serde(default)]
    pub(super) document: Option<String>,
    /// The others, where nobody sends events: in a browser.
    #[serde(default)]
    pub(super) others: Vec<String>,
    /// `dark`, `light` or `system`.
    #[serde(default)]
    theme: String,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = localStorage, js_name = getItem, catch)]
    pub(super) fn get_item(key: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(js_namespace = localStorage, js_name = setItem, catch)]
    pub(super) fn set_item(key: &str, value: &str) -> Result<(), JsValue>;
}

/// Asks the host, or whoever serves the page.
pub(super) async fn startup() -> Startup {
    let text = if bridge::has_host() {
        let answer = bridge::invoke("startup", &[]).await.ok();
        let text = answer.and_then(|answer| js_sys::JSON::stringify(&answer).ok());
        text.and_then(|text| text.as_string())
    } else {
        http::startup().await.ok()
    };
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// What was kept; a theme from the command line goes first.
pub(super) fn settings(startup: &Startup) -> Settings {
    let kept = get_item(KEY).ok().flatten().and_then(|text| serde_json::from_str(&text).ok());
    let mut settings: Settings = kept.unwrap_or_default();
    match startup.theme.as_str() {
        "dark" => settings.theme = ThemeChoice::Dark,
        "light" => settings.theme = ThemeChoice::Light,
        _ => {}
    }
    settings
}

/// Keeps the settings. Where the page has no storage they last as long as the window.
pub(super) fn keep(settings: &Settings) {
    if let Ok(text) = serde_json::to_string(settings) {
        drop(set_item(KEY, &text));
    }
}
