//! The parameters of a run: one fitting control each, checked while they are typed.
//!
//! By the rules of the daemon, which checks them again when the run starts.

use std::collections::BTreeMap;
use std::rc::Rc;

use egui::Ui;
use millrace_model::document::{Param, ParamKind, Workflow};
use millrace_model::ids::RunId;
use millrace_model::params::parse_text;

use super::values::shown_value;
use crate::app::sentence;
use crate::theme::{self, Palette};
use crate::widgets::{
    CodeField, Field, Language, checkbox, dropdown, field_label, problem_line, wrapped,
};

/// The form of a run that is about to start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunForm {
    /// The workflow's title.
    pub(crate) title: String,
    /// The run that is run again with them; none: a new run of the document in view.
    pub(crate) rerun: Option<RunId>,
    fields: Vec<ParamField>,
    /// The names of the stored secrets.
    secrets: Rc<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq)]
struct ParamField {
    param: Param,
    /// What stands in the field.
    text: String,
    /// A person was here: its problem is shown.
    touched: bool,
}

impl RunForm {
    /// A form with the defaults filled in.
    pub(crate) fn new(workflow: &Workflow, secrets: Rc<Vec<String>>) -> Self {
        let title = workflow.shown_name().to_owned();
        Self { title, secrets, ..Self::of_params(workflow.params.clone()) }
    }

    /// A form with what a run was given filled in.
    pub(crate) fn of_run(
        run: RunId,
        workflow: &Workflow,
        given: &millrace_model::Values,
        secrets: Rc<Vec<String>>,
    ) -> Self {
        let mut form = Self { rerun: Some(run), ..Self::new(workflow, secrets) };
        for field in &mut form.fields {
            if let Some(value) = given.get(field.param.name.as_str()) {
                let text = value.as_str().map(str::to_owned);
                field.text = text.unwrap_or_else(|| value.to_string());
            }
        }
        form
    }

    /// A form with these fields.
    pub(crate) fn of_params(params: Vec<Param>) -> Self {
        let fields = params.into_iter().map(|param| ParamField {
            text: param.default.as_ref().map(shown_value).unwrap_or_default(),
            param,
            touched: false,
        });
        let fields = fields.collect();
        Self { title: String::new(), rerun: None, fields, secrets: Rc::default() }
    }

    /// Whether there is nothing to fill in.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Why it cannot start.
    pub(crate) fn first_problem(&self) -> Option<String> {
        self.fields
            .iter()
            .find_map(|field| problem(field).map(|text| format!("{}: {text}", field.param.name)))
    }

    /// What is given. Fields that hold their default are left to the document; where a run is run again, none is: else what
    /// that run was given would stay.
    pub(crate) fn texts(&self) -> BTreeMap<String, String> {
        let is_given = |field: &&ParamField| {
            if self.rerun.is_some() {
                return !field.text.is_empty() || field.param.kind == ParamKind::String;
            }
            let default = field.param.default.as_ref().map(shown_value);
            default.as_deref() != Some(field.text.as_str())
                && (!field.text.is_empty() || default.is_some())
        };
        let given = self.fields.iter().filter(is_given);
        given.map(|field| (field.param.name.to_string(), field.text.clone())).collect()
    }
}

/// Draws the fields.
pub(crate) fn params_ui(ui: &mut Ui, form: &mut RunForm) {
    let p = Palette::of(ui);
    let secrets = Rc::clone(&form.secrets);
    for field in &mut form.fields {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            control_ui(ui, field, &secrets);
            if let Some(text) = &field.param.description {
                wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
            }
            if let (true, Some(problem)) = (field.touched, problem(field)) {
                problem_line(ui, &sentence(&problem));
            }
        });
        ui.add_space(4.0);
    }
}

fn control_ui(ui: &mut Ui, field: &mut ParamField, secrets: &[String]) {
    let name = field.param.name.to_string();
    if field.param.kind == ParamKind::Bool && !field.text.starts_with("${") {
        let mut on = field.text == "true";
        if checkbox(ui, &mut on, &name).changed() {
            field.text = on.to_string();
            field.touched = true;
        }
        return;
    }
    let required = field.param.required && field.param.default.is_none();
    field_label(ui, &name, required);
    let names: Vec<String> = match field.param.kind {
        // The document's default may not be stored here; it stays to be seen.
        ParamKind::Secret if !secrets.is_empty() && !field.text.contains("${") => {
            let other = Some(&field.text).filter(|text| !text.is_empty());
            let other = other.filter(|text| !secrets.contains(text));
            secrets.iter().chain(other).cloned().collect()
        }
        _ => field.param.choices.iter().map(shown_value).collect(),
    };
    if !names.is_empty() {
        let chosen = names.iter().position(|name| *name == field.text);
        if let Some(index) = dropdown(ui, &name, &names, chosen) {
            field.text.clone_from(&names[index]);
            field.touched = true;
        }
        return;
    }
    let bad = field.touched && problem(field).is_some();
    let response = match field.param.kind {
        ParamKind::Json | ParamKind::List => {
            let id = ui.make_persistent_id(("param", name.as_str()));
            let code = CodeField::new(id, &name).language(Some(Language::Json)).rows(3);
            code.bad(bad).show(ui, &mut field.text)
        }
        kind => Field::new(&mut field.text, &name).hint(hint(kind)).bad(bad).show(ui),
    };
    if response.changed() || response.lost_focus() {
        field.touched = true;
    }
}

fn hint(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::String | ParamKind::Choice | ParamKind::Bool => "",
        ParamKind::Int => "whole number",
        ParamKind::Float => "number",
        ParamKind::Date => "e.g. 2026-11-23",
        ParamKind::Datetime => "e.g. 2026-11-23T06:00:00Z",
        ParamKind::File => "path of a file",
        ParamKind::Directory => "path of a folder",
        ParamKind::List => "[\"a\", \"b\"]",
        ParamKind::Json => "{}",
        ParamKind::Secret => "name of a stored secret",
    }
}

/// What is wrong with what stands in the field.
fn problem(field: &ParamField) -> Option<String> {
    let param = &field.param;
    let text = field.text.trim();
    if text.is_empty() {
        let missing = param.required && param.default.is_none();
        return missing.then(|| "a value is required".to_owned());
    }
    // A template such as ${date(run.logical_time)} is worked out by the engine.
    if text.contains("${") {
        return None;
    }
    parse_text(param, &field.text).err().map(|problem| problem.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::document::Json;
    use millrace_model::ident::Ident;

    fn field(kind: ParamKind, text: &str) -> ParamField {
        let param = Param {
            name: Ident::new("x").unwrap(),
            kind,
            default: None,
            required: true,
            choices: Vec::new(),
            min: Some(Json::Number("1".into())),
            max: Some(Json::Number("9".into())),
            pattern: None,
            description: None,
            extra: Vec::new(),
        };
        ParamField { param, text: text.to_owned(), touched: true }
    }

    #[test]
    fn values_are_checked_while_they_are_typed() {
        for (kind, good, bad) in [
            (ParamKind::Int, "5", "5.5"),
            (ParamKind::Int, "9", "10"),
            (ParamKind::Float, "1.5", "nan"),
            (ParamKind::Date, "2024-02-29", "2026-02-29"),
            (ParamKind::Datetime, "2026-11-23T06:00:00Z", "yesterday"),
            (ParamKind::List, "[1]", "[1"),
            (ParamKind::List, "a, b", "1,2,3,4,5,6,7,8,9,10"),
            (ParamKind::Json, "{}", "{"),
            (ParamKind::String, "x", ""),
        ] {
            assert_eq!(problem(&field(kind, good)), None, "{kind:?} {good}");
            assert!(problem(&field(kind, bad)).is_some(), "{kind:?} {bad}");
        }
    }
}
