//! The commands the page may call, apart from the dialogs.
//!
//! Each is a thin hand-over; what they mean is in the api crate.

use serde::Serialize;
use tauri::State;
use tauri::ipc::Channel;

use crate::arguments::Arguments;
use crate::backend::SharedBackend;
use crate::streams::{Message, Streams};

/// What the page asks for first.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Startup {
    /// The absolute path of the document to begin with.
    document: Option<String>,
    /// `dark`, `light`, or `system`.
    theme: &'static str,
    /// The release this window belongs to.
    version: &'static str,
}

impl From<&Arguments> for Startup {
    fn from(arguments: &Arguments) -> Self {
        Self {
            document: arguments.handover().documents.into_iter().next(),
            theme: match arguments.theme {
                Some(tauri::Theme::Light) => "light",
                Some(_) => "dark",
                None => "system",
            },
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// How this window was started.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "tauri hands state over by value")]
pub(crate) fn startup(startup: State<'_, Startup>) -> Startup {
    startup.inner().clone()
}

/// One request to the daemon, as the api's JSON.
#[tauri::command]
pub(crate) async fn call(
    backend: State<'_, SharedBackend>,
    request: String,
) -> Result<String, String> {
    backend.call(request).await
}

/// Opens a stream into `channel` and answers its number, for [`unsubscribe`].
#[tauri::command]
pub(crate) async fn subscribe(
    backend: State<'_, SharedBackend>,
    streams: State<'_, Streams>,
    request: String,
    channel: Channel<Message>,
) -> Result<u32, String> {
    streams.open(backend.inner(), request, move |message| channel.send(message).is_ok()).await
}

/// Asks the same again and again; each answer that differs from the one before goes into `channel`. Answers the stream's
/// number, for [`unsubscribe`].
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "tauri hands state over by value")]
pub(crate) fn watch(
    backend: State<'_, SharedBackend>,
    streams: State<'_, Streams>,
    request: String,
    channel: Channel<Message>,
) -> u32 {
    streams.watch(backend.inner(), request, move |message| channel.send(message).is_ok())
}

/// Ends a stream. A number that is not open (any more) is no error: the stream may just have ended.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "tauri hands state over by value")]
pub(crate) fn unsubscribe(streams: State<'_, Streams>, stream: u32) {
    streams.close(stream);
}
