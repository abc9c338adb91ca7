//! Keeping secrets out of logs: every byte that belongs to an occurrence of a given byte string is replaced, each
//! connected stretch by `***`. Works on a stream in any cut; knows nothing of files or of where secrets come from.

mod forms;
mod stream;

pub use forms::mask_forms;
pub use stream::{MaskSet, MaskStream};

/// What stands in a log for a stretch of masked bytes.
pub const REPLACEMENT: &[u8] = b"***";
