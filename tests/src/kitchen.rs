//! A folder with documents, and a home of its own to run them in: for recipes and samples.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::programs::program;
use crate::{until, until_within};

/// Longer than fetching packages takes.
const LONG: std::time::Duration = std::time::Duration::from_secs(600);

/// Where documents are run. The daemon ends with it.
#[derive(Debug)]
pub struct Kitchen {
    folder: tempfile::TempDir,
    document: String,
}

/// A run that has ended.
#[derive(Debug)]
pub struct Dish {
    run: Value,
    /// What its tasks printed, as `millrace run` shows it.
    pub printed: String,
}

impl Kitchen {
    /// With these files and their texts; the document of this name is what is run.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn with(document: &str, files: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let kitchen = Self { folder, document: document.to_owned() };
        fs::create_dir(kitchen.path("home")).unwrap();
        kitchen.settle("");
        kitchen
    }

    /// Puts this into the home's settings.
    ///
    /// # Panics
    /// When they cannot be written.
    pub fn settle(&self, settings: &str) {
        let settings = format!("{settings}\n[notify]\ndesktop = false\n");
        fs::write(self.path("home/config.toml"), settings).unwrap();
    }

    /// A path in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What is in a file of the folder.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Writes a file, and the folders that it needs.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Changes a document.
    ///
    /// # Panics
    /// When it cannot be read or written.
    pub fn edit(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut document = serde_json::from_str(&self.read(name)).unwrap();
        change(&mut document);
        self.write(name, &document.to_string());
    }

    /// Runs the document to its end.
    #[must_use]
    pub fn cook(&self, parameters: &[&str]) -> Dish {
        let run = self.start(parameters);
        self.wait(&run)
    }

    /// Starts the document, and gives the run's id.
    #[must_use]
    pub fn start(&self, parameters: &[&str]) -> String {
        let mut arguments = vec!["run", &self.document, "--detach"];
        for parameter in parameters {
            arguments.extend(["-p", parameter]);
        }
        self.ask(&arguments).trim().to_owned()
    }

    /// Waits for the end of a run.
    #[must_use]
    pub fn wait(&self, run: &str) -> Dish {
        self.dish(run, self.ended(run))
    }

    /// The same of a run that fetches something.
    #[must_use]
    pub fn wait_long(&self, run: &str) -> Dish {
        self.dish(run, until_within(LONG, "the run has ended", || self.end_of(run)))
    }

    /// A run when it has ended, without what it printed.
    #[must_use]
    pub fn ended(&self, run: &str) -> Value {
        until("the run has ended", || self.end_of(run))
    }

    fn end_of(&self, run: &str) -> Option<Value> {
        let shown = self.show(run);
        ["succeeded", "failed", "canceled"].contains(&shown["state"].as_str()?).then_some(shown)
    }

    fn dish(&self, run: &str, ended: Value) -> Dish {
        let mut printed = String::new();
        for task in ended["tasks"].as_array().unwrap() {
            if task[1]["attempts"].as_array().is_some_and(|attempts| !attempts.is_empty()) {
                let name = task[0]["task"].as_str().unwrap();
                let logs = self.command(&["logs", run, name]);
                printed.push_str(&String::from_utf8_lossy(&logs.stdout));
            }
        }
        Dish { run: ended, printed }
    }

    /// Waits until a task asks.
    pub fn until_waiting(&self, run: &str, name: &str) {
        until("the task waits for an answer", || {
            let run = self.show(run);
            let tasks = run["tasks"].as_array()?;
            let task = tasks.iter().find(|task| task[0]["task"] == name)?;
            (task[1]["state"] == "waiting").then_some(())
        });
    }

    /// A run as the history has it.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn show(&self, run: &str) -> Value {
        serde_json::from_str::<Value>(&self.ask(&["show", run, "--json"])).unwrap()["run"].take()
    }

    /// What the command line prints, which must be content.
    ///
    /// # Panics
    /// When it is not.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the command line says, whether it is content or not.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.path("home"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        // What goes to this machine goes through nobody.
        command.env("NO_PROXY", "127.0.0.1");
        command.output().unwrap()
    }
}

impl Drop for Kitchen {
    fn drop(&mut self) {
        // Also after a failure: nothing outlives the test.
        _ = self.command(&["daemon", "stop", "--cancel-runs"]);
    }
}

impl Dish {
    /// How the run ended.
    ///
    /// # Panics
    /// When it has no state.
    #[must_use]
    pub fn state(&self) -> &str {
        self.run["state"].as_str().unwrap()
    }

    /// A task as the history has it.
    ///
    /// # Panics
    /// When there is none of this name.
    #[must_use]
    pub fn task(&self, name: &str) -> &Value {
        let tasks = self.run["tasks"].as_array().unwrap();
        let found = tasks.iter().find(|task| task[0]["task"] == name && task[0]["item"].is_null());
        &found.unwrap_or_else(|| panic!("no task {name}"))[1]
    }

    /// The states of these tasks.
    ///
    /// # Panics
    /// When one of them is not there.
    #[must_use]
    pub fn states<const N: usize>(&self, names: &[&str; N]) -> [&str; N] {
        names.map(|name| self.task(name)["state"].as_str().unwrap())
    }
}
