//! Joins, `min_succeeded` and teardowns.

use std::collections::HashSet;

use super::Checker;
use crate::document::{AtomSet, Join, Task};
use crate::ident::Ident;
use crate::join_expr::JoinExpr;
use crate::problem::{Code, Path, Problem, Severity};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, task) in workflow.tasks.iter().enumerate() {
        if let Some(least) = task.min_succeeded {
            min_succeeded(checker, at, task, least);
        }
        if let Join::Expr(text) = &task.join {
            expression(checker, at, text);
        }
        if !task.teardown_for.is_empty() {
            teardown(checker, at, task);
        }
    }
}

fn min_succeeded(checker: &mut Checker<'_>, at: usize, task: &Task, least: u32) {
    let path = Path::task(at).key("min_succeeded");
    let upstreams = checker.upstreams(at).len();
    if task.join == Join::None {
        checker.push(
            Problem::new(
                Code::BadMinSucceeded,
                path,
                "`min_succeeded` cannot be met by a task whose join is `none`: it waits for nothing",
            )
            .help("delete `min_succeeded`, or use the join `all` or `any`"),
        );
    } else if least as usize > upstreams {
        let message = format!("{least} upstreams have to succeed, and the task has {upstreams}");
        checker.push(
            Problem::new(Code::BadMinSucceeded, path, message)
                .help("write a smaller number, or connect more tasks"),
        );
    }
}

fn expression(checker: &mut Checker<'_>, at: usize, text: &str) {
    let path = || Path::task(at).key("join").key("expr");
    for edge in checker.incoming[at].clone() {
        if checker.workflow.dependencies[edge].on != AtomSet::SUCCEEDED {
            checker.push(
                Problem::new(
                    Code::JoinAndOn,
                    Path::dependency(edge).key("on"),
                    format!(
                        "the join of `{}` is an expression, so its dependencies must not have `on`",
                        checker.workflow.tasks[at].name
                    ),
                )
                .help("delete `on`, and ask for the ending in the expression"),
            );
        }
    }
    let join = match JoinExpr::parse(text) {
        Ok(join) => join,
        Err(error) => {
            let message = format!("column {}: {}", error.column, error.message);
            checker.push(
                Problem::new(Code::BadJoin, path(), message)
                    .help("write names of upstreams with endings, as in a.succeeded && (b.failed || c.skipped)"),
            );
            return;
        }
    };
    let workflow = checker.workflow;
    let upstreams: Vec<&Ident> =
        checker.upstreams(at).into_iter().map(|up| &workflow.tasks[up].name).collect();
    for name in join.upstreams() {
        if !upstreams.contains(&name) {
            let mut problem = Problem::new(
                Code::JoinNames,
                path(),
                format!("`{name}` is not an upstream of `{}`", workflow.tasks[at].name),
            );
            let near =
                crate::suggest::nearest(name.as_str(), upstreams.iter().map(|it| it.as_str()));
            problem = match near {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => {
                    problem.help("connect the two tasks, or take the name out of the expression")
                }
            };
            checker.push(problem);
        }
    }
    for upstream in upstreams {
        if !join.upstreams().contains(upstream) {
            let message =
                format!("the upstream `{upstream}` is waited for, but not used by the expression");
            checker.report(Code::JoinUnused, path(), message);
        }
    }
}

fn teardown(checker: &mut Checker<'_>, at: usize, task: &Task) {
    let list = || Path::task(at).key("teardown_for");
    let mut seen = HashSet::new();
    for (index, setup) in task.teardown_for.iter().enumerate() {
        let path = list().index(index);
        if *setup == task.name {
            checker.report(
                Code::BadTeardown,
                path,
                format!("`{setup}` cannot clean up after itself"),
            );
        } else if !checker.index.contains_key(setup.as_str()) {
            let message = format!("there is no task `{setup}` to clean up after");
            checker.missing_task(Code::NoSuchTask, path, setup.as_str(), message);
        } else if !seen.insert(setup) {
            let mut problem = Problem::new(
                Code::BadTeardown,
                path,
                format!("the setup `{setup}` is named twice"),
            );
            problem.severity = Severity::Warning;
            checker.push(problem);
        }
    }
    let mut forbidden = Vec::new();
    if task.join != Join::All {
        forbidden.push((Path::task(at).key("join"), "`join`"));
    }
    if task.when.is_some() {
        forbidden.push((Path::task(at).key("when"), "`when`"));
    }
    for edge in &checker.incoming[at] {
        if checker.workflow.dependencies[*edge].on != AtomSet::SUCCEEDED {
            forbidden.push((Path::dependency(*edge).key("on"), "`on` in its dependencies"));
        }
    }
    for edge in &checker.incoming[at] {
        if checker.workflow.dependencies[*edge].branch.is_some() {
            forbidden.push((Path::dependency(*edge).key("branch"), "`branch` in its dependencies"));
        }
    }
    for (path, what) in forbidden {
        checker.push(
            Problem::new(
                Code::BadTeardown,
                path,
                format!("the teardown `{}` must not have {what}: it starts when everything before it has ended and a setup succeeded", task.name),
            )
            .help("delete it, or delete `teardown_for`"),
        );
    }
}
