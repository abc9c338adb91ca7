//! A folder with the documents of one recipe, and a home of its own to run them in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use millrace_tests::programs::program;
use millrace_tests::until;
use serde_json::Value;

use crate::page::recipes;

/// Where a recipe is run. The daemon ends with it.
pub(crate) struct Kitchen {
    folder: tempfile::TempDir,
    document: String,
}

/// A run that has ended.
pub(crate) struct Dish {
    run: Value,
    /// What its tasks printed, as `millrace run` shows it.
    pub(crate) printed: String,
}

impl Kitchen {
    /// With the documents of this recipe, each in a file of its workflow's name.
    pub(crate) fn of(name: &str) -> Self {
        let recipe = recipes().into_iter().find(|recipe| recipe.name == name);
        let documents = recipe.unwrap_or_else(|| panic!("no recipe {name}")).documents;
        let folder = tempfile::tempdir().unwrap();
        let file = |text: &String| {
            let document: Value = serde_json::from_str(text).unwrap();
            format!("{}.json", document["name"].as_str().unwrap())
        };
        for text in &documents {
            fs::write(folder.path().join(file(text)), text).unwrap();
        }
        let document = file(documents.first().unwrap());
        let kitchen = Self { folder, document };
        fs::create_dir(kitchen.path("home")).unwrap();
        kitchen.settle("");
        kitchen
    }

    /// Puts this into the home's settings.
    pub(crate) fn settle(&self, settings: &str) {
        let settings = format!("{settings}\n[notify]\ndesktop = false\n");
        fs::write(self.path("home/config.toml"), settings).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.path(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs the recipe to its end.
    pub(crate) fn cook(&self, parameters: &[&str]) -> Dish {
        let run = self.start(parameters);
        self.wait(&run)
    }

    /// Starts the recipe.
    pub(crate) fn start(&self, parameters: &[&str]) -> String {
        let mut arguments = vec!["run", &self.document, "--detach"];
        for parameter in parameters {
            arguments.extend(["-p", parameter]);
        }
        self.ask(&arguments).trim().to_owned()
    }

    /// Waits for the end of a run.
    pub(crate) fn wait(&self, run: &str) -> Dish {
        let ended = until("the run has ended", || {
            let shown = self.show(run);
            ["succeeded", "failed", "canceled"].contains(&shown["state"].as_str()?).then_some(shown)
        });
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
    pub(crate) fn until_waiting(&self, run: &str, name: &str) {
        until("the task waits for an answer", || {
            let run = self.show(run);
            let tasks = run["tasks"].as_array()?;
            let task = tasks.iter().find(|task| task[0]["task"] == name)?;
            (task[1]["state"] == "waiting").then_some(())
        });
    }

    fn show(&self, run: &str) -> Value {
        serde_json::from_str::<Value>(&self.ask(&["show", run, "--json"])).unwrap()["run"].take()
    }

    /// What the command line prints, which must be content.
    pub(crate) fn ask(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {complaint}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.path("home"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.output().unwrap()
    }
}

impl Drop for Kitchen {
    fn drop(&mut self) {
        _ = self.command(&["daemon", "stop"]);
    }
}

impl Dish {
    pub(crate) fn state(&self) -> &str {
        self.run["state"].as_str().unwrap()
    }

    /// A task as the history has it.
    pub(crate) fn task(&self, name: &str) -> &Value {
        let tasks = self.run["tasks"].as_array().unwrap();
        let found = tasks.iter().find(|task| task[0]["task"] == name && task[0]["item"].is_null());
        &found.unwrap_or_else(|| panic!("no task {name}"))[1]
    }

    /// The states of these tasks.
    pub(crate) fn states(&self, names: &[&str]) -> Vec<&str> {
        names.iter().map(|name| self.task(name)["state"].as_str().unwrap()).collect()
    }
}
