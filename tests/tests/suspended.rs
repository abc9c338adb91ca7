//! Whoever counts time stood still while it passed, as in a machine that was suspended: a time-out that is over by then
//! still gives the task its grace.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use millrace_tests::processes::{keeper_of, signal};
use millrace_tests::programs::program;
use millrace_tests::until;
use rustix::process::Signal;
use serde_json::{Value, json};

/// How long the task may take, and what it may take after that.
const TIME_OUT: Duration = Duration::from_secs(2);
const GRACE: &str = "1h";

/// A home of its own.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(site.path("home")).unwrap();
        fs::write(site.path("home/config.toml"), "[notify]\ndesktop = false\n").unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn call(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.path("home")).stdin(Stdio::null());
        command.output().unwrap()
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn log(&self, run: &str) -> String {
        String::from_utf8_lossy(&self.call(&["logs", run, "slow"]).stdout).into_owned()
    }

    fn daemon(&self) -> u32 {
        let card = fs::read(self.path("home/daemon.json")).unwrap();
        let card: Value = serde_json::from_slice(&card).unwrap();
        u32::try_from(card["pid"].as_u64().unwrap()).unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A test that failed leaves nobody at the gate.
        let _opened = fs::write(self.path("gate"), "");
        let _stopped = self.call(&["daemon", "stop", "--cancel-runs"]);
    }
}

/// Processes that stand still; they go on with the end of this, also after a failure.
struct Suspended([u32; 2]);

impl Suspended {
    fn new(pids: [u32; 2]) -> Self {
        pids.iter().for_each(|pid| signal(*pid, Signal::STOP));
        let state = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        until("they stand still", || {
            pids.iter().all(|pid| state(pid).contains(") T ")).then_some(())
        });
        Self(pids)
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        self.0.iter().for_each(|pid| signal(*pid, Signal::CONT));
    }
}

#[test]
fn a_time_out_that_passed_meanwhile_grants_its_grace() {
    let site = Site::new();
    let (gate, ledger) = (site.path("gate"), site.path("ledger"));
    let script = format!(
        "trap 'echo asked; while ! test -e {}; do sleep 0.02; done; echo done > {}; exit 0' TERM\n\
         echo begins\nwhile true; do sleep 0.02; done\n",
        gate.display(),
        ledger.display()
    );
    let time_out = format!("{}s", TIME_OUT.as_secs());
    let task = json!({ "name": "slow", "kind": "shell", "timeout": time_out, "grace": GRACE,
        "spec": { "script": script } });
    let document = site.path("slow.json");
    let workflow = json!({ "millrace": 1, "name": "slow", "tasks": [task] });
    fs::write(&document, workflow.to_string()).unwrap();
    let run = site.ask(&["run", document.to_str().unwrap(), "--detach"]).trim().to_owned();
    until("the task has begun", || site.log(&run).starts_with("begins\n").then_some(()));

    let daemon = site.daemon();
    let keeper = until("there is a keeper", || keeper_of(&run));
    let begun = Instant::now();
    let suspended = Suspended::new([daemon, keeper]);
    until("its time is over", || (begun.elapsed() > TIME_OUT).then_some(()));
    drop(suspended);

    until("the task is asked to end", || site.log(&run).contains("asked\n").then_some(()));
    assert_eq!(site.daemon(), daemon);
    let state = || -> Value {
        serde_json::from_str::<Value>(&site.ask(&["show", &run, "--json"])).unwrap()["run"].take()
    };
    assert_eq!(state()["state"], "running", "it has its grace");
    fs::write(&gate, "").unwrap();
    let ended = until("the run has ended", || {
        let shown = state();
        (shown["state"] != "running").then_some(shown)
    });
    assert_eq!(ended["state"], "failed", "{ended}");
    assert_eq!(fs::read_to_string(&ledger).unwrap(), "done\n", "nobody was killed");
}
