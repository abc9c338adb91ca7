//! A home of its own for each test, calls of `millrace` in it, and runs that are watched line by line.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than anything here takes on a loaded machine.
const LIMIT: Duration = Duration::from_secs(120);

/// One shell task.
pub(crate) fn one_task(script: &str, more: &str) -> String {
    let script = serde_json::to_string(script).expect("JSON");
    format!(
        r#"{{"millrace": 1, "name": "one", "params": [{{"name": "gate", "type": "string", "default": ""}}],
            "tasks": [{{"name": "work", "kind": "shell", "spec": {{"script": {script}}},
                        "env": {{"GATE": "${{params.gate}}"}}{more}}}]}}"#
    )
}

/// Its script where it has to wait for the file that the parameter `gate` names.
pub(crate) const WAIT_AT_GATE: &str = "echo before\nuntil [ -e \"$GATE\" ]; do sleep 0.05; done\necho after\nmillrace-task output n:=7";

/// What a call gave.
pub(crate) struct Called {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A home that nobody else uses. Its daemon ends with it.
pub(crate) struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { dir: tempfile::tempdir().expect("a folder") };
        std::fs::create_dir(home.path("run")).expect("a folder for sockets");
        home
    }

    /// A path in the test's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file and gives its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).expect("written");
        self.path(name).display().to_string()
    }

    /// A call of `millrace` in this home.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(millrace());
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env("MILLRACE_HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("LC_ALL", "C.UTF-8")
            .env_remove("CLICOLOR_FORCE")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .env_remove("MILLRACE_BIN")
            .stdin(Stdio::null());
        command
    }

    /// Calls `millrace` and waits for its end.
    pub(crate) fn call(&self, arguments: &[&str]) -> Called {
        called(&mut self.command(arguments))
    }

    /// Calls `millrace` for its JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let called = self.call(arguments);
        serde_json::from_str(&called.stdout).unwrap_or_else(|error| {
            panic!("{arguments:?}: {error}: {}{}", called.stdout, called.stderr)
        })
    }

    /// Waits until a task's log is this.
    pub(crate) fn until_logged(&self, run: &str, task: &str, text: &str) {
        let deadline = Instant::now() + LIMIT;
        while self.call(&["logs", run, task]).stdout != text {
            assert!(Instant::now() < deadline, "{task} never logged {text:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until what is shown of a run says this.
    pub(crate) fn until_shown(&self, run: &str, text: &str) {
        let deadline = Instant::now() + LIMIT;
        while !self.call(&["show", run]).stdout.contains(text) {
            assert!(Instant::now() < deadline, "it never showed {text:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `kill -9` of the daemon of this home; gives back when it is dead.
    pub(crate) fn kill_daemon(&self) {
        let status = self.json(&["daemon", "status", "--json"]);
        let pid = status["pid"].as_i64().and_then(|pid| i32::try_from(pid).ok()).expect("a pid");
        let pid = rustix::process::Pid::from_raw(pid).expect("a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it dies");
        let deadline = Instant::now() + LIMIT;
        while self.call(&["daemon", "status"]).code == Some(0)
            && self.json(&["daemon", "status", "--json"])["pid"] == status["pid"]
        {
            assert!(Instant::now() < deadline, "the daemon answers after kill -9");
        }
    }
}

/// Makes a call and waits for its end.
pub(crate) fn called(command: &mut Command) -> Called {
    let output = command.output().expect("millrace starts");
    Called {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Also after a test that failed: nothing may outlive it.
        let _ended = self.command(&["daemon", "stop", "--cancel-runs"]).output();
    }
}

/// A call whose output is read as it comes.
pub(crate) struct Watched {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    seen: String,
}

impl Watched {
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut command = home.command(arguments);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("millrace starts");
        let stdout = child.stdout.take().map(BufReader::new);
        Self { child, stdout, seen: String::new() }
    }

    /// Reads until a line holds `text`.
    pub(crate) fn until(&mut self, text: &str) {
        let stdout = self.stdout.as_mut().expect("somebody reads");
        loop {
            let mut line = String::new();
            let read = stdout.read_line(&mut line).expect("text");
            self.seen.push_str(&line);
            if line.contains(text) {
                return;
            }
            if read == 0 {
                let mut complaint = String::new();
                let mut stderr = self.child.stderr.take().expect("stderr");
                let _cut = stderr.read_to_string(&mut complaint);
                panic!("it ended without {text}: {}{complaint}", self.seen);
            }
        }
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it hears");
    }

    /// Closes the pipe that it writes to.
    pub(crate) fn stop_reading(&mut self) {
        self.stdout = None;
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Called {
        let mut stderr = self.child.stderr.take().expect("stderr");
        let complaints = std::thread::spawn(move || {
            let mut text = String::new();
            let _cut = stderr.read_to_string(&mut text);
            text
        });
        if let Some(mut stdout) = self.stdout.take() {
            stdout.read_to_string(&mut self.seen).expect("text");
        }
        let status = self.child.wait().expect("it ends");
        let stderr = complaints.join().expect("stderr was read");
        Called { code: status.code(), stdout: std::mem::take(&mut self.seen), stderr }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Ours by handle; of one that has ended already nothing is left to kill.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The program under test, with the programs that must lie beside it.
fn millrace() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_millrace"));
        let folder = program.parent().expect("a folder");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "-p", "millrace-keeper", "-p", "millrace-task"]);
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        cargo.arg("--target-dir").arg(folder.parent().expect("a target folder"));
        let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo starts");
        assert!(built.success(), "millrace-keeper and millrace-task cannot be built");
        program
    })
}
