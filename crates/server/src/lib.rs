//! The daemon: the app behind HTTP on a private socket. And, as a client of it, the window's page for a browser.
//!
//! The daemon has a home's lock from start to end, tells clients where it is, and leaves by itself when nobody needs it.
//! It opens no TCP port: that is the business of `web`, in a process of its own.

mod daemon;
#[doc(hidden)]
pub mod fuzz;
mod http;
mod listen;
mod presence;
mod serve;
mod trace;
pub mod web;

pub use daemon::{DaemonOptions, run};
