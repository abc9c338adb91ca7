//! The fields that a task's kind declares, each with a fitting control.

use egui::Ui;
use millrace_model::connection::ConnectionKind;
use millrace_model::document::{EnvMap, EnvValue, Json, Param, Task};
use millrace_model::ident::Ident;
use millrace_model::kinds::{
    self, Field as KindField, FieldDefault, FieldShape, FieldText, PathPick,
};
use millrace_model::record::{Member as _, Reader};

use super::callee::{self, Others};
use super::controls::TextLook;
use super::form::{Form, Row};
use super::params_edit::{self, List};
use super::scope::Reading;
use super::values::shown_value;
use crate::command::{Command, ConnectionCommand};
use crate::state::Change;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{CodeField, Field, Language, dropdown, open_choice, section_start, wrapped};

pub(super) fn spec_ui(
    form: &mut Form,
    ui: &mut Ui,
    task: &Task,
    others: Option<&Others>,
    open: &mut Option<Ident>,
) {
    form.own_problems_ui(ui, "kind");
    let Some(kind) = kinds::kind(&task.kind) else {
        let p = Palette::of(ui);
        let text = format!(
            "This version does not know the kind “{}”. The task is kept as it is and cannot run.",
            task.kind
        );
        wrapped(ui, &text, theme::sans(theme::BODY), p.dim);
        let mut text = shown_value(&task.spec);
        Field::new(&mut text, "Spec").mono(true).read_only(true).show(ui);
        return;
    };
    form.own_problems_ui(ui, "spec");
    for field in kind.fields.iter().filter(|field| !field.advanced) {
        if field.shape == FieldShape::Params {
            declarations_ui(form, ui, task, field, open);
            continue;
        }
        field_ui(form, ui, task, field, others);
    }
    let advanced: Vec<_> = kind.fields.iter().filter(|field| field.advanced).collect();
    let is_set = advanced.iter().any(|field| task.spec.get(field.key).is_some());
    if advanced.is_empty() || (form.read_only && !is_set) {
        return;
    }
    more_ui(ui, ("advanced", task.name.as_str()), is_set, |ui| {
        for field in advanced {
            field_ui(form, ui, task, field, others);
        }
    });
}

/// What is folded away until asked for.
pub(super) fn more_ui(
    ui: &mut Ui,
    salt: impl std::hash::Hash + std::fmt::Debug,
    is_open: bool,
    add: impl FnOnce(&mut Ui),
) {
    let id = ui.make_persistent_id(salt);
    egui::CollapsingHeader::new(
        egui::RichText::new("More").font(theme::sans(theme::SMALL)).color(Palette::of(ui).dim),
    )
    .id_salt(id)
    .default_open(is_open)
    .icon(|ui, openness, response| {
        let glyph = if openness > 0.5 { icon::CARET_DOWN } else { icon::CARET_RIGHT };
        // In line with the labels of the fields.
        let center = response.rect.center() - egui::vec2(3.0, 0.0);
        let ink = Palette::of(ui).dim;
        crate::widgets::glyph(ui.painter(), center, glyph, icons::font(12.0), ink);
    })
    .show_unindented(ui, add);
}

fn field_ui(
    form: &mut Form,
    ui: &mut Ui,
    task: &Task,
    field: &'static KindField,
    others: Option<&Others>,
) {
    if field.shape == FieldShape::KeyValue
        && let Some(declared) = others.and_then(Others::params)
    {
        return callee::params_ui(form, ui, task, field, declared);
    }
    let value = task.spec.get(field.key);
    let path = format!("spec.{}", field.key);
    let mut next = value.cloned();
    if field.shape == FieldShape::Bool {
        let default = field.default == FieldDefault::Bool(true);
        let mut on = match value {
            Some(Json::Bool(on)) => *on,
            _ => default,
        };
        if form.flag(ui, (&path, field.title, field.help), &mut on, default) {
            next = (on != default).then_some(Json::Bool(on));
        }
    } else {
        let language = match field.shape {
            FieldShape::Text { language: Some(language), .. } => language,
            _ => "",
        };
        let row = Row::new(&path, field.title, field.help)
            .required(field.required && value.is_none())
            .set(value.is_some())
            .without_default(field.required)
            .aside(language);
        let row = match field.shape {
            FieldShape::Text { multiline: true, .. } => row.large(&task.name, field.key),
            _ => row,
        };
        if form.row(ui, &row, |form, ui| {
            control_ui(form, ui, &path, field, &mut next, others);
        }) {
            next = None;
        }
    }
    if next.as_ref() != value {
        let key = field.key.to_owned();
        let change = Change::Spec { task: task.name.clone(), key, value: next };
        form.send(Command::Change(change));
    }
}

/// Declarations of parameters, edited as those of a workflow are.
fn declarations_ui(
    form: &mut Form,
    ui: &mut Ui,
    task: &Task,
    field: &'static KindField,
    open: &mut Option<Ident>,
) {
    let value = task.spec.get(field.key);
    if form.read_only && value.is_none() {
        return;
    }
    section_start(ui, field.title);
    let path = format!("spec.{}", field.key);
    let Some(before) = value.map_or(Some(Vec::new()), declared) else {
        // The check says what cannot be read; it is mended as text.
        let mut text = value.map(shown_value).unwrap_or_default();
        Field::new(&mut text, field.title).mono(true).bad(true).read_only(true).show(ui);
        return form.own_problems_ui(ui, &path);
    };
    let mut params = before.clone();
    params_edit::params_ui(open, form, ui, &mut params, &List::OF_QUESTION);
    form.own_problems_ui(ui, &path);
    if params != before {
        let value = (!params.is_empty()).then(|| params.write());
        let key = field.key.to_owned();
        form.send(Command::Change(Change::Spec { task: task.name.clone(), key, value }));
    }
}

/// All declarations of a list; none where one of them cannot be read, and would be lost by an edit.
fn declared(list: &Json) -> Option<Vec<Param>> {
    let params = Vec::<Param>::read(list, &mut Reader::default())?;
    (params.len() == list.elements().len()).then_some(params)
}

fn control_ui(
    form: &mut Form,
    ui: &mut Ui,
    path: &str,
    field: &KindField,
    value: &mut Option<Json>,
    others: Option<&Others>,
) {
    let name = field.title;
    let reading = reading_of(field);
    let hint = match field.default {
        FieldDefault::Text(text) => text.to_owned(),
        _ if field.placeholder.is_empty() => String::new(),
        _ => format!("e.g. {}", field.placeholder),
    };
    let hint = hint.as_str();
    if value.as_ref().is_some_and(|value| !fits(field.shape, value)) {
        // The check says below what is expected.
        let mut text = value.as_ref().map(shown_value).unwrap_or_default();
        Field::new(&mut text, name).mono(true).bad(true).read_only(true).show(ui);
        return;
    }
    if callee::picks_workflow(field)
        && let Some(others) = others
    {
        let mut text = value.as_ref().map(shown_value);
        callee::pick_ui(form, ui, (path, name, hint), others, &mut text);
        *value = text.map(Json::String);
        return;
    }
    match field.shape {
        FieldShape::TextList => {
            let mut rows: Vec<String> = elements(value.as_ref());
            if form.texts(ui, (path, name, item_of(field.key)), &mut rows, reading) {
                let rows = rows.into_iter().map(Json::String).collect();
                *value = Some(Json::Array(rows)).filter(|list| !list.elements().is_empty());
            }
        }
        FieldShape::KeyValue => {
            let mut rows: Vec<(String, String)> = members(value.as_ref());
            if form.named_texts(ui, (path, name, item_of(field.key)), &mut rows, reading) {
                let rows = rows.into_iter().map(|(name, text)| (name, Json::String(text)));
                *value = Some(Json::Object(rows.collect())).filter(|map| !map.members().is_empty());
            }
        }
        FieldShape::KeyValueOrSecret => {
            let mut rows = named_values(value.as_ref());
            if form.variables(ui, path, (name, item_of(field.key)), &mut rows) {
                *value = values_json(&rows);
            }
        }
        FieldShape::Connection { kinds } => {
            let mut text = value.as_ref().map(shown_value);
            connection_ui(form, ui, (path, name, hint), kinds, &mut text);
            *value = text.map(Json::String);
        }
        FieldShape::Int { min, max } => {
            let mut number = value.as_ref().and_then(|value| shown_value(value).parse().ok());
            if form.whole(ui, (path, name), &mut number, min..=max, (min, hint)) {
                *value = number.map(|number: i64| Json::Number(number.to_string()));
            }
        }
        shape => {
            let mut text = value.as_ref().map(shown_value);
            if text_ui(form, ui, path, field, shape, hint, &mut text) {
                *value = text.map(Json::String);
            }
        }
    }
}

/// A connection of the settings: typed, chosen, or a new one.
fn connection_ui(
    form: &mut Form,
    ui: &mut Ui,
    (path, name, hint): (&str, &str, &str),
    kinds: &[ConnectionKind],
    value: &mut Option<String>,
) {
    let read_only = form.read_only;
    let fitting = form.connections.iter().filter(|(_, kind)| kinds.contains(kind));
    let mut choices: Vec<String> = fitting.map(|(name, _)| name.clone()).collect();
    let known = choices.len();
    choices.extend(kinds.iter().map(|kind| format!("New: {}…", kind.title())));
    let picked = form.take_picked(path);
    let mut wanted = None;
    let show = |value: &Option<String>| value.clone().unwrap_or_default();
    let read = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
    let next = form.typed(ui, path, value, (show, read), |ui, id, text, bad| {
        let edit = Field::new(text, name).hint(hint).mono(true).bad(bad).read_only(read_only);
        let (mut response, clicked) = open_choice(ui, edit.id(id), name, &choices, read_only);
        let chosen = match clicked {
            Some(index) if index < known => Some(choices[index].clone()),
            Some(index) => {
                wanted = kinds.get(index - known).copied();
                None
            }
            None => picked,
        };
        if let Some(chosen) = chosen {
            *text = chosen;
            response.mark_changed();
        }
        response
    });
    if let Some(kind) = wanted {
        let field = Some(form.key(path));
        form.send(Command::Connection(ConnectionCommand::Add(kind, field)));
    }
    if let Some(next) = next {
        *value = next;
    }
}

/// A field that holds a text.
fn text_ui(
    form: &mut Form,
    ui: &mut Ui,
    path: &str,
    field: &KindField,
    shape: FieldShape,
    hint: &str,
    text: &mut Option<String>,
) -> bool {
    let name = field.title;
    let read_only = form.read_only;
    let before = text.clone();
    let show = |value: &Option<String>| value.clone().unwrap_or_default();
    let read = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
    match shape {
        FieldShape::Text { multiline: true, language } => {
            let next = form.typed(ui, path, text, (show, read), |ui, id, text, bad| {
                let code = CodeField::new(id, name).language(language.and_then(Language::of_word));
                code.read_only(read_only).bad(bad).show(ui, text)
            });
            *text = next.unwrap_or_else(|| text.take());
        }
        FieldShape::Choice { choices, open } => {
            let names: Vec<String> = choices.iter().map(|name| (*name).to_owned()).collect();
            let shown = text.clone().unwrap_or_else(|| hint.to_owned());
            let mut chosen = None;
            if open {
                let next = form.typed(ui, path, text, (show, read), |ui, id, text, bad| {
                    let edit = Field::new(text, name).hint(hint).bad(bad).read_only(read_only);
                    let (response, clicked) = open_choice(ui, edit.id(id), name, &names, read_only);
                    chosen = clicked;
                    response
                });
                *text = next.unwrap_or_else(|| text.take());
            } else {
                let now = names.iter().position(|name| *name == shown);
                chosen = dropdown(ui, name, &names, now).filter(|_| !read_only);
            }
            if let Some(index) = chosen {
                let is_default = field.default == FieldDefault::Text(choices[index]);
                *text = (!is_default).then(|| names[index].clone());
            }
        }
        FieldShape::Path { pick } => {
            let how = (pick == PathPick::Folder, hint, reading_of(field));
            form.path(ui, path, name, text, how);
        }
        _ => {
            let look = TextLook {
                hint,
                mono: field.text != FieldText::Literal,
                reading: reading_of(field),
            };
            form.text(ui, path, name, text, look);
        }
    }
    *text != before
}

fn reading_of(field: &KindField) -> Option<Reading> {
    match field.text {
        FieldText::Literal => None,
        FieldText::Template | FieldText::Secret => Some(Reading::Template),
        FieldText::Expression | FieldText::OwnOutputs => Some(Reading::Expression),
    }
}

/// Whether a value is of the shape that its field has.
fn fits(shape: FieldShape, value: &Json) -> bool {
    let is_text = |value: &Json| matches!(value, Json::String(_));
    match shape {
        FieldShape::TextList => {
            matches!(value, Json::Array(_)) && value.elements().iter().all(is_text)
        }
        FieldShape::KeyValue => {
            matches!(value, Json::Object(_))
                && value.members().iter().all(|(_, value)| is_text(value))
        }
        FieldShape::KeyValueOrSecret => {
            let is_secret = |value: &Json| match value.members() {
                [(key, secret)] => key == "secret" && is_text(secret),
                _ => false,
            };
            matches!(value, Json::Object(_))
                && value.members().iter().all(|(_, value)| is_text(value) || is_secret(value))
        }
        FieldShape::Int { .. } => {
            matches!(value, Json::Number(number) if number.parse::<i64>().is_ok())
        }
        FieldShape::Params => declared(value).is_some(),
        FieldShape::Bool => matches!(value, Json::Bool(_)),
        FieldShape::Text { .. }
        | FieldShape::Path { .. }
        | FieldShape::Connection { .. }
        | FieldShape::Choice { .. } => is_text(value),
    }
}

fn elements(value: Option<&Json>) -> Vec<String> {
    value.map(Json::elements).unwrap_or_default().iter().map(shown_value).collect()
}

fn members(value: Option<&Json>) -> Vec<(String, String)> {
    let members = value.map(Json::members).unwrap_or_default();
    members.iter().map(|(name, value)| (name.clone(), shown_value(value))).collect()
}

fn named_values(value: Option<&Json>) -> EnvMap {
    let members = value.map(Json::members).unwrap_or_default();
    let value_of = |value: &Json| match value.get("secret") {
        Some(secret) => EnvValue::Secret(shown_value(secret)),
        None => EnvValue::Template(shown_value(value)),
    };
    members.iter().map(|(name, value)| (name.clone(), value_of(value))).collect()
}

fn values_json(values: &EnvMap) -> Option<Json> {
    let json_of = |value: &EnvValue| match value {
        EnvValue::Template(text) => Json::String(text.clone()),
        EnvValue::Secret(secret) => {
            Json::Object(vec![("secret".to_owned(), Json::String(secret.clone()))])
        }
    };
    let members: Vec<_> =
        values.iter().map(|(name, value)| (name.clone(), json_of(value))).collect();
    (!members.is_empty()).then_some(Json::Object(members))
}

/// What one element of the list `key` is called.
fn item_of(key: &str) -> &'static str {
    match key {
        "argv" | "args" => "argument",
        "requirements" => "package",
        "branches" => "branch",
        "headers" => "header",
        "from" => "name",
        "params" => "value",
        "channels" => "channel",
        "to" | "cc" | "bcc" => "address",
        "attachments" => "file",
        _ => "entry",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_of_the_fields_shape_are_edited() {
        let list = Json::Array(vec![Json::from("a b"), Json::from("c")]);
        let odd = Json::Array(vec![Json::from("a"), Json::Bool(true)]);
        assert!(fits(FieldShape::TextList, &list) && !fits(FieldShape::TextList, &odd));
        assert_eq!(elements(Some(&list)), ["a b", "c"]);
        let int = FieldShape::Int { min: 1, max: 9 };
        assert!(fits(int, &Json::Number("7".into())));
        assert!(!fits(int, &Json::Number("7.5".into())) && !fits(int, &Json::from("7")));
        let pairs = Json::Object(vec![("K".into(), Json::from("a=b"))]);
        assert!(fits(FieldShape::KeyValue, &pairs) && !fits(FieldShape::Bool, &pairs));
        assert_eq!(members(Some(&pairs)), [("K".to_owned(), "a=b".to_owned())]);
        let secret = Json::Object(vec![("secret".into(), Json::from("key"))]);
        let both = Json::Object(vec![("A".into(), Json::from("x")), ("B".into(), secret)]);
        assert!(fits(FieldShape::KeyValueOrSecret, &both) && !fits(FieldShape::KeyValue, &both));
        assert_eq!(values_json(&named_values(Some(&both))), Some(both));
    }
}
