//! Runs what the engine decided: processes, through one keeper for each run, and deeds, by itself.
//!
//! Implements the engine's `Executor` port. What runs next, and what an outcome means for a run, is decided there.

mod adopt;
mod awaited;
mod begun;
mod containers;
mod deed;
mod deeds;
pub mod earlier;
mod ended;
pub mod environment;
mod files;
mod http;
mod inputs;
mod keeper_link;
mod prepare;
mod processes;
mod produces;
mod run_actor;
mod run_dir;
pub mod secrets;
mod watch;

pub use processes::{ExecConfig, Processes};
pub use run_dir::RunDir;
