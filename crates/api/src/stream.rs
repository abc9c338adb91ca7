//! The stream of events.

use std::pin::Pin;

use futures_core::Stream;
use serde::{Deserialize, Serialize};

use millrace_model::event::RunEvent;
use millrace_model::ids::RunId;

use crate::error::ApiError;

/// Asks for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscribe {
    /// Of one run, or of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// From where on.
    pub after: After,
}

/// From where on events are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// After this `seq` of the run (0 = from its start). Needs `run`.
    Seq(u64),
    /// After this place in the journal of all runs.
    Position(u64),
    /// Only what happens from now on.
    Now,
}

/// A batch of events. Nothing is in it that SQLite does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamItem {
    /// The place in the journal after these events: subscribe again from here.
    pub position: u64,
    /// In order; of one run without gaps. Empty = a sign of life.
    pub events: Vec<RunEvent>,
    /// Runs were deleted or put back: lists of runs are to be asked for anew. Only in streams of all runs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relist: bool,
}

/// Batches of events, until the subscriber drops it or the host ends.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<StreamItem, ApiError>> + Send>>;
