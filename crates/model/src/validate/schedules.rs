//! Schedules and triggers, as far as they can be checked without a clock.

use chrono_tz::Tz;

use super::Checker;
use crate::document::{Json, Schedule, TriggerSource, WorkflowNames};
use crate::params::check_value;
use crate::problem::{Code, Path, Problem, Severity};
use crate::produces;
use crate::schedule::Ticks;
use crate::time::Timestamp;

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, schedule) in workflow.schedules.iter().enumerate() {
        let path = |key: &str| Path::root().key("schedules").index(at).key(key);
        match Ticks::of(schedule, Tz::UTC) {
            Ok(ticks) => meaning(checker, path, schedule, &ticks),
            Err(_) => {
                for fault in Ticks::faults(schedule) {
                    let mut problem =
                        Problem::new(Code::BadSchedule, path(fault.key), fault.message);
                    problem.help = fault.help;
                    checker.push(problem);
                }
            }
        }
        if let Some(params) = &schedule.params {
            given_params(checker, path("params"), params);
        }
        required_params(checker, &Path::root().key("schedules").index(at), schedule);
    }
    for (at, trigger) in workflow.triggers.iter().enumerate() {
        source(checker, &Path::root().key("triggers").index(at), &trigger.source);
        if let Some(params) = &trigger.params {
            given_params(checker, Path::root().key("triggers").index(at).key("params"), params);
        }
    }
}

/// What a trigger waits for.
fn source(checker: &mut Checker<'_>, path: &Path, source: &TriggerSource) {
    match source {
        TriggerSource::File(file) => {
            let path = path.clone().key("file").key("glob");
            if file.glob.trim().is_empty() {
                let problem = Problem::new(Code::BadTrigger, path, "no files are named");
                checker.push(problem.help("write a pattern such as inbox/*.csv"));
            } else if let Err(message) = produces::check_parts(&file.glob) {
                let help =
                    "`*` and `?` stand for characters, `[ab]` for one of them, `**` for folders";
                checker.push(Problem::new(Code::BadTrigger, path, message).help(help));
            }
        }
        TriggerSource::Workflow(of) => {
            let (key, names) = match &of.names {
                WorkflowNames::All(names) => ("all", names),
                WorkflowNames::Any(names) => ("any", names),
            };
            let path = path.clone().key("workflow");
            if names.is_empty() {
                let problem =
                    Problem::new(Code::BadTrigger, path.clone().key(key), "no workflow is named");
                checker.push(problem.help("write the names of workflows, such as [\"extract\"]"));
            }
            if names.contains(&checker.workflow.name) {
                let message = "the workflow would start itself again and again";
                let problem = Problem::new(Code::BadTrigger, path.clone().key(key), message);
                checker.push(
                    problem
                        .help("take its own name out; a schedule with `every` repeats a workflow"),
                );
            }
            if of.on.is_empty() || of.on.iter().any(|state| !state.is_final()) {
                let message = "only ends of runs count: succeeded, failed, canceled";
                checker.report(Code::BadTrigger, path.key("on"), message);
            }
        }
        TriggerSource::Http(_) => {}
    }
}

/// What a schedule says clearly and hardly means.
fn meaning(
    checker: &mut Checker<'_>,
    path: impl Fn(&str) -> Path,
    schedule: &Schedule,
    ticks: &Ticks,
) {
    let mut warn = |key: &str, message: String, help: &str| {
        let mut problem = Problem::new(Code::BadSchedule, path(key), message).help(help);
        problem.severity = Severity::Warning;
        checker.push(problem);
    };
    let spacing = schedule.jitter.and_then(|_| ticks.spacing());
    if let (Some(jitter), Some(spacing)) = (schedule.jitter, spacing)
        && jitter >= spacing
    {
        let message = format!(
            "runs are only {spacing} apart, and each may be {jitter} late: they may pass each other"
        );
        warn("jitter", message, "make the jitter shorter than the time between two runs");
    }
    if ticks.next(Timestamp(i64::MIN)).is_none() {
        let key = if schedule.end.is_some() { "end" } else { "start" };
        let message = "it never fires: none of its times lies between its start and its end";
        warn(key, message.to_owned(), "set another `start` or `end`, or another rule");
    }
}

/// Whether its runs get what they must have.
fn required_params(checker: &mut Checker<'_>, path: &Path, schedule: &Schedule) {
    let given = schedule.params.as_ref().map_or(&[][..], Json::members);
    let workflow = checker.workflow;
    for param in workflow.params.iter().filter(|param| param.required) {
        let name = param.name.as_str();
        if given.iter().all(|(key, value)| key != name || *value == Json::Null) {
            let message = format!("its runs cannot start: they need the parameter `{name}`");
            let mut problem = Problem::new(Code::BadSchedule, path.clone(), message)
                .help(format!("give `{name}` a value in the schedule's `params`"));
            problem.severity = Severity::Warning;
            checker.push(problem);
        }
    }
}

fn given_params(checker: &mut Checker<'_>, path: Path, params: &Json) {
    let Json::Object(members) = params else {
        let message =
            format!("an object of parameters is expected, and {} is here", params.described());
        checker.report(Code::WrongType, path, message);
        return;
    };
    let workflow = checker.workflow;
    for (name, value) in members {
        let here = || path.clone().key(name);
        let Some(param) = workflow.params.iter().find(|param| param.name.as_str() == name) else {
            let message = format!("there is no parameter `{name}`");
            checker.push(Problem::new(Code::NoSuchParam, here(), message).at_key());
            continue;
        };
        // Null is no value: the run takes the default.
        if *value != Json::Null
            && let Err(problem) = check_value(param, &value.to_value())
        {
            checker.report(Code::WrongType, here(), problem.message);
        }
    }
}
