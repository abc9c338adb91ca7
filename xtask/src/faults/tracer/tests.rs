//! The tracer on a shell that writes files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::errno::Errno;

use super::{Call, Observer, Program, Verdict, bytes_at, start};

/// Does something to the write of a file.
struct AtWrite {
    file: PathBuf,
    enter: Verdict,
    leave: Verdict,
    /// What was written, as the memory of the shell has it.
    written: Vec<u8>,
}

impl Observer for AtWrite {
    fn follows(&mut self, _program: &Program) -> bool {
        true
    }

    fn concerns(&self, path: &Path) -> bool {
        path == self.file
    }

    fn enters(&mut self, call: &Call) -> Verdict {
        if call.name == "write" { self.enter } else { Verdict::Pass }
    }

    fn leaves(&mut self, call: &Call, result: Result<u64, Errno>) -> Verdict {
        if call.name != "write" {
            return Verdict::Pass;
        }
        self.written = bytes_at(call.pid, call.arguments[1], result.unwrap());
        self.leave
    }
}

/// What two files hold: the first is written, and the second says what became of that. A child process does it.
fn write_under(enter: Verdict, leave: Verdict) -> (String, String, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    fs::create_dir_all(&folder).unwrap();
    let (file, said) = (folder.join("file"), folder.join("said"));
    let script =
        "(if printf x > \"$1\"; then printf done > \"$2\"; else printf failed > \"$2\"; fi); true";
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).args([&file, &said]);
    let observer = AtWrite { file: file.clone(), enter, leave, written: Vec::new() };
    let seen = start(&shell, observer).unwrap().finish().unwrap();
    let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let found = (read(&file), read(&said), seen.written);
    fs::remove_dir_all(folder).unwrap();
    found
}

#[test]
fn a_call_that_passes_is_seen_with_what_it_writes() {
    let found = write_under(Verdict::Pass, Verdict::Pass);
    assert_eq!(found, ("x".into(), "done".into(), b"x".to_vec()));
}

#[test]
fn a_crash_before_leaves_nothing_and_one_after_what_was_written() {
    assert_eq!(write_under(Verdict::Kill, Verdict::Pass), (String::new(), String::new(), vec![]));
    let (written, said, _) = write_under(Verdict::Pass, Verdict::Kill);
    assert_eq!((written.as_str(), said.as_str()), ("x", ""));
}

#[test]
fn an_error_comes_instead_of_the_call_or_after_its_success() {
    let full = Verdict::Fail(Errno::ENOSPC);
    let (written, said, _) = write_under(full, Verdict::Pass);
    assert_eq!((written.as_str(), said.as_str()), ("", "failed"));
    let (written, said, _) = write_under(Verdict::Pass, full);
    assert_eq!((written.as_str(), said.as_str()), ("x", "failed"));
}
