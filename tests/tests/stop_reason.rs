//! The daemon is killed between the stop of a run and its end: the next one ends it in the state, and for the reason,
//! that the first one would have.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use millrace_tests::processes::{command_line, kill};
use millrace_tests::programs::program;
use millrace_tests::until;

/// A home of its own, with a workflow of two tasks: `stubborn` outlives SIGTERM until its gate is opened, `bad` fails
/// when its gate is opened.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new(limits: &Value) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(site.path("home")).unwrap();
        let settings = "parallel_tasks = 2\n[notify]\ndesktop = false\n";
        fs::write(site.path("home/config.toml"), settings).unwrap();
        let task = |name: &str, before: &str, after: &str| {
            let gate = site.path(name);
            let wait = format!("while ! test -e {}; do sleep 0.02; done", gate.display());
            let script = format!("{before}\necho {name} begins\n{wait}\n{after}\n");
            json!({ "name": name, "kind": "shell", "grace": "1h", "spec": { "script": script } })
        };
        let workflow = json!({
            "millrace": 1,
            "name": "stops",
            "limits": limits,
            "tasks": [task("stubborn", "trap '' TERM", "exit 0"), task("bad", "", "exit 1")],
        });
        fs::write(site.path("stops.json"), workflow.to_string()).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, gate: &str) {
        fs::write(self.path(gate), "").unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.path("home"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts the run and waits until both tasks stand at their gates.
    fn start(&self) -> String {
        let document = self.path("stops.json");
        let run = self.ask(&["run", document.to_str().unwrap(), "--detach"]).trim().to_owned();
        for task in ["stubborn", "bad"] {
            let begun = format!("{task} begins\n");
            until("both tasks have begun", || {
                let output = self.command(&["logs", &run, task]).output().unwrap();
                (output.stdout == begun.as_bytes()).then_some(())
            });
        }
        run
    }

    fn show(&self, run: &str) -> Value {
        serde_json::from_str::<Value>(&self.ask(&["show", run, "--json"])).unwrap()["run"].take()
    }

    /// Kills the daemon once the run is being stopped, lets the next one take over, and gives the ended run.
    fn end_under_the_next_daemon(&self, run: &str) -> Value {
        until("the run is being stopped", || (self.show(run)["stopping"] == true).then_some(()));
        let card = fs::read(self.path("home/daemon.json")).unwrap();
        let card: Value = serde_json::from_slice(&card).unwrap();
        let daemon = u32::try_from(card["pid"].as_u64().unwrap()).unwrap();
        kill(daemon);
        until("the daemon is dead", || command_line(daemon).is_empty().then_some(()));
        let adopted = self.show(run);
        assert_eq!(adopted["state"], "running", "the next daemon has it: {adopted}");
        self.open("stubborn");
        until("the run has ended", || {
            let shown = self.show(run);
            (shown["state"] != "running").then_some(shown)
        })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A test that failed leaves nobody at a gate.
        ["stubborn", "bad"].iter().for_each(|gate| self.open(gate));
        let _stopped = self.command(&["daemon", "stop"]).output();
    }
}

#[test]
fn a_cancel_outlives_the_daemon() {
    let site = Site::new(&json!({ "fail_fast": true }));
    let run = site.start();
    site.ask(&["cancel", &run]);
    let ended = site.end_under_the_next_daemon(&run);
    assert_eq!(ended["state"], "canceled", "{ended}");
    assert_eq!(ended["cause"], json!({ "cause": "run_canceled" }));
}

#[test]
fn a_stop_at_the_first_failure_outlives_the_daemon() {
    let site = Site::new(&json!({ "fail_fast": true, "timeout": "1h" }));
    let run = site.start();
    site.open("bad");
    let ended = site.end_under_the_next_daemon(&run);
    assert_eq!(ended["state"], "failed", "{ended}");
    assert_eq!(ended["cause"]["cause"], "fail_fast", "{ended}");
    assert_eq!(ended["cause"]["task"]["task"], "bad", "{ended}");
}

#[test]
fn a_time_out_outlives_the_daemon() {
    let site = Site::new(&json!({ "timeout": "5s" }));
    let run = site.start();
    let ended = site.end_under_the_next_daemon(&run);
    assert_eq!(ended["state"], "failed", "{ended}");
    assert_eq!(ended["cause"], json!({ "cause": "timed_out", "after": "5s" }));
}
