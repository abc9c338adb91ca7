//! The egui front end of Millrace.
//!
//! The same code runs as wasm in the desktop window's webview and natively under `egui_kittest`. It never
//! touches files, sockets or processes: everything it knows comes through the api's calls and streams.

mod shell;
#[cfg(target_arch = "wasm32")]
mod web;

pub use shell::Shell;
