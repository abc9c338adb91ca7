//! The library half of the keeper: everything another process needs to talk to one or to read what it left behind.
//!
//! A keeper (`millrace-keeper`) is the small, single-threaded parent of one run's task processes. This library holds
//! its protocol, the formats of its two kinds of files (the run's journal, one log per attempt), masking of secrets,
//! and the identity checks that make a signal safe. All of it is plain `std` without a runtime; nothing here spawns a
//! task, keeps state between calls or knows what a graph, a database or an HTTP request is. The process itself, with
//! the little `unsafe` code there is, lives in the binary.

pub mod connect;
pub mod files;
pub mod identity;
pub mod journal;
pub mod launch;
pub mod log;
pub mod mark;
pub mod mask;
pub mod orphans;
pub mod protocol;
