//! What is wrong with a document: where, what was expected, what to do.
//!
//! Only the shape of a report; the rules that find problems are beside the things that they check.

mod code;
mod list;
mod path;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use code::Code;
pub(crate) use list::Problems;
pub use path::{Path, Step};

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document cannot run, or not by itself where the error is in a schedule or trigger. It can be edited and saved.
    Error,
    /// It can run, and probably not as it is meant.
    Warning,
    /// Worth knowing.
    Notice,
}

impl Severity {
    /// The word before the code.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// A place in the text of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// From 0, in bytes.
    pub offset: usize,
    /// In bytes.
    pub length: usize,
}

/// Which part of a member a problem points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aim {
    /// Its value.
    #[default]
    Value,
    /// Its key.
    Key,
}

/// Another place that belongs to a problem, such as the first of two equal names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Where in the document's tree.
    pub path: Path,
    /// Where in its text.
    pub place: Option<Place>,
    /// What is there.
    pub message: String,
}

/// Something that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its kind.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the document's tree, such as `tasks[3].retry.delay`.
    pub path: Path,
    /// Where in its text; none for a document that has not been saved yet.
    pub place: Option<Place>,
    /// The name of the task that it is in.
    pub task: Option<String>,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    #[serde(skip)]
    pub(crate) aim: Aim,
}

impl Problem {
    /// A problem of the severity that its code has by default, without a place.
    #[must_use]
    pub fn new(code: Code, path: Path, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            path,
            place: None,
            task: None,
            message: message.into(),
            help: None,
            related: Vec::new(),
            aim: Aim::Value,
        }
    }

    /// The same with what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, pointing at the key.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.aim = Aim::Key;
        self
    }

    /// The same with another place.
    #[must_use]
    pub fn related(mut self, path: Path, message: impl Into<String>) -> Self {
        self.related.push(Related { path, place: None, message: message.into() });
        self
    }

    /// The field within the task, or within the workflow, such as `retry.delay`; none for the whole.
    #[must_use]
    pub fn field(&self) -> Option<String> {
        let steps = match self.path.steps() {
            [Step::Key(list), Step::Index(_), rest @ ..] if &**list == "tasks" => rest,
            all => all,
        };
        (!steps.is_empty()).then(|| Path::from(steps.to_vec()).to_string())
    }

    /// The problem as a compiler would print it, with `file` in front: one line, then help and related
    /// places on lines of their own, without a newline at the end.
    #[must_use]
    pub fn render(&self, file: &str) -> String {
        let mut text = String::new();
        push_place(&mut text, file, self.place);
        text.push_str(&format!("{}[{}]: ", self.severity.word(), self.code));
        if let Some(task) = &self.task {
            text.push_str(&format!("task {task}: "));
        }
        if let Some(field) = self.field() {
            text.push_str(&format!("{field}: "));
        }
        text.push_str(&self.message);
        for related in &self.related {
            text.push_str("\n  ");
            push_place(&mut text, file, related.place);
            text.push_str(&related.message);
        }
        if let Some(help) = &self.help {
            text.push_str(&format!("\n  help: {help}"));
        }
        text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]: {}", self.severity.word(), self.code, self.message)
    }
}

fn push_place(text: &mut String, file: &str, place: Option<Place>) {
    text.push_str(file);
    if let Some(Place { line, column, .. }) = place {
        text.push_str(&format!(":{line}:{column}"));
    }
    text.push_str(": ");
}
