//! The smallest changes, each with an exact inverse.
//!
//! Edits are made of these. They keep no rule of documents; only the places that they name must exist.

use std::mem;

use super::EditError;
use crate::document::{Dependency, Group, Layout, Note, Task, Workflow};
use crate::ident::Ident;

/// A change of one thing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    InsertTask(usize, Box<Task>),
    RemoveTask(usize),
    SwapTask(usize, Box<Task>),
    InsertDependency(usize, Dependency),
    RemoveDependency(usize),
    SwapDependency(usize, Dependency),
    /// Sets the position of a card; a new one comes last.
    Position(Ident, [f64; 2]),
    InsertPosition(usize, Ident, [f64; 2]),
    RemovePosition(Ident),
    Notes(Vec<Note>),
    Groups(Vec<Group>),
    /// Everything but tasks, dependencies and layout.
    Fields(Box<Workflow>),
    /// Everything.
    Whole(Box<Workflow>),
}

impl Change {
    /// Does it, and gives its inverse.
    fn apply(self, workflow: &mut Workflow) -> Result<Self, EditError> {
        let tasks = workflow.tasks.len();
        let edges = workflow.dependencies.len();
        let positions = &mut workflow.layout.tasks;
        Ok(match self {
            Self::InsertTask(index, task) if index <= tasks => {
                workflow.tasks.insert(index, *task);
                Self::RemoveTask(index)
            }
            Self::RemoveTask(index) if index < tasks => {
                Self::InsertTask(index, Box::new(workflow.tasks.remove(index)))
            }
            Self::SwapTask(index, mut task) if index < tasks => {
                mem::swap(&mut workflow.tasks[index], &mut *task);
                Self::SwapTask(index, task)
            }
            Self::InsertDependency(index, edge) if index <= edges => {
                workflow.dependencies.insert(index, edge);
                Self::RemoveDependency(index)
            }
            Self::RemoveDependency(index) if index < edges => {
                Self::InsertDependency(index, workflow.dependencies.remove(index))
            }
            Self::SwapDependency(index, mut edge) if index < edges => {
                mem::swap(&mut workflow.dependencies[index], &mut edge);
                Self::SwapDependency(index, edge)
            }
            Self::Position(name, at) => match positions.insert(name.clone(), at) {
                Some(before) => Self::Position(name, before),
                None => Self::RemovePosition(name),
            },
            Self::InsertPosition(index, name, at)
                if index <= positions.len() && !positions.contains_key(&name) =>
            {
                positions.shift_insert(index, name.clone(), at);
                Self::RemovePosition(name)
            }
            Self::RemovePosition(name) => {
                let (index, name, at) =
                    positions.shift_remove_full(&name).ok_or(EditError::Stale)?;
                Self::InsertPosition(index, name, at)
            }
            Self::Notes(mut notes) => {
                mem::swap(&mut workflow.layout.notes, &mut notes);
                Self::Notes(notes)
            }
            Self::Groups(mut groups) => {
                mem::swap(&mut workflow.layout.groups, &mut groups);
                Self::Groups(groups)
            }
            Self::Fields(mut fields) => {
                fields.tasks = mem::take(&mut workflow.tasks);
                fields.dependencies = mem::take(&mut workflow.dependencies);
                fields.layout = mem::take(&mut workflow.layout);
                mem::swap(workflow, &mut fields);
                (fields.tasks, fields.dependencies) = (Vec::new(), Vec::new());
                fields.layout = Layout::default();
                Self::Fields(fields)
            }
            Self::Whole(mut other) => {
                mem::swap(workflow, &mut other);
                Self::Whole(other)
            }
            Self::InsertTask(..)
            | Self::RemoveTask(_)
            | Self::SwapTask(..)
            | Self::InsertDependency(..)
            | Self::RemoveDependency(_)
            | Self::SwapDependency(..)
            | Self::InsertPosition(..) => return Err(EditError::Stale),
        })
    }
}

/// What takes an edit back. Only `Edit::Undo` can use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Undo {
    /// Last change first.
    changes: Vec<Change>,
}

impl Undo {
    pub(super) fn into_changes(self) -> impl Iterator<Item = Change> {
        self.changes.into_iter()
    }
}

/// A workflow under an edit, with what takes back what has been done so far.
pub(super) struct Session<'w> {
    workflow: &'w mut Workflow,
    /// First change first.
    inverses: Vec<Change>,
}

impl<'w> Session<'w> {
    pub(super) fn new(workflow: &'w mut Workflow) -> Self {
        Self { workflow, inverses: Vec::new() }
    }

    pub(super) fn workflow(&self) -> &Workflow {
        self.workflow
    }

    pub(super) fn run(&mut self, change: Change) -> Result<(), EditError> {
        self.inverses.push(change.apply(self.workflow)?);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Undo {
        self.inverses.reverse();
        Undo { changes: self.inverses }
    }

    pub(super) fn roll_back(self) {
        for inverse in self.inverses.into_iter().rev() {
            let undone = inverse.apply(self.workflow);
            debug_assert!(undone.is_ok(), "an inverse fits what it is the inverse of");
        }
    }
}
