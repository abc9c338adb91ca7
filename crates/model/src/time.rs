//! Instants, days and durations as the document and the history write them.
//!
//! No clock here: instants are passed in.

mod day;
mod lasting;
mod span;
mod stamp;

pub use day::Day;
pub use lasting::lasting;
pub use span::{Span, SpanError};
pub use stamp::Timestamp;
