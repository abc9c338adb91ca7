//! The ui's bridge in the desktop window and in a browser: calls and streams, the browser's clock.
//!
//! Answers arrive whenever JavaScript runs; they wait in a queue here and wake the ui.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use js_sys::{Date, Promise};
use millrace_api::host::HostEvent;
use millrace_model::time::Timestamp;
use wasm_bindgen_futures::JsFuture;

use super::bridge::{self, Subscription};
use super::{fonts, pace};
use crate::bridge::{Bridge, DesktopAsk, Incoming, Pick, PickPath};

/// Milliseconds between two questions about the same.
const WATCH_MS: i32 = 4_000;
/// How an item ends that has no events: it is told that the stream lives, and nobody needs to be woken for that.
const SIGN_OF_LIFE: &str = "\"events\":[]}";

/// The bridge to the page's host.
pub(super) struct WebBridge {
    arrived: Rc<RefCell<VecDeque<Incoming>>>,
    /// Woken when something arrives.
    ctx: egui::Context,
    /// What is asked again and again, by the host or, where there is none, from here.
    watched: Rc<RefCell<BTreeMap<u64, Option<Subscription>>>>,
    /// Dropping it closes the stream.
    stream: Option<Subscription>,
}

impl WebBridge {
    /// `others` are documents to open beside the first.
    pub(super) fn new(ctx: egui::Context, others: Vec<String>) -> Self {
        let bridge = Self { arrived: Rc::default(), ctx, watched: Rc::default(), stream: None };
        let deliver = bridge.mailbox();
        if !others.is_empty() {
            deliver(Incoming::Host(HostEvent::Open { documents: others }));
        }
        bridge::attend(move |json| {
            // A host of another release may tell what this page does not know.
            if let Ok(event) = serde_json::from_str(&json) {
                deliver(Incoming::Host(event));
            }
        });
        bridge
    }

    fn mailbox(&self) -> impl Fn(Incoming) + Clone + 'static {
        let arrived = Rc::clone(&self.arrived);
        let ctx = self.ctx.clone();
        move |incoming| {
            arrived.borrow_mut().push_back(incoming);
            ctx.request_repaint();
            pace::awake();
        }
    }
}

impl Bridge for WebBridge {
    fn call(&mut self, call: u64, request: String) {
        let deliver = self.mailbox();
        wasm_bindgen_futures::spawn_local(async move {
            let result = bridge::call(request).await;
            deliver(Incoming::Reply { call, result });
        });
    }

    fn watch(&mut self, call: u64, request: String) {
        let deliver = self.mailbox();
        let answers = deliver.clone();
        let by_host = bridge::watch(request.clone(), move |result| {
            answers(Incoming::Reply { call, result });
        });
        let is_watched = by_host.is_some();
        self.watched.borrow_mut().insert(call, by_host);
        if is_watched {
            return;
        }
        let watched = Rc::clone(&self.watched);
        wasm_bindgen_futures::spawn_local(async move {
            let mut last = None;
            let is_watched = || watched.borrow().contains_key(&call);
            while is_watched() {
                let result = bridge::call(request.clone()).await;
                if !is_watched() {
                    break;
                }
                if last.as_ref() != Some(&result) {
                    last = Some(result.clone());
                    deliver(Incoming::Reply { call, result });
                }
                pause(WATCH_MS).await;
            }
        });
    }

    fn unwatch(&mut self, call: u64) {
        self.watched.borrow_mut().remove(&call);
    }

    fn pick(&mut self, call: u64, pick: Pick) {
        let deliver = self.mailbox();
        wasm_bindgen_futures::spawn_local(async move {
            let result = bridge::pick(pick).await;
            deliver(Incoming::Reply { call, result });
        });
    }

    fn subscribe(&mut self, stream: u64, request: String) {
        let item = self.mailbox();
        let end = self.mailbox();
        // The stream before, if any, is closed first.
        self.stream = None;
        self.stream = Some(bridge::subscribe(
            request,
            move |json| {
                if !json.ends_with(SIGN_OF_LIFE) {
                    item(Incoming::Item { stream, json });
                }
            },
            move |result| {
                let error = result.err().unwrap_or_else(|| "the stream ended".to_owned());
                end(Incoming::Broken { stream, error });
            },
        ));
    }

    fn pick_path(&mut self, call: u64, pick: PickPath) {
        let deliver = self.mailbox();
        wasm_bindgen_futures::spawn_local(async move {
            let result = bridge::pick_path(&pick).await;
            deliver(Incoming::Picked { call, result });
        });
    }

    fn open_link(&mut self, call: u64, link: String) {
        let deliver = self.mailbox();
        wasm_bindgen_futures::spawn_local(async move {
            let result = bridge::open_link(&link).await;
            deliver(Incoming::Reply { call, result });
        });
    }

    fn open_folder(&mut self, call: u64, request: String) {
        let deliver = self.mailbox();
        wasm_bindgen_futures::spawn_local(async move {
            let result = bridge::open_folder(&request).await;
            deliver(Incoming::Reply { call, result });
        });
    }

    fn desktop(&mut self, call: u64, ask: DesktopAsk) {
        let deliver = self.mailbox();
        wasm_bindgen_futures::spawn_local(async move {
            let result = bridge::desktop(ask).await;
            deliver(Incoming::Reply { call, result });
        });
    }

    fn find_fonts(&mut self, characters: String, have: BTreeSet<usize>) {
        let deliver = self.mailbox();
        wasm_bindgen_futures::spawn_local(async move {
            // Without them the window goes on with its own.
            let fonts = fonts::find(&characters, &have).await.unwrap_or_default();
            deliver(Incoming::Fonts(fonts));
        });
    }

    fn has_dialogs(&self) -> bool {
        bridge::has_host()
    }

    fn has_file_manager(&self) -> bool {
        bridge::has_host()
    }

    fn poll(&mut self) -> Option<Incoming> {
        self.arrived.borrow_mut().pop_front()
    }

    fn now(&self) -> Timestamp {
        Timestamp((Date::now() * 1_000.0) as i64)
    }

    fn local_offset_secs(&self, at: Timestamp) -> i32 {
        let date = Date::new(&(at.0 as f64 / 1_000.0).into());
        // JavaScript counts minutes from local time to UTC.
        (-date.get_timezone_offset() * 60.0) as i32
    }
}

async fn pause(ms: i32) {
    let timer = Promise::new(&mut |done, _| {
        if let Some(window) = web_sys::window() {
            // Without a timer it never ends, and nothing is asked again.
            drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms));
        }
    });
    drop(JsFuture::from(timer).await);
}
