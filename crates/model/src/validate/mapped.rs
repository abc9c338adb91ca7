//! Mapped tasks: that their items can be a list, and that mapping them makes sense.

use super::Checker;
use crate::document::{ParamKind, Task};
use crate::event::MAX_ITEMS;
use crate::expr::{Expr, References, Scope};
use crate::problem::{Code, Path, Problem};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        if task.kind == "branch" {
            only_once(checker, at, task);
        }
        let Some(map) = &task.for_each else { continue };
        // One that cannot be read is reported with the other expressions.
        let Ok(items) = Expr::parse(&map.items) else { continue };
        if let Some(message) = no_list(checker, &items) {
            let path = Path::task(at).key("for_each").key("items");
            checker.push(Problem::new(Code::BadForEach, path, message).help(
                "write an expression that gives a list, as in `[1, 2, 3]`, `params.files` or `tasks.find.outputs.files`",
            ));
        }
    }
}

/// A choice is made once: dependencies with labels could not tell which item's choice they should follow.
fn only_once(checker: &mut Checker<'_>, at: usize, task: &Task) {
    let keys = [("for_each", task.for_each.is_some()), ("repeat", task.repeat.is_some())];
    for (key, _) in keys.into_iter().filter(|(_, is_used)| *is_used) {
        let message = "a branch task chooses once, and its dependencies follow that choice";
        checker.push(
            Problem::new(Code::MappedBranch, Path::task(at).key(key), message)
                .help(format!("take `{key}` out, or give it to the tasks behind the branches; with `for_each` their `when` can choose for each item"))
                .at_key(),
        );
    }
}

/// What can be told without running anything.
fn no_list(checker: &Checker<'_>, items: &Expr) -> Option<String> {
    let source = items.source().trim();
    let references = items.references();
    if *references == References::default() {
        return match items.eval(&Scope::default()).ok()?.as_array() {
            None => Some(format!("`{source:.64}` is no list")),
            Some(list) if list.len() > MAX_ITEMS => Some(format!(
                "{} items are more than the {MAX_ITEMS} that a task can have",
                list.len()
            )),
            Some(_) => None,
        };
    }
    let name = source.strip_prefix("params.")?;
    let param = checker.workflow.params.iter().find(|param| param.name.as_str() == name)?;
    match param.kind {
        ParamKind::List | ParamKind::Json => None,
        kind => Some(format!("the parameter `{name}` is of the type {} and no list", kind.word())),
    }
}
