//! `window.millrace_state()`: the ui's state as JSON, for drivers that see nothing of a canvas. Read-only.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::App;

/// Puts the function on the page.
pub(super) fn install(app: Rc<RefCell<App>>) {
    let state = Closure::<dyn Fn() -> String>::new(move || {
        // While a frame is drawn the app is taken; a driver asks again.
        app.try_borrow().map(|app| app.probe()).unwrap_or_default()
    });
    if let Some(window) = web_sys::window() {
        // Cannot fail on a plain object; nothing but tests depends on it.
        drop(js_sys::Reflect::set(&window, &"millrace_state".into(), state.as_ref()));
    }
    state.forget();
}
