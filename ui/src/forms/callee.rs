//! The form of a task that runs another workflow: which one, from the library or from a file, and its parameters.

use egui::{Popup, Ui};
use millrace_model::action::Callee;
use millrace_model::document::{Json, Param, Task};
use millrace_model::kinds::{Field as KindField, FieldShape, PathPick};

use super::form::Form;
use super::given::{Giver, given_ui};
use super::scope::Reading;
use super::values::shown_value;
use crate::app::App;
use crate::command::Command;
use crate::state::Change;
use crate::theme;
use crate::theme::icons::icon;
use crate::widgets::{Button, Field, menu_frame, menu_item};

/// What the form knows of other workflows.
pub(super) struct Others {
    /// The names in the library.
    names: Vec<String>,
    /// The folder of the document.
    folder: Option<String>,
    /// The parameters of the workflow that the task runs, where it is known.
    params: Option<Vec<Param>>,
}

impl Others {
    /// What is known; nothing for a task that runs no other workflow.
    pub(super) fn of(app: &mut App, task: &Task, own: &str) -> Option<Self> {
        let kind = millrace_model::kinds::kind(&task.kind)?;
        let field = kind.fields.iter().find(|field| picks_workflow(field))?;
        let callee = task.spec.get(field.key).and_then(Json::as_str).map(str::to_owned);
        let params = callee.and_then(|callee| app.callee_params(&callee));
        let rows = app.library.rows.iter().flatten();
        let mut names: Vec<String> =
            rows.map(|row| row.name.clone()).filter(|name| name != own).collect();
        names.dedup();
        Some(Self { names, folder: app.shown_folder(), params })
    }

    /// The declared parameters, where they are known.
    pub(super) fn params(&self) -> Option<&[Param]> {
        self.params.as_deref()
    }
}

/// Whether a field says which workflow is run.
pub(super) fn picks_workflow(field: &KindField) -> bool {
    field.shape == FieldShape::Path { pick: PathPick::Workflow }
}

/// The name or path of a workflow: typed, chosen from the library, or a file.
pub(super) fn pick_ui(
    form: &mut Form,
    ui: &mut Ui,
    (path, name, hint): (&str, &str, &str),
    others: &Others,
    value: &mut Option<String>,
) {
    let read_only = form.read_only;
    let picked = form.take_picked(path).map(|picked| match &others.folder {
        Some(folder) => Callee::path_from(folder, &picked),
        None => picked,
    });
    let mut wants_dialog = false;
    let show = |value: &Option<String>| value.clone().unwrap_or_default();
    let read = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
    let next = form.typed(ui, path, value, (show, read), |ui, id, text, bad| {
        let field = Field::new(text, name).hint(hint).mono(true).bad(bad).id(id);
        if read_only {
            return field.read_only(true).show(ui);
        }
        let mut chosen = picked;
        let mut response = ui
            .horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                let buttons = 2.0 * (theme::CONTROL + 4.0);
                let response = field.width(ui.available_width() - buttons).show(ui);
                let label = format!("Choose: {name}");
                let tip = "Choose one of the library";
                let none = others.names.is_empty().then(|| "The library has no other".to_owned());
                let button = Button::icon_only(icon::CARET_DOWN, &label).tip(tip).refused(none);
                let button = button.show(ui);
                Popup::menu(&button).align(egui::RectAlign::BOTTOM_END).show(|ui| {
                    menu_frame(ui);
                    egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                        for other in &others.names {
                            if menu_item(ui, "", other, "") {
                                chosen = Some(other.clone());
                            }
                        }
                    });
                });
                let label = format!("Browse: {name}");
                let button = Button::icon_only(icon::FOLDER_OPEN, &label).tip("Choose a file");
                wants_dialog = button.show(ui).clicked();
                response
            })
            .inner;
        if let Some(chosen) = chosen {
            *text = chosen;
            response.mark_changed();
        }
        response
    });
    if wants_dialog {
        let field = form.key(path);
        let title = "Choose a workflow".to_owned();
        form.send(Command::PickPath { field, folder: false, title });
    }
    if let Some(next) = next {
        *value = next;
    }
}

/// A field for each parameter that the workflow declares, and what is given beside them.
pub(super) fn params_ui(
    form: &mut Form,
    ui: &mut Ui,
    task: &Task,
    field: &'static KindField,
    declared: &[Param],
) {
    let before: Vec<(String, String)> = task
        .spec
        .get(field.key)
        .map(Json::members)
        .unwrap_or_default()
        .iter()
        .map(|(name, value)| (name.clone(), shown_value(value)))
        .collect();
    let mut given = before.clone();
    let giver = Giver {
        path: &format!("spec.{}", field.key),
        others: "What the task gives and the workflow does not declare.",
        reading: Some(Reading::Template),
    };
    given_ui(form, ui, &giver, declared, &mut given);
    if given != before {
        let members = given.into_iter().map(|(name, text)| (name, Json::String(text))).collect();
        let value = Some(Json::Object(members)).filter(|map| !map.members().is_empty());
        let key = field.key.to_owned();
        form.send(Command::Change(Change::Spec { task: task.name.clone(), key, value }));
    }
}
