//! Decides what runs next: a pure core and a thin driver around it.
//!
//! [`plan`] seals a workflow, [`core`] turns inputs into events and effects without clock, randomness or I/O,
//! [`driver`] feeds it on a thread of its own, and [`ports`] are what the driver needs of the world: an executor, a
//! journal, subscribers, a clock. No processes, no SQLite, no HTTP here.

mod again;
pub mod core;
pub mod driver;
pub mod pinned;
pub mod plan;
pub mod planner;
pub mod ports;
pub mod rerun;

pub use crate::core::{Refusal, Settings};
pub use crate::driver::{Engine, EngineError, EngineHandle, ShutdownMode, Submit};
pub use crate::plan::{Plan, PlanProblem, Selection};
