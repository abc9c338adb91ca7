//! Where the programs under test are: in the folder above that of the test.

use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// One of the programs under test.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let path = folder().parent().unwrap().join(name);
    assert!(path.is_file(), "there is no {}: build the workspace first", path.display());
    path
}

/// The app looks for the keeper beside the program that it is part of, and a test that is such a program lies one
/// folder further down: links lead up from there.
///
/// # Panics
/// When a program has not been built or cannot be linked to.
pub fn link_beside_this_test() {
    for name in ["millrace-keeper", "millrace-task"] {
        let _built = program(name);
        match symlink(Path::new("..").join(name), folder().join(name)) {
            // Another test was here before, with the same link.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            linked => linked.unwrap(),
        }
    }
}

fn folder() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}
