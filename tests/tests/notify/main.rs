//! Being told: real daemons, and at the other end a desktop on a bus of its own, a mail server and a web server.

#![expect(clippy::unwrap_used, reason = "tests")]

mod desktop;
mod long;
mod service;
mod task;
mod told;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use millrace_tests::programs::program;
use millrace_tests::{http, smtp, tls};
use serde_json::{Value, json};

/// A home, and variables for everything that is started in it.
struct Site {
    folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

impl Site {
    fn new(settings: &str) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() };
        fs::create_dir(site.path("home")).unwrap();
        site.settings(settings);
        site
    }

    fn settings(&self, text: &str) {
        fs::write(self.path("home/config.toml"), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a call printed, on both streams, and its exit code.
    fn call(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(program("millrace"));
        command
            .args(arguments)
            .env("MILLRACE_HOME", self.path("home"))
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            // What goes to this machine goes through nobody.
            .env("NO_PROXY", "127.0.0.1")
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.call(arguments).1).unwrap()
    }

    /// Runs a document to its end; says whether it succeeded.
    fn run(&self, document: &Value) -> bool {
        let path = self.path(&format!("{}.json", document["name"].as_str().unwrap()));
        fs::write(&path, document.to_string()).unwrap();
        let (code, text) = self.call(&["run", path.to_str().unwrap()]);
        assert!(code == 0 || code == 1, "{text}");
        code == 0
    }

    /// The newest run, by its id.
    fn last_run(&self) -> String {
        self.json(&["runs", "--json"])["runs"][0]["run"].as_str().unwrap().to_owned()
    }

    fn warnings(&self) -> String {
        self.json(&["daemon", "status", "--json"])["warnings"].to_string()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Also after a failure: nothing outlives the test.
        let _ended = self.call(&["daemon", "stop", "--cancel-runs"]);
    }
}

/// A workflow of one task with these hooks.
fn workflow(name: &str, script: &str, hooks: &Value) -> Value {
    let task = json!({ "name": "load", "kind": "shell", "spec": { "script": script } });
    json!({ "millrace": 1, "name": name, "title": "Daily <sales>", "hooks": hooks, "tasks": [task] })
}
