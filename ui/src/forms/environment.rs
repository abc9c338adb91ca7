//! Where a task runs and with which variables.

use egui::Ui;
use millrace_model::document::{EnvMap, EnvValue, Task, Workflow};

use super::form::{Form, Row};
use super::scope::Reading;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{label, section_start};

pub(super) fn environment_ui(form: &mut Form, ui: &mut Ui, task: &mut Task, workflow: &Workflow) {
    let help = "Where its process starts; relative to the workflow's working folder.";
    let row = Row::new("workdir", "Working folder", help).set(task.workdir.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let inherited = workflow.workdir.as_deref().unwrap_or("the document's folder");
        let how = (true, inherited, Some(Reading::Template));
        if form.path(ui, "workdir", "Working folder", &mut task.workdir, how) {
            form.edited("working folder");
        }
    });
    if reset {
        task.workdir = None;
        form.edited("working folder");
    }

    let help = "Environment variables of its process. A value may hold ${…}; a key makes it the \
                name of a stored secret.";
    let row = Row::new("env", "Variables", help).set(!task.env.is_empty());
    let reset = form.row(ui, &row, |form, ui| {
        if form.variables(ui, "env", ("Variables", "variable"), &mut task.env) {
            form.edited("variables");
        }
    });
    if reset {
        task.env.clear();
        form.edited("variables");
    }
    form.has_rows |= inherited_ui(ui, task, workflow);
}

/// The variables that it has without saying so. Says whether there are any.
fn inherited_ui(ui: &mut Ui, task: &Task, workflow: &Workflow) -> bool {
    let mut inherited = EnvMap::new();
    for env in [&workflow.env, &workflow.defaults.env] {
        inherited.extend(env.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    inherited.retain(|name, _| !task.env.contains_key(name));
    if inherited.is_empty() {
        return false;
    }
    let p = Palette::of(ui);
    section_start(ui, "From the workflow");
    ui.spacing_mut().item_spacing.y = 2.0;
    for (name, value) in &inherited {
        ui.horizontal(|ui| {
            ui.set_height(20.0);
            ui.spacing_mut().item_spacing.x = 6.0;
            let half = ui.available_width() * 0.4;
            ui.allocate_ui(egui::vec2(half, 20.0), |ui| {
                ui.set_width(half);
                label(ui, name, theme::mono(theme::SMALL), p.dim);
            });
            match value {
                EnvValue::Template(text) => _ = label(ui, text, theme::mono(theme::SMALL), p.dim),
                EnvValue::Secret(name) => {
                    label(ui, icon::KEY, icons::font(13.0), p.faint);
                    label(ui, name, theme::mono(theme::SMALL), p.dim);
                }
            }
        });
    }
    ui.spacing_mut().item_spacing.y = 8.0;
    true
}
