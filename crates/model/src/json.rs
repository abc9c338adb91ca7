//! The text of a document: decoding, parsing with positions, canonical writing.
//!
//! Knows JSON, not workflows. One parser for everything that Millrace reads from documents.

mod decode;
mod parse;
mod place;
mod write;

pub use decode::MAX_BYTES;
pub use parse::{MAX_DEPTH, MAX_VALUES, Parsed, parse};
pub use place::{Source, SpanTree};
pub use write::to_text;
