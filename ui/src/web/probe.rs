//! What drivers of the page may ask, who see nothing of a canvas. Read-only.
//!
//! A driver may also make the ui panic, to see what a person would see: `window.millrace_panic()`, which is there in a
//! driven page only.
//!
//! `window.millrace_state()` answers the ui's state, `window.millrace_widgets()` what assistive technology would read;
//! both as JSON.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::pace;
use crate::{App, Outline};

/// Puts the functions on the page.
pub(super) fn install(ctx: &egui::Context, app: Rc<RefCell<App>>) {
    // While a frame is drawn the app is taken; a driver asks again.
    put("millrace_state", move || app.try_borrow().map(|app| app.probe()).unwrap_or_default());
    Outline::add(ctx);
    let ctx = ctx.clone();
    put("millrace_widgets", move || {
        let widgets = Outline::read(&ctx);
        // The first question asks for a frame.
        if widgets == "[]" {
            pace::awake();
        }
        widgets
    });
    if is_driven() {
        put("millrace_panic", fail);
    }
}

/// The browser says so; no page can pretend.
fn is_driven() -> bool {
    let navigator = web_sys::window().map(|window| window.navigator());
    navigator
        .and_then(|navigator| js_sys::Reflect::get(&navigator, &"webdriver".into()).ok())
        .is_some_and(|driven| driven.is_truthy())
}

#[expect(clippy::panic, reason = "what a bug would do, for a driver to look at")]
fn fail() -> String {
    panic!("a driver asked for this panic")
}

fn put(name: &str, answer: impl Fn() -> String + 'static) {
    let closure = Closure::<dyn Fn() -> String>::new(answer);
    if let Some(window) = web_sys::window() {
        // Cannot fail on a plain object; nothing but tests depends on it.
        drop(js_sys::Reflect::set(&window, &name.into(), closure.as_ref()));
    }
    closure.forget();
}
