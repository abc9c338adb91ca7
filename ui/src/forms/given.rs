//! Values for the parameters that a workflow declares: a field each, and what is given beside them.

use egui::Ui;
use millrace_model::document::{Json, Param};

use super::controls::TextLook;
use super::form::{Form, Row};
use super::params_edit::value_of;
use super::scope::Reading;
use super::values::shown_value;
use crate::widgets::section_start;

/// Who gives the values, and where they stand.
pub(super) struct Giver<'a> {
    /// The path of the object in the document.
    pub(super) path: &'a str,
    /// What the help of what nobody declared says.
    pub(super) others: &'a str,
    /// What expressions mean in the values, where they can hold some.
    pub(super) reading: Option<Reading>,
}

/// Draws the fields; `given` holds names and texts.
pub(super) fn given_ui(
    form: &mut Form,
    ui: &mut Ui,
    giver: &Giver<'_>,
    declared: &[Param],
    given: &mut Vec<(String, String)>,
) {
    for param in declared {
        let name = param.name.as_str();
        let path = format!("{}.{name}", giver.path);
        let mut value = given.iter().find(|(other, _)| other == name).map(|(_, text)| text.clone());
        let help = match &param.description {
            Some(text) => text.clone(),
            None => format!("A parameter of type {}.", param.kind.word()),
        };
        let row = Row::new(&path, name, &help)
            .required(param.required && value.is_none())
            .set(value.is_some())
            .without_default(param.required)
            .aside(param.kind.word());
        let default = param.default.as_ref().map(shown_value).unwrap_or_default();
        let label = format!("Parameter {name}");
        let reset = form.row(ui, &row, |form, ui| {
            let look = TextLook { hint: &default, mono: true, reading: giver.reading };
            form.text(ui, &path, &label, &mut value, look);
        });
        if reset {
            value = None;
        }
        put(given, name, value);
    }
    let is_declared = |name: &str| declared.iter().any(|param| param.name.as_str() == name);
    let mut others: Vec<(String, String)> =
        given.iter().filter(|(name, _)| !is_declared(name)).cloned().collect();
    if others.is_empty() {
        form.own_problems_ui(ui, giver.path);
        return;
    }
    let row = Row::new(giver.path, "Other parameters", giver.others).fixed();
    form.row(ui, &row, |form, ui| {
        let names = (giver.path, "Other parameters", "parameter");
        form.named_texts(ui, names, &mut others, giver.reading);
    });
    given.retain(|(name, _)| is_declared(name));
    given.extend(others);
}

/// The parameters of the runs that a schedule or trigger starts, with what they are to the document.
pub(super) fn run_params_ui(
    form: &mut Form,
    ui: &mut Ui,
    path: &str,
    declared: &[Param],
    params: &mut Option<Json>,
) {
    let members = params.as_ref().map(Json::members).unwrap_or_default().iter();
    let before: Vec<(String, String)> =
        members.map(|(name, value)| (name.clone(), shown_value(value))).collect();
    if declared.is_empty() && before.is_empty() {
        return;
    }
    if !form.read_only {
        section_start(ui, "Parameters of its runs");
    }
    let mut given = before.clone();
    let others = "What it gives and the workflow does not declare.";
    given_ui(form, ui, &Giver { path, others, reading: None }, declared, &mut given);
    if given == before {
        return;
    }
    let members = given.into_iter().map(|(name, text)| {
        let param = declared.iter().find(|param| param.name.as_str() == name);
        // What is no value of the type stays as text; the check of the document says what is wrong with it.
        let value = param.and_then(|param| value_of(param.kind, &text).ok().flatten());
        (name, value.unwrap_or(Json::String(text)))
    });
    let object = Json::Object(members.collect());
    *params = Some(object).filter(|object| !object.members().is_empty());
}

fn put(given: &mut Vec<(String, String)>, name: &str, value: Option<String>) {
    let at = given.iter().position(|(other, _)| other == name);
    match (at, value) {
        (Some(at), Some(value)) => given[at].1 = value,
        (Some(at), None) => drop(given.remove(at)),
        (None, Some(value)) => given.push((name.to_owned(), value)),
        (None, None) => {}
    }
}
