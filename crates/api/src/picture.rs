//! Pictures of workflows.

use serde::{Deserialize, Serialize};

/// The most pixels of a PNG: 64 million, 256 MiB while it is made.
pub const MAX_PIXELS: u64 = 64_000_000;

/// Writes a picture that a window drew. The ending of the path says as what: `.svg` as it is, `.png` in pixels.
///
/// A picture that is there already is replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavePicture {
    /// Where to: an absolute path that ends in `.svg` or `.png`.
    pub path: String,
    /// The picture. Its letters must be outlines: no font is looked for. Links to files are not followed.
    pub svg: String,
    /// Pixels of a PNG for a point of the picture, 1 to 4. Without meaning for SVG.
    pub scale: u32,
}

/// A picture that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPicture {
    /// Where it is.
    pub path: String,
    /// Its size, in bytes.
    pub bytes: u64,
}
