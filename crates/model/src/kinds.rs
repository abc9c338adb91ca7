//! The kinds of tasks: one file each, and this list of them.
//!
//! A kind declares everything that it is: how it looks, its fields, its docs, and the action that a spec stands for.
//! The palette, the form, the JSON Schema, the docs pages and `millrace kinds` are made from these declarations.
//! How an action is carried out is not known here.

mod approval;
mod branch;
mod command;
mod container;
mod delay;
mod docs;
mod field;
mod files;
mod http;
mod mail;
mod noop;
mod notebook;
mod notify;
mod python;
mod schema;
mod shell;
mod spec;
mod sql;
mod wait_for;
mod workflow;

use crate::action::Action;
use crate::document::Json;

pub use docs::page;
pub use field::{Field, FieldDefault, FieldShape, FieldText, PathPick};
pub use schema::spec_schema;
pub use spec::{SpecProblem, SpecProblemKind};

/// A kind of task.
#[derive(Debug)]
pub struct Kind {
    /// What stands in a document's `kind`.
    pub id: &'static str,
    /// What people see.
    pub title: &'static str,
    /// Where it stands in the palette.
    pub category: Category,
    /// The name of its icon: `terminal`, `command`, `python`, `notebook`, `cube`, `globe`, `database`, `files`, `mail`, `bell`,
    /// `branch`, `workflow`, `approval`, `eye`, `timer`, `circle`.
    pub icon: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Markdown: when to use it, examples, what to know.
    pub docs: &'static str,
    /// The fields of its spec, in the order in which they are written and shown.
    pub fields: &'static [Field],
    /// The outputs that it has by itself, beside those that a task sets.
    pub outputs: &'static [NaturalOutput],
    /// The action that a spec stands for, or all that keeps it from running.
    pub lower: fn(&Json) -> Result<Action, Vec<SpecProblem>>,
}

/// A group of kinds in the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Runs code.
    Run,
    /// Asks and changes what is kept: files, databases.
    Data,
    /// Talks to other machines.
    Network,
    /// Shapes the graph.
    Control,
}

/// An output that a kind has by itself.
#[derive(Debug, Clone, Copy)]
pub struct NaturalOutput {
    /// `tasks.X.outputs.NAME`
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
}

/// All kinds, in the order of the palette.
static KINDS: [&Kind; 16] = [
    &shell::KIND,
    &command::KIND,
    &python::KIND,
    &notebook::KIND,
    &container::KIND,
    &http::KIND,
    &sql::KIND,
    &files::KIND,
    &mail::KIND,
    &notify::KIND,
    &branch::KIND,
    &workflow::KIND,
    &approval::KIND,
    &wait_for::KIND,
    &delay::KIND,
    &noop::KIND,
];

/// All kinds, in the order of the palette.
#[must_use]
pub fn all() -> &'static [&'static Kind] {
    &KINDS
}

/// The kind of this id.
#[must_use]
pub fn kind(id: &str) -> Option<&'static Kind> {
    KINDS.into_iter().find(|kind| kind.id == id)
}

impl Kind {
    /// Everything that is wrong with a spec, unknown keys included.
    #[must_use]
    pub fn check(&self, spec: &Json) -> Vec<SpecProblem> {
        let mut problems = (self.lower)(spec).err().unwrap_or_default();
        problems.extend(spec::unknown_keys(self.fields, spec));
        problems
    }

    /// The field of this key.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }
}

impl Category {
    /// All groups, in the order of the palette.
    pub const ALL: [Self; 4] = [Self::Run, Self::Data, Self::Network, Self::Control];

    /// What people see.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Run => "Run",
            Self::Data => "Data",
            Self::Network => "Network",
            Self::Control => "Control",
        }
    }
}

#[cfg(test)]
mod tests;
