//! The events of the history, from a position on and then live.

use std::sync::Arc;

use millrace_api::stream::StreamItem;
use millrace_model::event::{RunEvent, RunEventKind, WaitFor};
use millrace_store::{Store, StoreError};
use tokio::sync::broadcast::error::RecvError;

use crate::hub::{Live, on_store};

/// So many events are read from the store at a time.
const PAGE: usize = 2_000;

/// Events with the position that is reached with them.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The place in the history of each, and where it stands among those of the item.
    places: Vec<(u64, usize)>,
    item: Arc<StreamItem>,
    /// Everything up to here is in it.
    pub(crate) position: u64,
}

impl Batch {
    /// The events, each with its place in the history.
    pub(crate) fn events(&self) -> impl Iterator<Item = (u64, &RunEvent)> {
        self.places.iter().filter_map(|(place, at)| Some((*place, self.item.events.get(*at)?)))
    }
}

/// Follows the history.
#[derive(Debug)]
pub(crate) struct Feed {
    live: Live,
    position: u64,
    is_behind: bool,
}

impl Feed {
    /// From after `position` on.
    pub(crate) fn new(live: Live, position: u64) -> Self {
        Self { live, position, is_behind: true }
    }

    /// Everything up to here was looked at.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Whether the store has events that were not looked at: then [`Self::read`], else [`Self::hear`].
    pub(crate) fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// The next page from the store. To be waited for to its end: it holds the store.
    pub(crate) async fn read(&mut self, store: &Arc<Store>) -> Result<Batch, StoreError> {
        let position = self.position;
        let page = on_store(store, move |reader| reader.events_since(position, PAGE)).await?;
        self.is_behind = !page.is_last;
        self.position = page.events.last().map_or(position, |event| event.position);
        let places = page.events.iter().map(|event| event.position).zip(0..).collect();
        let events = page.events.into_iter().map(|event| event.event).collect();
        let position = self.position;
        Ok(Batch {
            places,
            item: Arc::new(StreamItem { position, events, relist: false }),
            position,
        })
    }

    /// What happens next; none at the end of the app. May be dropped at any moment.
    pub(crate) async fn hear(&mut self) -> Option<Batch> {
        loop {
            let batch = match self.live.recv().await {
                Ok(batch) => batch,
                Err(RecvError::Lagged(_)) => {
                    self.is_behind = true;
                    let position = self.position;
                    let events = Vec::new();
                    let item = Arc::new(StreamItem { position, events, relist: false });
                    return Some(Batch { places: Vec::new(), item, position });
                }
                Err(RecvError::Closed) => return None,
            };
            if batch.relist || batch.position <= self.position {
                continue;
            }
            let first = batch.position + 1 - batch.events.len() as u64;
            let placed = (first..).zip(0..batch.events.len());
            let places = placed.filter(|(place, _)| *place > self.position).collect();
            self.position = batch.position;
            return Some(Batch { places, position: batch.position, item: batch });
        }
    }
}

/// Whether a person is asked something.
pub(super) fn is_question(kind: &RunEventKind) -> bool {
    matches!(kind, RunEventKind::AttemptWaits { waits, .. } if matches!(waits.wait, WaitFor::Answer { .. }))
}
