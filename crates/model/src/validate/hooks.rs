//! Hooks: occasions that there are, channels that this home has, tasks that can be run for them.

use super::Checker;
use crate::document::{Hook, HookAction, HookOn, Json};
use crate::ident::Ident;
use crate::notice::Notice;
use crate::problem::{Code, Path, Problem};
use crate::suggest::nearest;

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    hooks(checker, &Path::root().key("hooks"), &workflow.hooks, true);
    for (at, task) in workflow.tasks.iter().enumerate() {
        hooks(checker, &Path::task(at).key("hooks"), &task.hooks, false);
    }
}

fn hooks(checker: &mut Checker<'_>, path: &Path, hooks: &[Hook], is_workflow: bool) {
    for (at, hook) in hooks.iter().enumerate() {
        let here = path.clone().index(at);
        if !is_workflow && matches!(hook.on, HookOn::Missed | HookOn::Slow) {
            let message = "`missed` and `slow` are occasions of a workflow, not of a task";
            checker.report(Code::BadWord, here.clone().key("on"), message);
        }
        match &hook.action {
            HookAction::Notify(value) => {
                notify(checker, &here.clone().key("notify"), value);
                kept(checker, here, hook.on, is_workflow);
            }
            HookAction::Task(name) => {
                let path = here.key("task");
                task(checker, &path, name);
                not_supported(checker, path, "a hook that runs a task");
            }
        }
    }
}

fn notify(checker: &mut Checker<'_>, path: &Path, value: &Json) {
    let notice = match Notice::read(value) {
        Ok(notice) => notice,
        Err(error) => {
            let code = if error.is_template { Code::BadTemplate } else { Code::WrongType };
            let path = match &error.key {
                Some(key) => path.clone().key(key),
                None => path.clone(),
            };
            return checker.report(code, path, error.message);
        }
    };
    let at = match value {
        Json::Object(_) => path.clone().key("channel"),
        _ => path.clone(),
    };
    if notice.channel != Notice::NONE {
        channel(checker, at, &notice.channel);
    }
}

/// A channel that this home has.
pub(super) fn channel(checker: &mut Checker<'_>, at: Path, name: &str) {
    let Some(channels) = checker.channels else { return };
    if channels.contains(name) {
        return;
    }
    let message = format!("the settings of this machine have no channel `{name:.64}`");
    let help = match nearest(name, channels.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`? else add it to the settings"),
        None => "add it to the settings, under notify; till then nobody is told by it".to_owned(),
    };
    checker.push(Problem::new(Code::UnknownChannel, at, message).help(help));
}

/// What is read and does not act.
fn kept(checker: &mut Checker<'_>, path: Path, on: HookOn, is_workflow: bool) {
    let message = match on {
        _ if !is_workflow => "hooks of tasks are kept but do not act in this version",
        HookOn::Retry => "hooks on `retry` are kept but do not act in this version",
        _ => return,
    };
    checker.report(Code::HooksKept, path, message);
}

fn task(checker: &mut Checker<'_>, path: &Path, name: &Ident) {
    match checker.index.get(name.as_str()) {
        None => {
            let message = format!("there is no task `{name}` to run");
            checker.missing_task(Code::NoSuchTask, path.clone(), name.as_str(), message);
        }
        Some(task) => {
            let has_edges = checker.graph.upstreams(*task).next().is_some()
                || checker.graph.downstreams(*task).next().is_some();
            if has_edges {
                let message =
                    format!("the task `{name}` is run by a hook, so it must have no dependencies");
                checker.report(Code::NoSuchTask, path.clone(), message);
            }
        }
    }
}

fn not_supported(checker: &mut Checker<'_>, path: Path, what: &str) {
    checker.push(
        Problem::new(Code::NotSupported, path, format!("{what} is not supported yet"))
            .help("it is kept when the document is saved; take it out to run the workflow with this version")
            .at_key(),
    );
}
