//! What the user sees when the ui's own code panics.
//!
//! A panic in wasm stops the ui for good: nothing of egui may be called again. So this page is plain DOM: what
//! happened, that runs are not affected, and a Reload button. It does not try to go on.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Defined by `main.js`: covers the page with a message and a Reload button.
    #[wasm_bindgen(js_namespace = window, js_name = millraceShowFailure, catch)]
    fn show_failure(title: &str, detail: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(text: &str);
}

/// Installs the hook. Call it before anything else can panic.
pub(super) fn install() {
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let detail = info.to_string();
        console_error(&detail);
        show("Millrace's window ran into a bug", &detail);
        previous(info);
    }));
}

/// Covers the page with a message and a Reload button.
pub(super) fn show(title: &str, detail: &str) {
    if show_failure(title, detail).is_err() {
        console_error("the failure page could not be shown");
    }
}
