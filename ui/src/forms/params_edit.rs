//! The parameters that a workflow declares: added, removed, ordered, and each with what it accepts.

use egui::Ui;
use millrace_model::document::{Json, Param, ParamKind};
use millrace_model::ident::Ident;

use super::controls::TextLook;
use super::form::{Form, Row};
use super::scope::Reading;
use super::values::shown_value;
use crate::theme::icons::{self, icon};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, CodeField, Field, Language, dropdown, elide, glyph, list_row, mark, wrapped,
};

/// Which list of declarations is edited.
pub(super) struct List {
    /// Where it stands in the document.
    pub(super) path: &'static str,
    /// What is said while there are none.
    pub(super) empty: &'static str,
    /// What the help of a name says.
    pub(super) name_help: &'static str,
}

impl List {
    /// The parameters of a workflow.
    pub(super) const OF_WORKFLOW: Self = Self {
        path: "params",
        empty: "A run can be given values: a day, a mode, a file. Tasks use them as ${params.name}.",
        name_help: "Tasks use it as ${params.name}. Expressions that name it do not follow.",
    };
    /// The form of a question.
    pub(super) const OF_QUESTION: Self = Self {
        path: "spec.params",
        empty: "Whoever approves can be asked for values. Later tasks use them as \
                ${tasks.NAME.outputs.answer.name}.",
        name_help: "Later tasks use it as ${tasks.NAME.outputs.answer.name}.",
    };
}

/// Draws them: one row each, the open one with its fields.
pub(super) fn params_ui(
    open: &mut Option<Ident>,
    form: &mut Form,
    ui: &mut Ui,
    params: &mut Vec<Param>,
    list: &List,
) {
    let p = Palette::of(ui);
    if params.is_empty() {
        wrapped(ui, list.empty, theme::sans(theme::BODY), p.dim);
    }
    let mut act = None;
    for index in 0..params.len() {
        let name = params[index].name.clone();
        let is_open = open.as_ref() == Some(&name);
        if let Some(wanted) = row_ui(form, ui, (params, index), is_open, list) {
            act = Some(wanted);
        }
        if is_open {
            egui::Frame::new().inner_margin(egui::Margin { left: 14, ..Default::default() }).show(
                ui,
                |ui| {
                    fields_ui(open, form, ui, (params, index), list);
                    ui.add_space(8.0);
                },
            );
        }
    }
    if !form.read_only && Button::quiet("Add parameter").icon(icon::PLUS).flush().show(ui).clicked()
    {
        act = Some(Act::Add);
    }
    if let Some(act) = act {
        carry_out(act, open, form, params, list);
    }
}

#[derive(Clone, Copy)]
enum Act {
    Open(usize),
    Add,
    Remove(usize),
    Swap(usize, usize),
}

fn carry_out(
    act: Act,
    open: &mut Option<Ident>,
    form: &mut Form,
    params: &mut Vec<Param>,
    list: &List,
) {
    match act {
        Act::Open(index) => {
            let name = params[index].name.clone();
            let is_open = open.as_ref() == Some(&name);
            *open = (!is_open).then_some(name);
            return;
        }
        Act::Add => {
            let Some(param) = fresh(params) else { return };
            *open = Some(param.name.clone());
            params.push(param);
        }
        Act::Remove(index) => drop(params.remove(index)),
        Act::Swap(a, b) => params.swap(a, b),
    }
    // What stands in the fields belongs to rows by their number.
    form.drop_drafts(list.path);
    form.edited("parameters");
    form.send(crate::command::Command::EndStep);
}

fn fresh(params: &[Param]) -> Option<Param> {
    let is_free = |name: &Ident| params.iter().all(|param| param.name != *name);
    let names = (1..).map(|n| if n == 1 { "param".to_owned() } else { format!("param_{n}") });
    let name = names.filter_map(|name| Ident::new(&name).ok()).find(is_free)?;
    Some(Param::new(name, ParamKind::String))
}

/// Name, type and default on a line, with what orders and removes it.
fn row_ui(
    form: &mut Form,
    ui: &mut Ui,
    (params, index): (&[Param], usize),
    is_open: bool,
    list: &List,
) -> Option<Act> {
    let p = Palette::of(ui);
    let param = &params[index];
    let mut act = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let marks = if form.read_only { 0.0 } else { 3.0 * 20.0 };
        let width = ui.available_width() - marks;
        let size = egui::vec2(width, 28.0);
        let name = format!("Parameter {}", param.name);
        let row = ui.allocate_ui(size, |ui| {
            ui.set_width(width);
            list_row(ui, ("param", index), &name, 28.0, false)
        });
        let (rect, response) = row.inner;
        let caret = if is_open { icon::CARET_DOWN } else { icon::CARET_RIGHT };
        let middle = rect.center().y;
        let bad = form.has_problem(&format!("{}[{index}]", list.path));
        let at = egui::pos2(rect.left() + 8.0, middle);
        glyph(ui.painter(), at, caret, icons::font(12.0), p.dim);
        let ink = if bad { p.bad } else { p.text };
        let left = rect.left() + 20.0;
        let room = rect.right() - 6.0 - left;
        let title = elide(ui.ctx(), param.name.as_str(), theme::mono(theme::SMALL), ink, room);
        let room = room - title.size().x - 12.0;
        ui.painter().galley(egui::pos2(left, middle - title.size().y / 2.0), title, ink);
        if room > 24.0 {
            let words = about(param);
            let words = elide(ui.ctx(), &words, theme::sans(theme::SMALL), p.faint, room);
            let at = egui::pos2(rect.right() - 6.0 - words.size().x, middle - words.size().y / 2.0);
            ui.painter().galley(at, words, p.faint);
        }
        if response.clicked() {
            act = Some(Act::Open(index));
        }
        if form.read_only {
            return;
        }
        let name = &param.name;
        let up = format!("Move {name} up");
        if mark(ui, icon::CARET_UP, &up, &up).clicked() && index > 0 {
            act = Some(Act::Swap(index, index - 1));
        }
        let down = format!("Move {name} down");
        if mark(ui, icon::CARET_DOWN, &down, &down).clicked() && index + 1 < params.len() {
            act = Some(Act::Swap(index, index + 1));
        }
        let remove = format!("Remove parameter {name}");
        if mark(ui, icon::X, &remove, &remove).clicked() {
            act = Some(Act::Remove(index));
        }
    });
    act
}

/// `date · ${date(run.logical_time)}`
fn about(param: &Param) -> String {
    let value = match &param.default {
        Some(default) => shown_value(default),
        None if param.required => "required".to_owned(),
        None => return param.kind.word().to_owned(),
    };
    format!("{} · {value}", param.kind.word())
}

fn fields_ui(
    open: &mut Option<Ident>,
    form: &mut Form,
    ui: &mut Ui,
    (params, index): (&mut [Param], usize),
    list: &List,
) {
    let before = params[index].clone();
    let others: Vec<Ident> = params.iter().map(|param| param.name.clone()).collect();
    let path = |key: &str| format!("{}[{index}].{key}", list.path);
    let param = &mut params[index];
    ui.columns(2, |columns| {
        let key = path("name");
        let help = list.name_help;
        form.row(&mut columns[0], &Row::new(&key, "Name", help).fixed(), |form, ui| {
            let renamed = form.renamed(ui, &key, &before.name, |name| others.contains(name));
            if let Some(name) = renamed {
                *open = Some(name.clone());
                param.name = name;
            }
        });
        let key = path("type");
        let row = Row::new(&key, "Type", "What is accepted for it.").fixed();
        form.row(&mut columns[1], &row, |form, ui| {
            let words = ParamKind::ALL.map(|kind| kind.word().to_owned());
            let now = ParamKind::ALL.iter().position(|kind| *kind == param.kind);
            if let Some(chosen) = dropdown(ui, "Type", &words, now)
                && !form.read_only
            {
                param.kind = ParamKind::ALL[chosen];
                param.default = param.default.take().and_then(|value| moved(&value, param.kind));
            }
        });
    });
    default_ui(form, ui, &path("default"), param);
    let help = "A run cannot start without a value of its own for it.";
    form.flag(ui, (&path("required"), "Required", help), &mut param.required, false);
    choices_ui(form, ui, &path("choices"), param);
    bounds_ui(form, ui, (&path("min"), &path("max")), param);
    let key = path("pattern");
    if has_pattern(param.kind) || param.pattern.is_some() {
        let help = "A regular expression that the whole text must match.";
        let row = Row::new(&key, "Pattern", help).set(param.pattern.is_some());
        let reset = form.row(ui, &row, |form, ui| {
            let look = TextLook { hint: "e.g. [a-z]+", mono: true, reading: None };
            form.text(ui, &key, "Pattern", &mut param.pattern, look);
        });
        if reset {
            param.pattern = None;
        }
    }
    let key = path("description");
    let row = Row::new(&key, "Description", "Stands below its field when a run is started.");
    let reset = form.row(ui, &row.set(param.description.is_some()), |form, ui| {
        let look = TextLook::default();
        form.text(ui, &key, "Description", &mut param.description, look);
    });
    if reset {
        param.description = None;
    }
    if *param != before {
        form.edited("parameters");
    }
}

fn default_ui(form: &mut Form, ui: &mut Ui, key: &str, param: &mut Param) {
    let kind = param.kind;
    let help = "Taken where a run gives none. May hold ${…} with parameters before it and run.….";
    let row = Row::new(key, "Default", help).set(param.default.is_some());
    let reset = form.row(ui, &row, |form, ui| {
        let read_only = form.read_only;
        let names = form.names();
        let show = |value: &Option<Json>| value.as_ref().map(shown_value).unwrap_or_default();
        let read = |text: &str| value_of(kind, text);
        let next = form.typed(ui, key, &param.default, (show, read), |ui, id, text, bad| {
            if matches!(kind, ParamKind::Json | ParamKind::List) {
                let code = CodeField::new(id, "Default").language(Some(Language::Json)).rows(3);
                return code.bad(bad).read_only(read_only).show(ui, text);
            }
            let help = super::scope::Help { names: &names, reading: Reading::Template };
            let field = Field::new(text, "Default").hint("none").bad(bad).id(id);
            let response = field.read_only(read_only).help(Some(&help)).show(ui);
            crate::widgets::preview_ui(ui, &help, text, response.has_focus());
            response
        });
        if let Some(next) = next {
            param.default = next;
        }
    });
    if reset {
        param.default = None;
    }
}

fn choices_ui(form: &mut Form, ui: &mut Ui, key: &str, param: &mut Param) {
    let kind = param.kind;
    let can =
        !matches!(kind, ParamKind::Bool | ParamKind::Json | ParamKind::List | ParamKind::Secret);
    if !can && param.choices.is_empty() {
        return;
    }
    let row = Row::new(key, "Choices", "The values that are allowed; without any, all are.");
    let reset = form.row(ui, &row.set(!param.choices.is_empty()), |form, ui| {
        let read_only = form.read_only;
        let show = |values: &Vec<Json>| values.iter().map(shown_value).collect();
        let read = |rows: &Vec<String>| {
            let filled = rows.iter().filter(|row| !row.is_empty());
            filled.map(|row| value_of(kind, row).map(Option::unwrap_or_default)).collect()
        };
        let next = form.rows(ui, key, &param.choices, (show, read), |ui, id, rows| {
            crate::widgets::text_list(ui, id, ("Choices", "choice"), rows, read_only, None)
        });
        if let Some(next) = next {
            param.choices = next;
        }
    });
    if reset {
        param.choices.clear();
    }
}

fn bounds_ui(form: &mut Form, ui: &mut Ui, keys: (&str, &str), param: &mut Param) {
    let kind = param.kind;
    let titles = match kind {
        ParamKind::Int | ParamKind::Float => ("Smallest", "Largest"),
        ParamKind::Date | ParamKind::Datetime => ("Earliest", "Latest"),
        ParamKind::String | ParamKind::List => ("Shortest", "Longest"),
        _ if param.min.is_some() || param.max.is_some() => ("Smallest", "Largest"),
        _ => return,
    };
    let bound = match kind {
        ParamKind::String | ParamKind::List => ParamKind::Int,
        other => other,
    };
    ui.columns(2, |columns| {
        let ends = [(keys.0, titles.0, &mut param.min), (keys.1, titles.1, &mut param.max)];
        for (ui, (key, title, value)) in columns.iter_mut().zip(ends) {
            let help = match kind {
                ParamKind::String => "The length of the text, in characters.",
                ParamKind::List => "The number of its elements.",
                _ => "The value itself is allowed.",
            };
            let row = Row::new(key, title, help).set(value.is_some());
            let reset = form.row(ui, &row, |form, ui| {
                let read_only = form.read_only;
                let show =
                    |value: &Option<Json>| value.as_ref().map(shown_value).unwrap_or_default();
                let read = |text: &str| match value_of(bound, text) {
                    Ok(Some(Json::String(text))) if text.contains("${") => {
                        Err("a value is expected, not an expression".to_owned())
                    }
                    other => other,
                };
                let next = form.typed(ui, key, value, (show, read), |ui, id, text, bad| {
                    let field = Field::new(text, title).hint("any").bad(bad).id(id);
                    field.read_only(read_only).show(ui)
                });
                if let Some(next) = next {
                    *value = next;
                }
            });
            if reset {
                *value = None;
            }
        }
    });
}

fn has_pattern(kind: ParamKind) -> bool {
    matches!(kind, ParamKind::String | ParamKind::File | ParamKind::Directory)
}

/// The value that a text spells for a parameter of this type; none for an empty one.
pub(super) fn value_of(kind: ParamKind, text: &str) -> Result<Option<Json>, String> {
    let trimmed = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains("${") {
        return Ok(Some(Json::String(text.to_owned())));
    }
    let value = match kind {
        ParamKind::Int => match trimmed.parse::<i64>() {
            Ok(_) => Json::Number(trimmed.trim_start_matches('+').to_owned()),
            Err(_) => return Err(format!("“{trimmed}” is not a whole number")),
        },
        ParamKind::Float => match serde_json::from_str::<serde_json::Number>(trimmed) {
            Ok(_) => Json::Number(trimmed.to_owned()),
            Err(_) => return Err(format!("“{trimmed}” is not a number")),
        },
        ParamKind::Bool => match trimmed {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ => return Err("true or false is expected".to_owned()),
        },
        ParamKind::List | ParamKind::Json => {
            let value = serde_json::from_str::<serde_json::Value>(trimmed)
                .map_err(|error| format!("not valid JSON: {error}"))?;
            if kind == ParamKind::List && !value.is_array() {
                return Err("a JSON list is expected, such as [\"a\", \"b\"]".to_owned());
            }
            Json::from_value(&value)
        }
        _ => Json::String(text.to_owned()),
    };
    Ok(Some(value))
}

/// A default for another type, where it spells one.
fn moved(value: &Json, kind: ParamKind) -> Option<Json> {
    value_of(kind, &shown_value(value)).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_spell_values_of_the_type() {
        let number = |text: &str| Ok(Some(Json::Number(text.to_owned())));
        assert_eq!(value_of(ParamKind::Int, "5"), number("5"));
        assert!(value_of(ParamKind::Int, "5.5").is_err());
        assert_eq!(value_of(ParamKind::Float, "1e3"), number("1e3"));
        assert!(value_of(ParamKind::Float, "nan").is_err());
        assert_eq!(value_of(ParamKind::Bool, "true"), Ok(Some(Json::Bool(true))));
        assert_eq!(value_of(ParamKind::Int, "${1 + 1}"), Ok(Some(Json::from("${1 + 1}"))));
        assert!(value_of(ParamKind::List, "{}").is_err());
        assert_eq!(value_of(ParamKind::String, ""), Ok(None));
    }

    #[test]
    fn a_default_moves_to_another_type_only_where_it_spells_one() {
        assert_eq!(moved(&Json::Number("5".into()), ParamKind::String), Some(Json::from("5")));
        assert_eq!(moved(&Json::from("x"), ParamKind::Int), None);
    }
}
