//! Tasks that wait: what has no effect on one that holds no place.

use super::Checker;
use crate::action::{Action, OnTimeout, Wait};
use crate::problem::{Code, Path, Problem};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        let Ok(Action::Wait(wait)) = Action::for_task(task) else { continue };
        let held = [("pool", task.pool.is_some()), ("lock", task.lock.is_some())];
        for (key, _) in held.into_iter().filter(|(_, is_given)| *is_given) {
            let message = format!("`{key}` has no effect: a task that waits holds nothing");
            let help = "take it out, or give it to the task that is to run afterwards";
            checker.push(
                Problem::new(Code::HeldByWait, Path::task(at).key(key), message)
                    .help(help)
                    .at_key(),
            );
        }
        if let Wait::Approval(approval) = &*wait
            && approval.on_timeout != OnTimeout::Fail
            && task.timeout.is_none()
        {
            let message = "nobody is ever too late: the task has no `timeout`";
            checker.push(
                Problem::new(
                    Code::NeverTooLate,
                    Path::task(at).key("spec").key("on_timeout"),
                    message,
                )
                .help("give the task a `timeout` beside its `spec`, or take `on_timeout` out"),
            );
        }
    }
}
