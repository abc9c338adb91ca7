//! One thing that people are told.

use millrace_api::settings::Occasion;
use millrace_exec::ports::Notice;
use millrace_model::document::HookOn;
use millrace_model::event::{Cause, Run, RunHead, TaskRun, TaskState, WaitFor};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;

/// The longest line of a log that is shown, in characters.
const LINE_CHARS: usize = 200;

/// The longest reason, and the longest text of a hook, in characters.
const REASON_CHARS: usize = 2_000;

/// What kind of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Failure,
    /// A success after a failure.
    Recovery,
    Success,
    Canceled,
    Missed,
    Slow,
    /// What a task has to tell.
    Task,
    /// A person is asked something.
    Waiting,
    /// Something happened to a task, on which its hooks tell; never missed or slow.
    OfTask(HookOn),
    Test,
}

/// One thing that people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    /// The workflow's name.
    pub(crate) name: String,
    /// The workflow as a person calls it.
    pub(crate) workflow: String,
    /// What happened, in a line.
    pub(crate) title: String,
    /// Which task and why; may be empty.
    pub(crate) reason: String,
    /// The last line of the task's log; may be empty.
    pub(crate) last_line: String,
    pub(crate) run: Option<RunId>,
    pub(crate) task: Option<TaskKey>,
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The text that the workflow has for it, instead of reason and line.
    pub(crate) text: Option<String>,
}

/// Ticks of a schedule at which no run was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missed {
    /// The workflow's name.
    pub(crate) workflow: String,
    /// Its title, where it has one.
    pub(crate) title: Option<String>,
    /// The schedule's name.
    pub(crate) schedule: String,
    /// How many ticks.
    pub(crate) count: u32,
    /// The first of them.
    pub(crate) first: Timestamp,
    /// The last of them.
    pub(crate) last: Timestamp,
    /// Why, in half a sentence.
    pub(crate) reason: String,
}

impl Kind {
    /// The word of settings and documents for it.
    pub(crate) fn occasion(self) -> Option<Occasion> {
        match self {
            Self::Failure => Some(Occasion::Failure),
            Self::Recovery => Some(Occasion::Recovery),
            Self::Success => Some(Occasion::Success),
            Self::Missed => Some(Occasion::Missed),
            Self::Slow => Some(Occasion::Slow),
            Self::Waiting => Some(Occasion::Waiting),
            Self::Canceled | Self::Task | Self::OfTask(_) | Self::Test => None,
        }
    }

    /// Its word in what is sent to programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Canceled => "canceled",
            Self::Task => "task",
            Self::OfTask(on) => on.word(),
            Self::Test => "test",
            other => other.occasion().map_or("", Occasion::word),
        }
    }

    /// Whether a hook waits for it.
    pub(crate) fn is_for(self, on: HookOn) -> bool {
        if let Self::OfTask(what) = self {
            return match on {
                HookOn::Success => matches!(what, HookOn::Success | HookOn::Recovery),
                HookOn::Finish => what != HookOn::Retry,
                other => other == what,
            };
        }
        match on {
            HookOn::Failure => self == Self::Failure,
            HookOn::Recovery => self == Self::Recovery,
            HookOn::Success => matches!(self, Self::Success | Self::Recovery),
            HookOn::Finish => {
                matches!(self, Self::Failure | Self::Recovery | Self::Success | Self::Canceled)
            }
            HookOn::Missed => self == Self::Missed,
            HookOn::Slow => self == Self::Slow,
            HookOn::Waiting => self == Self::Waiting,
            HookOn::Retry => false,
        }
    }
}

impl Message {
    /// Of a run, without a reason.
    pub(crate) fn of_run(kind: Kind, run: RunId, head: &RunHead, at: Timestamp) -> Self {
        let workflow = head.title.clone().unwrap_or_else(|| head.workflow.to_string());
        let what = match kind {
            Kind::Failure => "failed",
            Kind::Recovery => "works again",
            Kind::Canceled => "was cancelled",
            Kind::Slow => "takes unusually long",
            Kind::Waiting => "waits for an answer",
            Kind::Success | Kind::Missed | Kind::Task | Kind::OfTask(_) | Kind::Test => "succeeded",
        };
        Self {
            kind,
            name: head.workflow.to_string(),
            title: format!("{workflow} {what}"),
            workflow,
            reason: String::new(),
            last_line: String::new(),
            run: Some(run),
            task: None,
            at,
            text: None,
        }
    }

    /// Of a run that failed: with the task, why, and what it said last.
    pub(crate) fn of_failure(run: &Run, at: Timestamp) -> Self {
        let mut message = Self::of_run(Kind::Failure, run.run, &run.head, at);
        let failed = match &run.cause {
            Some(Cause::TasksFailed { first, .. }) => Some(first.clone()),
            _ => run
                .tasks
                .iter()
                .find(|(_, task)| {
                    matches!(task.state, TaskState::Failed | TaskState::Error)
                        && !task.is_of_hooks()
                })
                .map(|(key, task)| task.failed_item(key).unwrap_or_else(|| key.clone())),
        };
        let Some((key, task)) = failed.and_then(|key| run.task(&key).map(|task| (key, task)))
        else {
            let why = run.cause.as_ref().map(ToString::to_string).unwrap_or_default();
            message.reason = clip(&why, REASON_CHARS);
            return message;
        };
        let why = task.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default();
        message.reason = clip(&format!("{key} failed{why}"), REASON_CHARS);
        message.last_line = last_line(task);
        message.task = Some(key);
        message
    }

    /// Of what happened to a task of a run.
    pub(crate) fn of_task_news(
        on: HookOn,
        run: &Run,
        key: &TaskKey,
        state: TaskState,
        reason: &str,
        at: Timestamp,
    ) -> Self {
        let mut message = Self::of_run(Kind::OfTask(on), run.run, &run.head, at);
        let what = match (on, state) {
            (HookOn::Recovery, _) => "works again",
            (HookOn::Retry, _) => "failed and is tried again",
            (_, TaskState::Succeeded) => "succeeded",
            (_, TaskState::Failed | TaskState::Error) => "failed",
            (_, TaskState::Skipped) => "was skipped",
            (_, TaskState::Canceled) => "was cancelled",
            _ => "could not run",
        };
        message.title = format!("{}: {key} {what}", message.workflow);
        message.reason = clip(reason, REASON_CHARS);
        if let Some(task) = run.task(key).filter(|_| on == HookOn::Failure) {
            message.last_line = last_line(task);
        }
        message.task = Some(key.clone());
        message
    }

    /// Of a question that is not answered yet.
    pub(crate) fn of_question(run: &Run, serial: u32, at: Timestamp) -> Option<Self> {
        let (key, attempt) = run.attempt(serial)?;
        let WaitFor::Answer { message: asked, .. } = &attempt.waits.as_ref()?.wait else {
            return None;
        };
        let mut message = Self::of_run(Kind::Waiting, run.run, &run.head, at);
        message.reason = clip(&format!("{key} asks: {asked}"), REASON_CHARS);
        message.task = Some(key.clone());
        attempt.end.is_none().then_some(message)
    }

    /// Of ticks that were missed.
    pub(crate) fn of_missed(missed: &Missed) -> Self {
        let workflow = missed.title.clone().unwrap_or_else(|| missed.workflow.clone());
        let (count, schedule) = (missed.count, &missed.schedule);
        let (title, when) = match count {
            1 => (format!("{workflow} did not start"), date(missed.first)),
            _ => {
                let when = format!("{} to {}", date(missed.first), date(missed.last));
                (format!("{workflow} did not start {count} times"), when)
            }
        };
        let why = if missed.reason.is_empty() { "" } else { ": " };
        Self {
            kind: Kind::Missed,
            name: missed.workflow.clone(),
            workflow,
            title,
            reason: format!("schedule {schedule}, due {when}{why}{}", missed.reason),
            last_line: String::new(),
            run: None,
            task: None,
            at: missed.last,
            text: None,
        }
    }

    /// What a task has to tell.
    pub(crate) fn of_task(notice: &Notice, at: Timestamp) -> Self {
        Self {
            kind: Kind::Task,
            name: notice.workflow.to_string(),
            workflow: notice.workflow_title.clone(),
            title: clip(&notice.title, LINE_CHARS),
            reason: String::new(),
            last_line: String::new(),
            run: Some(notice.run),
            task: Some(notice.task.clone()),
            at,
            text: Some(clip(&notice.text, REASON_CHARS)),
        }
    }

    /// To see whether a channel works.
    pub(crate) fn test(at: Timestamp) -> Self {
        Self {
            kind: Kind::Test,
            name: String::new(),
            workflow: String::new(),
            title: "A test of Millrace".to_owned(),
            reason: "This is how it tells you what happens to your workflows.".to_owned(),
            last_line: String::new(),
            run: None,
            task: None,
            at,
            text: None,
        }
    }

    /// The same with a text of the workflow's own.
    pub(crate) fn with_text(&self, text: &str) -> Self {
        Self { text: Some(clip(text, REASON_CHARS)), ..self.clone() }
    }

    /// What is said below the title: the workflow's own text, or the reason and the line.
    pub(crate) fn details(&self) -> Vec<&str> {
        match &self.text {
            Some(text) => vec![text],
            None => {
                [&*self.reason, &*self.last_line].into_iter().filter(|it| !it.is_empty()).collect()
            }
        }
    }
}

/// What a task said last.
fn last_line(task: &TaskRun) -> String {
    let end = task.attempts.last().and_then(|attempt| attempt.end.as_ref());
    let line = end.and_then(|end| end.log.as_ref()).map(|log| log.last_line.as_str());
    clip(line.unwrap_or_default(), LINE_CHARS)
}

fn clip(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// An instant in UTC, such as `2026-11-23T05:00:04Z`.
pub(crate) fn date(at: Timestamp) -> String {
    let seconds = at.0.div_euclid(1_000_000);
    jiff::Timestamp::from_second(seconds).map(|at| at.to_string()).unwrap_or_default()
}
