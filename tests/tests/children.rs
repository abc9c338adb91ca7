//! Child runs over the death of their daemon: whatever was acknowledged before the kill, the next daemon goes on with the
//! same child, and there is only one. Tasks of children wait at gates that the test opens.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use millrace_tests::processes::kill;
use millrace_tests::programs::program;
use millrace_tests::until;

/// A home of its own, and a folder with `outer`, whose tasks run `inner` one after the other. The only task of `inner`
/// waits for a file of the name that it is given.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(site.path("home")).unwrap();
        // One place: no run waits for one that its parent holds.
        fs::write(site.path("home/config.toml"), "parallel_tasks = 1\n[notify]\ndesktop = false\n")
            .unwrap();
        let script = "until [ -e \"$GATE\" ]; do sleep 0.02; done\necho \"$GATE\" >> ledger\n\
                      millrace-task output gate=\"$GATE\"\n[ \"$(cat \"$GATE\")\" != bad ]\n";
        let inner = json!({
            "millrace": 1, "name": "inner",
            "params": [{ "name": "gate", "type": "string", "required": true }],
            "tasks": [{ "name": "wait", "kind": "shell", "env": { "GATE": "${params.gate}" },
                        "spec": { "script": script } }],
        });
        let call = |name: &str, gate: &str| {
            json!({ "name": name, "kind": "workflow",
                    "spec": { "workflow": "inner.json", "params": { "gate": gate } } })
        };
        let read = json!({ "name": "read", "kind": "shell", "spec": { "script":
            "millrace-task input second.run > read\ncat \"$MILLRACE_INPUTS\" >> read\n" } });
        let outer = json!({
            "millrace": 1, "name": "outer",
            "tasks": [call("first", "one"), call("second", "two"), read],
            "dependencies": [{ "from": "first", "to": "second" }, { "from": "second", "to": "read" }],
        });
        fs::write(site.path("inner.json"), inner.to_string()).unwrap();
        fs::write(site.path("outer.json"), outer.to_string()).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, gate: &str) {
        fs::write(self.path(gate), "good").unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.path("home"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.output().unwrap()
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn start(&self) -> String {
        self.ask(&["run", "outer.json", "--detach"]).trim().to_owned()
    }

    fn show(&self, run: &str) -> Value {
        serde_json::from_str::<Value>(&self.ask(&["show", run, "--json"])).unwrap()["run"].take()
    }

    /// The child run of the last attempt of a task, once it was accepted.
    fn child(&self, run: &str, task: &str) -> String {
        until("the child run was accepted", || {
            let attempt = self.task(run, task)["attempts"].as_array()?.last()?.clone();
            attempt["child"].as_str().map(str::to_owned)
        })
    }

    fn task(&self, run: &str, task: &str) -> Value {
        let shown = self.show(run);
        let tasks = shown["tasks"].as_array().unwrap();
        tasks.iter().find(|entry| entry[0]["task"] == task).unwrap()[1].clone()
    }

    fn ended(&self, run: &str) -> Value {
        until("the run has ended", || {
            let shown = self.show(run);
            ["succeeded", "failed", "canceled"].contains(&shown["state"].as_str()?).then_some(shown)
        })
    }

    fn kill_daemon(&self) {
        let card = fs::read(self.path("home/daemon.json")).unwrap();
        let card: Value = serde_json::from_slice(&card).unwrap();
        kill(u32::try_from(card["pid"].as_u64().unwrap()).unwrap());
    }

    /// Id, workflow, state and parent of all runs, oldest first.
    fn runs(&self) -> Vec<[String; 4]> {
        let listed: Value = serde_json::from_str(&self.ask(&["runs", "--json"])).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let row =
            |row: &Value| ["run", "workflow", "state", "trigger_name"].map(|key| text(&row[key]));
        let mut rows: Vec<_> = listed["runs"].as_array().unwrap().iter().map(row).collect();
        rows.reverse();
        rows
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A test that failed leaves nobody at a gate.
        ["one", "two"].iter().for_each(|gate| self.open(gate));
        let _stopped = self.command(&["daemon", "stop"]);
    }
}

#[test]
fn the_next_daemon_goes_on_with_the_same_children() {
    let site = Site::new();
    let run = site.start();
    let first = site.child(&run, "first");
    site.kill_daemon();
    assert_eq!(site.child(&run, "first"), first);
    site.open("one");
    let second = site.child(&run, "second");
    site.kill_daemon();
    site.open("two");
    let ended = site.ended(&run);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    let by = |task: &str| format!("{run} {task}");
    let row = |run: &str, workflow: &str, parent: String| {
        [run.to_owned(), workflow.to_owned(), "succeeded".to_owned(), parent]
    };
    let expected = [
        row(&run, "outer", String::new()),
        row(&first, "inner", by("first")),
        row(&second, "inner", by("second")),
    ];
    assert_eq!(site.runs(), expected);
    assert_eq!(fs::read_to_string(site.path("ledger")).unwrap(), "one\ntwo\n");
    let read = fs::read_to_string(site.path("read")).unwrap();
    let given =
        json!({ "run": second, "state": "succeeded", "tasks": { "wait": { "gate": "two" } } });
    let (own, inputs) = read.split_once('\n').unwrap();
    assert_eq!(own, second, "millrace-task input");
    let inputs: Value = serde_json::from_str(inputs).unwrap();
    assert_eq!(inputs["tasks"]["second"]["outputs"], given, "its inputs");
    assert_eq!(site.ask(&["show", "last", "--json"]), site.ask(&["show", &run, "--json"]));
}

#[test]
fn a_failed_child_is_named_and_a_retry_runs_another() {
    let site = Site::new();
    fs::write(site.path("one"), "bad").unwrap();
    let output = site.command(&["run", "outer.json"]);
    assert_eq!(output.status.code(), Some(1));
    let run = site.runs()[0][0].clone();
    let first = site.child(&run, "first");
    let told = String::from_utf8(output.stderr).unwrap();
    let why = format!("its run {first:.8} failed: wait failed");
    assert!(told.contains(&why) && told.contains(&format!("millrace show {first:.8}")), "{told}");
    assert!(site.ask(&["show", &run]).contains(&why));
    let child = site.ask(&["show", &first]);
    assert!(child.contains(&format!("the task first of run {run:.8}")), "{child}");
    // By itself it changes nothing for the run that started it.
    let before = site.show(&run);
    ["one", "two"].iter().for_each(|gate| site.open(gate));
    site.ask(&["retry", &first]);
    assert_eq!(site.ended(&first)["state"], "succeeded");
    assert_eq!(site.show(&run), before);
    site.ask(&["retry", &run]);
    assert_eq!(site.ended(&run)["state"], "succeeded");
    assert_ne!(site.child(&run, "first"), first);
}

#[test]
fn a_cancel_reaches_the_child_even_under_the_next_daemon() {
    let site = Site::new();
    let run = site.start();
    let child = site.child(&run, "first");
    site.ask(&["cancel", &run]);
    site.kill_daemon();
    assert_eq!(site.ended(&run)["state"], "canceled");
    let ended = site.ended(&child);
    assert_eq!(ended["state"], "canceled", "{ended}");
    assert_eq!(site.runs().len(), 2);
}

#[test]
fn a_workflow_that_leads_back_to_itself_is_refused_with_the_way() {
    let site = Site::new();
    let back = |to: &str| json!({ "name": "back", "kind": "workflow", "spec": { "workflow": to } });
    let inner = json!({ "millrace": 1, "name": "inner", "tasks": [back("outer.json")] });
    let outer = json!({ "millrace": 1, "name": "outer", "tasks": [back("inner.json")] });
    fs::write(site.path("inner.json"), inner.to_string()).unwrap();
    fs::write(site.path("outer.json"), outer.to_string()).unwrap();
    let output = site.command(&["run", "outer.json"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("MR1505") && told.contains("outer → inner → outer"), "{told}");
    assert_eq!(site.runs().len(), 0);
}

#[test]
fn a_child_that_cannot_be_found_is_an_error_that_names_the_path() {
    let site = Site::new();
    fs::remove_file(site.path("inner.json")).unwrap();
    let output = site.command(&["run", "--no-daemon", "outer.json"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    let path = site.path("inner.json");
    assert!(told.contains(&format!("there is no file {}", path.display())), "{told}");
}

#[test]
fn without_a_daemon_children_run_in_the_same_process() {
    let site = Site::new();
    ["one", "two"].iter().for_each(|gate| site.open(gate));
    let told = site.ask(&["run", "--no-daemon", "outer.json"]);
    assert!(told.contains("run.succeeded"), "{told}");
    assert!(!site.path("home/daemon.json").exists());
    assert_eq!(site.runs().len(), 3);
}
