//! What schedules mean: when each of them fires.
//!
//! [`Ticks`] is a schedule made ready for questions: the next tick, those of a month, the newest of a long sleep. There
//! is no clock here: instants are passed in. All is in whole seconds within; only [`Timestamp`] has microseconds.
//!
//! * A **cron** rule whose minute or hour field begins with `*` is an *interval*: it fires at each instant at which the
//!   clock on the wall shows a time that matches. What the clock skips does not fire, what it shows twice fires twice.
//! * Any other cron rule is a *fixed time*: each wall-clock time that matches fires once. One that the clock skips fires
//!   at the first instant after the gap, one that it shows twice fires on the first pass, and times that land on one
//!   instant fire once. A date that a zone has left out does not fire.
//! * **every** counts from `start`, else from the Unix epoch, whatever the clocks do.
//! * **at** fires once.
//!
//! `start` and `end` belong to a schedule's time. Zones are those of chrono-tz, which has no changes after 2099.

mod cron;
mod error;
mod jitter;
mod shape;
#[cfg(test)]
mod tests;
mod ticks;
mod wall;
mod words;
mod zone;

pub use error::ScheduleError;
pub use jitter::delay;
pub use shape::Shape;
pub use ticks::{Moved, Tick, Ticks};

#[cfg(doc)]
use crate::time::Timestamp;
