//! The disk and other programs get in the way of the history of a daemon at work: it says so, starts and acknowledges
//! nothing, goes on by itself, and loses and doubles nothing.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use millrace_tests::processes::kill;
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

impl Site {
    /// A run that has ended, with its folder; the daemon has left.
    fn ended_run(&self) -> String {
        fs::write(self.path("gate"), "").unwrap();
        let run = self.ask(&["run", self.path("gates.json").to_str().unwrap(), "--detach"]);
        let run = run.trim().to_owned();
        until("the run has ended", || (self.state(&run) == "succeeded").then_some(()));
        self.ask(&["daemon", "stop"]);
        run
    }

    fn state(&self, run: &str) -> String {
        let shown: Value = serde_json::from_str(&self.ask(&["show", run, "--json"])).unwrap();
        shown["run"]["state"].as_str().unwrap().to_owned()
    }

    fn runs(&self) -> Vec<String> {
        let runs: Value = serde_json::from_str(&self.ask(&["runs", "--json"])).unwrap();
        let runs = runs["runs"].as_array().unwrap().iter();
        runs.map(|run| run["run"].as_str().unwrap().to_owned()).collect()
    }

    fn warnings(&self) -> Vec<String> {
        // Whatever asks for the history starts the daemon.
        self.runs();
        let warnings = self.status()["warnings"].clone();
        serde_json::from_value(warnings).unwrap()
    }

    fn set_aside(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("home")).unwrap().map(|entry| entry.unwrap().path());
        let is_one = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("history.damaged-") && name.ends_with(".db")
        };
        let mut found: Vec<PathBuf> = entries.filter(is_one).collect();
        found.sort();
        found
    }
}

#[test]
fn a_damaged_history_is_set_aside_said_and_can_be_restored_while_workflows_go_on() {
    let site = Site::new();
    let history = site.path("home/history.db");
    let old = site.ended_run();
    let backup = site.path("my backup.millrace");
    site.ask(&["backup", backup.to_str().unwrap()]);
    site.ask(&["daemon", "stop"]);
    let mut bytes = fs::read(&history).unwrap();
    bytes[..64].fill(0xEE);
    fs::write(&history, &bytes).unwrap();

    let warnings = site.warnings();
    let [said] = &warnings[..] else { panic!("{warnings:?}") };
    let aside = site.set_aside();
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(fs::read(&aside[0]).unwrap(), bytes, "nothing of it is changed");
    let back = format!("`millrace restore '{}' --replace`", backup.display());
    for part in
        ["was damaged (", aside[0].to_str().unwrap(), "1 run is not in the list any more", &back]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(site.path("home/runs").join(&old).is_dir(), "what it left is there");
    assert_eq!(site.runs(), Vec::<String>::new());
    let fresh = site.ended_run();
    assert_eq!(site.runs(), [fresh.as_str()]);
    assert_eq!(site.warnings(), warnings, "the next daemon says it too, once");
    assert_eq!(site.set_aside(), aside, "a sound history stays where it is");
    let note = site.path("home/history-damage.json");
    let noted = fs::read(&note).unwrap();
    fs::remove_file(&note).unwrap();
    assert_eq!(site.warnings(), Vec::<String>::new());

    fs::write(&note, noted).unwrap();
    site.ask(&["daemon", "stop"]);
    site.ask(&["restore", backup.to_str().unwrap(), "--replace"]);
    assert_eq!(site.runs(), [old.as_str()]);
    assert_eq!(site.warnings(), Vec::<String>::new());
}

#[test]
fn pages_that_are_damaged_are_found_after_a_kill() {
    let site = Site::new();
    let history = site.path("home/history.db");
    site.ended_run();
    // A daemon that is killed leaves the history open.
    site.runs();
    let daemon = site.status()["pid"].as_u64().unwrap();
    kill(u32::try_from(daemon).unwrap());
    let mut bytes = fs::read(&history).unwrap();
    bytes[8192..].fill(0xEE);
    fs::write(&history, &bytes).unwrap();
    for end in ["-wal", "-shm"] {
        fs::remove_file(site.path(&format!("home/history.db{end}"))).unwrap();
    }
    let warnings = site.warnings();
    assert!(
        warnings[0].contains("was damaged (") && warnings[0].contains("No backup"),
        "{warnings:?}"
    );
    assert_eq!(fs::read(&site.set_aside()[0]).unwrap(), bytes);
    let fresh = site.ended_run();
    assert_eq!(site.runs(), [fresh]);
}

#[test]
fn a_write_ahead_log_that_is_cut_or_deleted_leaves_what_is_whole_and_says_what_is_lost() {
    for kept in [None, Some(0), Some(100), Some(5_000), Some(40_000)] {
        let site = Site::new();
        let old = site.ended_run();
        fs::remove_file(site.path("gate")).unwrap();
        let cut = String::from_utf8(site.start().stdout).unwrap().trim().to_owned();
        until("the task has begun", || {
            (site.call(&["logs", &cut, "a"]).stdout == b"begins\n").then_some(())
        });
        kill(u32::try_from(site.status()["pid"].as_u64().unwrap()).unwrap());
        let log = site.path("home/history.db-wal");
        match kept {
            None => fs::remove_file(&log).unwrap(),
            Some(bytes) => {
                fs::File::options().write(true).open(&log).unwrap().set_len(bytes).unwrap();
            }
        }
        fs::write(site.path("gate"), "").unwrap();

        let runs = site.runs();
        assert!(runs.contains(&old), "{kept:?}: what was whole is there");
        let warnings = site.warnings();
        match runs.contains(&cut) {
            true => assert_eq!(warnings, Vec::<String>::new(), "{kept:?}"),
            false => {
                assert!(warnings[0].contains("1 run is not in the list any more"), "{warnings:?}");
                assert!(site.path("home/runs").join(&cut).is_dir());
            }
        }
        assert!(kept.is_some_and(|bytes| bytes > 1_000) || !runs.contains(&cut), "{kept:?}");
        assert_eq!(site.set_aside(), Vec::<PathBuf>::new(), "{kept:?}");
        let fresh = site.ended_run();
        assert!(site.runs().contains(&fresh));
        assert_eq!(site.warnings(), warnings, "it is said once");
    }
}
