//! The same graph of small processes, written for each of the programs that are compared.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A graph of tasks that all do the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// How the tasks depend on each other.
    pub(super) form: Form,
    /// How many there are.
    pub(super) tasks: usize,
    /// What each does.
    pub(super) work: Work,
}

/// How tasks depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// None on any other.
    Fan,
    /// Each on the one before it.
    Chain,
    /// Rows of 25, each task on the two above it.
    Grid,
}

/// What a task does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// `/bin/true`, started directly.
    Silent,
    /// `/bin/echo`, started directly: one line of output.
    OneLine,
    /// `true` through a shell.
    Shell,
}

/// The files of a graph.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) workflow: PathBuf,
    pub(super) makefile: PathBuf,
    pub(super) ninja: PathBuf,
}

/// How wide a grid is.
const WIDTH: usize = 25;

impl Shape {
    pub(super) fn name(self) -> String {
        let form = match self.form {
            Form::Fan => "fan",
            Form::Chain => "chain",
            Form::Grid => "grid",
        };
        let work = match self.work {
            Work::Silent => "silent",
            Work::OneLine => "one line",
            Work::Shell => "shell",
        };
        format!("{form} of {}, {work}", self.tasks)
    }

    /// The tasks that task `task` waits for.
    fn before(self, task: usize) -> Vec<usize> {
        match self.form {
            Form::Fan => Vec::new(),
            Form::Chain => task.checked_sub(1).into_iter().collect(),
            Form::Grid => match task.checked_sub(WIDTH) {
                None => Vec::new(),
                Some(above) if above % WIDTH + 1 < WIDTH => vec![above, above + 1],
                Some(above) => vec![above],
            },
        }
    }

    /// The command of a task for a shell.
    pub(super) fn command(self) -> &'static str {
        match self.work {
            Work::Silent => "/bin/true",
            Work::OneLine => "/bin/echo a line of output",
            // What `true` alone would be: a built-in, so that both sides start one shell and nothing else.
            Work::Shell => ":",
        }
    }

    /// Writes the graph for all programs.
    pub(super) fn write(self, folder: &Path) -> anyhow::Result<Files> {
        let files = Files {
            workflow: folder.join("workflow.json"),
            makefile: folder.join("Makefile"),
            ninja: folder.join("build.ninja"),
        };
        fs::write(&files.workflow, serde_json::to_vec_pretty(&self.workflow())?)?;
        fs::write(&files.makefile, self.makefile())?;
        fs::write(&files.ninja, self.ninja())?;
        Ok(files)
    }

    fn workflow(self) -> Value {
        let spec = match self.work {
            Work::Silent => json!({ "argv": ["/bin/true"] }),
            Work::OneLine => json!({ "argv": ["/bin/echo", "a line of output"] }),
            Work::Shell => json!({ "script": ":" }),
        };
        let kind = if self.work == Work::Shell { "shell" } else { "command" };
        let tasks: Vec<Value> = (0..self.tasks)
            .map(|task| json!({ "name": format!("t{task}"), "kind": kind, "spec": spec }))
            .collect();
        let edges = (0..self.tasks).flat_map(|task| {
            let edge = move |from| json!({ "from": format!("t{from}"), "to": format!("t{task}") });
            self.before(task).into_iter().map(edge)
        });
        json!({
            "millrace": 1,
            "name": "bench",
            "limits": { "parallel_tasks": 2 },
            "tasks": tasks,
            "dependencies": edges.collect::<Vec<_>>(),
        })
    }

    fn makefile(self) -> String {
        let all: Vec<String> = (0..self.tasks).map(|task| format!("t{task}")).collect();
        let all = all.join(" ");
        let mut text = format!("all: {all}\n.PHONY: all {all}\n");
        // A character that no `make` runs without a shell, where a shell is what is compared.
        let command = if self.work == Work::Shell { ":;" } else { self.command() };
        for task in 0..self.tasks {
            let before: Vec<String> =
                self.before(task).into_iter().map(|from| format!("t{from}")).collect();
            // Writing to a String cannot fail.
            let _infallible = writeln!(text, "t{task}: {}\n\t@{command}", before.join(" "));
        }
        text
    }

    fn ninja(self) -> String {
        let mut text = format!("rule run\n  command = {}\n", self.command());
        for task in 0..self.tasks {
            let before: Vec<String> =
                self.before(task).into_iter().map(|from| format!("t{from}")).collect();
            let _infallible = writeln!(text, "build t{task}: run {}", before.join(" "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_depends_on_the_row_above() {
        let grid = Shape { form: Form::Grid, tasks: 75, work: Work::Silent };
        assert!(grid.before(24).is_empty());
        assert_eq!(grid.before(25), [0, 1]);
        assert_eq!(grid.before(49), [24]);
        let edges = grid.workflow()["dependencies"].as_array().map(Vec::len);
        assert_eq!(edges, Some(2 * 49));
    }
}
