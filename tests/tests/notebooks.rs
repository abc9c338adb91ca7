//! Notebooks, with a real papermill from the package registry: values, results, and cells that fail.
//!
//! The environment is made by Millrace itself, once for all runs of these tests.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use millrace_tests::programs::program;

/// A home of its own, whose environments of Python are kept beside what is built.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("notebooks");
        fs::create_dir_all(&kept).unwrap();
        fs::create_dir(site.path("home")).unwrap();
        symlink(kept, site.path("home/cache")).unwrap();
        fs::write(site.path("home/config.toml"), "[notify]\ndesktop = false\n").unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a notebook of these cells; the first has the tag `parameters`.
    fn notebook(&self, name: &str, cells: &[&str]) {
        let cell = |(at, source): (usize, &&str)| {
            let tags = if at == 0 { json!(["parameters"]) } else { json!([]) };
            json!({
                "cell_type": "code", "id": format!("c{at}"), "execution_count": null,
                "metadata": { "tags": tags }, "outputs": [], "source": source,
            })
        };
        let kernel = json!({ "display_name": "Python 3", "language": "python", "name": "python3" });
        let notebook = json!({
            "cells": cells.iter().enumerate().map(cell).collect::<Vec<_>>(),
            "metadata": { "kernelspec": kernel, "language_info": { "name": "python" } },
            "nbformat": 4, "nbformat_minor": 5,
        });
        fs::write(self.path(name), notebook.to_string()).unwrap();
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("millrace"));
        command.args(arguments).env("MILLRACE_HOME", self.path("home"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.output().unwrap()
    }

    /// Runs a workflow of this one task, and gives the run and the log; none, and a loud word, where no package can be
    /// fetched.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn run(&self, spec: &Value) -> Option<(Value, String)> {
        let task = json!({ "name": "note", "kind": "notebook", "spec": spec });
        let workflow = json!({
            "millrace": 1,
            "name": "notes",
            "params": [{ "name": "count", "type": "int", "default": 3 }],
            "tasks": [task],
        });
        let document = self.path("notes.json");
        fs::write(&document, workflow.to_string()).unwrap();
        let _ended = self.output(&["run", document.to_str().unwrap()]);
        let shown = self.output(&["show", "last", "--json"]).stdout;
        let run: Value = serde_json::from_slice(&shown).unwrap();
        let log = self.output(&["logs", "last", "note"]).stdout;
        let log = String::from_utf8_lossy(&log).into_owned();
        if log.contains("could not make the Python environment") {
            eprintln!("SKIPPED, no notebook was run: papermill could not be fetched:\n{log}");
            return None;
        }
        Some((run["run"].clone(), log))
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _stopped = self.output(&["daemon", "stop", "--cancel-runs"]);
    }
}

#[test]
fn a_notebook_gets_typed_values_and_its_results_are_kept() {
    let site = Site::new();
    let show = "print(count + 1, names, rate / 2, none is None)";
    site.notebook("in.ipynb", &["count = 1\nnames = []\nrate = 1.0\nnone = 1", show]);
    let before = fs::read(site.path("in.ipynb")).unwrap();
    let parameters = json!({
        "count": "params.count", "names": "['a \"b\"', 'ü']", "rate": "0.5", "none": "null",
    });
    let Some((run, log)) = site.run(&json!({ "notebook": "in.ipynb", "parameters": parameters }))
    else {
        return;
    };
    assert_eq!(run["state"], "succeeded", "{run} {log}");
    assert!(log.contains("4 ['a \"b\"', 'ü'] 0.25 True\n"), "{log}");
    assert!(log.contains("cell 3 of 3\n"), "{log}");
    let outputs = &run["tasks"][0][1]["outputs"];
    let kept = fs::read_to_string(outputs["notebook"].as_str().unwrap()).unwrap();
    assert!(kept.contains("0.25 True"), "{kept}");
    let page = fs::read_to_string(outputs["html"].as_str().unwrap()).unwrap();
    assert!(page.contains("0.25 True"));
    assert_eq!(fs::read(site.path("in.ipynb")).unwrap(), before);
}

#[test]
fn a_cell_that_fails_is_named_and_what_came_before_is_kept() {
    let site = Site::new();
    site.notebook("bad.ipynb", &["count = 1", "print('so far')", "{}['no such']"]);
    let spec = json!({ "notebook": "bad.ipynb", "output": "out/bad.ipynb", "html": false });
    let Some((run, log)) = site.run(&spec) else { return };
    assert_eq!(run["state"], "failed", "{run}");
    let task = run["tasks"][0].to_string();
    assert!(task.contains("cell [3] failed: KeyError: 'no such'"), "{task} {log}");
    let kept = fs::read_to_string(site.path("out/bad.ipynb")).unwrap();
    assert!(kept.contains("so far"), "{kept}");
    let missing = site.run(&json!({ "notebook": "nowhere.ipynb" })).unwrap();
    assert!(missing.1.contains("there is no notebook"), "{}", missing.1);
    let own = site.run(&json!({ "notebook": "bad.ipynb", "output": "bad.ipynb" })).unwrap();
    assert!(own.1.contains("is the notebook itself"), "{}", own.1);
}
