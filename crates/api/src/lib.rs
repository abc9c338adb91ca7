//! What a client can ask of Millrace, and what it hears.
//!
//! Every command is declared once, in [`commands`]: the declaration makes the request, the trait method that
//! a host must have, and the client's side. Hosts implement [`Backend`], clients a [`Transport`];
//! no I/O here but for [`home`], where a client finds its daemon.
//! It builds for wasm (without `home`).

pub mod answer;
pub mod artifact;
pub mod backup;
pub mod bulk;
pub mod commands;
pub mod days;
pub mod deletion;
pub mod diagnostics;
pub mod document;
pub mod draft;
pub mod error;
pub mod git;
pub mod grid;
#[cfg(not(target_arch = "wasm32"))]
pub mod home;
pub mod host;
pub mod inbox;
pub mod library;
pub mod log;
pub mod picture;
pub mod place;
pub mod queue;
pub mod report;
pub mod run;
pub mod schedule;
pub mod secret;
pub mod settings;
pub mod storage;
pub mod stream;
pub mod trigger;
pub mod trust;
pub mod usual;
pub mod version;

pub use commands::{
    Backend, COMMAND_NAMES, Command, MAX_REQUEST, Remote, Request, Transport, answer,
};
pub use error::{ApiError, Code};
pub use stream::{EventStream, StreamItem, Subscribe};

use std::future::Future;
use std::pin::Pin;

/// The result of a command, later.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'a>>;

/// The version of this interface. A client and a daemon of different versions do not talk.
pub const API_VERSION: u32 = 1;
