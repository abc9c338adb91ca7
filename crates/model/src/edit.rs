//! Edits of a workflow, each with its inverse: what the canvas, the inspector and the command line change a document by.
//!
//! An edit keeps a document drawable (no dangling ends, no circles made by hand); whether it can run is the room
//! `validate`'s business. Undo is exact: applying an edit and then its inverse gives the same workflow.

mod change;
mod error;
mod extract;
mod names;
mod rename;
mod tasks;
mod tokens;

use crate::document::{Dependency, Group, Note, Task, Workflow};
use crate::graph::{Graph, task_index};
use crate::ident::Ident;
use crate::record::settle;

pub use change::Undo;
use change::{Change, Session};
pub use error::EditError;
pub use extract::{Extraction, NewWorkflow, extract};
pub(crate) use names::free_name;
pub use names::{fresh_name, new_document, suggested_name};

/// Something that is done to a workflow. One edit is one step of undo.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// Adds a task, as the last one.
    AddTask {
        /// The task. Its name must be free.
        task: Box<Task>,
        /// Where its card lies.
        at: Option<[f64; 2]>,
    },
    /// Removes tasks with their dependencies, positions, and places in groups, teardowns and hooks; a group that has no
    /// task any more goes too. Expressions that name them stay as they are.
    RemoveTasks(Vec<Ident>),
    /// Gives the task of the same name other content.
    ReplaceTask(Box<Task>),
    /// Gives a task another name, in every place that names it.
    RenameTask {
        /// Its name now.
        from: Ident,
        /// The new one. It must be free.
        to: Ident,
    },
    /// Connects two tasks.
    AddDependency(Dependency),
    /// Disconnects two tasks.
    RemoveDependency {
        /// The upstream.
        from: Ident,
        /// The downstream.
        to: Ident,
    },
    /// Gives the edge between the same two tasks another condition.
    ReplaceDependency(Dependency),
    /// Moves cards. Only the layout changes.
    MoveTasks(Vec<(Ident, [f64; 2])>),
    /// Sets every field of the workflow except its tasks, dependencies and layout, which are not looked at.
    SetFields(Box<Workflow>),
    /// Sets the notes on the canvas.
    SetNotes(Vec<Note>),
    /// Sets the frames on the canvas.
    SetGroups(Vec<Group>),
    /// Puts another workflow in its place, as it is: also one that breaks rules which the other edits keep.
    Replace(Box<Workflow>),
    /// Several edits as one step; all of them or none.
    All(Vec<Edit>),
    /// Takes an edit back: only valid for the workflow as that edit left it.
    Undo(Undo),
}

impl Edit {
    /// Does it. Gives the edit that takes it back.
    ///
    /// # Errors
    /// Says why it cannot be done; the workflow is as it was.
    pub fn apply(self, workflow: &mut Workflow) -> Result<Self, EditError> {
        let mut session = Session::new(workflow);
        match apply(self, &mut session) {
            Ok(()) => Ok(Self::Undo(session.finish())),
            Err(error) => {
                session.roll_back();
                Err(error)
            }
        }
    }
}

fn apply(edit: Edit, session: &mut Session<'_>) -> Result<(), EditError> {
    match edit {
        Edit::AddTask { task, at } => tasks::add(session, task, at),
        Edit::RemoveTasks(names) => tasks::remove(session, &names),
        Edit::ReplaceTask(task) => tasks::replace(session, task),
        Edit::RenameTask { from, to } => rename::rename_task(session, &from, &to),
        Edit::AddDependency(dependency) => add_dependency(session, dependency),
        Edit::RemoveDependency { from, to } => {
            let index = dependency_index(session.workflow(), &from, &to)?;
            session.run(Change::RemoveDependency(index))
        }
        Edit::ReplaceDependency(mut dependency) => {
            let workflow = session.workflow();
            let index = dependency_index(workflow, &dependency.from, &dependency.to)?;
            settle(&workflow.dependencies[index], &mut dependency);
            session.run(Change::SwapDependency(index, dependency))
        }
        Edit::MoveTasks(moves) => {
            let known = task_index(session.workflow());
            if let Some((name, _)) =
                moves.iter().find(|(name, _)| !known.contains_key(name.as_str()))
            {
                return Err(EditError::NoSuchTask(name.clone()));
            }
            let mut moves = moves.into_iter();
            moves.try_for_each(|(name, at)| session.run(Change::Position(name, at)))
        }
        Edit::SetFields(mut fields) => {
            settle(session.workflow(), &mut fields);
            session.run(Change::Fields(fields))
        }
        Edit::SetNotes(notes) => session.run(Change::Notes(notes)),
        Edit::SetGroups(groups) => session.run(Change::Groups(groups)),
        Edit::Replace(other) => session.run(Change::Whole(other)),
        Edit::All(edits) => edits.into_iter().try_for_each(|edit| apply(edit, session)),
        Edit::Undo(undo) => undo.into_changes().try_for_each(|change| session.run(change)),
    }
}

fn add_dependency(session: &mut Session<'_>, dependency: Dependency) -> Result<(), EditError> {
    check_dependency(session.workflow(), &dependency.from, &dependency.to)?;
    let index = session.workflow().dependencies.len();
    session.run(Change::InsertDependency(index, dependency))
}

/// Whether `from` can be connected to `to`: what a canvas asks while an edge is being drawn.
///
/// # Errors
/// The reason why not, short enough to stand at the cursor.
pub fn check_dependency(workflow: &Workflow, from: &Ident, to: &Ident) -> Result<(), EditError> {
    let start = existing_task(workflow, from)?;
    let end = existing_task(workflow, to)?;
    if start == end {
        return Err(EditError::SelfDependency(from.clone()));
    }
    let is_same = |edge: &Dependency| edge.from == *from && edge.to == *to;
    if workflow.dependencies.iter().any(is_same) {
        return Err(EditError::DuplicateDependency { from: from.clone(), to: to.clone() });
    }
    match Graph::of(workflow).path(end, start) {
        Some(path) => Err(EditError::cycle(workflow, &path)),
        None => Ok(()),
    }
}

fn existing_task(workflow: &Workflow, name: &Ident) -> Result<usize, EditError> {
    workflow
        .tasks
        .iter()
        .position(|task| task.name == *name)
        .ok_or_else(|| EditError::NoSuchTask(name.clone()))
}

fn dependency_index(workflow: &Workflow, from: &Ident, to: &Ident) -> Result<usize, EditError> {
    workflow
        .dependencies
        .iter()
        .position(|edge| edge.from == *from && edge.to == *to)
        .ok_or_else(|| EditError::NoSuchDependency { from: from.clone(), to: to.clone() })
}

fn is_taken(workflow: &Workflow, name: &Ident) -> bool {
    task_index(workflow).contains_key(name.as_str())
}
