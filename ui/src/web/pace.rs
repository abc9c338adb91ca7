//! The page's pace: `pace.js` holds animation frames back while nothing happens, and is told here of what it cannot see.

use egui::{Context, FullOutput, Plugin, ViewportId};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// News has arrived that has to be drawn: look at once.
    #[wasm_bindgen(js_namespace = window, js_name = millraceAwake)]
    pub(super) fn awake();

    /// A frame was drawn, and the next is wanted in so many milliseconds, or not by itself.
    #[wasm_bindgen(js_namespace = window, js_name = millraceDrawn)]
    fn drawn(ms: JsValue);
}

/// Tells the page after each frame when the next is due.
pub(super) fn install(ctx: &Context) {
    ctx.add_plugin(Pace);
}

struct Pace;

impl Plugin for Pace {
    fn debug_name(&self) -> &'static str {
        "pace"
    }

    fn output_hook(&mut self, _: &Context, output: &mut FullOutput) {
        let delay =
            output.viewport_output.get(&ViewportId::ROOT).map(|window| window.repaint_delay);
        // A timer of JavaScript cannot count further, and this is never.
        let ms =
            delay.map(|delay| delay.as_secs_f64() * 1e3).filter(|ms| *ms < f64::from(i32::MAX));
        drawn(ms.map_or(JsValue::NULL, JsValue::from_f64));
    }
}
