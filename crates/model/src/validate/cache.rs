//! Results that may be taken over: of tasks that do something which can be done alike, not older than a time.

use super::Checker;
use crate::action::Action;
use crate::problem::{Code, Path, Problem};
use crate::time::Span;

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        let Some(cache) = &task.cache else { continue };
        let path = || Path::task(at).key("cache");
        let mut problem = |path: Path, message: &str, help: &str| {
            checker.push(Problem::new(Code::BadCache, path, message).help(help).at_key());
        };
        match Action::for_task(task) {
            // What is wrong with a kind's fields is reported where they are checked.
            Err(_) => {}
            Ok(action) if action.is_cacheable() => {}
            Ok(Action::SubWorkflow(_)) => problem(
                path(),
                "the result of a task that runs a workflow cannot be taken over",
                "give `cache` to the tasks of that workflow",
            ),
            Ok(_) => problem(
                path(),
                "this kind of task has no result that could be taken over",
                "take `cache` out",
            ),
        }
        if !task.teardown_for.is_empty() {
            problem(path(), "a teardown has to run each time", "take `cache` out");
        }
        if cache.max_age == Some(Span::ZERO) {
            let help = "name a time such as 1d, or take `max_age` out: then results do not age";
            problem(path().key("max_age"), "no result is so young", help);
        }
    }
}
