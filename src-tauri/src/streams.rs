//! The streams the page has open, by number.
//!
//! A stream lives until the daemon ends it, the page closes it, or the page is reloaded. Nothing is kept here:
//! each item goes straight on, and the last thing a stream says is that it ended. A question that is watched is a
//! stream too, of the answers that differ from the one before: a page that nothing happens to is left asleep.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tauri::async_runtime::{JoinHandle, spawn};

use crate::backend::SharedBackend;

/// Between two questions about the same.
const WATCH: Duration = Duration::from_secs(4);

/// What goes through the page's channel: the api's JSON as a plain string, and one object at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Message {
    /// One item of the stream.
    Item(String),
    /// A question that is watched was answered with an error.
    Error {
        /// The api's, as JSON.
        error: String,
    },
    /// The stream is over; nothing follows.
    End {
        /// Why, when it was not the regular end.
        end: Option<String>,
    },
}

/// All open streams of this window.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    last: u32,
    open: HashMap<u32, JoinHandle<()>>,
}

impl Streams {
    /// Opens a stream and answers its number. `send` gets each message and answers whether the page still listens.
    ///
    /// # Errors
    /// The backend's reason why the stream could not be opened.
    pub(crate) async fn open(
        &self,
        backend: &SharedBackend,
        request: String,
        send: impl Fn(Message) -> bool + Send + Sync + 'static,
    ) -> Result<u32, String> {
        let send = Arc::new(send);
        let item_sender = Arc::clone(&send);
        let sink = Box::new(move |item| item_sender(Message::Item(item)));
        let pump = backend.subscribe(request, sink).await?;
        Ok(self.keep(async move {
            let end = pump.await.err();
            send(Message::End { end });
        }))
    }

    /// Asks the same again and again, and tells each answer that differs from the one before. Answers the number.
    pub(crate) fn watch(
        &self,
        backend: &SharedBackend,
        request: String,
        send: impl Fn(Message) -> bool + Send + Sync + 'static,
    ) -> u32 {
        self.keep(tell_changes(Arc::clone(backend), request, send))
    }

    /// Runs a stream until it ends or is closed; answers its number.
    fn keep(&self, stream: impl Future<Output = ()> + Send + 'static) -> u32 {
        let weak = Arc::downgrade(&self.table);
        // The lock is held over the spawn, so that a stream that ends at once finds its own entry.
        let mut table = locked(&self.table);
        table.last = table.last.wrapping_add(1);
        let number = table.last;
        let handle = spawn(async move {
            stream.await;
            if let Some(table) = weak.upgrade() {
                locked(&table).open.remove(&number);
            }
        });
        table.open.insert(number, handle);
        number
    }

    /// Ends a stream, if it is open. Its channel gets nothing more, not even the end.
    pub(crate) fn close(&self, number: u32) {
        if let Some(handle) = locked(&self.table).open.remove(&number) {
            handle.abort();
        }
    }

    /// Ends all streams: the page that opened them is gone.
    pub(crate) fn close_all(&self) {
        for (_, handle) in locked(&self.table).open.drain() {
            handle.abort();
        }
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        locked(&self.table).open.len()
    }
}

/// Ends when the page does not listen any more.
async fn tell_changes(
    backend: SharedBackend,
    request: String,
    send: impl Fn(Message) -> bool + Send + Sync,
) {
    let mut last = None;
    loop {
        let answer = backend.call(request.clone()).await;
        if last.as_ref() != Some(&answer) {
            last = Some(answer.clone());
            if !send(answer.map_or_else(|error| Message::Error { error }, Message::Item)) {
                break;
            }
        }
        tokio::time::sleep(WATCH).await;
    }
}

/// The table stays whole even when a holder panicked: every change is one insert or remove.
fn locked(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
