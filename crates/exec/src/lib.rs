//! Runs what the engine decided: processes, through one keeper for each run, and deeds, by itself.
//!
//! Implements the engine's `Executor` port. What runs next, and what an outcome means for a run, is decided there.

mod adopt;
mod artifacts;
mod awaited;
mod begun;
mod containers;
mod deed;
mod deeds;
pub mod earlier;
mod ended;
pub mod environment;
mod files;
pub mod find;
mod fingerprint;
pub mod foresee;
#[doc(hidden)]
pub mod fuzz;
mod http;
mod inputs;
mod keeper_link;
mod mail;
mod notify;
pub mod ports;
mod prepare;
mod probe;
mod processes;
mod produces;
mod python_module;
mod run_actor;
mod run_dir;
mod said;
pub mod secrets;
pub mod smtp;
mod sql;
mod watch;

pub use adopt::end_leftovers;
pub use artifacts::ArtifactStore;
pub use probe::probe;
pub use processes::{ExecConfig, Processes};
pub use run_dir::RunDir;
