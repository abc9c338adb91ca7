//! What is special about a task, in icons and words: problems, disabled, pinned, once an item, tries, the clock.

use std::collections::{HashMap, HashSet};

use millrace_api::document::{Problem, Severity};
use millrace_model::document::{
    Hook, HookAction, RetryPolicy, Schedule, ScheduleRule, Task, Workflow,
};
use millrace_model::event::{Cause, TaskRun};

use crate::canvas::{Badge, Tone};
use crate::theme::icons::fill;

/// What has to be known of a whole workflow to say what starts each of its tasks. Made once for all of them: a workflow may
/// have thousands.
pub(crate) struct Starts<'w> {
    workflow: &'w Workflow,
    /// By the name of the task that they run: each hook with the task that it is of.
    hooks: HashMap<&'w str, Vec<(Option<&'w Task>, &'w Hook)>>,
    /// The tasks that wait for others.
    after: HashSet<&'w str>,
}

impl<'w> Starts<'w> {
    pub(crate) fn of(workflow: &'w Workflow) -> Self {
        let mut hooks: HashMap<_, Vec<_>> = HashMap::new();
        for (of, hook) in workflow.all_hooks() {
            if let HookAction::Task(task) = &hook.action {
                hooks.entry(task.as_str()).or_default().push((of, hook));
            }
        }
        let after = workflow.dependencies.iter().map(|edge| edge.to.as_str()).collect();
        Self { workflow, hooks, after }
    }

    /// On what hooks run the task: "on failure, on retry of Load"; none where none does.
    pub(crate) fn hook_words(&self, task: &Task) -> Option<String> {
        let hooks = self.hooks.get(task.name.as_str())?;
        let words = hooks.iter().map(|(of, hook)| match of {
            Some(of) => format!("on {} of {}", hook.on, of.shown_name()),
            None => format!("on {}", hook.on),
        });
        Some(words.collect::<Vec<_>>().join(", "))
    }

    /// Whether it starts with the workflow.
    fn is_first(&self, task: &Task) -> bool {
        let name = task.name.as_str();
        task.teardown_for.is_empty() && !self.hooks.contains_key(name) && !self.after.contains(name)
    }
}

/// The badges of a task; what asks for most comes first. `problems` are those of the task.
pub(crate) fn badges(starts: &Starts<'_>, task: &Task, problems: &[&Problem]) -> Vec<Badge> {
    let quiet = |icon, words: String| Badge {
        icon,
        count: None,
        name: words.clone(),
        words,
        tone: Tone::Quiet,
    };
    let mut badges = Vec::new();
    badges.extend(problem_badge(problems));
    if task.disabled {
        badges.push(quiet(fill::PROHIBIT, "Disabled: it never runs".to_owned()));
    }
    if task.pinned_outputs.is_some() {
        badges.push(quiet(fill::PUSH_PIN, "Its outputs are pinned".to_owned()));
    }
    if let Some(words) = starts.hook_words(task) {
        badges.push(quiet(fill::LIGHTNING, format!("Run by hooks: {words}")));
    }
    if let Some(each) = &task.for_each {
        let most = each.max_parallel.map(|most| format!(", {most} at a time"));
        let words = format!("Once for each of {}{}", each.items, most.unwrap_or_default());
        badges.push(quiet(fill::STACK, words));
    }
    if let Some(retry) = task.retry.as_ref().filter(|retry| retry.attempts > 1) {
        badges.push(quiet(fill::ARROW_CLOCKWISE, retry_words(retry)));
    }
    let schedules = &starts.workflow.schedules;
    if !schedules.is_empty() && starts.is_first(task) {
        let all: Vec<String> = schedules.iter().map(schedule_words).collect();
        badges.push(quiet(fill::CLOCK, all.join("\n")));
    }
    badges
}

/// That the task did not have to run in the run that is shown.
pub(crate) fn reused_badge(run: &TaskRun) -> Option<Badge> {
    let cause = run.cause.as_ref().filter(|cause| matches!(cause, Cause::Reused { .. }))?;
    let words = crate::app::sentence(&cause.to_string());
    Some(Badge { icon: fill::RECYCLE, count: None, name: words.clone(), words, tone: Tone::Quiet })
}

fn problem_badge(problems: &[&Problem]) -> Option<Badge> {
    let worst = problems.iter().map(|problem| problem.severity).max()?;
    let tone = match worst {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Warning,
        Severity::Notice => Tone::Quiet,
    };
    let mut sorted = problems.to_vec();
    sorted.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    let mut lines: Vec<String> =
        sorted.iter().take(3).map(|problem| crate::app::sentence(&problem.message)).collect();
    if sorted.len() > 3 {
        lines.push(format!("and {} more", sorted.len() - 3));
    }
    let count = (problems.len() > 1).then_some(problems.len());
    let name = crate::words::count(problems.len(), "problem", "problems");
    Some(Badge { icon: fill::WARNING_CIRCLE, count, words: lines.join("\n"), name, tone })
}

/// "Up to 3 tries, 10 s apart, 2 times as long each time"
fn retry_words(retry: &RetryPolicy) -> String {
    let mut words = format!("Up to {} tries", retry.attempts);
    if retry.delay != millrace_model::time::Span::ZERO {
        words.push_str(&format!(", {} apart", crate::words::span(retry.delay)));
        if retry.backoff > 1.0 {
            words.push_str(&format!(", {} times as long each time", retry.backoff));
        }
    }
    words
}

/// "workdays: 0 6 * * 1-5, Europe/Berlin"
fn schedule_words(schedule: &Schedule) -> String {
    let rule = match &schedule.rule {
        ScheduleRule::Cron(cron) => cron.to_string(),
        ScheduleRule::Every(span) => format!("every {}", crate::words::span(*span)),
        ScheduleRule::At(at) => format!("at {at}"),
    };
    match &schedule.timezone {
        Some(zone) => format!("{}: {rule}, {zone}", schedule.name),
        None => format!("{}: {rule}", schedule.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::read::Document;

    fn words(badges: &[Badge]) -> Vec<&str> {
        badges.iter().map(|badge| badge.words.as_str()).collect()
    }

    #[test]
    fn what_is_special_is_said_and_what_asks_for_most_comes_first() {
        let text = br#"{"millrace": 1, "name": "w",
            "schedules": [{"name": "workdays", "cron": "0 6 * * 1-5", "timezone": "Europe/Berlin"}],
            "tasks": [
                {"name": "plain", "kind": "noop"},
                {"name": "all", "kind": "noop", "disabled": true, "pinned_outputs": {},
                 "for_each": {"items": "params.files", "max_parallel": 4},
                 "retry": {"attempts": 3, "delay": "10s", "backoff": 2}},
                {"name": "once", "kind": "noop", "retry": {"attempts": 1, "delay": "10s"}}],
            "dependencies": [{"from": "plain", "to": "all"}, {"from": "plain", "to": "once"}]}"#;
        let workflow = Document::parse(text).workflow.unwrap();
        let problem = |severity, message: &str| Problem {
            severity,
            code: "MR1405".to_owned(),
            message: message.to_owned(),
            help: None,
            line: 0,
            column: 0,
            field: String::new(),
            task: Some("all".to_owned()),
        };
        let minor = problem(Severity::Notice, "odd");
        let bad = problem(Severity::Error, "wrong");
        let starts = Starts::of(&workflow);
        let [plain, all, once] = workflow.tasks.as_slice() else { panic!() };
        assert_eq!(words(&badges(&starts, plain, &[])), ["workdays: 0 6 * * 1-5, Europe/Berlin"]);
        let found = badges(&starts, all, &[&minor, &bad]);
        assert_eq!(
            words(&found),
            [
                "Wrong\nOdd",
                "Disabled: it never runs",
                "Its outputs are pinned",
                "Once for each of params.files, 4 at a time",
                "Up to 3 tries, 10 s apart, 2 times as long each time",
            ]
        );
        assert_eq!((found[0].count, found[0].tone), (Some(2), Tone::Bad));
        assert!(badges(&starts, once, &[]).is_empty(), "one try is no retry");
    }
}
