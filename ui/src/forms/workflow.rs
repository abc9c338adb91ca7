//! The form of the workflow itself, in tabs.

use egui::Ui;
use millrace_api::document::Severity;
use millrace_model::document::{Limits, Overlap, TriggerRule, Workflow};

use super::controls::TextLook;
use super::form::{Form, Row};
use super::hooks::{Of, hooks_ui};
use super::params_edit::{List, params_ui};
use super::retry::retry_ui;
use super::schedules::schedules_ui;
use super::scope::Reading;
use super::starters::starters_ui;
use super::state::WorkflowTab;
use super::{control, name};
use crate::app::App;
use crate::command::{Command, Place};
use crate::state::Change;
use crate::theme::{self, Palette};
use crate::widgets::{dropdown, label, section_start, tab_bar, wrapped};

/// The form of the workflow that is in view. Read-only outside of the editor.
pub(crate) fn workflow_form_ui(app: &mut App, ui: &mut Ui, workflow: &Workflow) {
    let mut form = Form::of_workflow(app);
    let tab = tabs_ui(app, ui, &form);
    let mut fields = fields_of(workflow);
    match tab {
        WorkflowTab::Workflow => general_ui(app, &mut form, ui, workflow, &mut fields),
        WorkflowTab::Parameters => {
            let open = &mut app.forms.open_param;
            params_ui(open, &mut form, ui, &mut fields.params, &List::OF_WORKFLOW);
        }
        WorkflowTab::Schedules => {
            schedules_ui(app, &mut form, ui, &mut fields);
            if !form.read_only || !fields.triggers.is_empty() {
                section_start(ui, "Triggers");
                starters_ui::<TriggerRule>(app, &mut form, ui, &mut fields);
            }
        }
        WorkflowTab::Defaults => defaults_ui(&mut form, ui, &mut fields),
        WorkflowTab::Notes => notes_ui(&mut form, ui, &mut fields),
    }
    if !matches!(tab, WorkflowTab::Parameters) {
        form.empty_ui(ui);
    }
    if let Some(field) = form.close(app)
        && fields != fields_of(workflow)
    {
        app.send(Command::Change(Change::Workflow { fields: Box::new(fields), field }));
    }
}

/// What the check says of the edge of this index.
pub(crate) fn edge_problems_ui(app: &mut App, ui: &mut Ui, index: usize) {
    let form = Form::of_workflow(app);
    form.problems_ui(ui, &format!("dependencies[{index}]"));
    form.close(app);
}

/// The workflow without tasks, edges and layout: what a form can change, and all that has to be copied for it.
fn fields_of(workflow: &Workflow) -> Workflow {
    Workflow {
        schema: workflow.schema.clone(),
        format_version: workflow.format_version,
        name: workflow.name.clone(),
        title: workflow.title.clone(),
        description: workflow.description.clone(),
        params: workflow.params.clone(),
        env: workflow.env.clone(),
        workdir: workflow.workdir.clone(),
        defaults: workflow.defaults.clone(),
        limits: workflow.limits.clone(),
        schedules: workflow.schedules.clone(),
        triggers: workflow.triggers.clone(),
        hooks: workflow.hooks.clone(),
        tasks: Vec::new(),
        dependencies: Vec::new(),
        tags: workflow.tags.clone(),
        layout: millrace_model::document::Layout::default(),
        extra: workflow.extra.clone(),
    }
}

fn tabs_ui(app: &mut App, ui: &mut Ui, form: &Form) -> WorkflowTab {
    let p = Palette::of(ui);
    let active = app.forms.workflow_tab;
    let segments = WorkflowTab::ALL.map(|tab| {
        let worst = form.worst(|field| WorkflowTab::of_field(field) == Some(tab));
        let dot = match worst {
            Some(Severity::Error) => Some(p.bad),
            Some(Severity::Warning) => Some(p.retry),
            Some(Severity::Notice) | None => None,
        };
        (tab.name(), dot)
    });
    let index = WorkflowTab::ALL.iter().position(|tab| *tab == active).unwrap_or(0);
    if let Some(clicked) = tab_bar(ui, &segments, index) {
        app.forms.workflow_tab = WorkflowTab::ALL[clicked];
    }
    ui.add_space(4.0);
    active
}

fn general_ui(
    app: &mut App,
    form: &mut Form,
    ui: &mut Ui,
    workflow: &Workflow,
    fields: &mut Workflow,
) {
    names_ui(app, form, ui, fields);
    let help = "Labels of your own, for finding it in the library.";
    let row = Row::new("tags", "Tags", help).set(!fields.tags.is_empty());
    let reset = form.row(ui, &row, |form, ui| {
        if form.texts(ui, ("tags", "Tags", "tag"), &mut fields.tags, None) {
            form.edited("tags");
        }
    });
    if reset {
        fields.tags.clear();
        form.edited("tags");
    }
    let help = "Where its tasks start; relative to the document's folder.";
    let row = Row::new("workdir", "Working folder", help).set(fields.workdir.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let how = (true, "the document's folder", Some(Reading::Template));
        if form.path(ui, "workdir", "Working folder", &mut fields.workdir, how) {
            form.edited("working folder");
        }
    });
    if reset {
        fields.workdir = None;
        form.edited("working folder");
    }
    let help = "Environment variables of all its tasks. A value may hold ${…}; a key makes it the \
                name of a stored secret.";
    let row = Row::new("env", "Variables", help).set(!fields.env.is_empty());
    let reset = form.row(ui, &row, |form, ui| {
        if form.variables(ui, "env", ("Variables", "variable"), &mut fields.env) {
            form.edited("variables");
        }
    });
    if reset {
        fields.env.clear();
        form.edited("variables");
    }
    if !form.read_only || fields.limits != Limits::default() {
        section_start(ui, "Limits");
        limits_ui(form, ui, &mut fields.limits);
    }
    hooks_ui(app, form, ui, Of { workflow, task: None }, &mut fields.hooks);
    file_ui(app, ui);
}

fn names_ui(app: &mut App, form: &mut Form, ui: &mut Ui, fields: &mut Workflow) {
    if form.read_only {
        return;
    }
    ui.columns(2, |columns| {
        let help = "What people see. The name is shown where there is none.";
        let row = Row::new("title", "Title", help);
        form.row(&mut columns[0], &row, |form, ui| {
            if std::mem::take(&mut app.forms.focus_title) {
                let text = fields.title.clone().unwrap_or_default();
                name::focus_all(ui, form.id("title"), &text);
            }
            let name = fields.name.to_string();
            let look = TextLook { hint: &name, ..TextLook::default() };
            if form.text(ui, "title", "Title", &mut fields.title, look) {
                form.edited("title");
            }
        });
        let help = "What the library and the command line call it.";
        form.row(&mut columns[1], &Row::new("name", "Name", help), |form, ui| {
            if let Some(name) = form.renamed(ui, "name", &fields.name, |_| false) {
                fields.name = name;
                form.edited("name");
            }
        });
    });
}

fn limits_ui(form: &mut Form, ui: &mut Ui, limits: &mut Limits) {
    let before = limits.clone();
    let most = i64::from(u32::MAX);
    ui.columns(2, |columns| {
        let help = "Of one run, at a time. Without a number the setting of the engine counts.";
        let row = Row::new("limits.parallel_tasks", "Tasks at once", help);
        let mut tasks = limits.parallel_tasks.map(i64::from);
        let reset = form.row(&mut columns[0], &row.set(tasks.is_some()), |form, ui| {
            let path = ("limits.parallel_tasks", "Tasks at once");
            form.whole(ui, path, &mut tasks, 1..=most, (1, "default"));
        });
        limits.parallel_tasks =
            tasks.filter(|_| !reset).and_then(|tasks| u32::try_from(tasks).ok());
        let help = "Runs of this workflow at a time.";
        let row = Row::new("limits.active_runs", "Runs at once", help);
        let mut runs = (limits.active_runs != 1).then_some(i64::from(limits.active_runs));
        let reset = form.row(&mut columns[1], &row.set(runs.is_some()), |form, ui| {
            let path = ("limits.active_runs", "Runs at once");
            form.whole(ui, path, &mut runs, 1..=most, (1, "1"));
        });
        let runs = runs.filter(|_| !reset).and_then(|runs| u32::try_from(runs).ok());
        limits.active_runs = runs.unwrap_or(1);
    });
    let help = "What becomes of a new run while as many are active as may be.";
    let row = Row::new("limits.overlap", "When the limit is reached", help);
    let reset = form.row(ui, &row.set(limits.overlap != Overlap::default()), |form, ui| {
        let words = OVERLAPS.map(|(_, words)| words.to_owned());
        let now = OVERLAPS.iter().position(|(overlap, _)| *overlap == limits.overlap);
        if let Some(index) = dropdown(ui, "When the limit is reached", &words, now)
            && !form.read_only
        {
            limits.overlap = OVERLAPS[index].0;
        }
    });
    if reset {
        limits.overlap = Overlap::default();
    }
    let help = "A run that takes longer is cancelled and counts as failed.";
    let row = Row::new("limits.timeout", "Time-out of a run", help);
    let reset = form.row(ui, &row.set(limits.timeout.is_some()), |form, ui| {
        form.duration(ui, "limits.timeout", "Time-out of a run", &mut limits.timeout, "no limit");
    });
    if reset {
        limits.timeout = None;
    }
    let help = "The first task that fails cancels the rest, unless its failure is allowed.";
    let path = ("limits.fail_fast", "Stop at the first failure", help);
    form.flag(ui, path, &mut limits.fail_fast, false);
    if *limits != before {
        form.edited("limits");
    }
}

const OVERLAPS: [(Overlap, &str); 3] = [
    (Overlap::Skip, "Skip the new run, and record it"),
    (Overlap::Queue, "Let the new run wait"),
    (Overlap::Replace, "Cancel the oldest run"),
];

fn file_ui(app: &App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let path = match (app.place, app.tabs.current()) {
        (Place::Editor, Some(editor)) => editor.doc.path.clone(),
        _ => None,
    };
    if let Some(path) = path {
        section_start(ui, "File");
        label(ui, &path, theme::mono(theme::SMALL), p.dim).on_hover_text(path);
    }
}

fn defaults_ui(form: &mut Form, ui: &mut Ui, fields: &mut Workflow) {
    let p = Palette::of(ui);
    let text = "Used by tasks that set nothing of their own.";
    wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    if retry_ui(form, ui, "defaults.retry", &mut fields.defaults.retry, None) {
        form.edited("default retry");
    }
    let help = "A try that takes longer is stopped and counts as failed.";
    let row = Row::new("defaults.timeout", "Time-out", help).set(fields.defaults.timeout.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let value = &mut fields.defaults.timeout;
        if form.duration(ui, "defaults.timeout", "Time-out", value, "no limit") {
            form.edited("default time-out");
        }
    });
    if reset {
        fields.defaults.timeout = None;
        form.edited("default time-out");
    }
    control::pool_ui(form, ui, "defaults.pool", &mut fields.defaults.pool, None);
    let help = "Environment variables of tasks that do not set them; they win over the workflow's.";
    let row = Row::new("defaults.env", "Variables", help).set(!fields.defaults.env.is_empty());
    let reset = form.row(ui, &row, |form, ui| {
        if form.variables(ui, "defaults.env", ("Variables", "variable"), &mut fields.defaults.env) {
            form.edited("default variables");
        }
    });
    if reset {
        fields.defaults.env.clear();
        form.edited("default variables");
    }
}

fn notes_ui(form: &mut Form, ui: &mut Ui, fields: &mut Workflow) {
    let help = "Markdown. What it does and what to know; the library shows it.";
    let row = Row::new("description", "Description", help).set(fields.description.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        if form.prose(ui, "description", "Description", &mut fields.description, 14) {
            form.edited("description");
        }
    });
    if reset {
        fields.description = None;
        form.edited("description");
    }
}
