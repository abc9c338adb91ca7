//! The panel at the right: what is selected, or the workflow itself.

use egui::{ScrollArea, Ui};
use millrace_model::ident::Ident;

use super::padded;
use crate::app::App;
use crate::canvas::Port;
use crate::command::{Command, Place};
use crate::state::Change;
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, field_label, label, section_head, segmented, wrapped};
use crate::words;

/// Draws the panel.
pub(crate) fn inspector_ui(app: &mut App, ui: &mut Ui) {
    let Some(watch) = app.shown_watch() else { return };
    let selected: Vec<Ident> = watch.canvas.selected.iter().cloned().collect();
    let wire = watch.canvas.selected_wire.clone();
    ScrollArea::vertical().id_salt("inspector").auto_shrink([false, false]).show(ui, |ui| {
        padded(ui, 14, 14, |ui| {
            ui.set_width(ui.available_width());
            match (selected.as_slice(), wire) {
                ([], Some((from, to))) => wire_ui(app, ui, &from, &to),
                ([], None) => workflow_ui(app, ui),
                ([task], _) => super::task::task_ui(app, ui, task),
                (many, _) => many_ui(app, ui, many.len()),
            }
        });
    });
}

/// A dependency and its condition.
fn wire_ui(app: &mut App, ui: &mut Ui, from: &Ident, to: &Ident) {
    let p = Palette::of(ui);
    let editable = app.place == Place::Editor;
    let workflow = match app.place {
        Place::Editor => app.tabs.current().map(|editor| editor.doc.workflow.as_ref()),
        _ => app.run.as_ref().and_then(|run| run.workflow()),
    };
    let Some(workflow) = workflow else { return };
    let Some(edge) = workflow.dependencies.iter().find(|e| e.from == *from && e.to == *to) else {
        return;
    };
    let title = |name: &Ident| {
        workflow.task(name.as_str()).map_or(name.as_str(), |task| task.shown_name()).to_owned()
    };
    let (from_title, to_title) = (title(from), title(to));
    let on = edge.on;
    let port = Port::of(on);
    label(ui, "Dependency", theme::semibold(14.0), p.text);
    wrapped(ui, &format!("{from_title} → {to_title}"), theme::sans(theme::BODY), p.dim);
    ui.add_space(6.0);
    field_label(ui, &format!("{to_title} may start"), false);
    let names = ["on success", "on failure", "when finished"];
    let active = Port::ALL.into_iter().position(|other| other == port && other.condition() == on);
    if editable {
        if let Some(index) = segmented(ui, &names, active.unwrap_or(usize::MAX)) {
            let change = Change::Condition {
                from: from.clone(),
                to: to.clone(),
                on: Port::ALL[index].condition(),
            };
            app.send(Command::Change(change));
        }
    } else {
        label(ui, port.words(), theme::sans(theme::BODY), p.text);
    }
    let endings: Vec<&str> = on.iter().map(|atom| atom.word()).collect();
    let endings = endings.join(", ").replace('_', " ");
    let text = format!("It holds when {from_title} ended: {endings}.");
    wrapped(ui, &text, theme::sans(theme::SMALL), p.faint);
    if editable {
        ui.add_space(8.0);
        let tip = "Removes the dependency  ·  Del";
        if Button::secondary("Delete").icon(icon::TRASH).tip(tip).show(ui).clicked() {
            app.send(Command::Delete);
        }
    }
}

fn many_ui(app: &mut App, ui: &mut Ui, count: usize) {
    let p = Palette::of(ui);
    label(ui, &format!("{count} tasks selected"), theme::semibold(14.0), p.text);
    let text = "Drag one of them, or use the arrow keys, to move them all.";
    wrapped(ui, text, theme::sans(theme::BODY), p.dim);
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if app.place == Place::Editor {
            let tip = Command::Delete.tip();
            if Button::secondary("Delete").icon(icon::TRASH).tip(tip).show(ui).clicked() {
                app.send(Command::Delete);
            }
        }
        let tip = Command::ZoomSelection.tip();
        if Button::secondary("Fit selection").tip(tip).show(ui).clicked() {
            app.send(Command::ZoomSelection);
        }
    });
}

/// The workflow itself, while nothing is selected.
fn workflow_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let place = app.place;
    let (workflow, path) = match place {
        Place::Editor => match app.tabs.current() {
            Some(editor) if !editor.doc.unreadable => {
                (editor.doc.workflow.as_ref().clone(), editor.doc.path.clone())
            }
            _ => return,
        },
        _ => match app.run.as_ref().and_then(|run| run.workflow()) {
            Some(workflow) => (workflow.clone(), None),
            None => return,
        },
    };
    label(ui, workflow.shown_name(), theme::semibold(14.0), p.text);
    let kind = if place == Place::Run { "as it was when it ran" } else { "workflow" };
    let text = format!("{} · {kind}", workflow.name);
    label(ui, &text, theme::sans(theme::SMALL), p.faint);
    if let Some(description) = &workflow.description {
        ui.add_space(4.0);
        wrapped(ui, description, theme::sans(theme::BODY), p.dim);
    }
    if place == Place::Run {
        run_params_ui(app, ui);
    } else if !workflow.params.is_empty() {
        ui.add_space(8.0);
        section_head(ui, "Parameters");
        for param in &workflow.params {
            let default = param.default.as_ref().map(crate::forms::shown_value);
            let right = default.unwrap_or_else(|| {
                if param.required { "required".to_owned() } else { "none".to_owned() }
            });
            pair(ui, param.name.as_str(), &right);
        }
    }
    let retry = workflow.defaults.retry.as_ref().map(crate::forms::retry_words);
    let timeout = workflow.defaults.timeout.map(|timeout| timeout.to_string());
    if retry.is_some() || timeout.is_some() {
        ui.add_space(8.0);
        section_head(ui, "Defaults of its tasks");
        if let Some(retry) = retry {
            pair(ui, "Run again when it fails", &retry);
        }
        if let Some(timeout) = timeout {
            pair(ui, "Time-out", &timeout);
        }
    }
    if let Some(path) = path {
        ui.add_space(8.0);
        section_head(ui, "File");
        let response = label(ui, &path, theme::mono(theme::SMALL), p.dim);
        response.on_hover_text(path);
    }
    if place == Place::Editor && !workflow.tasks.is_empty() {
        ui.add_space(12.0);
        let text =
            "Select a task to see and edit it. Drag from a port at its right side to connect it.";
        wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    }
}

/// What the run was given.
fn run_params_ui(app: &App, ui: &mut Ui) {
    let run = app.run.as_ref().and_then(|shown| shown.watch.live.as_ref()?.run.as_ref());
    let Some(run) = run.filter(|run| !run.head.params.is_empty()) else { return };
    ui.add_space(8.0);
    section_head(ui, "Parameters");
    for (name, value) in &run.head.params {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        pair(ui, name, &text);
    }
}

/// A name at the left, a value at the right.
pub(super) fn pair(ui: &mut Ui, name: &str, value: &str) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.set_height(20.0);
        let half = ui.available_width() * 0.45;
        ui.allocate_ui(egui::vec2(half, 20.0), |ui| {
            ui.set_width(half);
            label(ui, name, theme::sans(theme::BODY), p.dim);
        });
        label(ui, value, theme::sans(theme::BODY), p.text);
    });
}

/// `1.2 s`, `running 4 s`, or a dash.
pub(super) fn length_words(
    attempt: &millrace_model::event::Attempt,
    now: millrace_model::time::Timestamp,
) -> String {
    match &attempt.end {
        Some(end) => words::duration(std::time::Duration::from_micros(end.duration_us)),
        None => words::running_for(now.since(attempt.started.unwrap_or(attempt.dispatched))),
    }
}
