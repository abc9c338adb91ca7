//! A home on a file system that is mounted read-only is refused with the reason, by the history and by the daemon.
//! Network file systems are told by their magic numbers; that is tested where the table is, in the store.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Output;

use millrace_store::{Options, Store, StoreError};
use millrace_tests::mounts::with_own_mounts;
use millrace_tests::programs::program;

const ROLE: &str = "PLACES_TEST_HOME";

/// Runs `program` with `arguments` where the folder is mounted read-only; or says why that cannot be.
fn in_read_only(folder: &Path, program: &Path, arguments: &[&str]) -> Result<Output, String> {
    let script = "folder=$1\nshift\nmount --bind \"$folder\" \"$folder\"\n\
                  mount -o remount,bind,ro \"$folder\"\nexec \"$@\"";
    let mut command = with_own_mounts(script)?;
    command.arg("sh").arg(folder).arg(program).args(arguments);
    command.env(ROLE, folder).env("MILLRACE_HOME", folder);
    Ok(command.output().unwrap())
}

#[test]
fn a_history_on_a_read_only_file_system_is_refused_with_the_reason() {
    let home = tempfile::tempdir().unwrap();
    let this = std::env::current_exe().unwrap();
    let role = ["--exact", "finds_its_home_read_only", "--nocapture"];
    match in_read_only(home.path(), &this, &role) {
        Err(reason) => eprintln!("skipped: no mount namespace here: {reason}"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.contains("refused as it should be"), "{output:?}");
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing was left there");
        }
    }
}

/// Not a test by itself: what the child of the other one does.
#[test]
fn finds_its_home_read_only() {
    let Ok(home) = std::env::var(ROLE) else { return };
    let error = Store::open(Path::new(&home), Options::default()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{text}");
    assert!(text.contains(&home) && text.contains("mounted read-only"), "{text}");
    println!("refused as it should be");
}

#[test]
fn a_daemon_does_not_start_on_a_read_only_file_system_and_says_why() {
    let home = tempfile::tempdir().unwrap();
    match in_read_only(home.path(), &program("millrace"), &["runs"]) {
        Err(reason) => eprintln!("skipped: no mount namespace here: {reason}"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(4), "{said}");
            let is_named = said.contains(home.path().to_str().unwrap());
            assert!(is_named && said.contains("Read-only file system"), "{said}");
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "nothing was left there");
        }
    }
}
