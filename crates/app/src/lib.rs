//! Composition root: engine, exec, store and notifications behind the api's `Backend`.
//!
//! Here things are put together and translated; what runs when is decided in the engine, how in exec, and what is
//! remembered in the store.

mod answers;
mod app;
mod artifacts;
mod backend;
mod backup;
mod before;
mod bulk;
mod callees;
mod callers;
mod children;
mod clean;
mod connections;
mod damage;
mod days;
mod deletion;
pub mod diagnostics;
mod drafts;
mod earlier;
mod errors;
mod files;
mod foresee;
mod forsaken;
#[doc(hidden)]
pub mod fuzz;
mod given;
mod grid;
mod hub;
mod inbox;
mod library;
mod line;
mod load;
mod locate;
mod lock;
pub mod login;
mod logs;
mod notify;
mod origin;
mod picture;
mod place;
mod ports;
mod preview;
mod query;
mod queue;
mod reload;
mod report;
mod retention;
mod schedules;
mod search;
mod secrets;
mod settings;
mod start;
mod stat;
mod storage;
mod trash;
mod trust;
mod versions;

pub use app::App;
pub use backup::{Restored, restore};
pub use lock::holder as home_holder;
pub use settings::{Durability, LogLimits, Notify, Retention, Settings};
