//! The stream of events: what is kept is read from the store, what is new comes from the engine, and nobody can tell
//! the difference.
//!
//! A subscriber who is too slow for the live part is sent back to the store, so that none ever misses an event and
//! none can hold the engine up.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::timeout;

use millrace_api::stream::{After, EventStream, StreamItem, Subscribe};
use millrace_api::{ApiError, Code};
use millrace_model::event::RunEvent;
use millrace_model::ids::RunId;
use millrace_store::{Progress, Reader, Store};

use crate::errors::store_error;

/// So many batches a subscriber may be behind before it is sent back to the store.
const LIVE_BATCHES: usize = 1_024;
/// So many events are read from the store at a time.
const PAGE: usize = 2_000;
/// A subscriber who hears nothing for so long gets a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Batches as they are stored.
pub(crate) type Live = broadcast::Receiver<Arc<StreamItem>>;

/// Where the engine's events go, and where subscribers come from.
#[derive(Debug)]
pub(crate) struct Hub {
    live: broadcast::Sender<Arc<StreamItem>>,
    stored: Progress,
}

impl Hub {
    /// A hub for what the writer of this progress stores.
    pub(crate) fn new(stored: Progress) -> Arc<Self> {
        let (live, _) = broadcast::channel(LIVE_BATCHES);
        Arc::new(Self { live, stored })
    }

    /// The newest position.
    pub(crate) fn position(&self) -> u64 {
        self.stored.position()
    }

    /// These events are the last ones in the store.
    pub(crate) fn publish(&self, events: Vec<RunEvent>) {
        // Without subscribers there is nobody to tell.
        let position = self.position();
        let _heard = self.live.send(Arc::new(StreamItem { position, events, relist: false }));
    }

    /// Runs have come or gone without an event.
    pub(crate) fn relist(&self) {
        let position = self.position();
        let _heard =
            self.live.send(Arc::new(StreamItem { position, events: Vec::new(), relist: true }));
    }

    /// All batches from now on, for somebody within the app who catches up by themselves.
    pub(crate) fn live(&self) -> Live {
        self.live.subscribe()
    }

    /// Events from a place on.
    pub(crate) async fn subscribe(
        self: &Arc<Self>,
        store: Arc<Store>,
        request: Subscribe,
    ) -> Result<EventStream, ApiError> {
        // Listening first: whatever is stored from here on arrives live, at the latest.
        let live = self.live.subscribe();
        let (after_seq, position) = match (request.after, request.run) {
            (After::Seq(seq), Some(_)) => (Some(seq), 0),
            (After::Seq(_), None) => {
                let message = "`seq` counts within a run: say which run, or use `position`";
                return Err(ApiError::new(Code::InvalidRequest, message));
            }
            (After::Position(position), _) => (None, position),
            (After::Now, _) => (None, self.position()),
        };
        if let Some(run) = request.run {
            let known = on_store(&store, move |reader| reader.run_row(run).map(drop)).await;
            known.map_err(|error| store_error(&error))?;
        }
        let subscriber =
            Subscriber { store, live, run: request.run, after_seq, position, catching_up: true };
        Ok(Box::pin(stream::try_unfold(subscriber, |mut subscriber| async move {
            Ok(subscriber.next().await?.map(|item| (item, subscriber)))
        })))
    }
}

struct Subscriber {
    store: Arc<Store>,
    live: broadcast::Receiver<Arc<StreamItem>>,
    run: Option<RunId>,
    /// The `seq` that the subscriber has, where it asked so.
    after_seq: Option<u64>,
    /// The position that the subscriber has.
    position: u64,
    catching_up: bool,
}

impl Subscriber {
    async fn next(&mut self) -> Result<Option<StreamItem>, ApiError> {
        loop {
            if self.catching_up {
                let item = self.read_page().await?;
                if !item.events.is_empty() {
                    return Ok(Some(item));
                }
                // A page without an event of this run is no reason to stop reading.
                if self.catching_up {
                    continue;
                }
            }
            match timeout(SIGN_OF_LIFE, self.live.recv()).await {
                Err(_quiet) => {
                    let (position, events) = (self.position, Vec::new());
                    return Ok(Some(StreamItem { position, events, relist: false }));
                }
                Ok(Ok(batch)) => {
                    if let Some(item) = self.take_live(&batch) {
                        return Ok(Some(item));
                    }
                }
                Ok(Err(RecvError::Lagged(_))) => self.catching_up = true,
                Ok(Err(RecvError::Closed)) => return Ok(None),
            }
        }
    }

    /// The next page that the subscriber does not have; empty when it has all.
    async fn read_page(&mut self) -> Result<StreamItem, ApiError> {
        let (run, after_seq, position) = (self.run, self.after_seq, self.position);
        let read = move |reader: &Reader| match (run, after_seq) {
            // By the run's own count: its events lie together, whatever else happened since.
            (Some(run), Some(seq)) => {
                let now = reader.last_position()?;
                let page = reader.events_page(run, seq, PAGE)?;
                Ok((page.events, if page.is_last { now } else { position }, page.is_last))
            }
            _ => {
                let page = reader.events_since(position, PAGE)?;
                let last = page.events.last().map_or(position, |event| event.position);
                let events = page.events.into_iter().map(|event| event.event);
                let mine = events.filter(|event| run.is_none_or(|run| event.run == run));
                Ok((mine.collect(), last, page.is_last))
            }
        };
        let found = on_store(&self.store, read).await;
        let (events, position, is_all) = found.map_err(|error| store_error(&error))?;
        self.position = self.position.max(position);
        self.catching_up = !is_all;
        if let (Some(seq), Some(last)) = (&mut self.after_seq, events.last()) {
            *seq = last.seq;
        }
        Ok(StreamItem { position: self.position, events, relist: false })
    }

    fn take_live(&mut self, batch: &StreamItem) -> Option<StreamItem> {
        if batch.relist {
            let (position, events) = (self.position, Vec::new());
            return self.run.is_none().then_some(StreamItem { position, events, relist: true });
        }
        if batch.position <= self.position {
            return None;
        }
        // A batch that was partly read from the store already: only what is new of it.
        let first = batch.position + 1 - batch.events.len() as u64;
        let known = (self.position + 1).saturating_sub(first);
        self.position = batch.position;
        let fresh = batch.events.iter().skip(usize::try_from(known).unwrap_or(usize::MAX));
        let after_seq = self.after_seq;
        let events: Vec<RunEvent> = fresh
            .filter(|event| self.run.is_none_or(|run| event.run == run))
            .filter(|event| after_seq.is_none_or(|seq| event.seq > seq))
            .cloned()
            .collect();
        if let (Some(seq), Some(last)) = (&mut self.after_seq, events.last()) {
            *seq = last.seq;
        }
        (!events.is_empty()).then_some(StreamItem {
            position: self.position,
            events,
            relist: false,
        })
    }
}

/// Reads on a thread that may block.
pub(crate) async fn on_store<T: Send + 'static>(
    store: &Arc<Store>,
    read: impl FnOnce(&Reader) -> Result<T, millrace_store::StoreError> + Send + 'static,
) -> Result<T, millrace_store::StoreError> {
    let store = Arc::clone(store);
    match tokio::task::spawn_blocking(move || store.read(read)).await {
        Ok(answer) => answer,
        // Only a panic of the closure or the end of the runtime.
        Err(_) => Err(millrace_store::StoreError::Closed),
    }
}
