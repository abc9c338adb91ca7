//! What a person can change in a document, in steps that a person would call one.
//!
//! Each becomes edits of the model; the words are what undo offers.

use egui::Vec2;
use millrace_model::document::{AtomSet, Group, Json, Note, Task, Workflow};
use millrace_model::edit::Edit;
use millrace_model::ident::Ident;

/// A change of a document.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Moves cards. The places are the new ones, in canvas points.
    Place(Vec<(Ident, [f64; 2])>),
    /// Draws a wire, of a branch where it has a label.
    Connect { from: Ident, to: Ident, on: AtomSet, branch: Option<String> },
    /// Changes a wire's condition.
    Condition { from: Ident, to: Ident, on: AtomSet },
    /// Changes the label of a branch task that a wire asks for; none: any will do.
    Label { from: Ident, to: Ident, branch: Option<String> },
    /// Removes a wire.
    Disconnect { from: Ident, to: Ident },
    /// Removes tasks with their wires.
    Delete(Vec<Ident>),
    /// Changes a field of a task's spec; none removes it.
    Spec { task: Ident, key: String, value: Option<Json> },
    /// Changes a task's title; none removes it.
    Title { task: Ident, title: Option<String> },
    /// Gives a task another name, everywhere. It belongs to the step that gave it its title where the name was made of it.
    Rename { from: Ident, to: Ident, by_title: bool },
    /// Gives a task other content: `field` is what of it was edited, in a person's words.
    Task { task: Box<Task>, field: &'static str },
    /// Gives the workflow other content besides its tasks, edges and layout.
    Workflow { fields: Box<Workflow>, field: &'static str },
    /// Switches tasks off or on.
    Disable { tasks: Vec<Ident>, disabled: bool },
    /// Gives a note other content.
    Note { index: usize, note: Box<Note>, field: &'static str },
    /// Gives a group other content.
    Group { index: usize, group: Box<Group>, field: &'static str },
    /// Puts what was typed as text in place of the whole workflow.
    Text(Box<Workflow>),
    /// What a hand did to several things at once.
    Edit { words: String, edit: Box<Edit> },
}

impl Change {
    /// What a person would call it.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Place(places) => match places.as_slice() {
                [(task, _)] => format!("move {task}"),
                _ => format!("move {} tasks", places.len()),
            },
            Self::Connect { from, to, .. } => format!("connect {from} → {to}"),
            Self::Condition { from, to, .. } => format!("condition of {from} → {to}"),
            Self::Label { from, to, .. } => format!("branch of {from} → {to}"),
            Self::Disconnect { from, to } => format!("disconnect {from} → {to}"),
            Self::Delete(tasks) => match tasks.as_slice() {
                [task] => format!("delete {task}"),
                _ => format!("delete {} tasks", tasks.len()),
            },
            Self::Spec { task, key, .. } => format!("edit {key} of {task}"),
            Self::Title { task, .. } => format!("rename {task}"),
            Self::Rename { from, to, .. } => format!("rename {from} to {to}"),
            Self::Task { task, field } => format!("edit {field} of {}", task.name),
            Self::Workflow { field, .. } => format!("edit {field}"),
            Self::Note { field, .. } => format!("edit {field} of a note"),
            Self::Group { group, field: "collapsed", .. } => {
                let verb = if group.collapsed { "collapse" } else { "expand" };
                format!("{verb} {}", group.name).trim_end().to_owned()
            }
            Self::Group { field, .. } => format!("edit {field} of a group"),
            Self::Text(_) => "edit as JSON".to_owned(),
            Self::Edit { words, .. } => words.clone(),
            Self::Disable { tasks, disabled } => {
                let verb = if *disabled { "disable" } else { "enable" };
                match tasks.as_slice() {
                    [task] => format!("{verb} {task}"),
                    _ => format!("{verb} {} tasks", tasks.len()),
                }
            }
        }
    }

    /// Whether a later change of the same thing belongs to the same step: typing in one field is one.
    pub(crate) fn goes_on(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Spec { task, key, .. }, Self::Spec { task: t, key: k, .. }) => {
                task == t && key == k
            }
            (Self::Text(_), Self::Text(_)) => true,
            (Self::Note { index, field, .. }, Self::Note { index: i, field: f, .. })
            | (Self::Group { index, field, .. }, Self::Group { index: i, field: f, .. }) => {
                index == i && field == f
            }
            (Self::Title { task, .. }, Self::Title { task: t, .. }) => task == t,
            (Self::Rename { from, by_title: true, .. }, Self::Title { task, .. }) => from == task,
            (Self::Task { task, field }, Self::Task { task: t, field: f }) => {
                task.name == t.name && field == f
            }
            (Self::Workflow { field, .. }, Self::Workflow { field: f, .. }) => field == f,
            _ => false,
        }
    }
}

/// The new places of cards that are moved by `by`.
pub(crate) fn places(cards: impl Iterator<Item = (Ident, egui::Pos2)>, by: Vec2) -> Change {
    let place = |at: egui::Pos2| [f64::from((at + by).x), f64::from((at + by).y)];
    Change::Place(cards.map(|(name, at)| (name, place(at))).collect())
}
