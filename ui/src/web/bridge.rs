//! The way from the ui to its host.
//!
//! In the desktop window the host is Tauri: `window.__TAURI__.core` gives `invoke` for one question with one
//! answer and `Channel` for a stream. Requests and answers are the api's JSON as text; this file does not look
//! into them. A browser has no host; there the api comes over HTTP, see [`super::http`].

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::http::{self, HttpStream};
use crate::bridge::{DesktopAsk, Pick, PickPath};

/// What only the desktop window can do. The ui does not ask for it elsewhere.
const NO_HOST: &str = "only the desktop window can do that";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["window", "__TAURI__", "core"], js_name = invoke, catch)]
    fn tauri_invoke(command: &str, arguments: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(js_namespace = ["window", "__TAURI__", "core"], js_name = Channel)]
    type TauriChannel;

    #[wasm_bindgen(constructor, js_namespace = ["window", "__TAURI__", "core"], js_class = "Channel")]
    fn new() -> TauriChannel;

    #[wasm_bindgen(method, setter, js_name = onmessage)]
    fn set_onmessage(this: &TauriChannel, handler: &Closure<dyn FnMut(JsValue)>);
}

/// Whether the page runs in the desktop window.
pub(crate) fn has_host() -> bool {
    web_sys::window()
        .and_then(|window| Reflect::get(&window, &"__TAURI__".into()).ok())
        .is_some_and(|tauri| tauri.is_object())
}

/// Calls one command of the desktop host with named arguments.
///
/// # Errors
/// The host's error as text, or [`NO_HOST`].
pub(crate) async fn invoke(
    command: &str,
    arguments: &[(&str, JsValue)],
) -> Result<JsValue, String> {
    if !has_host() {
        return Err(NO_HOST.to_owned());
    }
    let object = Object::new();
    for (name, value) in arguments {
        Reflect::set(&object, &JsValue::from_str(name), value).map_err(|error| text_of(&error))?;
    }
    let promise = tauri_invoke(command, &object).map_err(|error| text_of(&error))?;
    JsFuture::from(promise).await.map_err(|error| text_of(&error))
}

/// Asks the daemon one question: the api's request as JSON in, its reply as JSON out.
///
/// # Errors
/// The api's error as JSON when the daemon answered with one; plain text when it could not be reached.
pub(crate) async fn call(request_json: String) -> Result<String, String> {
    if !has_host() {
        return http::call(&request_json).await;
    }
    let reply = invoke("call", &[("request", JsValue::from_str(&request_json))]).await?;
    reply
        .as_string()
        .ok_or_else(|| "the desktop host answered with something that is not text".to_owned())
}

/// Shows the system's dialog for a file; gives the path as JSON.
///
/// # Errors
/// The host's error as text.
pub(crate) async fn pick(pick: Pick) -> Result<String, String> {
    let text = |text: Option<String>| text.map_or(JsValue::NULL, |text| JsValue::from_str(&text));
    let picked = match pick {
        Pick::Open { folder } => invoke("pick_open", &[("folder", text(folder))]).await?,
        Pick::Save { folder, file_name, kind } => {
            let (words, ending) = kind.words();
            let arguments = [
                ("folder", text(folder)),
                ("fileName", text(Some(file_name))),
                ("words", JsValue::from_str(words)),
                ("ending", JsValue::from_str(ending)),
            ];
            invoke("pick_save", &arguments).await?
        }
    };
    serde_json::to_string(&picked.as_string()).map_err(|error| error.to_string())
}

/// Shows the system's dialog for a path. None: the person changed their mind.
///
/// # Errors
/// Why the dialog could not be shown.
pub(crate) async fn pick_path(pick: &PickPath) -> Result<Option<String>, String> {
    let start = pick.start.as_deref().map_or(JsValue::NULL, JsValue::from_str);
    let arguments = [
        ("folder", JsValue::from_bool(pick.folder)),
        ("title", JsValue::from_str(&pick.title)),
        ("start", start),
    ];
    Ok(invoke("pick_path", &arguments).await?.as_string())
}

/// Asks something of the desktop; its answer as JSON.
///
/// # Errors
/// Why it was not done.
pub(crate) async fn desktop(ask: DesktopAsk) -> Result<String, String> {
    let ask = serde_json::to_string(&ask).map_err(|error| error.to_string())?;
    let ask = js_sys::JSON::parse(&ask).map_err(|error| text_of(&error))?;
    let answer = invoke("desktop", &[("ask", ask)]).await?;
    js_sys::JSON::stringify(&answer).map(String::from).map_err(|error| text_of(&error))
}

/// Opens a link with the system's own program for it.
///
/// # Errors
/// Why it could not be opened.
pub(crate) async fn open_link(link: &str) -> Result<String, String> {
    if !has_host() {
        return http::open_link(link).map(|()| String::new());
    }
    invoke("open_link", &[("link", JsValue::from_str(link))]).await.map(|_| String::new())
}

/// Has the host ask where something lies, and show that in the system's file manager.
///
/// # Errors
/// The api's error as JSON, or why it could not be shown as text.
pub(crate) async fn open_folder(request: &str) -> Result<String, String> {
    invoke("open_folder", &[("request", JsValue::from_str(request))]).await.map(|_| String::new())
}

/// Hears what the host tells unasked, as JSON, as long as the page lives. Without a host there is nothing to hear.
pub(crate) fn attend(mut on_event: impl FnMut(String) + 'static) {
    if !has_host() {
        return;
    }
    let handler = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        if let Ok(text) = js_sys::JSON::stringify(&event) {
            on_event(text.into());
        }
    });
    let channel = TauriChannel::new();
    channel.set_onmessage(&handler);
    handler.forget();
    wasm_bindgen_futures::spawn_local(async move {
        // A host of another release may have nothing to tell.
        drop(invoke("attend", &[("channel", channel.into())]).await);
    });
}

/// Opens a stream: `on_message` gets each item as JSON, in order, until the returned value is dropped.
///
/// `on_end` is called at most once, with the reason when the stream could not be opened or broke; not when it is
/// dropped. Items may be missing after a break: the api's `seq` shows it, and the caller asks again.
pub(crate) fn subscribe(
    request_json: String,
    mut on_message: impl FnMut(String) + 'static,
    on_end: impl FnOnce(Result<(), String>) + 'static,
) -> Subscription {
    if !has_host() {
        let stream = http::subscribe(request_json, on_message, on_end);
        return Subscription { _host: None, _http: Some(stream) };
    }
    let state = Rc::new(StreamState::default());
    let shared = Rc::clone(&state);
    wasm_bindgen_futures::spawn_local(async move {
        let on_end = Rc::new(Cell::new(Some(on_end)));
        let result = open("subscribe", &request_json, &shared, {
            let on_end = Rc::clone(&on_end);
            move |message| match message {
                Message::Item(text) => on_message(text),
                Message::Error(_) => {}
                Message::End(result) => {
                    if let Some(on_end) = on_end.take() {
                        on_end(result);
                    }
                }
            }
        })
        .await;
        match (result, on_end.take()) {
            (Err(reason), Some(on_end)) if !shared.dropped.get() => on_end(Err(reason)),
            (_, on_end_again) => on_end.set(on_end_again),
        }
    });
    Subscription { _host: Some(HostStream { state }), _http: None }
}

/// Has the host ask the same again and again: `on_answer` gets each answer that differs from the one before, as
/// [`call`] would give it, until the returned value is dropped. None without a host.
pub(crate) fn watch(
    request_json: String,
    on_answer: impl Fn(Result<String, String>) + Clone + 'static,
) -> Option<Subscription> {
    if !has_host() {
        return None;
    }
    let state = Rc::new(StreamState::default());
    let shared = Rc::clone(&state);
    wasm_bindgen_futures::spawn_local(async move {
        let answers = on_answer.clone();
        let opened = open("watch", &request_json, &shared, move |message| match message {
            Message::Item(text) => answers(Ok(text)),
            Message::Error(error) => answers(Err(error)),
            // It has none.
            Message::End(_) => {}
        });
        if let (Err(reason), false) = (opened.await, shared.dropped.get()) {
            on_answer(Err(reason));
        }
    });
    Some(Subscription { _host: Some(HostStream { state }), _http: None })
}

/// A stream that is open; dropping it closes it.
pub(crate) struct Subscription {
    /// From the desktop window's host.
    _host: Option<HostStream>,
    /// From whoever serves the page.
    _http: Option<HttpStream>,
}

struct HostStream {
    state: Rc<StreamState>,
}

impl Drop for HostStream {
    fn drop(&mut self) {
        self.state.dropped.set(true);
        if let Some(number) = self.state.number.get() {
            close(number);
        }
    }
}

#[derive(Debug, Default)]
struct StreamState {
    /// The host's number for the stream, once it has answered.
    number: Cell<Option<f64>>,
    dropped: Cell<bool>,
}

enum Message {
    Item(String),
    Error(String),
    End(Result<(), String>),
}

/// Asks the host to open the stream into a new channel.
async fn open(
    command: &str,
    request_json: &str,
    state: &Rc<StreamState>,
    mut deliver: impl FnMut(Message) + 'static,
) -> Result<(), String> {
    if !has_host() {
        return Err(NO_HOST.to_owned());
    }
    let watched = Rc::clone(state);
    let handler = Closure::<dyn FnMut(JsValue)>::new(move |message: JsValue| {
        if !watched.dropped.get() {
            deliver(message_of(&message));
        }
    });
    let channel = TauriChannel::new();
    channel.set_onmessage(&handler);
    // The host may hold on to the channel as long as the page lives, so the handler must live as long.
    handler.forget();
    let arguments = [("request", JsValue::from_str(request_json)), ("channel", channel.into())];
    let number = invoke(command, &arguments).await?.as_f64();
    state.number.set(number);
    if let (true, Some(number)) = (state.dropped.get(), number) {
        close(number);
    }
    Ok(())
}

/// A string is an item; an object has an `error`, or is the end, with the reason in `end` or null.
fn message_of(message: &JsValue) -> Message {
    if let Some(text) = message.as_string() {
        return Message::Item(text);
    }
    let error = Reflect::get(message, &"error".into()).ok().and_then(|error| error.as_string());
    if let Some(error) = error {
        return Message::Error(error);
    }
    let reason = Reflect::get(message, &"end".into()).ok().and_then(|end| end.as_string());
    Message::End(reason.map_or(Ok(()), Err))
}

fn close(number: f64) {
    wasm_bindgen_futures::spawn_local(async move {
        // The host is gone when this fails, and the stream with it.
        drop(invoke("unsubscribe", &[("stream", number.into())]).await);
    });
}

/// The most readable text of a JavaScript error.
pub(super) fn text_of(error: &JsValue) -> String {
    error
        .as_string()
        .or_else(|| error.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message())))
        .unwrap_or_else(|| format!("{error:?}"))
}
