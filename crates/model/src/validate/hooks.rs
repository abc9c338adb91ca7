//! Hooks: occasions that there are, channels that this home has, texts that can be told, tasks that can be run for them.

use super::Checker;
use super::expressions::params_exist;
use crate::document::{Hook, HookAction, HookOn, Join, Json, Task};
use crate::expr::References;
use crate::ident::Ident;
use crate::notice::Notice;
use crate::problem::{Code, Path, Problem, Severity};
use crate::suggest::nearest;

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    hooks(checker, &Path::root().key("hooks"), &workflow.hooks, None);
    for (at, task) in workflow.tasks.iter().enumerate() {
        hooks(checker, &Path::task(at).key("hooks"), &task.hooks, Some(task));
    }
}

fn hooks(checker: &mut Checker<'_>, path: &Path, hooks: &[Hook], of: Option<&Task>) {
    for (at, hook) in hooks.iter().enumerate() {
        let here = path.clone().index(at);
        if of.is_some() && matches!(hook.on, HookOn::Missed | HookOn::Slow) {
            let message = "`missed` and `slow` are occasions of a workflow, not of a task";
            checker.report(Code::BadWord, here.clone().key("on"), message);
        }
        match &hook.action {
            // Said when it was read: the task that it names cannot be one.
            HookAction::Notify(Json::Null) if hook.extra.iter().any(|(key, _)| key == "task") => {}
            HookAction::Notify(value) => notify(checker, &here.key("notify"), value, hook.on),
            HookAction::Task(name) => task(checker, &here.key("task"), name, hook.on, of),
        }
    }
}

fn notify(checker: &mut Checker<'_>, path: &Path, value: &Json, on: HookOn) {
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
    if let Some(text) = &notice.text {
        let before = checker.problems.len();
        told(checker, &path.clone().key("text"), text.references(), on);
        // People are told all the same, in the usual words: no reason not to run.
        for problem in &mut checker.problems[before..] {
            problem.severity = Severity::Warning;
        }
    }
}

/// That what a text names has a value when it is told: the run and all of its tasks, as far as they have come.
fn told(checker: &mut Checker<'_>, path: &Path, references: &References, on: HookOn) {
    params_exist(checker, path, references, false);
    for (name, used) in &references.tasks {
        if !checker.index.contains_key(name.as_str()) {
            let message = format!("column {}: there is no task `{name}`", used.column);
            checker.missing_task(Code::NoSuchTask, path.clone(), name, message);
        }
    }
    let reads_params = references.any_param || !references.params.is_empty();
    let reads_tasks = references.any_task || !references.tasks.is_empty();
    let of_run = [("params", reads_params), ("run", references.run), ("tasks", reads_tasks)];
    let reads_env = references.any_env || !references.env.is_empty();
    let of_task = [
        ("env", reads_env),
        ("item", references.item),
        ("index", references.index),
        ("outputs", references.own_outputs),
    ];
    let is_without_run = on == HookOn::Missed;
    if let Some((word, _)) = of_run.into_iter().find(|(_, is_read)| *is_read && is_without_run) {
        let message = format!("`{word}` has no value where a tick was missed: there is no run");
        let problem = Problem::new(Code::OutOfScope, path.clone(), message);
        checker.push(problem.help("use `hook.on` and `hook.reason`"));
    }
    if let Some((word, _)) = of_task.into_iter().find(|(_, is_read)| *is_read) {
        let message = format!("`{word}` has no value in what people are told");
        let problem = Problem::new(Code::OutOfScope, path.clone(), message);
        checker.push(problem.help("use `params`, `run`, `tasks.NAME` and `hook`"));
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

/// A task that a hook can run.
fn task(checker: &mut Checker<'_>, path: &Path, name: &Ident, on: HookOn, of: Option<&Task>) {
    let Some(index) = checker.index.get(name.as_str()).copied() else {
        let message = format!("there is no task `{name}` to run");
        return checker.missing_task(Code::NoSuchTask, path.clone(), name.as_str(), message);
    };
    let Some((message, help)) = obstacle(checker, index, name, on, of) else { return };
    checker.push(Problem::new(Code::BadHookTask, path.clone(), message).help(help));
}

/// What keeps a hook from running a task, and what to do.
fn obstacle(
    checker: &Checker<'_>,
    index: usize,
    name: &Ident,
    on: HookOn,
    of: Option<&Task>,
) -> Option<(String, &'static str)> {
    if on == HookOn::Missed {
        let message =
            format!("where a tick was missed there is no run in which `{name}` could run");
        return Some((message, "write `notify` instead of `task`"));
    }
    if let Some(of) = of.filter(|of| checker.of_hooks.contains(of.name.as_str())) {
        let message = format!(
            "`{}` is itself run by a hook, so its own hooks can tell people and run nothing",
            of.name
        );
        return Some((
            message,
            "write `notify` instead of `task`, or run both tasks by one hook each",
        ));
    }
    let task = &checker.workflow.tasks[index];
    let has_edges = checker.graph.upstreams(index).next().is_some()
        || checker.graph.downstreams(index).next().is_some();
    if has_edges {
        let message =
            format!("the task `{name}` is run by a hook, so it must have no dependencies");
        return Some((message, "take its dependencies away, or give it a copy that has none"));
    }
    if task.for_each.is_some() {
        let message = format!(
            "the task `{name}` is run by a hook, once for each time, so it cannot have `for_each`"
        );
        return Some((
            message,
            "take `for_each` out, or let it run a workflow that has such a task",
        ));
    }
    if task.kind == "branch" {
        let message =
            format!("the branch task `{name}` has nothing to choose where a hook runs it");
        return Some((message, "name a task that does something"));
    }
    (task.join != Join::All || task.min_succeeded.is_some()).then(|| {
        let message = format!(
            "the task `{name}` is run by a hook, so it waits for nothing: it has no `join` and no `min_succeeded`"
        );
        (message, "take them out")
    })
}
