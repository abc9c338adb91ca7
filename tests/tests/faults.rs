//! Promises under fault, each with the fault placed exactly: the daemon or the keeper is killed while tasks wait at
//! gates that the test opens. Random moments are `cargo xtask faults`' part.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use millrace_tests::processes::{
    self, command_line, has_variable, keeper_of, kill, marked, signal,
};
use millrace_tests::programs::program;
use millrace_tests::until;

/// What the next daemon may take to carry on.
const ADOPTION_LIMIT: Duration = Duration::from_secs(5);
/// How long a process may outlive its keeper.
const ORPHANS_LIMIT: Duration = Duration::from_secs(5);

/// A home of its own, with a workflow whose tasks `a` and `b` wait for files of their names; `c` comes after both.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(site.home()).unwrap();
        let settings = "parallel_tasks = 2\n[notify]\ndesktop = false\n";
        fs::write(site.home().join("config.toml"), settings).unwrap();
        let task = |name: &str| {
            let gate = site.path(name);
            let script = format!(
                "set -eu\necho {name} begins\nwhile ! test -e {gate}; do sleep 0.02; done\n\
                 millrace-task output from={name}\necho {name} ends\necho {name} >> {ledger}\n",
                gate = gate.display(),
                ledger = site.path("ledger").display(),
            );
            json!({ "name": name, "kind": "shell", "spec": { "script": script } })
        };
        let workflow = json!({
            "millrace": 1,
            "name": "gates",
            "tasks": [task("a"), task("b"), task("c")],
            "dependencies": [{ "from": "a", "to": "c" }, { "from": "b", "to": "c" }],
        });
        fs::write(site.path("gates.json"), workflow.to_string()).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn home(&self) -> PathBuf {
        self.path("home")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.home());
        let wrapper = self.path("programs/millrace-keeper");
        if wrapper.is_file() {
            command.env("MILLRACE_KEEPER", wrapper);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn ask(&self, arguments: &[&str]) -> String {
        text(self.command(arguments).output().unwrap())
    }

    /// Daemons of this home start a shell script instead of the keeper. `$KEEPER` in it is the real one, `$FLAG` a
    /// folder that the first one to come can make.
    fn wrap_keeper(&self, script: &str) {
        fs::create_dir(self.path("programs")).unwrap();
        symlink(program("millrace-task"), self.path("programs/millrace-task")).unwrap();
        let (keeper, flag) = (program("millrace-keeper"), self.path("flag"));
        let head = format!("KEEPER='{}'\nFLAG='{}'\n", keeper.display(), flag.display());
        let wrapper = self.path("programs/millrace-keeper");
        fs::write(&wrapper, format!("#!/bin/sh\nexec 2>/dev/null\n{head}{script}")).unwrap();
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// Starts the run and waits until both first tasks stand at their gates.
    fn start(&self) -> String {
        let document = self.path("gates.json");
        let run = self.ask(&["run", document.to_str().unwrap(), "--detach"]).trim().to_owned();
        for task in ["a", "b"] {
            until("both tasks have begun", || {
                let output = self.command(&["logs", &run, task]).output().unwrap();
                output.stdout.starts_with(format!("{task} begins\n").as_bytes()).then_some(())
            });
        }
        run
    }

    fn open(&self, gates: &[&str]) {
        for gate in gates {
            fs::write(self.path(gate), "").unwrap();
        }
    }

    fn daemon(&self) -> u32 {
        let card: Value =
            serde_json::from_slice(&fs::read(self.home().join("daemon.json")).unwrap()).unwrap();
        u32::try_from(card["pid"].as_u64().unwrap()).unwrap()
    }

    fn show(&self, run: &str) -> Value {
        serde_json::from_str::<Value>(&self.ask(&["show", run, "--json"])).unwrap()["run"].take()
    }

    fn end_of(&self, run: &str) -> Value {
        until("the run has ended", || {
            let shown = self.show(run);
            (!matches!(shown["state"].as_str(), Some("running" | "queued"))).then_some(shown)
        })
    }

    /// The lines that tasks wrote as the last thing they did, sorted.
    fn ledger(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("ledger")).unwrap_or_default();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _stopped = self.command(&["daemon", "stop"]).output();
    }
}

#[test]
fn tasks_outlive_a_killed_daemon_and_the_next_one_adopts_them() {
    let site = Site::new();
    let run = site.start();
    let pids: Vec<Value> = (0..2).map(|at| attempt(&site.show(&run), at)["pid"].take()).collect();
    kill(site.daemon());
    let restarted = Instant::now();
    let adopted = site.show(&run);
    assert_eq!(adopted["state"], "running");
    site.open(&["a", "b", "c"]);
    let ended = site.end_of(&run);
    assert!(restarted.elapsed() < ADOPTION_LIMIT, "took {:?}", restarted.elapsed());
    assert_eq!(ended["state"], "succeeded", "{ended}");
    for at in 0..2 {
        assert_eq!(attempt(&ended, at)["pid"], pids[at], "the same attempt went on");
        assert_eq!(ended["tasks"][at][1]["attempts"].as_array().unwrap().len(), 1);
    }
    assert_eq!(site.ledger(), ["a", "b", "c"]);
    for task in ["a", "b", "c"] {
        assert_eq!(site.ask(&["logs", &run, task]), format!("{task} begins\n{task} ends\n"));
    }
}

#[test]
fn the_tasks_of_a_killed_keeper_die_and_are_lost() {
    let site = Site::new();
    let run = site.start();
    kill(keeper_of(&run).unwrap());
    let killed = Instant::now();
    until("the whole tree is dead", || marked(&run).is_empty().then_some(()));
    assert!(killed.elapsed() < ORPHANS_LIMIT, "took {:?}", killed.elapsed());
    let ended = site.end_of(&run);
    assert_eq!(ended["state"], "failed");
    for at in 0..2 {
        assert_eq!(attempt(&ended, at)["end"]["outcome"]["outcome"], "lost", "{ended}");
    }
    site.open(&["a", "b", "c"]);
    assert!(site.ledger().is_empty(), "nobody was left to go through the gates");
    // What was printed until then is still there.
    assert_eq!(site.ask(&["logs", &run, "a"]), "a begins\n");
}

#[test]
fn a_result_that_only_the_keeper_wrote_down_is_recovered() {
    let site = Site::new();
    let run = site.start();
    let daemon = site.daemon();
    // It stands still, so it cannot store what happens now.
    signal(daemon, Signal::STOP);
    site.open(&["a"]);
    until("a has ended", || {
        let all = marked(&run);
        let leader = all.iter().any(|mark| mark.ends_with(":1"));
        (site.ledger() == ["a"] && !leader).then_some(())
    });
    let journal = site.home().join("runs").join(&run).join("keeper.journal");
    until("its end is in the keeper's journal", || {
        let bytes = fs::read(&journal).unwrap();
        bytes.windows(6).any(|window| window == b"a ends").then_some(())
    });
    kill(daemon);
    let shown = until("the next daemon knows", || {
        let shown = site.show(&run);
        (shown["tasks"][0][1]["state"] == "succeeded").then_some(shown)
    });
    assert_eq!(shown["tasks"][0][1]["outputs"]["from"], "a");
    site.open(&["b", "c"]);
    assert_eq!(site.end_of(&run)["state"], "succeeded");
    assert_eq!(site.ledger(), ["a", "b", "c"], "nothing ran twice");
}

#[test]
fn a_keeper_whose_daemon_died_before_its_first_word_is_of_use_to_the_next() {
    let site = Site::new();
    // The keeper listens already; the daemon that started it never gets to know.
    site.wrap_keeper(
        "ready=$(\"$KEEPER\" \"$@\")\n\
         mkdir \"$FLAG\" && echo $PPID >\"$FLAG/daemon\" && kill -9 $PPID\necho \"$ready\"\n",
    );
    site.open(&["a", "b", "c"]);
    let document = site.path("gates.json");
    // The daemon may die before it can answer; that it has the run is certain, for it has started its keeper.
    let _answer = site.command(&["run", document.to_str().unwrap(), "--detach"]).output().unwrap();
    // Until it is gone somebody may still reach it, and be answered by nobody.
    until("the daemon was killed", || {
        let daemon: u32 = fs::read_to_string(site.path("flag/daemon")).ok()?.trim().parse().ok()?;
        (!processes::all().contains(&daemon)).then_some(())
    });
    let runs: Value = serde_json::from_str(&site.ask(&["runs", "--json"])).unwrap();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1, "{runs}");
    let ended = site.end_of(runs["runs"][0]["run"].as_str().unwrap());
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(site.ledger(), ["a", "b", "c"]);
}

#[test]
fn a_keeper_killed_at_its_start_costs_no_attempt() {
    let site = Site::new();
    site.wrap_keeper("mkdir \"$FLAG\" && kill -9 $$\nexec \"$KEEPER\" \"$@\"\n");
    let run = site.start();
    assert!(site.path("flag").is_dir(), "the first keeper was killed");
    site.open(&["a", "b", "c"]);
    let ended = site.end_of(&run);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(ended["tasks"][0][1]["attempts"].as_array().unwrap().len(), 1);
}

#[test]
fn what_a_killed_keeper_leaves_for_a_moment_costs_no_attempt() {
    let site = Site::new();
    // Killed so early that something of it outlives it for seconds, with the lock of its journal.
    site.wrap_keeper(
        "if mkdir \"$FLAG\"; then\n\
         for word in \"$@\"; do [ \"$before\" = --dir ] && dir=$word; before=$word; done\n\
         exec 9>>\"$dir/keeper.journal\"; flock 9; sleep 2 >/dev/null & kill -9 $$\n\
         fi\n\
         exec \"$KEEPER\" \"$@\"\n",
    );
    let run = site.start();
    assert!(site.path("flag").is_dir(), "the first keeper was killed");
    site.open(&["a", "b", "c"]);
    let ended = site.end_of(&run);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(ended["tasks"][0][1]["attempts"].as_array().unwrap().len(), 1);
}

/// What a run runs is kept with it. Where that cannot be read any more, the run must not seem to go on.
#[test]
fn a_run_that_cannot_be_gone_on_with_is_ended_with_its_processes() {
    let site = Site::new();
    let run = site.start();
    kill(site.daemon());
    let history = rusqlite::Connection::open(site.home().join("history.db")).unwrap();
    history.execute("UPDATE snapshots SET text = '{'", []).unwrap();
    drop(history);
    let ended = site.end_of(&run);
    assert_eq!(ended["state"], "failed");
    let reason = ended["cause"].to_string();
    assert!(reason.contains("cannot be gone on with"), "{reason}");
    for (task, state) in [(0, "error"), (1, "error"), (2, "canceled")] {
        assert_eq!(ended["tasks"][task][1]["state"], state, "{ended}");
    }
    until("the whole tree is dead", || marked(&run).is_empty().then_some(()));
    site.ask(&["delete", &run]);
}

#[test]
fn clients_that_start_at_once_share_one_daemon() {
    let site = Site::new();
    let clients: Vec<Child> =
        (0..6).map(|_| site.command(&["runs", "--json"]).spawn().unwrap()).collect();
    for client in clients {
        let answer: Value =
            serde_json::from_str(&text(client.wait_with_output().unwrap())).unwrap();
        assert_eq!(answer["runs"], json!([]));
    }
    let home = format!("MILLRACE_HOME={}", site.home().display());
    until("one daemon is left", || {
        let daemons = processes::all().into_iter().filter(|pid| {
            has_variable(*pid, &home) && command_line(*pid).contains(" daemon --started-by-client")
        });
        let daemons: Vec<u32> = daemons.collect();
        (daemons == [site.daemon()]).then_some(())
    });
}

fn text(output: Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// The first attempt of a task.
fn attempt(run: &Value, task: usize) -> Value {
    run["tasks"][task][1]["attempts"][0].clone()
}
