//! Secrets: where a value must not turn up, and what happens when the keyring cannot give it. With a real keyring on a
//! bus of its own.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use millrace_keeper::mask::mask_forms;
use millrace_tests::keyring::Session;
use millrace_tests::processes::{self, command_line, keeper_of};
use millrace_tests::programs::program;
use millrace_tests::until;

/// With everything that quoting changes.
const CANARY: &str = "Can4ry \"bird\\/ü+&='~ sings 7531";

/// Tells its secret in every form that logs know, then fails with it on its lips.
const TELLTALE: &str = r#"
echo begins
printf '%s\n' "$TOKEN"
printf '%s' "$TOKEN" | dd bs=1 status=none; echo
printf '%s' "$TOKEN" | base64 -w0; echo
printf 'user:%s:x' "$TOKEN" | base64 -w0; echo
python3 -c '
import json, os, sys, urllib.parse as url
token = os.environ["TOKEN"]
print(url.quote(token), url.quote_plus(token), url.quote(token, safe=""))
print(json.dumps(token), json.dumps(token, ensure_ascii=False))
sys.stderr.write(token + "\n")
'
millrace-task output token="$TOKEN" note="it is $TOKEN"
echo ends
"#;

/// A home, and the session that its daemon lives in.
struct Site {
    folder: tempfile::TempDir,
    session: Option<Session>,
}

impl Site {
    fn new(with_keyring: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let session = with_keyring.then(|| Session::start(&folder.path().join("session")));
        let site = Self { folder, session };
        fs::create_dir(site.home()).unwrap();
        fs::write(site.home().join("config.toml"), "[notify]\ndesktop = false\n").unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn home(&self) -> PathBuf {
        self.path("home")
    }

    fn session(&mut self) -> &mut Session {
        self.session.as_mut().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.home()).stdin(Stdio::null());
        match &self.session {
            Some(session) => command.envs(session.variables()),
            None => command
                .env_remove("DBUS_SESSION_BUS_ADDRESS")
                .env("XDG_RUNTIME_DIR", self.folder.path()),
        };
        command
    }

    /// What a call printed, on both streams, and whether it went well.
    fn call(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.command(arguments).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    fn store(&self, name: &str, value: &str) -> (bool, String) {
        let mut command = self.command(&["secret", "set", name]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(value.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn write(&self, name: &str, document: &Value) -> String {
        fs::write(self.path(name), document.to_string()).unwrap();
        self.path(name).display().to_string()
    }

    fn show(&self, run: &str) -> Value {
        serde_json::from_str(&self.call(&["show", run, "--json"]).1).unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Also after a failure: nothing outlives the test.
        let _ended = self.command(&["daemon", "stop", "--cancel-runs"]).output();
    }
}

fn workflow(tasks: &Value, dependencies: &Value) -> Value {
    json!({
        "millrace": 1,
        "name": "telltale",
        "env": { "TOKEN": { "secret": "canary" } },
        "tasks": tasks,
        "dependencies": dependencies,
    })
}

fn shell(name: &str, script: &str) -> Value {
    json!({ "name": name, "kind": "shell", "spec": { "script": script } })
}

/// The files below a folder that hold one of these byte strings.
fn holding(folder: &Path, forms: &[Vec<u8>]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(holding(&entry.path(), forms));
        } else if kind.is_file() && holds(&fs::read(entry.path()).unwrap(), forms) {
            found.push(entry.path());
        }
    }
    found
}

fn holds(bytes: &[u8], forms: &[Vec<u8>]) -> bool {
    forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
}

#[test]
fn a_secret_turns_up_nowhere_but_in_its_task() {
    let site = Site::new(true);
    let forms = mask_forms(CANARY.as_bytes());
    let (stored, said) = site.store("canary", &format!("{CANARY}\n"));
    assert!(stored, "{said}");

    let gate = site.path("gate");
    let wait = format!("while ! test -e {}; do sleep 0.02; done; {TELLTALE}", gate.display());
    let failing = format!("{TELLTALE}printf 'last: %s\\n' \"$TOKEN\" >&2; exit 3");
    let document = workflow(
        &json!([
            shell("tells", &wait),
            shell("hears", "cat $MILLRACE_INPUTS"),
            shell("fails", &failing)
        ]),
        &json!([{ "from": "tells", "to": "hears" }, { "from": "tells", "to": "fails" }]),
    );
    let file = site.write("telltale.json", &document);
    let (_, run) = site.call(&["run", &file, "--detach"]);
    let run = run.trim();

    // While it runs: the process has it in its environment, and nobody else has it anywhere.
    let has_it = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        holds(&environment, &forms)
    };
    let having = until("the task runs", || {
        let having: Vec<u32> = processes::all().into_iter().filter(has_it).collect();
        (!having.is_empty()).then_some(having)
    });
    for pid in having {
        let line = command_line(pid);
        assert!(!line.contains("keeper") && !line.contains("daemon"), "{line}");
    }
    for pid in processes::all() {
        assert!(!holds(command_line(pid).as_bytes(), &forms), "an argument of {pid}");
    }
    assert!(keeper_of(run).is_some(), "the keeper was among them");
    fs::write(&gate, "").unwrap();
    until("it ends", || (site.show(run)["run"]["state"] == "failed").then_some(()));

    // What people see.
    for task in ["tells", "hears", "fails"] {
        let (_, log) = site.call(&["logs", run, task]);
        assert!(!holds(log.as_bytes(), &forms), "{task}: {log}");
        assert!(log.contains("***"), "{task}: {log}");
    }
    let (_, log) = site.call(&["logs", run, "tells"]);
    assert!(log.contains("begins\n***\n***\n") && log.ends_with("ends\n"), "{log}");
    let (_, shown) = site.call(&["show", run, "--json"]);
    assert!(!holds(shown.as_bytes(), &forms), "{shown}");
    assert!(shown.contains("it is ***"), "outputs keep the rest: {shown}");
    assert!(shown.contains("last: ***"), "so does the cause: {shown}");
    for call in [&["secret", "list", "--json"][..], &["runs", "--json"], &["daemon", "logs"]] {
        assert!(!holds(site.call(call).1.as_bytes(), &forms), "{call:?}");
    }

    // What is made to be handed on: reports, bundles, backups, documents.
    for name in ["report.html", "bundle.tar.gz", "backup.tar.gz"] {
        let path = site.path(name).display().to_string();
        let (done, said) = match name {
            "report.html" => site.call(&["report", run, "--output", &path]),
            "bundle.tar.gz" => site.call(&["doctor", "--bundle", &path]),
            _ => site.call(&["backup", &path]),
        };
        // What `doctor` finds makes its exit code; the file is written in any case.
        assert!(done || name == "bundle.tar.gz", "{name}: {said}");
        assert!(!holds(said.as_bytes(), &forms), "{name}: {said}");
        let mut bytes = fs::read(&path).unwrap();
        if name.ends_with(".gz") {
            let packed = std::mem::take(&mut bytes);
            flate2::read::MultiGzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
        }
        assert!(bytes.len() > 1_000, "{name} has {} bytes", bytes.len());
        assert!(!holds(&bytes, &forms), "{name}");
    }

    // What is kept, when everybody has written what there is to write.
    assert!(site.call(&["daemon", "stop"]).0);
    until("the keeper leaves", || keeper_of(run).is_none().then_some(()));
    assert_eq!(holding(&site.home(), &forms), Vec::<PathBuf>::new());
    assert_eq!(holding(&site.path("session"), &forms), Vec::<PathBuf>::new());
    // The search finds what is there.
    fs::write(site.home().join("planted"), format!("x{CANARY}y")).unwrap();
    assert_eq!(holding(&site.home(), &forms), [site.home().join("planted")]);
}

#[test]
fn a_locked_keyring_is_said_and_nothing_stands_in_for_it() {
    let mut site = Site::new(true);
    assert!(site.store("canary", CANARY).0);
    let file =
        site.write("one.json", &workflow(&json!([shell("a", "test -n \"$TOKEN\"")]), &json!([])));
    assert!(site.call(&["run", &file]).0);
    site.session().lock();
    let (went_well, said) = site.call(&["run", &file]);
    assert!(!went_well);
    assert!(said.contains("the keyring is locked"), "{said}");
    let shown = site.show("last").to_string();
    for part in ["TOKEN", "`canary`", "the keyring is locked", "unlock it", "MR2017"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(holding(&site.home(), &mask_forms(CANARY.as_bytes())), Vec::<PathBuf>::new());
    // Neither is anything stored where the keyring does not take it.
    let (went_well, said) = site.store("other", "another value");
    assert!(!went_well && said.contains("error[MR2017]"), "{said}");
    assert!(!site.call(&["secret", "list"]).1.contains("other"));

    site.session().unlock();
    let (went_well, said) = site.call(&["retry", "last"]);
    assert!(went_well, "{said}");
    let (went_well, said) = site.call(&["secret", "rm", "canary"]);
    assert!(went_well, "{said}");
    let (_, said) = site.call(&["run", &file, "--dry-run"]);
    assert!(said.contains("warning[MR1608]") && said.contains("`canary`"), "{said}");
}

#[test]
fn without_a_keyring_the_task_says_so() {
    let site = Site::new(false);
    let (went_well, said) = site.store("canary", CANARY);
    assert!(!went_well && said.contains("there is no keyring") && said.contains("help:"), "{said}");
    assert_eq!(holding(&site.home(), &mask_forms(CANARY.as_bytes())), Vec::<PathBuf>::new());
}
