//! The files that tasks make: patterns that can be looked for, of tasks that can make files.

use std::collections::HashSet;

use super::Checker;
use crate::action::Action;
use crate::problem::{Code, Path, Problem};
use crate::produces;

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate().filter(|(_, it)| !it.produces.is_empty()) {
        let path = || Path::task(at).key("produces");
        let problem =
            |message, help| Problem::new(Code::BadProduces, path(), message).help(help).at_key();
        match Action::for_task(task) {
            // What is wrong with a kind's fields is reported where they are checked.
            Err(_) => {}
            Ok(action) if action.makes_files() => {}
            Ok(Action::Noop) => checker.push(problem(
                "a task that does nothing makes no files",
                "move `produces` to the task that makes them",
            )),
            Ok(Action::Branch(_)) => checker.push(problem(
                "a task that chooses branches makes no files",
                "move `produces` to the task that makes them",
            )),
            Ok(Action::Wait(_)) => checker.push(problem(
                "a task that waits makes no files",
                "move `produces` to the task that makes them",
            )),
            Ok(Action::SubWorkflow(_)) => checker.push(problem(
                "a task that runs a workflow makes no files itself",
                "move `produces` to the tasks of that workflow that make them",
            )),
            Ok(_) => checker.push(problem(
                "this kind of task makes no files",
                "move `produces` to the task that makes them",
            )),
        }
        let mut before = HashSet::new();
        for (index, pattern) in task.produces.iter().enumerate() {
            let path = path().index(index);
            if !before.insert(pattern) {
                checker.report(Code::BadProduces, path, format!("`{pattern:.64}` stands twice"));
            // With values to be put in, it is checked when they are.
            } else if !pattern.contains("${")
                && let Err(message) = produces::check(pattern)
            {
                checker.report(Code::BadProduces, path, message);
            }
        }
    }
}
