//! Compares generated pages of the docs with the files; tests only.

use std::path::Path;

/// Fails where the file at `path` is not `page`; writes it where `UPDATE_DOCS` is set.
pub(crate) fn compare(path: &Path, page: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).unwrap();
        }
        std::fs::write(path, page).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == page,
        "{} is out of date: run UPDATE_DOCS=1 cargo test -p millrace-model docs",
        path.display()
    );
}
