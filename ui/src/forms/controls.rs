//! Controls for the types that documents are made of: texts, durations, numbers, lists, variables.

use std::ops::RangeInclusive;
use std::rc::Rc;

use egui::Ui;
use millrace_model::document::{EnvMap, EnvValue};
use millrace_model::time::Span;

use super::form::Form;
use super::scope::{Help, Reading};
use crate::app::sentence;
use crate::command::{Command, SecretCommand};
use crate::theme;
use crate::theme::icons::icon;
use crate::widgets::{
    Button, ExprHelp, Field, Pair, Pairs, checkbox, help_mark, pairs, preview_ui, stepper,
    text_list,
};

/// How a text is shown.
#[derive(Clone, Copy, Default)]
pub(crate) struct TextLook<'a> {
    /// Shown while it is empty.
    pub(crate) hint: &'a str,
    /// Code rather than prose.
    pub(crate) mono: bool,
    /// It holds an expression, or a text with some.
    pub(crate) reading: Option<Reading>,
}

impl Form {
    /// A text on one line; an empty one is none.
    pub(crate) fn text(
        &mut self,
        ui: &mut Ui,
        path: &str,
        name: &str,
        value: &mut Option<String>,
        look: TextLook<'_>,
    ) -> bool {
        let read_only = self.read_only;
        let names = self.names();
        let show = |value: &Option<String>| value.clone().unwrap_or_default();
        let read = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
        let next = self.typed(ui, path, value, (show, read), |ui, id, text, bad| {
            let help = look.reading.map(|reading| Help { names: &names, reading });
            let help = help.as_ref().map(|help| help as &dyn ExprHelp);
            let field = Field::new(text, name).hint(look.hint).mono(look.mono).bad(bad).id(id);
            let response = field.read_only(read_only).help(help).show(ui);
            if let Some(help) = help {
                preview_ui(ui, help, text, response.has_focus());
            }
            response
        });
        put(value, next)
    }

    /// A duration such as `90 s` or `1 h 30 m`; an empty field is none.
    pub(crate) fn duration(
        &mut self,
        ui: &mut Ui,
        path: &str,
        name: &str,
        value: &mut Option<Span>,
        hint: &str,
    ) -> bool {
        let read_only = self.read_only;
        let show = |value: &Option<Span>| value.map(crate::words::span).unwrap_or_default();
        let next = self.typed(ui, path, value, (show, read_duration), |ui, id, text, bad| {
            let field = Field::new(text, name).hint(hint).bad(bad).id(id);
            field.read_only(read_only).show(ui)
        });
        put(value, next)
    }

    /// A whole number with steps; an empty field is none and steps from `from`.
    pub(crate) fn whole(
        &mut self,
        ui: &mut Ui,
        (path, name): (&str, &str),
        value: &mut Option<i64>,
        range: RangeInclusive<i64>,
        (from, hint): (i64, &str),
    ) -> bool {
        let read_only = self.read_only;
        let show = |value: &Option<i64>| value.map(|number| number.to_string()).unwrap_or_default();
        let (least, most) = (*range.start(), *range.end());
        let read = |text: &str| read_whole(text, least, most);
        let current = value.unwrap_or(from);
        let next = self.typed(ui, path, value, (show, read), |ui, id, text, bad| {
            let field = Field::new(text, name).hint(hint).bad(bad).read_only(read_only).id(id);
            if read_only {
                return field.show(ui);
            }
            let (mut response, steps) = stepper(ui, field, id, name);
            if steps != 0 {
                let now = read_whole(text, least, most).ok().flatten().unwrap_or(current);
                *text = now.saturating_add(steps).clamp(least, most).to_string();
                response.mark_changed();
            }
            response
        });
        put(value, next)
    }

    /// A number with a fraction; an empty field is none.
    pub(crate) fn number(
        &mut self,
        ui: &mut Ui,
        (path, name): (&str, &str),
        value: &mut Option<f64>,
        least: f64,
        hint: &str,
    ) -> bool {
        let read_only = self.read_only;
        let show = |value: &Option<f64>| value.map(|number| number.to_string()).unwrap_or_default();
        let read = |text: &str| match text.trim() {
            "" => Ok(None),
            text => match text.parse::<f64>() {
                Ok(number) if number.is_finite() && number >= least => Ok(Some(number)),
                Ok(_) => Err(format!("a number of at least {least} is expected")),
                Err(_) => Err(format!("“{text}” is not a number")),
            },
        };
        let next = self.typed(ui, path, value, (show, read), |ui, id, text, bad| {
            let field = Field::new(text, name).hint(hint).bad(bad).id(id);
            field.read_only(read_only).show(ui)
        });
        put(value, next)
    }

    /// Yes or no on a line of its own, with what it means. Gives the new value.
    pub(crate) fn flag(
        &mut self,
        ui: &mut Ui,
        (path, name, help): (&str, &str, &str),
        value: &mut bool,
        default: bool,
    ) -> bool {
        if self.read_only && *value == default {
            return false;
        }
        self.has_rows = true;
        let before = *value;
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(4.0, 2.0);
            ui.horizontal(|ui| {
                let mut on = *value;
                if checkbox(ui, &mut on, name).changed() && !self.read_only {
                    *value = on;
                }
                help_mark(ui, name, help);
            });
            self.problems_ui(ui, path);
        });
        *value != before
    }

    /// A list of texts. Empty rows at its end are not values.
    pub(crate) fn texts(
        &mut self,
        ui: &mut Ui,
        (path, name, item): (&str, &str, &str),
        value: &mut Vec<String>,
        reading: Option<Reading>,
    ) -> bool {
        let read_only = self.read_only;
        let names = self.names();
        let read = |rows: &Vec<String>| {
            let kept = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
            Ok(rows[..kept].to_vec())
        };
        let show = |value: &Vec<String>| value.clone();
        let next = self.rows(ui, path, value, (show, read), |ui, id, rows| {
            let help = reading.map(|reading| Help { names: &names, reading });
            let help = help.as_ref().map(|help| help as &dyn ExprHelp);
            text_list(ui, id, (name, item), rows, read_only, help)
        });
        put(value, next)
    }

    /// Texts by name.
    pub(crate) fn named_texts(
        &mut self,
        ui: &mut Ui,
        (path, name, item): (&str, &str, &str),
        value: &mut Vec<(String, String)>,
        reading: Option<Reading>,
    ) -> bool {
        let names = self.names();
        let help = reading.map(|reading| Help { names: &names, reading });
        let help = help.as_ref().map(|help| help as &dyn ExprHelp);
        let how = Pairs { name, item, secrets: None, help, read_only: self.read_only };
        let show = |value: &Vec<(String, String)>| {
            value
                .iter()
                .map(|(name, value)| Pair {
                    name: name.clone(),
                    value: value.clone(),
                    is_secret: false,
                })
                .collect()
        };
        let read = |rows: &Vec<Pair>| {
            let rows = named_rows(rows)?;
            Ok(rows.map(|row| (row.name.trim().to_owned(), row.value.clone())).collect())
        };
        let next =
            self.rows(ui, path, value, (show, read), |ui, id, rows| pairs(ui, id, &how, rows).0);
        put(value, next)
    }

    /// Environment variables: templates and stored secrets by name.
    pub(crate) fn variables(
        &mut self,
        ui: &mut Ui,
        path: &str,
        (name, item): (&str, &'static str),
        value: &mut EnvMap,
    ) -> bool {
        let names = self.names();
        let help = Help { names: &names, reading: Reading::Template };
        let help: Option<&dyn ExprHelp> = Some(&help);
        let read_only = self.read_only;
        let (secrets, picked) = (Rc::clone(&self.secrets), self.take_picked_row(path));
        let how = Pairs { name, item, secrets: Some(&secrets), help, read_only };
        let mut wanted = None;
        let read = |rows: &Vec<Pair>| {
            let rows = named_rows(rows)?;
            Ok(rows.map(|row| (row.name.trim().to_owned(), env_value(row))).collect::<EnvMap>())
        };
        let next = self.rows(ui, path, value, (env_rows, read), |ui, id, rows| {
            let stored = picked.and_then(|(row, name)| Some((rows.get_mut(row)?, name)));
            let is_stored = stored.is_some();
            if let Some((row, name)) = stored {
                row.value = name;
            }
            let (mut done, wants) = pairs(ui, id, &how, rows);
            wanted = wants;
            done.changed |= is_stored;
            done
        });
        if let Some((row, name)) = wanted {
            let field = Some(self.key(&format!("{path}[{row}]")));
            self.send(Command::Secret(SecretCommand::New { name, field }));
        }
        put(value, next)
    }

    /// The path of a file or a folder, with the system's dialog at hand.
    pub(crate) fn path(
        &mut self,
        ui: &mut Ui,
        path: &str,
        name: &str,
        value: &mut Option<String>,
        (folder, hint, reading): (bool, &str, Option<Reading>),
    ) -> bool {
        let read_only = self.read_only;
        let names = self.names();
        let picked = self.take_picked(path);
        let mut wants_dialog = false;
        let show = |value: &Option<String>| value.clone().unwrap_or_default();
        let read = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
        let next = self.typed(ui, path, value, (show, read), |ui, id, text, bad| {
            let help = reading.map(|reading| Help { names: &names, reading });
            let help = help.as_ref().map(|help| help as &dyn ExprHelp);
            let field = Field::new(text, name).hint(hint).mono(true).bad(bad).id(id).help(help);
            if read_only {
                return field.read_only(true).show(ui);
            }
            let mut response = ui
                .horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 4.0;
                    let width = ui.available_width() - theme::CONTROL - 4.0;
                    let response = field.width(width).show(ui);
                    let label = format!("Browse: {name}");
                    let tip = if folder { "Choose a folder" } else { "Choose a file" };
                    let button = Button::icon_only(icon::FOLDER_OPEN, &label).tip(tip);
                    wants_dialog = button.show(ui).clicked();
                    response
                })
                .inner;
            if let Some(picked) = picked {
                *text = picked;
                response.mark_changed();
            }
            if let Some(help) = help {
                preview_ui(ui, help, text, response.has_focus());
            }
            response
        });
        if wants_dialog {
            let field = self.key(path);
            let title = sentence(name);
            self.send(Command::PickPath { field, folder, title });
        }
        put(value, next)
    }
}

/// Puts a new value in its place. Says whether there was one.
fn put<V>(place: &mut V, next: Option<V>) -> bool {
    match next {
        Some(next) => {
            *place = next;
            true
        }
        None => false,
    }
}

/// A duration, with blanks between its parts where a person likes them.
pub(super) fn read_duration(text: &str) -> Result<Option<Span>, String> {
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if packed.is_empty() {
        return Ok(None);
    }
    packed.parse().map(Some).map_err(|error: millrace_model::time::SpanError| error.to_string())
}

fn read_whole(text: &str, least: i64, most: i64) -> Result<Option<i64>, String> {
    match text.trim() {
        "" => Ok(None),
        text => match text.parse::<i64>() {
            Ok(number) if (least..=most).contains(&number) => Ok(Some(number)),
            Ok(_) if most == i64::from(u32::MAX) => {
                Err(format!("a number of at least {least} is expected"))
            }
            Ok(_) => Err(format!("a number from {least} to {most} is expected")),
            Err(_) => Err(format!("“{text}” is not a whole number")),
        },
    }
}

/// The rows that are filled in, each with a name of its own.
fn named_rows(rows: &[Pair]) -> Result<impl Iterator<Item = &Pair>, String> {
    let filled = |row: &&Pair| **row != Pair::default();
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| filled(row)) {
        let name = row.name.trim();
        if name.is_empty() {
            return Err(format!("row {} has no name", index + 1));
        }
        if rows[..index].iter().any(|other| other.name.trim() == name) {
            return Err(format!("“{name}” stands twice"));
        }
    }
    Ok(rows.iter().filter(filled))
}

fn env_rows(env: &EnvMap) -> Vec<Pair> {
    let row = |(name, value): (&String, &EnvValue)| {
        let (value, is_secret) = match value {
            EnvValue::Template(text) => (text.clone(), false),
            EnvValue::Secret(name) => (name.clone(), true),
        };
        Pair { name: name.clone(), value, is_secret }
    };
    env.iter().map(row).collect()
}

fn env_value(row: &Pair) -> EnvValue {
    if row.is_secret {
        EnvValue::Secret(row.value.clone())
    } else {
        EnvValue::Template(row.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, value: &str) -> Pair {
        Pair { name: name.to_owned(), value: value.to_owned(), is_secret: false }
    }

    #[test]
    fn durations_may_have_blanks_and_say_what_is_wrong() {
        let secs = |text: &str| read_duration(text).map(|span| span.map(|s| s.as_millis() / 1_000));
        assert_eq!(secs("90s"), Ok(Some(90)));
        assert_eq!(secs(" 1h 30m "), Ok(Some(5_400)));
        assert_eq!(secs(""), Ok(None));
        assert!(secs("1 hour").unwrap_err().contains("1h30m"));
    }

    #[test]
    fn numbers_keep_their_range() {
        assert_eq!(read_whole(" 7 ", 0, 9), Ok(Some(7)));
        assert_eq!(read_whole("", 0, 9), Ok(None));
        assert!(read_whole("10", 0, 9).unwrap_err().contains("0 to 9"));
        assert!(read_whole("x", 0, 9).unwrap_err().contains("whole number"));
    }

    #[test]
    fn rows_need_names_that_are_not_taken() {
        let names = |rows: &[Pair]| {
            named_rows(rows).map(|rows| rows.map(|row| row.name.clone()).collect::<Vec<_>>())
        };
        assert_eq!(names(&[row("A", "1"), Pair::default()]), Ok(vec!["A".to_owned()]));
        assert!(names(&[row("", "1")]).unwrap_err().contains("row 1"));
        assert!(names(&[row("A", "1"), row("A", "2")]).unwrap_err().contains("twice"));
    }

    #[test]
    fn secrets_are_kept_apart_from_values() {
        let mut env = EnvMap::new();
        env.insert("A".to_owned(), EnvValue::Template("${params.x}".to_owned()));
        env.insert("B".to_owned(), EnvValue::Secret("api".to_owned()));
        let rows = env_rows(&env);
        assert!(rows[1].is_secret && !rows[0].is_secret);
        let back: EnvMap = rows.iter().map(|row| (row.name.clone(), env_value(row))).collect();
        assert_eq!(back, env);
    }
}
