//! The daemon: the app behind HTTP on a private socket.
//!
//! It has a home's lock from start to end, tells clients where it is, and leaves by itself when nobody needs it.

mod daemon;
mod http;
mod listen;
mod presence;
mod trace;

pub use daemon::{DaemonOptions, run};
