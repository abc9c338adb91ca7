//! Where a run came from, in the panel at the right while no task is selected.

use egui::Ui;
use millrace_model::document::ParamKind;
use millrace_model::event::Trigger;
use millrace_model::ids::RunId;

use super::inspector::pair;
use crate::app::{App, full_sentence};
use crate::command::{Command, RunCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, label, section_start, wrapped};
use crate::words;

/// So many child runs are named.
const MAX_CHILDREN: usize = 20;

/// What is known of the open run's origin.
pub(super) fn provenance_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let now = app.backend.now();
    let Some(shown) = &app.run else { return };
    let Some(live) = shown.watch.live.as_ref() else { return };
    let Some(run) = live.run.clone() else { return };
    let workflow = live.snapshot.clone();
    let version = shown.place.version.words();
    let changes = shown.place.version.change_words();
    let offset = app.backend.local_offset_secs(run.queued);
    let head = &run.head;
    let mut sent = Vec::new();

    section_start(ui, "This run");
    pair(ui, "Run", &run.run.to_string());
    if let Some(version) = version {
        pair(ui, "Version", &version);
    }
    if let Some(changes) = changes {
        let button = Button::secondary(&changes).icon(icon::CLOCK_COUNTER_CLOCKWISE);
        if button.tip("Shows what had changed in the workflow").show(ui).clicked() {
            sent.push(Command::OfRun(RunCommand::ShowChanges));
        }
    }
    if let Some(git) = head.origin.as_ref().and_then(|origin| origin.git.as_ref()) {
        pair(ui, "Commit", &git.name());
        if let Some(remark) = git.remark() {
            wrapped(ui, &full_sentence(remark), theme::sans(theme::SMALL), p.retry);
        }
    }
    pair(ui, "Snapshot", head.snapshot.get(..12).unwrap_or(&head.snapshot));
    pair(ui, "Logical time", &words::day_and_clock(head.logical_time, now, offset));
    if !matches!(head.trigger, Trigger::Parent { .. }) {
        pair(ui, "Started by", &words::trigger(&head.trigger));
    }
    if run.round > 1 {
        pair(ui, "Round", &format!("{} (it was retried)", run.round));
    }
    if let Some(only) = &head.only {
        let names: Vec<&str> = only.iter().map(millrace_model::ident::Ident::as_str).collect();
        pair(ui, "Only", &names.join(", "));
    }
    let mut link = |ui: &mut Ui, text: &str, to: RunId| {
        if Button::secondary(text).icon(icon::ARROW_RIGHT).show(ui).clicked() {
            sent.push(Command::OpenRun(to));
        }
    };
    if let Trigger::Parent { run: parent, .. } = &head.trigger {
        link(ui, &format!("Started by {}", words::trigger(&head.trigger)), *parent);
    }
    if let Some(old) = head.rerun_of {
        link(ui, &format!("Rerun of {old:.8}"), old);
    }
    let children = run.tasks.values().flat_map(|task| {
        let items = task.mapped.iter().flat_map(|mapped| &mapped.runs);
        let all = std::iter::once(task).chain(items).flat_map(|task| &task.attempts);
        all.filter_map(|attempt| attempt.child)
    });
    for child in children.take(MAX_CHILDREN) {
        link(ui, &format!("Started run {child:.8}"), child);
    }

    if !head.params.is_empty() {
        section_start(ui, "Parameters");
        for (name, value) in &head.params {
            let declared = workflow.iter().flat_map(|workflow| &workflow.params);
            let kind =
                declared.filter(|param| param.name.as_str() == name).map(|it| it.kind).next();
            let text = words::value(value);
            let text = match kind {
                Some(ParamKind::Secret) => format!("the secret {text}"),
                _ => text,
            };
            pair(ui, name, &text);
        }
    }
    section_start(ui, "Machine");
    match head.origin.as_deref() {
        None => {
            let text = "Not recorded: this run is older than that.";
            wrapped(ui, text, theme::sans(theme::BODY), p.faint);
        }
        Some(origin) => {
            pair(ui, "Millrace", &origin.version);
            pair(ui, "Machine", &origin.machine);
            // In the other type "6.1 x86" is drawn as a product.
            super::inspector::pair_in(ui, "System", &origin.system, theme::mono(theme::SMALL));
            pair(ui, "User", &origin.user);
            if !origin.environment.is_empty() {
                label(ui, "Inherited variables", theme::sans(theme::BODY), p.dim);
                let names = origin.environment.join(" ");
                wrapped(ui, &names, theme::mono(theme::SMALL), p.text);
            }
        }
    }
    for command in sent {
        app.send(command);
    }
}
