//! Tasks in containers, with a real podman and an image of the test's own: what they see and give, and that none outlives
//! its task, whoever is killed.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use millrace_tests::podman::{IMAGE, Podman};
use millrace_tests::processes::{keeper_of, kill};
use millrace_tests::programs::program;
use millrace_tests::until;

/// A home of its own, and podman.
struct Site {
    podman: Podman,
    folder: tempfile::TempDir,
}

impl Site {
    /// None, and a loud word, where no container can be run.
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let podman = Podman::new(&folder.path().join("podman"))?;
        fs::create_dir(folder.path().join("home")).unwrap();
        let settings = "parallel_tasks = 4\n[notify]\ndesktop = false\n";
        fs::write(folder.path().join("home/config.toml"), settings).unwrap();
        Some(Self { podman, folder })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A task in a container without a network.
    fn task(&self, name: &str, mut spec: Value) -> Value {
        spec["engine"] = self.podman.program().into();
        spec["network"] = "none".into();
        if spec.get("image").is_none() {
            spec["image"] = IMAGE.into();
        }
        json!({ "name": name, "kind": "container", "spec": spec })
    }

    /// Writes a workflow of these tasks and gives its path.
    fn workflow(&self, tasks: &[Value]) -> String {
        let workflow = json!({ "millrace": 1, "name": "boxes", "tasks": tasks });
        let path = self.path("boxes.json");
        fs::write(&path, workflow.to_string()).unwrap();
        path.display().to_string()
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.path("home"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.output().unwrap()
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn begin(&self, tasks: &[Value]) -> String {
        let document = self.workflow(tasks);
        self.ask(&["run", &document, "--detach"]).trim().to_owned()
    }

    fn show(&self, run: &str) -> Value {
        serde_json::from_str::<Value>(&self.ask(&["show", run, "--json"])).unwrap()["run"].take()
    }

    /// The run when it has ended.
    fn ended(&self, run: &str) -> Value {
        until("the run has ended", || {
            let shown = self.show(run);
            let state = shown["state"].as_str().unwrap();
            (!matches!(state, "queued" | "running")).then_some(shown)
        })
    }

    fn until_logged(&self, run: &str, task: &str, text: &str) {
        until(&format!("{task} has logged {text:?}"), || {
            let logged = self.output(&["logs", run, task]).stdout;
            String::from_utf8_lossy(&logged).contains(text).then_some(())
        });
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _stopped = self.output(&["daemon", "stop", "--cancel-runs"]);
    }
}

fn task<'a>(run: &'a Value, name: &str) -> &'a Value {
    let tasks = run["tasks"].as_array().unwrap();
    &tasks.iter().find(|entry| entry[0]["task"] == name).unwrap()[1]
}

#[test]
fn a_container_sees_what_it_is_given_and_gives_outputs() {
    let Some(site) = Site::new() else { return };
    fs::create_dir(site.path("a,b \"c\"")).unwrap();
    fs::write(site.path("a,b \"c\"/in.txt"), "one two\n").unwrap();
    fs::create_dir(site.path("out")).unwrap();
    let script = "set -u\ncat /in/in.txt\necho \"$GREETING|$HOME|$MILLRACE_TASK|$(pwd)\"\n\
        cat \"$MILLRACE_INPUTS\"\necho '{\"words\": 2}' >> \"$MILLRACE_OUTPUTS\"\n\
        touch /out/made \"$MILLRACE_RUN_DIR/shared\"\nif touch /in/no 2>/dev/null; then exit 9; fi\n";
    let mut read = site.task(
        "read",
        json!({
            "script": script,
            "mounts": { "/out": "out" },
            "read_only_mounts": { "/in": "a,b \"c\"" },
            "workdir": "/tmp",
            "memory": "64m",
        }),
    );
    read["env"] = json!({ "GREETING": "it's\ntwo lines; rm -rf $HOME", "HOME": "/nobody" });
    read["produces"] = json!(["out/made"]);
    let mut user = site.task("user", json!({
        "command": ["sh", "-c", "id -u; echo \"{\\\"id\\\": $(id -u)}\" >> $MILLRACE_OUTPUTS; exit $0", "${1 + 2}"],
        "user": "1234:1234",
    }));
    user["allow_failure"] = true.into();
    let run = site.begin(&[read, user]);
    let ended = site.ended(&run);
    let log = site.ask(&["logs", &run, "read"]);
    assert_eq!(ended["state"], "succeeded", "{ended} {log}");
    let inputs = "{\"params\":{},\"tasks\":{}}";
    let said = "one two\nit's\ntwo lines; rm -rf $HOME|/nobody|read|/tmp\n";
    assert_eq!(log, format!("{said}{inputs}"));
    assert_eq!(task(&ended, "read")["outputs"], json!({ "words": 2 }));
    assert_eq!(site.ask(&["logs", &run, "user"]), "1234\n");
    let user = task(&ended, "user");
    assert_eq!(user["state"], "failed");
    assert!(user.to_string().contains("\"code\":3"), "{user}");
    assert!(!task(&ended, "read").to_string().contains("left_processes\":true"), "{ended}");
    assert_eq!(site.podman.containers(), Vec::<String>::new());
}

#[test]
fn a_container_leaves_artifacts_and_says_how_far_it_is() {
    let Some(site) = Site::new() else { return };
    let script = "set -eu\necho one > \"$MILLRACE_ARTIFACTS/a.txt\"\nmkdir \"$MILLRACE_ARTIFACTS/deep\"\n\
        echo two > \"$MILLRACE_ARTIFACTS/deep/b.txt\"\nln -s /etc/shadow \"$MILLRACE_ARTIFACTS/link\"\n\
        for step in 1 2 3; do echo \"{\\\"metric\\\":\\\"loss\\\",\\\"value\\\":0.$step,\\\"step\\\":$step}\" >> \"$MILLRACE_METRICS\"; done\n\
        echo '{\"fraction\": 0.5, \"text\": \"half\"}' > \"$MILLRACE_PROGRESS\"\n\
        until test -e \"$MILLRACE_RUN_DIR/go\"; do sleep 0.05; done\n";
    let make = site.task("make", json!({ "script": script }));
    let read = "cat \"$MILLRACE_RUN_ARTIFACTS/make/a.txt\" \"$MILLRACE_RUN_ARTIFACTS/make/deep/b.txt\"\n\
        if echo x 2>/dev/null > \"$MILLRACE_RUN_ARTIFACTS/make/new\"; then exit 9; fi\n";
    let other = site.task(
        "other",
        json!({ "script": "echo as other > $MILLRACE_ARTIFACTS/c.txt", "user": "1234:1234" }),
    );
    let idle = site.task("idle", json!({ "script": "echo nothing new > $MILLRACE_SKIP" }));
    let tasks = [make, site.task("read", json!({ "script": read })), other, idle];
    let workflow = json!({ "millrace": 1, "name": "boxes", "tasks": tasks,
        "dependencies": [{ "from": "make", "to": "read" }] });
    fs::write(site.path("boxes.json"), workflow.to_string()).unwrap();
    let document = site.path("boxes.json").display().to_string();
    let run = site.ask(&["run", &document, "--detach"]).trim().to_owned();
    until("half of it is done", || {
        let shown = site.show(&run);
        let progress = &task(&shown, "make")["attempts"][0]["progress"];
        (*progress == json!({ "fraction": 0.5, "text": "half" })).then_some(())
    });
    fs::write(site.path(&format!("home/runs/{run}/scratch/go")), "").unwrap();
    let ended = site.ended(&run);
    assert_eq!(ended["state"], "succeeded", "{ended}");
    assert_eq!(site.ask(&["logs", &run, "read"]), "one\ntwo\n");
    let end = &task(&ended, "make")["attempts"][0]["end"];
    assert_eq!(end["metrics"][0]["count"], 3, "{end}");
    assert!(end["notes"].to_string().contains("symbolic link"), "{end}");
    assert_eq!(task(&ended, "idle")["state"], "skipped", "{ended}");
    let listed: Value = serde_json::from_str(&site.ask(&["artifacts", &run, "--json"])).unwrap();
    let names: Vec<&str> = listed["artifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["artifact"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a.txt", "deep/b.txt", "c.txt"]);
    let text = site.ask(&["artifacts", &run, "make", "deep/b.txt", "--save", "-"]);
    assert_eq!(text, "two\n");
}

#[test]
fn what_cannot_be_started_is_an_error_that_says_why() {
    let Some(site) = Site::new() else { return };
    let spec = |more: Value| {
        let mut spec = json!({ "command": ["true"] });
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        spec
    };
    let mut nowhere = site.task("nowhere", spec(json!({})));
    nowhere["spec"]["engine"] = "/nowhere/podman".into();
    let run = site.begin(&[
        site.task("image", spec(json!({ "image": "localhost/there-is-none:1", "pull": "never" }))),
        site.task("mount", spec(json!({ "mounts": { "/x": "not/there" } }))),
        site.task("option", spec(json!({ "options": ["--no-such-option"] }))),
        site.task("command", json!({ "command": ["/not/there"], "init": false })),
        nowhere,
    ]);
    let ended = site.ended(&run);
    assert_eq!(ended["state"], "failed", "{ended}");
    for (name, state, words) in [
        ("image", "error", "could not run the container"),
        ("mount", "error", "not/there"),
        ("option", "error", "no-such-option"),
        ("command", "failed", "127"),
        ("nowhere", "error", "/nowhere/podman is not a program"),
    ] {
        let task = task(&ended, name);
        assert_eq!(task["state"], state, "{task}");
        assert!(task.to_string().contains(words), "{name}: {task}");
    }
    assert_eq!(site.podman.containers(), Vec::<String>::new());
}

/// Waits with and without a way to be told of SIGTERM.
fn waiting(site: &Site) -> Vec<Value> {
    let polite = "trap 'echo told; exit 7' TERM\necho begun\nwhile :; do sleep 0.05; done";
    let stubborn = "trap '' TERM\necho begun\nwhile :; do sleep 0.05; done";
    let polite = site.task("polite", json!({ "script": polite, "init": false }));
    let mut stubborn = site.task("stubborn", json!({ "script": stubborn, "init": false }));
    stubborn["grace"] = "1s".into();
    vec![polite, stubborn]
}

#[test]
fn a_cancel_and_a_time_out_end_containers() {
    let Some(site) = Site::new() else { return };
    let mut tasks = waiting(&site);
    let mut late = site.task("late", json!({ "command": ["sleep", "1000"] }));
    late["timeout"] = "500ms".into();
    tasks.push(late);
    let run = site.begin(&tasks);
    site.until_logged(&run, "polite", "begun");
    site.until_logged(&run, "stubborn", "begun");
    until("the time-out has come", || {
        (task(&site.show(&run), "late")["state"] == "failed").then_some(())
    });
    site.ask(&["cancel", &run]);
    let ended = site.ended(&run);
    assert_eq!(ended["state"], "canceled", "{ended}");
    site.until_logged(&run, "polite", "told");
    assert_eq!(site.podman.containers(), Vec::<String>::new());
}

#[test]
fn a_container_goes_on_without_the_daemon_and_not_without_its_keeper() {
    let Some(site) = Site::new() else { return };
    let run = begun(&site);
    kill_daemon(&site);
    assert_eq!(site.podman.containers().len(), 2);
    // The next daemon has both, and then its keeper is gone.
    assert_eq!(site.show(&run)["state"], "running");
    kill(keeper_of(&run).unwrap());
    let ended = site.ended(&run);
    assert_eq!(ended["state"], "failed", "{ended}");
    for name in ["polite", "stubborn"] {
        let task = task(&ended, name);
        assert_eq!(task["state"], "error", "{task}");
        assert!(task.to_string().contains("lost"), "{task}");
    }
    assert_eq!(site.podman.containers(), Vec::<String>::new());
}

#[test]
fn containers_are_removed_by_the_next_daemon_where_all_were_killed() {
    let Some(site) = Site::new() else { return };
    let run = begun(&site);
    kill_daemon(&site);
    kill(keeper_of(&run).unwrap());
    let ended = site.ended(&run);
    assert_eq!(ended["state"], "failed", "{ended}");
    assert_eq!(site.podman.containers(), Vec::<String>::new());
}

/// A run whose containers have both begun.
fn begun(site: &Site) -> String {
    let run = site.begin(&waiting(site));
    site.until_logged(&run, "polite", "begun");
    site.until_logged(&run, "stubborn", "begun");
    run
}

fn kill_daemon(site: &Site) {
    let card: Value =
        serde_json::from_slice(&fs::read(site.path("home/daemon.json")).unwrap()).unwrap();
    kill(u32::try_from(card["pid"].as_u64().unwrap()).unwrap());
}
