//! The way to the daemon from a browser: `millrace serve` passes the api on over HTTP, to whoever has its session.
//!
//! The cookie is the browser's business. The session's other half came behind the `#` of the address, and lies in the
//! page's own storage, which no other port of this host can read.

use js_sys::{Reflect, Uint8Array};
use millrace_api::API_VERSION;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Headers, ReadableStreamDefaultReader, RequestInit, Response,
};

use super::bridge::text_of;
use super::memory::{get_item, set_item};

/// Where the session's half is kept.
const KEY: &str = "millrace.session";
/// What stands before it in the address.
const MARK: &str = "#session=";

/// Takes the session out of the address, so that it is in no bookmark and no history.
pub(super) fn take_session() {
    let Some(window) = web_sys::window() else { return };
    let hash = window.location().hash().unwrap_or_default();
    let Some(session) = hash.strip_prefix(MARK) else { return };
    // Without storage there is no session, and the first question says so.
    drop(set_item(KEY, session));
    if let Ok(history) = window.history() {
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some("/")));
    }
}

/// Asks the daemon one question.
///
/// # Errors
/// The api's error as JSON, or as plain text why there was no answer.
pub(super) async fn call(request: &str) -> Result<String, String> {
    good_text(&post("/v1/call", request, None).await?).await
}

/// What the page starts with, as JSON.
///
/// # Errors
/// Why there was no answer.
pub(super) async fn startup() -> Result<String, String> {
    good_text(&fetch("/startup", &RequestInit::new()).await?).await
}

/// Fonts of the machine that have these characters, as JSON.
///
/// # Errors
/// Why there was no answer.
pub(super) async fn find_fonts(characters: &str) -> Result<String, String> {
    let body = serde_json::Value::from(characters).to_string();
    good_text(&post("/v1/fonts", &body, None).await?).await
}

/// The file of a font that was found, as an `ArrayBuffer`.
///
/// # Errors
/// Why it cannot be had.
pub(super) async fn read_font(font: usize) -> Result<JsValue, String> {
    let init = RequestInit::new();
    let headers = headers()?;
    init.set_headers(&headers);
    let response = fetch(&format!("/v1/fonts/{font}"), &init).await?;
    if !response.ok() {
        return Err(text(&response).await?);
    }
    let bytes = response.array_buffer().map_err(|error| text_of(&error))?;
    JsFuture::from(bytes).await.map_err(|error| text_of(&error))
}

/// Opens a link in a tab of its own, which gets to know nothing of this one.
///
/// # Errors
/// Why it was not opened.
pub(super) fn open_link(link: &str) -> Result<(), String> {
    let is_known = ["https://", "http://", "mailto:"].iter().any(|scheme| link.starts_with(scheme));
    if !is_known {
        return Err(format!("{link} was not opened: it is neither a web page nor a mail address"));
    }
    let window = web_sys::window().ok_or("the page is gone")?;
    let opened =
        window.open_with_url_and_target_and_features(link, "_blank", "noopener,noreferrer");
    opened.map(drop).map_err(|error| text_of(&error))
}

/// A stream that is open; dropping it closes it.
pub(super) struct HttpStream(Option<AbortController>);

impl Drop for HttpStream {
    fn drop(&mut self) {
        if let Some(abort) = &self.0 {
            abort.abort();
        }
    }
}

/// Opens a stream: each line is an item, `{"error": …}` the last one of a stream that broke.
pub(super) fn subscribe(
    request: String,
    mut on_item: impl FnMut(String) + 'static,
    on_end: impl FnOnce(Result<(), String>) + 'static,
) -> HttpStream {
    // Without one the stream cannot be closed early, which costs a connection and nothing else.
    let abort = AbortController::new().ok();
    let signal = abort.as_ref().map(AbortController::signal);
    wasm_bindgen_futures::spawn_local(async move {
        let result = read_stream(&request, signal.as_ref(), &mut on_item).await;
        // Whoever closed it does not want to hear of its end.
        if !signal.is_some_and(|signal| signal.aborted()) {
            on_end(result);
        }
    });
    HttpStream(abort)
}

async fn read_stream(
    request: &str,
    signal: Option<&AbortSignal>,
    on_item: &mut impl FnMut(String),
) -> Result<(), String> {
    let response = post("/v1/events", request, signal).await?;
    if !response.ok() {
        return Err(text(&response).await?);
    }
    let body = response.body().ok_or("the stream has no content")?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut pending = Vec::new();
    loop {
        let read = JsFuture::from(reader.read()).await.map_err(|error| text_of(&error))?;
        let part = |name: &str| Reflect::get(&read, &name.into()).unwrap_or(JsValue::UNDEFINED);
        if part("done").is_truthy() {
            return Ok(());
        }
        // What came before has no end of a line in it.
        let (mut start, mut from) = (0, pending.len());
        pending.extend(part("value").unchecked_into::<Uint8Array>().to_vec());
        while let Some(length) = pending[from..].iter().position(|byte| *byte == b'\n') {
            let end = from + length;
            let line = String::from_utf8_lossy(&pending[start..end]).into_owned();
            if let Some(error) = last_error(&line) {
                return Err(error);
            }
            on_item(line);
            (start, from) = (end + 1, end + 1);
        }
        pending.drain(..start);
    }
}

/// The error that a stream ends with.
fn last_error(line: &str) -> Option<String> {
    // An item begins otherwise; only the last line is looked into.
    let line = line.starts_with("{\"error\":").then_some(line)?;
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(value.get("error")?.to_string())
}

async fn post(path: &str, body: &str, signal: Option<&AbortSignal>) -> Result<Response, String> {
    let init = RequestInit::new();
    init.set_method("POST");
    let headers = headers()?;
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(body));
    init.set_signal(signal);
    fetch(path, &init).await
}

/// What shows that it is this page that asks, and in which language.
fn headers() -> Result<Headers, String> {
    let headers = Headers::new().map_err(|error| text_of(&error))?;
    let session = get_item(KEY).ok().flatten().unwrap_or_default();
    let version = API_VERSION.to_string();
    for (name, value) in [
        ("content-type", "application/json"),
        ("millrace-api", version.as_str()),
        ("millrace-session", session.as_str()),
    ] {
        headers.set(name, value).map_err(|error| text_of(&error))?;
    }
    Ok(headers)
}

async fn fetch(path: &str, init: &RequestInit) -> Result<Response, String> {
    let window = web_sys::window().ok_or("the page is gone")?;
    let answer = JsFuture::from(window.fetch_with_str_and_init(path, init)).await;
    answer.map(JsCast::unchecked_into).map_err(|_| {
        "`millrace serve` does not answer; start it again, and open the address that it prints"
            .to_owned()
    })
}

/// The text of a good answer; that of another one is the error.
async fn good_text(response: &Response) -> Result<String, String> {
    let text = text(response).await?;
    if response.ok() { Ok(text) } else { Err(text) }
}

async fn text(response: &Response) -> Result<String, String> {
    let text = response.text().map_err(|error| text_of(&error))?;
    let text = JsFuture::from(text).await.map_err(|error| text_of(&error))?;
    text.as_string().ok_or_else(|| "the answer is no text".to_owned())
}
