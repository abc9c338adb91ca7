//! Reading a spec by the declarations of its fields.

use std::fmt;

use super::field::{Field, FieldDefault, FieldShape, FieldText};
use crate::action::ValueText;
use crate::document::{Json, Param};
use crate::expr::{Expr, ExprError};
use crate::params::check_declaration;
use crate::problem::Step;
use crate::record::{self, Member as _};
use crate::suggest::did_you_mean;
use crate::template::Template;

/// Something wrong with a task's `kind` or `spec`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecProblem {
    /// The key in the spec; none = the spec, or the kind, as a whole.
    pub field: Option<String>,
    /// The element of a list, from 0.
    pub index: Option<usize>,
    /// Where in the text: counts characters from 1.
    pub column: Option<usize>,
    /// What is wrong and what to do: a fragment that does not repeat the field's name.
    pub message: String,
    /// Of what sort it is.
    pub kind: SpecProblemKind,
}

/// Of what sort a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecProblemKind {
    /// The kind is not known to this version; the task cannot run.
    UnknownKind,
    /// The spec has a key that the kind does not know. It is kept, and has no effect.
    UnknownKey,
    /// A field is missing, or what it holds cannot be used; the task cannot run.
    Invalid,
    /// A template or expression cannot be read; the task cannot run.
    Expression,
}

impl SpecProblem {
    /// The kind is not known.
    #[must_use]
    pub fn unknown_kind(id: &str) -> Self {
        let known = super::all().iter().map(|kind| kind.id);
        let hint = did_you_mean(id, known.clone());
        let known = crate::suggest::listed(known);
        Self::whole(
            SpecProblemKind::UnknownKind,
            format!("there is no kind `{id}`{hint} (this version has {known})"),
        )
    }

    pub(super) fn whole(kind: SpecProblemKind, message: String) -> Self {
        Self { field: None, index: None, column: None, message, kind }
    }

    pub(super) fn of(field: &str, message: String) -> Self {
        Self {
            field: Some(field.to_owned()),
            index: None,
            column: None,
            message,
            kind: SpecProblemKind::Invalid,
        }
    }
}

impl fmt::Display for SpecProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            f.write_str(field)?;
            if let Some(index) = self.index {
                write!(f, "[{index}]")?;
            }
            f.write_str(": ")?;
        }
        if let Some(column) = self.column {
            write!(f, "column {column}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Keys of a spec that none of its fields declares.
pub(super) fn unknown_keys(fields: &[Field], spec: &Json) -> Vec<SpecProblem> {
    let known = || fields.iter().map(|field| field.key);
    spec.members()
        .iter()
        .filter(|(key, _)| known().all(|name| name != key))
        .map(|(key, _)| SpecProblem {
            kind: SpecProblemKind::UnknownKey,
            ..SpecProblem::of(
                key,
                format!("not a field of this kind{}", did_you_mean(key, known())),
            )
        })
        .collect()
}

/// A spec that is read field by field, all problems collected.
pub(super) struct Reader<'a> {
    fields: &'static [Field],
    spec: &'a Json,
    pub(super) problems: Vec<SpecProblem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(fields: &'static [Field], spec: &'a Json) -> Self {
        let mut reader = Self { fields, spec, problems: Vec::new() };
        if !matches!(spec, Json::Object(_)) {
            let message = format!("a spec is an object, not {}", spec.described());
            reader.problems.push(SpecProblem::whole(SpecProblemKind::Invalid, message));
            return reader;
        }
        for field in fields {
            if field.required && reader.given(field.key).is_none() {
                reader.fail(field.key, format!("missing: {}", first_sentence(field.help)));
            }
        }
        reader
    }

    /// The value of a field, where the spec has one. `null` is the same as nothing.
    pub(super) fn given(&self, key: &str) -> Option<&'a Json> {
        debug_assert!(self.fields.iter().any(|field| field.key == key), "{key} is not declared");
        self.spec.get(key).filter(|value| **value != Json::Null)
    }

    pub(super) fn fail(&mut self, key: &str, message: String) {
        self.problems.push(SpecProblem::of(key, message));
    }

    /// A text field: as given, else its default, else none.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let field = self.field(key)?;
        let Some(value) = self.given(key) else {
            return match field.default {
                FieldDefault::Text(text) => Some(text.to_owned()),
                _ => None,
            };
        };
        let Some(text) = value.as_str() else {
            self.fail(key, format!("a text is expected, not {}", value.described()));
            return None;
        };
        if text.contains('\0') {
            self.fail(key, "has a NUL character, which no program can be given".to_owned());
            return None;
        }
        if field.required && text.trim().is_empty() {
            self.fail(key, format!("empty: {}", first_sentence(field.help)));
            return None;
        }
        if let FieldShape::Choice { choices, open: false } = field.shape
            && !choices.contains(&text)
        {
            let hint = did_you_mean(text, choices.iter().copied());
            let listed = crate::suggest::listed(choices.iter().copied());
            self.fail(key, format!("`{text}` is not one of {listed}{hint}"));
            return None;
        }
        self.check_text(key, None, text);
        Some(text.to_owned())
    }

    /// A text field that is a template.
    pub(super) fn template(&mut self, key: &str) -> Option<Template> {
        // What cannot be read has been reported by `text`.
        self.text(key).and_then(|text| Template::parse(&text).ok())
    }

    /// A true-or-false field: as given, else its default, else false.
    pub(super) fn bool(&mut self, key: &str) -> bool {
        let default =
            self.field(key).is_some_and(|field| field.default == FieldDefault::Bool(true));
        match self.given(key) {
            None => default,
            Some(Json::Bool(value)) => *value,
            Some(other) => {
                self.fail(key, format!("true or false is expected, not {}", other.described()));
                default
            }
        }
    }

    /// A field that is a whole number.
    pub(super) fn int(&mut self, key: &str) -> Option<i64> {
        let field = self.field(key)?;
        let (least, most) = match field.shape {
            FieldShape::Int { min, max } => (min, max),
            _ => (i64::MIN, i64::MAX),
        };
        match self.given(key)? {
            Json::Number(lexeme) => match lexeme.parse::<i64>() {
                Ok(number) if (least..=most).contains(&number) => Some(number),
                _ => {
                    self.fail(
                        key,
                        format!("{lexeme} is not a whole number from {least} to {most}"),
                    );
                    None
                }
            },
            other => {
                self.fail(key, format!("a whole number is expected, not {}", other.described()));
                None
            }
        }
    }

    /// A list of texts; empty where the spec has none.
    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        let elements = match self.given(key) {
            None => return Vec::new(),
            Some(Json::Array(elements)) => elements,
            Some(other) => {
                self.fail(key, format!("a list of texts is expected, not {}", other.described()));
                return Vec::new();
            }
        };
        let mut texts = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let message = match element {
                Json::String(text) if text.contains('\0') => {
                    "has a NUL character, which no program can be given".to_owned()
                }
                Json::String(text) => {
                    self.check_text(key, Some(index), text);
                    texts.push(text.clone());
                    continue;
                }
                Json::Number(_) | Json::Bool(_) => {
                    format!("a text is expected, not {}; put it in quotes", element.described())
                }
                _ => format!("a text is expected, not {}", element.described()),
            };
            self.problems.push(SpecProblem { index: Some(index), ..SpecProblem::of(key, message) });
        }
        texts
    }

    /// A list of templates; empty where the spec has none.
    pub(super) fn templates(&mut self, key: &str) -> Vec<Template> {
        self.texts(key).iter().filter_map(|text| Template::parse(text).ok()).collect()
    }

    /// Templates by name, in the order in which they are given.
    pub(super) fn named_templates(&mut self, key: &str) -> Vec<(String, Template)> {
        self.named(key, Template::parse)
    }

    /// Expressions by name, in the order in which they are given.
    pub(super) fn named_expressions(&mut self, key: &str) -> Vec<(String, Expr)> {
        self.named(key, Expr::parse)
    }

    fn named<T>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, ExprError>,
    ) -> Vec<(String, T)> {
        let members = match self.given(key) {
            None => return Vec::new(),
            Some(Json::Object(members)) => members,
            Some(other) => {
                let message = format!("an object of texts is expected, not {}", other.described());
                self.fail(key, message);
                return Vec::new();
            }
        };
        let mut read = Vec::with_capacity(members.len());
        for (name, value) in members {
            let Json::String(text) = value else {
                let quotes = match value {
                    Json::Number(_) | Json::Bool(_) => "; put it in quotes",
                    _ => "",
                };
                let found = value.described();
                self.fail(key, format!("{name}: a text is expected, not {found}{quotes}"));
                continue;
            };
            match parse(text) {
                Ok(parsed) => read.push((name.clone(), parsed)),
                Err(error) => self.problems.push(SpecProblem {
                    kind: SpecProblemKind::Expression,
                    ..SpecProblem::of(key, format!("{name}: {error}"))
                }),
            }
        }
        read
    }

    /// Templates by name, each the text itself or the name of a secret, in the order in which they are given.
    pub(super) fn named_values(&mut self, key: &str) -> Vec<(String, ValueText)> {
        let members = match self.given(key) {
            None => return Vec::new(),
            Some(Json::Object(members)) => members,
            Some(other) => {
                let message = format!("an object is expected, not {}", other.described());
                self.fail(key, message);
                return Vec::new();
            }
        };
        let mut values = Vec::with_capacity(members.len());
        for (name, value) in members {
            let (text, is_secret) = match value {
                Json::String(text) => (text, false),
                Json::Object(inner) => match inner.as_slice() {
                    [(key, Json::String(text))] if key == "secret" => (text, true),
                    _ => {
                        let message = "a text or {\"secret\": NAME} is expected";
                        self.fail(key, format!("{name}: {message}"));
                        continue;
                    }
                },
                _ => {
                    let found = value.described();
                    let message = "a text or {\"secret\": NAME} is expected, not";
                    self.fail(key, format!("{name}: {message} {found}"));
                    continue;
                }
            };
            match Template::parse(text) {
                Ok(text) if is_secret => values.push((name.clone(), ValueText::Secret(text))),
                Ok(text) => values.push((name.clone(), ValueText::Text(text))),
                Err(error) => self.problems.push(SpecProblem {
                    kind: SpecProblemKind::Expression,
                    ..SpecProblem::of(key, format!("{name}: {error}"))
                }),
            }
        }
        values
    }

    /// Declarations of parameters; empty where the spec has none.
    pub(super) fn params(&mut self, key: &str) -> Vec<Param> {
        let Some(given) = self.given(key) else { return Vec::new() };
        let mut reader = record::Reader::default();
        let params = Vec::<Param>::read(given, &mut reader).unwrap_or_default();
        for problem in reader.finish().problems {
            let index = problem.path.steps().iter().find_map(|step| match step {
                Step::Index(index) => Some(*index),
                Step::Key(_) => None,
            });
            let member = problem.path.steps().iter().rev().find_map(|step| match step {
                Step::Key(member) => Some(format!("{member}: ")),
                Step::Index(_) => None,
            });
            let message = format!("{}{}", member.unwrap_or_default(), problem.message);
            self.problems.push(SpecProblem { index, ..SpecProblem::of(key, message) });
        }
        for (index, param) in params.iter().enumerate() {
            let twice = params[..index].iter().any(|other| other.name == param.name);
            let twice = twice.then(|| "stands twice".to_owned());
            let declared = check_declaration(param).into_iter().map(|problem| {
                let member = problem.member.key();
                match problem.column {
                    Some(column) => format!("{member}: column {column}: {}", problem.message),
                    None => format!("{member}: {}", problem.message),
                }
            });
            for message in twice.into_iter().chain(declared) {
                self.fail(key, format!("{}: {message}", param.name));
            }
        }
        params
    }

    /// A text field that is an expression.
    pub(super) fn expression(&mut self, key: &str) -> Option<Expr> {
        // What cannot be read has been reported by `text`.
        self.text(key).and_then(|text| Expr::parse(&text).ok())
    }

    /// `skip_exit_code`
    pub(super) fn skip_exit_code(&mut self) -> Option<i32> {
        self.int("skip_exit_code").and_then(|code| i32::try_from(code).ok())
    }

    /// What was read, or all problems.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Vec<SpecProblem>> {
        match read {
            Some(read) if self.problems.is_empty() => Ok(read),
            _ => Err(self.problems),
        }
    }

    fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// Reports a template or expression that cannot be read.
    fn check_text(&mut self, key: &str, index: Option<usize>, text: &str) {
        let error = match self.field(key).map(|field| field.text) {
            Some(FieldText::Template | FieldText::Secret) => Template::parse(text).err(),
            Some(FieldText::Expression | FieldText::OwnOutputs) => Expr::parse(text).err(),
            Some(FieldText::Literal) | None => None,
        };
        if let Some(error) = error {
            self.problems.push(SpecProblem {
                index,
                column: error.column,
                kind: SpecProblemKind::Expression,
                ..SpecProblem::of(key, error.message)
            });
        }
    }
}

/// The first sentence of a help text, in the middle of another.
fn first_sentence(help: &str) -> String {
    let first = help.split(". ").next().unwrap_or(help).trim_end_matches('.');
    let mut letters = first.chars();
    match letters.next() {
        Some(letter) => letter.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
