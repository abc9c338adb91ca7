//! From a document and a run of it to the scene on the canvas.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use egui::{Pos2, vec2};
use millrace_api::document::{Problem, Severity};
use millrace_model::action::CHOSEN;
use millrace_model::document::{Note, Task, Workflow};
use millrace_model::event::{Cause, TaskRun, TaskState, WaitFor};
use millrace_model::time::Timestamp;

use super::badges::{Starts, badges, reused_badge};
use super::folded::{Folded, fold};
use super::labels::seen;
use super::live::{LiveRun, last_attempt, running_since};
use crate::canvas::{CardView, LEAST_NOTE, NoteView, Scene, WireView, place_all};
use crate::theme::{Hue, kind_look, kind_title};
use crate::widgets::Markdown;
use crate::words;

/// The scene of `workflow`, with the states of `live` where there is a run.
pub(crate) fn scene_of(
    workflow: &Workflow,
    live: Option<&LiveRun>,
    problems: &[Problem],
    now: Timestamp,
    read_only: bool,
    revision: u64,
) -> Scene {
    let places = place_all(workflow);
    let run = live.and_then(|live| live.run.as_ref());
    let mut problems_of: HashMap<&str, Vec<&Problem>> = HashMap::new();
    for problem in problems {
        if let Some(task) = &problem.task {
            problems_of.entry(task).or_default().push(problem);
        }
    }
    let starts = Starts::of(workflow);
    let cards: Vec<CardView> = workflow
        .tasks
        .iter()
        .zip(places)
        .map(|(task, at)| {
            let look = kind_look(&task.kind);
            let task_run = live.and_then(|live| live.task(&task.name)).map(|(_, run)| run);
            let (line, line_is_state) = second_line(&starts, task, task_run, now);
            let problems = problems_of.get(task.name.as_str()).map_or(&[][..], Vec::as_slice);
            CardView {
                name: task.name.clone(),
                group: None,
                is_stack: task.for_each.is_some(),
                members: Vec::new(),
                at,
                title: task.shown_name().to_owned(),
                line,
                line_is_state,
                icon: look.icon,
                tile: look.tile,
                state: task_run.map(|run| run.state).filter(|state| shows(*state, task)),
                progress: task_run.and_then(|run| progress(run, now)),
                dim: match task_run {
                    Some(run) => matches!(
                        run.state,
                        TaskState::UpstreamFailed | TaskState::Skipped | TaskState::Canceled
                    ),
                    None => run.is_some(),
                },
                disabled: task.disabled,
                invalid: problems.iter().any(|problem| problem.severity == Severity::Error),
                // What a branch task chose stands on it already.
                gave: task_run
                    .filter(|_| task.kind != "branch")
                    .map(|run| words::values(&run.outputs))
                    .unwrap_or_default(),
                badges: badges(&starts, task, problems)
                    .into_iter()
                    .chain(task_run.and_then(reused_badge))
                    .collect(),
                compared: None,
            }
        })
        .collect();
    let Folded { cards, card_of, groups } = fold(workflow, cards);
    let notes = workflow.layout.notes.iter().map(note_view).collect();
    let by_name: HashMap<&str, usize> =
        workflow.tasks.iter().enumerate().map(|(i, task)| (task.name.as_str(), i)).collect();
    let mut drawn = HashSet::new();
    let (wires, ends) = workflow
        .dependencies
        .iter()
        .filter_map(|edge| {
            let from = card_of[*by_name.get(edge.from.as_str())?];
            let to = card_of[*by_name.get(edge.to.as_str())?];
            let upstream = live.and_then(|live| live.task(&edge.from));
            let ended = upstream.and_then(|(_, run)| seen(edge, run));
            let held = ended.map(|atom| edge.on.has(atom));
            let label = edge.branch.as_deref().map(Arc::from);
            let view = WireView { from, to, on: edge.on, label, held, compared: None };
            // Of the wires of a collapsed group that look the same, one is drawn.
            let is_group = |card: usize| cards[card].group.is_some();
            let look = (from, to, edge.on.iter().collect::<Vec<_>>(), edge.branch.as_deref());
            let mut is_first = || drawn.insert(look.clone());
            let is_shown = from != to && (!is_group(from) && !is_group(to) || is_first());
            is_shown.then(|| (view, (edge.from.clone(), edge.to.clone())))
        })
        .unzip();
    Scene { cards, wires, ends, notes, groups, revision, read_only }
}

fn note_view(note: &Note) -> NoteView {
    let sane = |value: f64| if value.is_finite() { value.clamp(-1e6, 1e6) as f32 } else { 0.0 };
    let [width, height] = note.size.map(sane);
    let is_sized = width > 0.0 && height > 0.0;
    NoteView {
        at: Pos2::new(sane(note.at[0]), sane(note.at[1])),
        size: is_sized.then(|| vec2(width, height).max(LEAST_NOTE)),
        text: Arc::new(Markdown::parse(&note.text)),
        hue: Hue::named(note.colour.as_deref(), Hue::Yellow),
    }
}

/// A disabled task that has not come to its turn has no state worth an icon.
fn shows(state: TaskState, task: &Task) -> bool {
    !(task.disabled && state == TaskState::Pending)
}

/// "kind · what matters now", and whether that speaks of the state.
fn second_line(
    starts: &Starts<'_>,
    task: &Task,
    run: Option<&TaskRun>,
    now: Timestamp,
) -> (String, bool) {
    let kind = &kind_word(&task.kind);
    let with = |words: String| format!("{kind} · {words}");
    if task.disabled {
        return (with("disabled".to_owned()), false);
    }
    let Some(run) = run else {
        if let Some(words) = starts.hook_words(task) {
            // It is no task that was forgotten.
            return (with(words), false);
        }
        return match millrace_model::kinds::kind(&task.kind) {
            Some(_) => (kind.clone(), false),
            None => (format!("{kind} · unknown kind"), false),
        };
    };
    if let Some(mapped) = &run.mapped {
        let is_state = matches!(run.state, TaskState::Running | TaskState::Failed);
        return (with(words::items(mapped)), is_state);
    }
    let tries = tries(task, run);
    match run.state {
        TaskState::Pending => (kind.clone(), false),
        TaskState::Running => {
            let since = running_since(run).map_or(now, |since| since);
            let length = words::running_for(now.since(since));
            match last_attempt(run).and_then(|attempt| attempt.progress.as_ref()) {
                Some(said) => (format!("{} % · {length} {}", said.percent(), said.text), true),
                None => (with(format!("running {length}{tries}")), true),
            }
        }
        TaskState::Succeeded if task.kind == "branch" => {
            let chosen = run.outputs.get(CHOSEN).and_then(|chosen| chosen.as_array());
            let labels = chosen.into_iter().flatten().filter_map(|label| label.as_str());
            let labels = labels.collect::<Vec<_>>().join(", ");
            (with(if labels.is_empty() { "none chosen".to_owned() } else { labels }), false)
        }
        TaskState::Succeeded if matches!(run.cause, Some(Cause::Reused { .. })) => {
            (with("reused".to_owned()), false)
        }
        TaskState::Succeeded => {
            let took = run.duration_us().map(words::duration_us);
            (with(took.unwrap_or_else(|| "carried over".to_owned())), false)
        }
        TaskState::Failed => (with(format!("failed{tries}")), true),
        TaskState::Error => (with(format!("error{tries}")), true),
        TaskState::UpForRetry => {
            let wait = run.retry_due.map(|due| words::running_for(due.since(now)));
            (with(format!("again in {}{tries}", wait.unwrap_or_default())), true)
        }
        TaskState::UpstreamFailed => ("upstream failed".to_owned(), false),
        TaskState::Waiting if run.retry_due.is_some() && task.repeat.is_some() => {
            let wait = run.retry_due.map(|due| words::running_for(due.since(now)));
            (with(format!("again in {}", wait.unwrap_or_default())), true)
        }
        TaskState::Waiting => (with(waiting_words(run, now)), true),
        TaskState::Queued | TaskState::Skipped | TaskState::Canceled => {
            (with(run.state.label().to_owned()), false)
        }
    }
}

/// What a wait is for, as short as a card asks for.
fn waiting_words(run: &TaskRun, now: Timestamp) -> String {
    let Some(waits) = run.waits() else { return run.state.label().to_owned() };
    let left = waits.until.map(|until| words::running_for(until.since(now)));
    match (&waits.wait, left) {
        (WaitFor::Time, Some(left)) => format!("{left} left"),
        (WaitFor::Time, None) => run.state.label().to_owned(),
        // How long it does is no reason to hurry, and has no room there.
        (WaitFor::Outside { .. }, _) => "looking".to_owned(),
        (WaitFor::Answer { .. }, _) => "asks you".to_owned(),
    }
}

/// The kind in one word, as short as a card asks for.
fn kind_word(id: &str) -> String {
    let title = kind_title(id);
    match id {
        "shell" => "Shell".to_owned(),
        "http" => "HTTP".to_owned(),
        _ if title != id => title.to_owned(),
        _ => {
            let mut chars = id.chars();
            let first = chars.next().map(|first| first.to_uppercase().chain(chars).collect());
            first.unwrap_or_default()
        }
    }
}

/// ", try 2 of 3" where more than one try is possible.
fn tries(task: &Task, run: &TaskRun) -> String {
    let total = task.retry.as_ref().map_or(1, |retry| retry.attempts);
    let number = last_attempt(run).map_or(0, |attempt| attempt.number);
    if total > 1 && number > 0 {
        format!(", try {number} of {}", total.max(number))
    } else if number > 1 {
        format!(", try {number}")
    } else {
        String::new()
    }
}

/// What the task says itself. Where it says nothing, nothing is known of its usual duration here, so the bar approaches its
/// end without reaching it.
fn progress(run: &TaskRun, now: Timestamp) -> Option<f32> {
    if run.state != TaskState::Running {
        return None;
    }
    if let Some(said) = last_attempt(run).and_then(|attempt| attempt.progress.as_ref()) {
        return Some(said.fraction as f32);
    }
    if let Some(mapped) = &run.mapped {
        return Some(mapped.progress().0 as f32 / mapped.runs.len().max(1) as f32);
    }
    let secs = now.since(running_since(run)?).as_secs_f32();
    Some(1.0 - (-secs / 8.0).exp())
}
