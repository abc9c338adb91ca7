//! The browser's side of the ui: entry point, canvas, and the eframe runner.
//!
//! Only compiled for wasm32. What the page shows when something goes wrong before or below egui is in
//! [`panic_page`]; the way to the host is in [`bridge`], that of a page without one in [`http`].

pub(crate) mod bridge;
mod fonts;
mod host;
mod http;
mod memory;
mod pace;
mod panic_page;
mod probe;

use eframe::{App, CreationContext, Frame, WebOptions, WebRunner};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use std::cell::RefCell;
use std::rc::Rc;

use crate::{App as Window, Settings};

/// The id of the canvas in `index.html`.
const CANVAS_ID: &str = "millrace";

/// Called by the generated JavaScript as soon as the module is loaded.
#[wasm_bindgen(start)]
fn start() {
    panic_page::install();
    http::take_session();
    wasm_bindgen_futures::spawn_local(async {
        if let Err(error) = run().await {
            panic_page::show("Millrace's window could not start", &bridge::text_of(&error));
        }
    });
}

/// Fails when the page has no canvas or the browser gives no WebGL context.
async fn run() -> Result<(), JsValue> {
    let canvas = canvas()?;
    let startup = memory::startup().await;
    WebRunner::new()
        .start(canvas, WebOptions::default(), Box::new(|cc| Ok(Box::new(WebApp::new(cc, startup)))))
        .await
}

fn canvas() -> Result<web_sys::HtmlCanvasElement, JsValue> {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(CANVAS_ID))
        .and_then(|element| element.dyn_into().ok())
        .ok_or_else(|| JsValue::from_str("the page has no canvas with the id \"millrace\""))
}

/// Adapts the ui to eframe.
struct WebApp {
    window: Rc<RefCell<Window>>,
    settings: Settings,
    frames: u8,
}

impl WebApp {
    fn new(cc: &CreationContext<'_>, startup: memory::Startup) -> Self {
        let settings = memory::settings(&startup);
        let bridge = Box::new(host::WebBridge::new(cc.egui_ctx.clone(), startup.others));
        let app = Window::new(bridge, settings.clone(), startup.document);
        let window = Rc::new(RefCell::new(app));
        pace::install(&cc.egui_ctx);
        probe::install(&cc.egui_ctx, Rc::clone(&window));
        Self { window, settings, frames: 0 }
    }

    /// Tells whoever watches the page that the ui is on the screen: `window.millraceReady` is true from the third
    /// frame on, when egui has measured its texts and drawn with the result.
    fn count_frame(&mut self, ctx: &egui::Context) {
        match self.frames {
            0..2 => {
                self.frames += 1;
                ctx.request_repaint();
            }
            2 => {
                self.frames += 1;
                if let Some(window) = web_sys::window() {
                    // Cannot fail on a plain object; nothing depends on it but tests.
                    drop(js_sys::Reflect::set(&window, &"millraceReady".into(), &true.into()));
                }
            }
            _ => {}
        }
    }
}

impl App for WebApp {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut Frame) {
        let mut window = self.window.borrow_mut();
        window.ui(ui);
        if *window.settings() != self.settings {
            self.settings = window.settings().clone();
            memory::keep(&self.settings);
        }
        drop(window);
        self.count_frame(&ui.ctx().clone());
    }
}
