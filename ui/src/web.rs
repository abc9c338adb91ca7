//! The browser's side of the ui: entry point, canvas, and the eframe runner.
//!
//! Only compiled for wasm32. What the page shows when something goes wrong before or below egui is in
//! [`panic_page`]; the way to the host is in [`bridge`].

pub(crate) mod bridge;
mod panic_page;

use eframe::{App, CreationContext, Frame, WebOptions, WebRunner};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use crate::Shell;

/// The id of the canvas in `index.html`.
const CANVAS_ID: &str = "millrace";

/// Called by the generated JavaScript as soon as the module is loaded.
///
/// # Errors
/// When the page has no canvas, or the browser gives no WebGL context. `main.js` shows the message.
#[wasm_bindgen(start)]
pub async fn start() -> Result<(), JsValue> {
    panic_page::install();
    let canvas = canvas()?;
    WebRunner::new()
        .start(canvas, WebOptions::default(), Box::new(|cc| Ok(Box::new(WebApp::new(cc)))))
        .await
}

fn canvas() -> Result<web_sys::HtmlCanvasElement, JsValue> {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(CANVAS_ID))
        .and_then(|element| element.dyn_into().ok())
        .ok_or_else(|| JsValue::from_str("the page has no canvas with the id \"millrace\""))
}

/// Adapts [`Shell`] to eframe.
struct WebApp {
    shell: Shell,
}

impl WebApp {
    fn new(_cc: &CreationContext<'_>) -> Self {
        Self { shell: Shell::default() }
    }
}

impl App for WebApp {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        self.shell.ui(ui);
    }
}
