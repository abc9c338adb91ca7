//! What the fuzz targets see of the app: backups that come from elsewhere. Nothing else uses it.

use std::path::Path;

use crate::backup::read_and_unpack;

/// Reads a backup and unpacks it into a folder that is there and empty.
///
/// # Errors
/// Why it cannot be used.
pub fn unpack_backup(from: &Path, to: &Path) -> Result<(), String> {
    read_and_unpack(from, to)
}
