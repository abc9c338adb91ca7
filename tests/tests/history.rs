//! The disk and other programs get in the way of the history of a daemon at work: it says so, starts and acknowledges
//! nothing, goes on by itself, and loses and doubles nothing.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use millrace_tests::programs::program;
use millrace_tests::until;
use serde_json::{Value, json};

/// A home of its own, with a workflow whose task `a` waits at a gate and `b` comes after it.
struct Site {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, PathBuf)>,
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir(site.path("home")).unwrap();
        let settings = "durability = \"full\"\n[notify]\ndesktop = false\n";
        fs::write(site.path("home/config.toml"), settings).unwrap();
        let (gate, ledger) = (site.path("gate"), site.path("ledger"));
        let (gate, ledger) = (gate.display(), ledger.display());
        let a =
            format!("echo begins\nwhile ! test -e {gate}; do sleep 0.02; done\necho a >> {ledger}");
        let task =
            |name, script| json!({ "name": name, "kind": "shell", "spec": { "script": script } });
        let workflow = json!({
            "millrace": 1,
            "name": "gates",
            "tasks": [task("a", a), task("b", format!("echo b >> {ledger}"))],
            "dependencies": [{ "from": "a", "to": "b" }],
        });
        fs::write(site.path("gates.json"), workflow.to_string()).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn call(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.path("home")).stdin(Stdio::null());
        command.envs(self.variables.iter().cloned()).output().unwrap()
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn start(&self) -> Output {
        self.call(&["run", self.path("gates.json").to_str().unwrap(), "--detach"])
    }

    fn status(&self) -> Value {
        serde_json::from_str(&self.ask(&["daemon", "status", "--json"])).unwrap()
    }

    /// While `get_in_the_way` holds, the task at the gate ends; `why` is what is said meanwhile.
    fn goes_on_after<T>(&self, get_in_the_way: impl FnOnce() -> T, why: &str) {
        let run = String::from_utf8(self.start().stdout).unwrap().trim().to_owned();
        until("the task has begun", || {
            (self.call(&["logs", &run, "a"]).stdout == b"begins\n").then_some(())
        });
        let daemon = self.status()["pid"].clone();
        let in_the_way = get_in_the_way();
        fs::write(self.path("gate"), "").unwrap();
        until("it is said", || self.status()["warnings"].to_string().contains(why).then_some(()));
        let refused = self.start();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(why), "{refused:?}");
        assert_eq!(fs::read_to_string(self.path("ledger")).unwrap(), "a\n", "nothing is started");

        drop(in_the_way);
        until("the run has ended well", || {
            let shown: Value = serde_json::from_str(&self.ask(&["show", &run, "--json"])).unwrap();
            (shown["run"]["state"] == "succeeded").then_some(())
        });
        assert_eq!(fs::read_to_string(self.path("ledger")).unwrap(), "a\nb\n");
        let runs: Value = serde_json::from_str(&self.ask(&["runs", "--json"])).unwrap();
        assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "what was refused is not there");
        let status = self.status();
        assert_eq!((&status["pid"], &status["warnings"]), (&daemon, &json!([])));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A test that failed leaves nobody at the gate.
        let _opened = fs::write(self.path("gate"), "");
        let _stopped = self.call(&["daemon", "stop", "--cancel-runs"]);
    }
}

#[test]
fn a_history_that_another_program_has_locked_is_waited_for_and_said() {
    let site = Site::new();
    let lock = || {
        let other = rusqlite::Connection::open(site.path("home/history.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        other
    };
    site.goes_on_after(lock, "the history is busy: another program has held ");
}

/// Syncs of the history fail as long as the file that `SYNCS_FAIL` names is there.
const FAILING: &str = r#"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fails(int fd) {
    char link[64], path[4096];
    const char *flag = getenv("SYNCS_FAIL");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 || !flag || access(flag, F_OK) != 0) return 0;
    path[length] = 0;
    return strstr(path, "/history.db") != 0;
}

int fsync(int fd) {
    if (fails(fd)) { errno = EIO; return -1; }
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    if (fails(fd)) { errno = EIO; return -1; }
    return (int)syscall(SYS_fdatasync, fd);
}
"#;

/// A file that goes away with this.
struct Flag(PathBuf);

impl Drop for Flag {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

#[test]
fn a_disk_that_does_not_take_the_history_stops_it_until_it_was_opened_anew() {
    let mut site = Site::new();
    let (source, library) = (site.path("failing.c"), site.path("failing.so"));
    fs::write(&source, FAILING).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source);
    assert!(compiler.status().unwrap().success());
    let flag = site.path("flag");
    site.variables = vec![("LD_PRELOAD", library), ("SYNCS_FAIL", flag.clone())];
    let fail = || {
        fs::write(&flag, "").unwrap();
        Flag(flag)
    };
    site.goes_on_after(fail, "the disk did not take what was written to the history");
    let log = fs::read_to_string(site.path("home/daemon.log")).unwrap();
    assert!(log.contains("the history was opened anew; it has everything that was acknowledged"));
}
