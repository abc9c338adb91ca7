//! The events that may be worth telling, from a position of the history on and then live.

use std::sync::Arc;

use millrace_model::event::{RunEvent, RunEventKind, WaitFor};
use millrace_store::{Store, StoreError};
use tokio::sync::broadcast::error::RecvError;

use crate::hub::{Live, on_store};

/// So many events are read from the store at a time.
const PAGE: usize = 2_000;

/// Events with the position that is reached with them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Each with its place in the history.
    pub(crate) events: Vec<(u64, RunEvent)>,
    /// Everything up to here was looked at.
    pub(crate) position: u64,
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
        self.is_behind = page.len() == PAGE;
        self.position = page.last().map_or(position, |event| event.position);
        let events = page.into_iter().filter(|event| is_wanted(&event.event.kind));
        let events = events.map(|event| (event.position, event.event)).collect();
        Ok(Batch { events, position: self.position })
    }

    /// What happens next; none at the end of the app. May be dropped at any moment.
    pub(crate) async fn hear(&mut self) -> Option<Batch> {
        loop {
            let batch = match self.live.recv().await {
                Ok(batch) => batch,
                Err(RecvError::Lagged(_)) => {
                    self.is_behind = true;
                    return Some(Batch { events: Vec::new(), position: self.position });
                }
                Err(RecvError::Closed) => return None,
            };
            if batch.position <= self.position {
                continue;
            }
            let first = batch.position + 1 - batch.events.len() as u64;
            let placed = (first..).zip(&batch.events).filter(|(at, _)| *at > self.position);
            let wanted = placed.filter(|(_, event)| is_wanted(&event.kind));
            let events = wanted.map(|(at, event)| (at, event.clone())).collect();
            self.position = batch.position;
            return Some(Batch { events, position: self.position });
        }
    }
}

/// Whether a person is asked something.
pub(super) fn is_question(kind: &RunEventKind) -> bool {
    matches!(kind, RunEventKind::AttemptWaits { waits, .. } if matches!(waits.wait, WaitFor::Answer { .. }))
}

fn is_wanted(kind: &RunEventKind) -> bool {
    matches!(
        kind,
        RunEventKind::RunStarted
            | RunEventKind::RunPaused { .. }
            | RunEventKind::RunResumed { .. }
            | RunEventKind::RunEnded { .. }
    ) || is_question(kind)
}
