//! A task in the panel at the right: what it is, how it stands and why, its tries, its form.

use egui::{CornerRadius, Frame, Margin, Stroke, Ui, vec2};
use millrace_model::action::Action;
use millrace_model::document::Task;
use millrace_model::event::{Attempt, Cause, Outcome, TaskRun, TaskState, WaitFor, Waits};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::timeline::attempt_state;

use super::artifacts::{artifacts_ui, metrics_ui, notes_ui};
use super::cells::put;
use super::inspector::length_words;
use super::outputs::outputs_ui;
use crate::app::{App, sentence};
use crate::command::{AnswerCommand, Command, Place};
use crate::forms;
use crate::theme::icons;
use crate::theme::{self, Palette, kind_look, kind_title, task_look};
use crate::widgets::{Button, glyph, label, section_start, wrapped};

/// The selected task.
pub(super) fn task_ui(app: &mut App, ui: &mut Ui, name: &Ident) {
    let task = match app.place {
        Place::Editor => app.tabs.current().and_then(|e| e.doc.workflow.task(name.as_str())),
        _ => app.run.as_ref().and_then(|run| run.workflow()?.task(name.as_str())),
    };
    let Some(task) = task.cloned() else { return };
    let live = app.shown_watch().and_then(|watch| watch.live.as_ref());
    // With ten thousand items a copy would be felt in each frame.
    let whole = live.and_then(|live| live.run.clone());
    let key = TaskKey::plain(name.clone());
    let run = whole.as_ref().and_then(|run| run.tasks.get(&key)).map(|run| (&key, run));
    let why = live.and_then(|live| live.why(&key)).map(str::to_owned);
    let id = live.map(|live| live.id);

    head_ui(ui, &task);
    if let Some(callee) = callee(app, name) {
        let open = Command::OpenCallee(callee);
        if Button::secondary(open.label()).icon(icons::icon::TREE_STRUCTURE).show(ui).clicked() {
            app.send(open);
        }
    }
    if let Some((key, run)) = run {
        state_ui(app, ui, &task, key, run, why.as_deref());
        usual_ui(app, ui, name, run);
        super::items::items_ui(app, ui, key, run);
    }
    ui.add_space(6.0);
    forms::task_form_ui(app, ui, &task);
    if let Some((key, run)) = run {
        attempts_ui(app, ui, key, run);
        notes_ui(ui, run.attempts.last());
        outputs_ui(app, ui, &task, run);
        if let Some(id) = id {
            artifacts_ui(app, ui, id, key, run);
        }
        metrics_ui(ui, run.attempts.last());
    }
}

/// Icon, title, name and kind.
fn head_ui(ui: &mut Ui, task: &Task) {
    let p = Palette::of(ui);
    let look = kind_look(&task.kind);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 10.0;
        let (tile, _) = ui.allocate_exact_size(vec2(28.0, 28.0), egui::Sense::hover());
        ui.painter().rect_filled(tile, CornerRadius::same(6), look.tile);
        glyph(ui.painter(), tile.center(), look.icon, icons::font(17.0), p.on_accent);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            label(ui, task.shown_name(), theme::semibold(14.0), p.text);
            let below = format!("{} · {}", task.name, kind_title(&task.kind));
            label(ui, &below, theme::sans(theme::SMALL), p.faint);
        });
    });
}

/// How it stands in the run that is shown, and why.
fn state_ui(
    app: &mut App,
    ui: &mut Ui,
    task: &Task,
    key: &TaskKey,
    run: &TaskRun,
    why: Option<&str>,
) {
    let p = Palette::of(ui);
    ui.add_space(2.0);
    match run.state {
        TaskState::Failed | TaskState::Error => failure_ui(app, ui, task, key, run),
        state => {
            let look = task_look(p, state);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                label(ui, look.icon, icons::fill_font(15.0), look.color);
                label(ui, &sentence(look.word), theme::semibold(theme::BODY), look.color);
            });
            let cause = run.cause.as_ref().map(ToString::to_string);
            if let Some(text) = why.map(str::to_owned).or(cause).or_else(|| said(run)) {
                wrapped(ui, &sentence(&text), theme::sans(theme::BODY), p.dim);
            }
            if let Some(waits) = run.waits() {
                waits_ui(app, ui, key, waits);
            }
            let ended = run.state.is_final();
            // What hooks run shows each time below, and nothing runs from it.
            let opens = run.attempts.last().is_some_and(|last| last.child.is_some());
            let nothing = !ended && !opens && !printed(run);
            if nothing || run.is_of_hooks() {
                return;
            }
            ui.horizontal(|ui| {
                what_happened_button(app, ui, key, run);
                if ended {
                    rerun_button(app, ui, &key.task);
                }
            });
        }
    }
}

/// How long it usually takes, where that is known; marked where it took longer than nine of ten.
fn usual_ui(app: &App, ui: &mut Ui, name: &Ident, run: &TaskRun) {
    let usual = app.run.as_ref().filter(|_| app.place == Place::Run);
    let usual = usual.and_then(|shown| shown.place.usual.as_ref()?.task(name.as_str()));
    let Some(usual) = usual else { return };
    let p = Palette::of(ui);
    let beyond = run.duration_us().and_then(|us| Some((us, usual.beyond(us)?)));
    match beyond {
        Some((us, more)) => {
            let [took, more] = [us, more].map(crate::words::duration_us);
            let text = format!("Took {took}, {more} longer than usual");
            label(ui, &text, theme::sans(theme::BODY), p.retry);
        }
        None => {
            let text = format!("Usually {}", crate::words::duration_us(usual.median_us));
            label(ui, &text, theme::sans(theme::BODY), p.faint);
        }
    }
}

/// What it waits for, and the button that answers.
fn waits_ui(app: &mut App, ui: &mut Ui, key: &TaskKey, waits: &Waits) {
    let p = Palette::of(ui);
    if let Some(until) = waits.until {
        let offset = app.backend.local_offset_secs(until);
        let clock = crate::words::day_and_clock(until, app.backend.now(), offset);
        let text = match waits.wait {
            WaitFor::Time => format!("Until {clock}"),
            WaitFor::Answer { .. } => format!("An answer counts until {clock}"),
            WaitFor::Outside { .. } => format!("It has time until {clock}"),
        };
        label(ui, &text, theme::sans(theme::BODY), p.dim);
    }
    let WaitFor::Answer { message, .. } = &waits.wait else { return };
    super::answer::question_ui(ui, message);
    ui.add_space(4.0);
    if let Some((run, _)) = app.asks(&key.task)
        && Button::primary("Answer…").asks().show(ui).clicked()
    {
        app.send(Command::Answer(AnswerCommand::Ask(run, key.clone())));
    }
}

/// How far a task that runs says that it is.
fn said(run: &TaskRun) -> Option<String> {
    let said = run.attempts.last().filter(|last| last.end.is_none())?.progress.as_ref()?;
    Some(format!("{} %  {}", said.percent(), said.text).trim_end().to_owned())
}

/// The red box: the cause in one sentence, what to do, the buttons that do it.
fn failure_ui(app: &mut App, ui: &mut Ui, task: &Task, key: &TaskKey, run: &TaskRun) {
    let p = Palette::of(ui);
    let word = if run.state == TaskState::Error { "Error" } else { "Failed" };
    let cause =
        run.cause.as_ref().map_or_else(|| "no reason known".to_owned(), ToString::to_string);
    let last = run.attempts.last();
    let last_line = last
        .and_then(|attempt| attempt.end.as_ref()?.log.as_ref())
        .map(|log| log.last_line.trim().to_owned())
        .filter(|line| !line.is_empty() && !cause.contains(line.as_str()));
    Frame::new()
        .fill(p.bad_soft)
        .stroke(Stroke::new(1.0, p.bad_line))
        .corner_radius(CornerRadius::same(theme::CARD_RADIUS))
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 6.0;
            wrapped(ui, &format!("{word}: {cause}"), theme::semibold(theme::BODY), p.bad);
            if let Some(line) = last_line {
                let clean = crate::state::ansi::plain(&line);
                wrapped(ui, &clean, theme::mono(theme::SMALL), p.text);
            }
            wrapped(ui, &what_to_do(app, task, run), theme::sans(theme::BODY), p.dim);
            ui.add_space(2.0);
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
                what_happened_button(app, ui, key, run);
                if mends_elsewhere(app, task)
                    && Button::secondary("Open the workflow").show(ui).clicked()
                {
                    app.send(Command::OpenRunsDocument);
                }
                let tip = "Runs what did not succeed again, in this run and with its document";
                let button = Button::secondary("Retry").tip(tip).refused(under_way(app));
                if button.asks().show(ui).clicked() {
                    app.send(Command::RetryRun);
                }
                if !run.is_of_hooks() {
                    rerun_button(app, ui, &key.task);
                }
            });
        });
}

/// Opens the log of its last try, or the run that this was.
pub(super) fn what_happened_button(app: &mut App, ui: &mut Ui, key: &TaskKey, run: &TaskRun) {
    let child = run.attempts.last().and_then(|last| last.child);
    let (words, command) = match child {
        Some(child) => ("Open the child run", Command::OpenRun(child)),
        None => ("Open log", Command::OpenLog(key.clone(), None)),
    };
    if (child.is_some() || printed(run)) && Button::secondary(words).show(ui).clicked() {
        app.send(command);
    }
}

/// Whether there is a log to open: a child run has those of its tasks instead, and what waits prints nothing.
pub(super) fn has_log(run: &TaskRun) -> bool {
    run.attempts.iter().any(is_process)
}

fn is_process(attempt: &Attempt) -> bool {
    attempt.child.is_none() && attempt.waits.is_none()
}

/// Whether one of its tries printed something, or may yet.
fn printed(run: &TaskRun) -> bool {
    let mut own = run.attempts.iter().filter(|attempt| is_process(attempt));
    own.any(|attempt| attempt.end.as_ref().is_none_or(|end| end.log.is_some()))
}

/// Whether it has a script that can be read here and changed in the editor.
fn mends_elsewhere(app: &App, task: &Task) -> bool {
    let run = app.run.as_ref().and_then(|shown| shown.watch.live.as_ref()?.run.as_ref());
    app.place == Place::Run && is_script(task) && run.is_some_and(|run| run.head.path.is_some())
}

fn is_script(task: &Task) -> bool {
    task.kind == "python" || task.kind == "shell"
}

/// What the task says to name the workflow that it runs, where it runs one.
pub(crate) fn callee(app: &App, name: &Ident) -> Option<String> {
    let workflow = forms::shown_workflow(app)?;
    let task = workflow.task(name.as_str())?;
    match Action::for_task(task) {
        Ok(Action::SubWorkflow(sub)) => Some(sub.callee.to_string()),
        _ => None,
    }
}

/// The run that the last try of the task is or was.
pub(super) fn child_run(app: &App, name: &Ident) -> Option<RunId> {
    let (_, run) = app.shown_watch()?.live.as_ref()?.task(name)?;
    run.attempts.last()?.child
}

fn rerun_button(app: &mut App, ui: &mut Ui, task: &Ident) {
    let tip = "A new run of the document as it is now; what is before this task is taken over";
    let button = Button::secondary("Rerun from here").tip(tip).refused(under_way(app));
    if button.asks().show(ui).clicked() {
        app.send(Command::RerunFrom(task.clone()));
    }
}

/// Why the run cannot be run again now.
fn under_way(app: &App) -> Option<String> {
    app.shown_run_is_active()
        .then(|| "The run is still under way; stop it or wait for its end".to_owned())
}

fn what_to_do(app: &App, task: &Task, run: &TaskRun) -> String {
    let rerun = match under_way(app) {
        Some(_) => ". When the run has ended, rerun from here.",
        None => ", then rerun from here.",
    };
    let advice = |mend: &str| {
        let read = if printed(run) { "read its log, " } else { "" };
        sentence(&format!("{read}{mend}{rerun}"))
    };
    let outcome =
        run.attempts.last().and_then(|attempt| attempt.end.as_ref()).map(|end| &end.outcome);
    let after = match run.attempts.len() {
        0 | 1 => String::new(),
        tries => format!("After {tries} tries. "),
    };
    let then = match outcome {
        Some(Outcome::TimedOut) if printed(run) => {
            "Give it more time or find in its log where it hangs.".to_owned()
        }
        Some(Outcome::TimedOut) => "Give it more time, or find out where it hangs.".to_owned(),
        None if run.mapped.is_some() => {
            format!("Look at the items that failed below, mend the cause{rerun}")
        }
        Some(Outcome::Error { .. }) | None => format!("Mend what is named above{rerun}"),
        Some(Outcome::Lost { .. } | Outcome::Unknown { .. }) => {
            "Look whether it had its effect before you run it again.".to_owned()
        }
        Some(Outcome::Child { .. }) => {
            format!("Open the run that it started and mend what failed there{rerun}")
        }
        _ if mends_elsewhere(app, task) => advice("open the workflow to mend the script"),
        _ if is_script(task) && app.place == Place::Editor => advice("mend the script below"),
        _ => advice("mend the cause"),
    };
    format!("{after}{then}")
}

/// One row for each try; a click opens its log.
pub(super) fn attempts_ui(app: &mut App, ui: &mut Ui, key: &TaskKey, run: &TaskRun) {
    if run.attempts.is_empty() {
        return;
    }
    let p = Palette::of(ui);
    let now = app.backend.now();
    section_start(ui, "Tries");
    if run.attempts.len() > 1
        && Button::secondary("Compare tries…")
            .tip("Two of them beside each other: how they ended, what they took, what they printed")
            .show(ui)
            .clicked()
    {
        app.send(Command::CompareTries(key.clone()));
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    for attempt in run.attempts.iter().rev() {
        let state = attempt_state(attempt);
        let look = task_look(p, state);
        let (name, tip) = match attempt.child {
            Some(_) => (format!("Run of try {}", attempt.number), "Open the run that it is"),
            None => (format!("Log of try {}", attempt.number), "Open its log"),
        };
        let (rect, response) =
            crate::widgets::list_row(ui, ("try", attempt.number), &name, 28.0, false);
        let middle = rect.center().y;
        let painter = ui.painter();
        let at = egui::pos2(rect.left() + 14.0, middle);
        glyph(painter, at, look.icon, icons::fill_font(14.0), look.color);
        let left = format!("Try {}", attempt.number);
        put(ui, egui::pos2(rect.left() + 30.0, middle), &left, p.text, 60.0);
        let words = match (&attempt.end, &attempt.waits) {
            (None, Some(_)) => "waiting".to_owned(),
            (end, _) => outcome_words(end.as_ref().map(|end| &end.outcome)),
        };
        put(ui, egui::pos2(rect.left() + 84.0, middle), &words, p.dim, rect.width() - 160.0);
        let length = length_words(attempt, now);
        let galley =
            crate::widgets::elide(ui.ctx(), &length, theme::sans(theme::SMALL), p.dim, 72.0);
        let at = egui::pos2(rect.right() - 10.0 - galley.size().x, middle - galley.size().y / 2.0);
        ui.painter().galley(at, galley, p.dim);
        if response.clicked() {
            app.send(match attempt.child {
                Some(child) => Command::OpenRun(child),
                None => Command::OpenLog(key.clone(), Some(attempt.number)),
            });
        }
        response.on_hover_text(tip);
    }
    ui.spacing_mut().item_spacing.y = 8.0;
}

fn outcome_words(outcome: Option<&Outcome>) -> String {
    match outcome {
        None => "running".to_owned(),
        Some(Outcome::Succeeded) => "succeeded".to_owned(),
        Some(Outcome::Reused { .. }) => "reused".to_owned(),
        Some(Outcome::Missing { patterns }) => {
            Cause::NotProduced { patterns: patterns.clone() }.to_string()
        }
        Some(Outcome::Rejected { by, note }) => {
            Cause::Rejected { by: by.clone(), note: note.clone() }.to_string()
        }
        Some(Outcome::Skipped { reason }) if reason.is_empty() => "skipped itself".to_owned(),
        Some(Outcome::Skipped { reason }) => format!("skipped itself: {reason}"),
        Some(Outcome::Failed { exit }) => exit.to_string(),
        Some(Outcome::Child { run, state, reason }) => {
            Cause::Child { run: *run, state: *state, reason: reason.clone() }.to_string()
        }
        Some(Outcome::Refused { message } | Outcome::Error { message }) => message.clone(),
        Some(Outcome::TimedOut) => "took too long".to_owned(),
        Some(Outcome::Canceled) => "cancelled".to_owned(),
        Some(Outcome::Lost { message } | Outcome::Unknown { message }) => message.clone(),
    }
}
