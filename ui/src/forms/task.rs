//! The form of a task, in tabs.

use std::sync::Arc;

use egui::Ui;
use millrace_api::document::Severity;
use millrace_model::document::{Task, Workflow};

use super::callee::Others;
use super::form::Form;
use super::hooks::{Of, hooks_ui};
use super::{control, environment, name, notes, spec};
use crate::app::App;
use crate::command::{Command, Place};
use crate::state::Change;
use crate::theme::Palette;
use crate::widgets::tab_bar;

pub(crate) use super::state::TaskTab;

/// The form of a task. Read-only outside of the editor.
pub(crate) fn task_form_ui(app: &mut App, ui: &mut Ui, task: &Task) {
    let Some(workflow) = shown_workflow(app) else { return };
    let others = Others::of(app, task, workflow.name.as_str());
    let mut form = Form::of_task(app, &task.name);
    let tab = tabs_ui(app, ui, &form);
    let mut next = task.clone();
    match tab {
        TaskTab::Spec => {
            name::name_ui(app, &mut form, ui, task, &workflow);
            let open = &mut app.forms.open_param;
            spec::spec_ui(&mut form, ui, task, others.as_ref(), open);
        }
        TaskTab::Control => {
            control::control_ui(&mut form, ui, &mut next, &workflow);
            let of = Of { workflow: &workflow, task: Some(task) };
            hooks_ui(app, &mut form, ui, of, &mut next.hooks);
        }
        TaskTab::Environment => environment::environment_ui(&mut form, ui, &mut next, &workflow),
        TaskTab::Notes => notes::notes_ui(&mut form, ui, &mut next),
    }
    if tab != TaskTab::Spec {
        form.empty_ui(ui);
    }
    if let Some(field) = form.close(app)
        && next != *task
    {
        app.send(Command::Change(Change::Task { task: Box::new(next), field }));
    }
}

/// The tabs, with a dot where something is wrong. Gives the one that is shown.
fn tabs_ui(app: &mut App, ui: &mut Ui, form: &Form) -> TaskTab {
    let p = Palette::of(ui);
    let active = app.forms.task_tab;
    let segments = TaskTab::ALL.map(|tab| {
        let worst = form.worst(|field| TaskTab::of_field(field) == tab);
        let dot = match worst {
            Some(Severity::Error) => Some(p.bad),
            Some(Severity::Warning) => Some(p.retry),
            Some(Severity::Notice) | None => None,
        };
        (tab.name(), dot)
    });
    let index = TaskTab::ALL.iter().position(|tab| *tab == active).unwrap_or(0);
    if let Some(clicked) = tab_bar(ui, &segments, index) {
        app.forms.task_tab = TaskTab::ALL[clicked];
    }
    ui.add_space(4.0);
    active
}

/// The workflow that is in view.
pub(crate) fn shown_workflow(app: &App) -> Option<Arc<Workflow>> {
    match app.place {
        Place::Editor => app.tabs.current().map(|editor| Arc::clone(&editor.doc.workflow)),
        _ => app.run.as_ref()?.watch.live.as_ref()?.snapshot.clone(),
    }
}
