//! The egui front end of Millrace.
//!
//! The same code runs as wasm in the desktop window's webview and natively under `egui_kittest`. It never
//! touches files, sockets or processes: everything it knows comes through the api's calls and streams.

mod app;
pub mod bridge;
mod canvas;
mod command;
mod forms;
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub mod fuzz;
mod glyphs;
mod in_turn;
mod outline;
mod panels;
mod picture;
mod state;
pub mod theme;
#[cfg(target_arch = "wasm32")]
mod web;
mod widgets;
mod words;

pub use app::{App, Settings, ThemeChoice};
pub use outline::Outline;
