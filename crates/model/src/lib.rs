//! The workflow document and its meaning.
//!
//! Everything here is data and pure functions: the JSON document and its parser, validation, expressions,
//! node kinds, the events of a run and their fold. It builds for wasm and has no I/O, no clock, no threads
//! and no randomness; whoever needs those passes values in.

pub mod action;
pub mod artifact;
pub mod connection;
pub mod diff;
#[cfg(test)]
mod docs_test;
pub mod document;
pub mod edit;
pub mod event;
mod exact;
pub mod expr;
pub mod find;
pub mod graph;
pub mod ident;
pub mod ids;
pub mod import;
pub mod join_expr;
pub mod json;
pub mod kinds;
pub mod migrate;
pub mod notice;
pub mod outputs;
pub mod params;
pub mod problem;
pub mod produces;
pub mod quantile;
pub mod read;
pub mod record;
pub mod report;
pub mod run_query;
pub mod schedule;
pub mod schema;
pub mod size;
mod suggest;
pub mod template;
pub mod texts;
pub mod time;
mod time_text;
pub mod timeline;
pub mod validate;
pub mod write;

/// So many tasks are told of those that have slots of a pool.
pub const MAX_POOL_HOLDERS: usize = 50;

/// A map of parameter or output values, as JSON.
pub type Values = serde_json::Map<String, serde_json::Value>;
