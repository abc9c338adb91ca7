//! Names that stand twice, and layout for tasks that do not exist.

use std::collections::HashMap;

use super::Checker;
use crate::ident::Ident;
use crate::problem::{Code, Path, Problem};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    unique(checker, "tasks", "task", workflow.tasks.iter().map(|it| &it.name));
    unique(checker, "params", "parameter", workflow.params.iter().map(|it| &it.name));
    unique(checker, "schedules", "schedule", workflow.schedules.iter().map(|it| &it.name));
    unique(checker, "triggers", "trigger", workflow.triggers.iter().map(|it| &it.name));
    layout(checker);
}

fn unique<'w>(
    checker: &mut Checker<'w>,
    list: &str,
    what: &str,
    names: impl Iterator<Item = &'w Ident>,
) {
    let mut first_of: HashMap<&Ident, usize> = HashMap::new();
    for (index, name) in names.enumerate() {
        let first = *first_of.entry(name).or_insert(index);
        if first != index {
            let path = |index| Path::root().key(list).index(index).key("name");
            checker.push(
                Problem::new(
                    Code::DuplicateName,
                    path(index),
                    format!("two {what}s have the name `{name}`"),
                )
                .related(path(first), format!("the first `{name}` is here"))
                .help("give one of them another name"),
            );
        }
    }
}

fn layout(checker: &mut Checker<'_>) {
    let layout = &checker.workflow.layout;
    let root = || Path::root().key("layout");
    for name in layout.tasks.keys() {
        if !checker.index.contains_key(name.as_str()) {
            let path = root().key("tasks").key(name.as_str());
            let message = format!("there is no task `{name}` to place; its position is kept");
            checker.push(Problem::new(Code::LayoutUnknownTask, path, message).at_key());
        }
    }
    for (group_index, group) in layout.groups.iter().enumerate() {
        for (index, name) in group.tasks.iter().enumerate() {
            if !checker.index.contains_key(name.as_str()) {
                let path = root().key("groups").index(group_index).key("tasks").index(index);
                let message =
                    format!("there is no task `{name}` to be in the group `{}`", group.name);
                checker.report(Code::LayoutUnknownTask, path, message);
            }
        }
    }
}
