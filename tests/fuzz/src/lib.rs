//! What strangers can send, as bytes: one function for each way in, each with what must hold for every input.
//!
//! Two drivers call them: cargo-fuzz (`cargo xtask fuzz`, with `driver/`), and a short run of the ordinary tests
//! (`tests/short.rs`), which plays `seeds/`, `findings/` and changes of them at random. A target fails by a panic, takes no
//! notice of the time and leaves nothing behind.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what does not hold is a finding, and a finding is a panic"
)]

mod archives;
mod clipboard;
mod documents;
mod edits;
mod expressions;
mod http;
mod imports;
mod journals;
mod logs;
mod queries;
mod reading;
mod schedules;
mod shown;
mod task_files;

pub use archives::{backup, unpack};
pub use clipboard::{clipboard, link};
pub use documents::document;
pub use edits::edits;
pub use expressions::expressions;
pub use http::{http, requests};
pub use imports::import;
pub use journals::{frames, journal};
pub use logs::log;
pub use queries::run_query;
pub use schedules::schedule;
pub use shown::{log_text, markdown};
pub use task_files::task_files;

/// A way in: what it is called, and what must hold.
pub type Target = (&'static str, fn(&[u8]));

/// All of them. The folders `seeds`, `findings`, `words` and `driver/fuzz_targets` use the same names.
pub const TARGETS: &[Target] = &[
    ("document", document),
    ("edits", edits),
    ("expressions", expressions),
    ("schedule", schedule),
    ("run_query", run_query),
    ("frames", frames),
    ("journal", journal),
    ("log", log),
    ("requests", requests),
    ("http", http),
    ("clipboard", clipboard),
    ("link", link),
    ("import", import),
    ("log_text", log_text),
    ("markdown", markdown),
    ("backup", backup),
    ("unpack", unpack),
    ("task_files", task_files),
];
