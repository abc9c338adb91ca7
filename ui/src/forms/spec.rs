//! A task's form: every field that its kind declares, each with a fitting control.
//!
//! A text that is no valid value stays in its field, with the reason below, and changes nothing.

use egui::Ui;
use millrace_model::document::{Json, Task};
use millrace_model::kinds::{self, Field as KindField, FieldDefault, FieldShape, FieldText};

use super::values::{retry_words, shown_value};
use crate::app::{App, sentence};
use crate::command::{Command, Place};
use crate::state::Change;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{
    Field, checkbox, code_field, dropdown, field_label, label, problem_line, section_head, wrapped,
};

/// The form of a task. Read-only outside of the editor.
pub(crate) fn spec_ui(app: &mut App, ui: &mut Ui, task: &Task) {
    let read_only = match (app.tabs.current(), app.place) {
        (Some(editor), Place::Editor) => editor.doc.read_only.is_some(),
        _ => true,
    };
    title_ui(app, ui, task, read_only);
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
    for field in kind.fields.iter().filter(|field| !field.advanced) {
        field_ui(app, ui, task, field, read_only);
    }
    let advanced: Vec<_> = kind.fields.iter().filter(|field| field.advanced).collect();
    if !advanced.is_empty() {
        let is_set = advanced.iter().any(|field| value_of(task, field.key).is_some());
        let id = ui.make_persistent_id(("advanced", task.name.as_str()));
        egui::CollapsingHeader::new(
            egui::RichText::new("More").font(theme::sans(theme::SMALL)).color(Palette::of(ui).dim),
        )
        .id_salt(id)
        .default_open(is_set)
        .icon(|ui, openness, response| {
            let glyph = if openness > 0.5 { icon::CARET_DOWN } else { icon::CARET_RIGHT };
            let ink = Palette::of(ui).dim;
            crate::widgets::glyph(
                ui.painter(),
                response.rect.center(),
                glyph,
                icons::font(12.0),
                ink,
            );
        })
        .show_unindented(ui, |ui| {
            for field in advanced {
                field_ui(app, ui, task, field, read_only);
            }
        });
    }
    control_ui(ui, task);
}

fn title_ui(app: &mut App, ui: &mut Ui, task: &Task, read_only: bool) {
    if read_only {
        return;
    }
    field_label(ui, "Title", false);
    let mut text = task.title.clone().unwrap_or_default();
    let response = Field::new(&mut text, "Title").hint(task.name.as_str()).show(ui);
    if response.changed() {
        let title = (!text.is_empty()).then_some(text);
        app.send(Command::Change(Change::Title { task: task.name.clone(), title }));
    }
    if response.lost_focus() {
        app.send(Command::EndStep);
    }
}

/// What of the task's control is set: shown here, edited in the file.
fn control_ui(ui: &mut Ui, task: &Task) {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    if let Some(retry) = &task.retry {
        pairs.push(("Run again when it fails", retry_words(retry)));
    }
    if let Some(timeout) = task.timeout {
        pairs.push(("Time-out", timeout.to_string()));
    }
    if let Some(when) = &task.when {
        pairs.push(("Only when", when.clone()));
    }
    if let Some(pool) = &task.pool {
        pairs.push(("Pool", format!("{} ({})", pool.name, pool.slots)));
    }
    if task.allow_failure {
        pairs.push(("Failure", "allowed".to_owned()));
    }
    if task.disabled {
        pairs.push(("Disabled", "never runs".to_owned()));
    }
    if pairs.is_empty() {
        return;
    }
    ui.add_space(4.0);
    section_head(ui, "Control");
    let p = Palette::of(ui);
    for (name, value) in pairs {
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            field_label(ui, name, false);
            wrapped(ui, &value, theme::sans(theme::BODY), p.text);
        });
    }
}

fn value_of<'t>(task: &'t Task, key: &str) -> Option<&'t Json> {
    match &task.spec {
        Json::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, v)| v),
        _ => None,
    }
}

fn field_ui(app: &mut App, ui: &mut Ui, task: &Task, field: &KindField, read_only: bool) {
    let value = value_of(task, field.key);
    if read_only && value.is_none() {
        return;
    }
    let draft_key = format!("{}.{}", task.name, field.key);
    let draft = app.tabs.current().and_then(|editor| editor.drafts.get(&draft_key)).cloned();
    let mut edited: Option<Edited> = None;
    let mut problem: Option<String> = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        match field.shape {
            FieldShape::Bool => {
                let default = field.default == FieldDefault::Bool(true);
                let mut on = match value {
                    Some(Json::Bool(on)) => *on,
                    _ => default,
                };
                let response = checkbox(ui, &mut on, field.title);
                if response.changed() && !read_only {
                    edited = Some(Edited::Set((on != default).then_some(Json::Bool(on))));
                }
                response.on_hover_text(field.help);
            }
            FieldShape::Choice { choices, open: false } => {
                head_ui(ui, field);
                let names: Vec<String> = choices.iter().map(|name| (*name).to_owned()).collect();
                let default = match field.default {
                    FieldDefault::Text(text) => text,
                    _ => "",
                };
                let current = value.map(shown_value).unwrap_or_else(|| default.to_owned());
                let chosen = names.iter().position(|name| *name == current);
                if let Some(index) = dropdown(ui, field.title, &names, chosen)
                    && !read_only
                {
                    let text = names[index].clone();
                    let set = (text != default).then_some(Json::String(text));
                    edited = Some(Edited::Set(set));
                }
            }
            shape => {
                head_ui(ui, field);
                let mut text = draft.clone().unwrap_or_else(|| to_text(shape, value));
                let checked = from_text(shape, &text);
                problem = checked.as_ref().err().cloned();
                let bad = problem.is_some();
                let response = match shape {
                    FieldShape::Text { multiline: true, .. }
                    | FieldShape::TextList
                    | FieldShape::KeyValue => {
                        let id = ui.make_persistent_id(("code", draft_key.as_str()));
                        let rows = if matches!(shape, FieldShape::Text { .. }) { 8 } else { 3 };
                        code_field(ui, id, field.title, &mut text, rows, read_only, bad)
                    }
                    _ => {
                        let id = ui.make_persistent_id(("value", draft_key.as_str()));
                        Field::new(&mut text, field.title)
                            .hint(hint_of(field))
                            .mono(field.text != FieldText::Literal || is_code(shape))
                            .bad(bad)
                            .read_only(read_only)
                            .id(id)
                            .show(ui)
                    }
                };
                if response.changed() && !read_only {
                    edited = Some(match from_text(shape, &text) {
                        Ok(value) => Edited::Set(value),
                        Err(_) => Edited::Draft(text),
                    });
                }
                if response.lost_focus() {
                    app.send(Command::EndStep);
                }
            }
        }
        if let Some(problem) = &problem {
            problem_line(ui, &sentence(problem));
        }
    });
    match edited {
        Some(Edited::Set(value)) => {
            if let Some(editor) = app.tabs.current_mut() {
                editor.drafts.remove(&draft_key);
            }
            let key = field.key.to_owned();
            app.send(Command::Change(Change::Spec { task: task.name.clone(), key, value }));
        }
        Some(Edited::Draft(text)) => {
            if let Some(editor) = app.tabs.current_mut() {
                editor.drafts.insert(draft_key, text);
            }
        }
        None => {}
    }
}

enum Edited {
    Set(Option<Json>),
    Draft(String),
}

fn head_ui(ui: &mut Ui, field: &KindField) {
    let p = Palette::of(ui);
    ui.horizontal(|ui| {
        let response = label(ui, field.title, theme::sans(theme::SMALL), p.dim);
        response.on_hover_text(field.help);
        if let FieldShape::Text { language: Some(language), .. } = field.shape {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                label(ui, language, theme::sans(theme::SMALL), p.faint);
            });
        }
    });
}

/// What an empty field says: what it stands for, or an example.
fn hint_of(field: &KindField) -> &'static str {
    match field.default {
        FieldDefault::Text(text) => text,
        _ => field.placeholder,
    }
}

fn is_code(shape: FieldShape) -> bool {
    matches!(shape, FieldShape::Path { .. })
}

/// What stands in the field.
fn to_text(shape: FieldShape, value: Option<&Json>) -> String {
    match (shape, value) {
        (_, None) => String::new(),
        (FieldShape::TextList, Some(Json::Array(items))) => {
            items.iter().map(shown_value).collect::<Vec<_>>().join("\n")
        }
        (FieldShape::KeyValue, Some(Json::Object(members))) => members
            .iter()
            .map(|(key, value)| format!("{key}={}", shown_value(value)))
            .collect::<Vec<_>>()
            .join("\n"),
        (_, Some(value)) => shown_value(value),
    }
}

/// The value of what stands in the field; none where it is left out.
fn from_text(shape: FieldShape, text: &str) -> Result<Option<Json>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match shape {
        FieldShape::Int { min, max } => match text.trim().parse::<i64>() {
            Ok(number) if (min..=max).contains(&number) => {
                Ok(Some(Json::Number(number.to_string())))
            }
            Ok(_) => Err(format!("a number from {min} to {max} is expected")),
            Err(_) => Err(format!("“{}” is not a whole number", text.trim())),
        },
        FieldShape::TextList => {
            let items = text.split('\n').map(|line| Json::String(line.to_owned())).collect();
            Ok(Some(Json::Array(items)))
        }
        FieldShape::KeyValue => {
            let mut members: Vec<(String, Json)> = Vec::new();
            for (index, line) in text.split('\n').enumerate() {
                if line.trim().is_empty() {
                    continue;
                }
                let Some((key, value)) = line.split_once('=') else {
                    return Err(format!("line {} has no “=”: write name=value", index + 1));
                };
                let key = key.trim().to_owned();
                if members.iter().any(|(name, _)| *name == key) {
                    return Err(format!("“{key}” stands twice"));
                }
                members.push((key, Json::String(value.to_owned())));
            }
            Ok(Some(Json::Object(members)))
        }
        FieldShape::Text { .. } | FieldShape::Path { .. } | FieldShape::Choice { .. } => {
            Ok(Some(Json::String(text.to_owned())))
        }
        FieldShape::Bool => Ok(Some(Json::Bool(text == "true"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        let list = Json::Array(vec![Json::String("a b".into()), Json::String("c".into())]);
        let pairs = Json::Object(vec![("K".into(), Json::String("a=b".into()))]);
        for (shape, value) in [
            (FieldShape::TextList, list),
            (FieldShape::KeyValue, pairs),
            (FieldShape::Int { min: 0, max: 9 }, Json::Number("7".into())),
        ] {
            let text = to_text(shape, Some(&value));
            assert_eq!(from_text(shape, &text), Ok(Some(value)));
        }
        assert_eq!(from_text(FieldShape::TextList, ""), Ok(None));
    }

    #[test]
    fn what_is_no_value_says_why() {
        let int = FieldShape::Int { min: 1, max: 255 };
        assert!(from_text(int, "x").unwrap_err().contains("whole number"));
        assert!(from_text(int, "256").unwrap_err().contains("1 to 255"));
        assert!(from_text(FieldShape::KeyValue, "A=1\nB").unwrap_err().contains("line 2"));
        assert!(from_text(FieldShape::KeyValue, "A=1\nA=2").unwrap_err().contains("twice"));
    }
}
