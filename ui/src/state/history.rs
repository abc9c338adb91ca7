//! Undo and redo, in steps that a person would call one.
//!
//! A step keeps the model's own inverse edits; it never keeps copies of the document.

use std::sync::Arc;

use millrace_model::document::{Dependency, Json, Task, Workflow};
use millrace_model::edit::Edit;
use millrace_model::ident::Ident;

use super::change::Change;
use super::labels::follow_label;

/// Steps that can be taken back at most.
const MOST: usize = 500;

/// The steps that can be taken back and made again.
#[derive(Debug, Default)]
pub(super) struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    /// The next change starts a step of its own.
    ended: bool,
}

#[derive(Debug)]
struct Step {
    change: Change,
    /// All that was done in it put one thing in place of another.
    replaces: bool,
    /// What leads to the other side of the step; applied from the last to the first.
    way: Vec<Edit>,
}

impl History {
    /// Makes a change. Says whether it changed anything.
    pub(super) fn make(
        &mut self,
        workflow: &mut Arc<Workflow>,
        change: &Change,
    ) -> Result<bool, String> {
        let Some(edit) = edit_of(workflow, change)? else { return Ok(false) };
        let replaces = replaces(&edit);
        let back = edit.apply(Arc::make_mut(workflow)).map_err(|error| error.to_string())?;
        self.undone.clear();
        let goes_on = !std::mem::take(&mut self.ended);
        match self.done.last_mut().filter(|step| goes_on && change.goes_on(&step.change)) {
            // The first one leads back to before all of the typing, however long that goes on.
            Some(step) if step.replaces && replaces => {}
            Some(step) => {
                step.replaces = false;
                step.way.push(back);
            }
            None => {
                if self.done.len() == MOST {
                    self.done.remove(0);
                }
                self.done.push(Step { change: change.clone(), replaces, way: vec![back] });
            }
        }
        Ok(true)
    }

    pub(super) fn undo(&mut self, workflow: &mut Arc<Workflow>) -> Option<Crossed> {
        let step = self.done.pop()?;
        self.ended = true;
        let crossed = Crossed::of(&step);
        self.undone.extend(cross(step, workflow));
        Some(crossed)
    }

    pub(super) fn redo(&mut self, workflow: &mut Arc<Workflow>) -> Option<Crossed> {
        let step = self.undone.pop()?;
        self.ended = true;
        let crossed = Crossed::of(&step);
        self.done.extend(cross(step, workflow));
        Some(crossed)
    }

    pub(super) fn undo_words(&self) -> Option<String> {
        self.done.last().map(|step| step.change.words())
    }

    pub(super) fn redo_words(&self) -> Option<String> {
        self.undone.last().map(|step| step.change.words())
    }

    pub(super) fn end_step(&mut self) {
        self.ended = true;
    }
}

/// A step that was taken back or made again.
pub(super) struct Crossed {
    /// What a person calls it.
    pub(super) words: String,
    /// It moves cards and does nothing else.
    pub(super) moves: bool,
}

impl Crossed {
    fn of(step: &Step) -> Self {
        Self { words: step.change.words(), moves: matches!(step.change, Change::Place(_)) }
    }
}

/// Goes to the other side of a step; gives the step that leads back.
fn cross(step: Step, workflow: &mut Arc<Workflow>) -> Option<Step> {
    let workflow = Arc::make_mut(workflow);
    let mut way = Vec::with_capacity(step.way.len());
    for edit in step.way.into_iter().rev() {
        // The inverse of an edit fits the workflow that the edit left; were it not so, the step is lost and the
        // document is as valid as before.
        way.push(edit.apply(workflow).ok()?);
    }
    Some(Step { change: step.change, replaces: step.replaces, way })
}

/// Whether an edit puts one thing in place of another, so that the first of several such edits of that thing takes all of
/// them back.
fn replaces(edit: &Edit) -> bool {
    matches!(
        edit,
        Edit::ReplaceTask(_)
            | Edit::SetFields(_)
            | Edit::SetNotes(_)
            | Edit::SetGroups(_)
            | Edit::Replace(_)
    )
}

/// The model's edit for a change; none where it would change nothing.
fn edit_of(workflow: &Workflow, change: &Change) -> Result<Option<Edit>, String> {
    Ok(match change {
        Change::Place(places) => {
            let moved =
                |(name, at): &&(Ident, [f64; 2])| workflow.layout.tasks.get(name) != Some(at);
            let moves: Vec<_> = places.iter().filter(moved).cloned().collect();
            (!moves.is_empty()).then_some(Edit::MoveTasks(moves))
        }
        Change::Connect { from, to, on, branch } => {
            let mut edge = Dependency::new(from.clone(), to.clone());
            edge.on = *on;
            edge.branch.clone_from(branch);
            Some(Edit::AddDependency(edge))
        }
        Change::Condition { from, to, on } => reworded(workflow, from, to, |edge| edge.on = *on)?,
        Change::Label { from, to, branch } => {
            reworded(workflow, from, to, |edge| edge.branch.clone_from(branch))?
        }
        Change::Disconnect { from, to } => {
            Some(Edit::RemoveDependency { from: from.clone(), to: to.clone() })
        }
        Change::Delete(tasks) => Some(Edit::RemoveTasks(tasks.clone())),
        Change::Spec { task, key, value } => {
            let edit =
                replace(workflow, task, |task| set_member(&mut task.spec, key, value.clone()))?;
            let edges = follow_label(workflow, task, key, value.as_ref());
            match edit {
                Some(edit) if !edges.is_empty() => {
                    Some(Edit::All(std::iter::once(edit).chain(edges).collect()))
                }
                edit => edit,
            }
        }
        Change::Title { task, title } => {
            replace(workflow, task, |task| task.title.clone_from(title))?
        }
        Change::Rename { from, to, .. } => {
            (from != to).then(|| Edit::RenameTask { from: from.clone(), to: to.clone() })
        }
        Change::Task { task, .. } => {
            let before = workflow.task(task.name.as_str());
            (before != Some(&**task)).then(|| Edit::ReplaceTask(task.clone()))
        }
        Change::Workflow { fields, .. } => Some(Edit::SetFields(fields.clone())),
        Change::Note { index, note, .. } => {
            let notes = swapped(&workflow.layout.notes, *index, note)
                .ok_or("there is no such note any more")?;
            (notes != workflow.layout.notes).then_some(Edit::SetNotes(notes))
        }
        Change::Group { index, group, .. } => {
            let groups = swapped(&workflow.layout.groups, *index, group)
                .ok_or("there is no such group any more")?;
            (groups != workflow.layout.groups).then_some(Edit::SetGroups(groups))
        }
        Change::Text(other) => (**other != *workflow).then(|| Edit::Replace(other.clone())),
        Change::Edit { edit, .. } => Some((**edit).clone()),
        Change::Disable { tasks, disabled } => {
            let mut edits = Vec::new();
            for name in tasks {
                edits.extend(replace(workflow, name, |task| task.disabled = *disabled)?);
            }
            (!edits.is_empty()).then_some(Edit::All(edits))
        }
    })
}

/// The list with another element in this place; none where it is not that long.
fn swapped<T: Clone>(all: &[T], index: usize, with: &T) -> Option<Vec<T>> {
    let mut all = all.to_vec();
    all.get_mut(index)?.clone_from(with);
    Some(all)
}

fn replace(
    workflow: &Workflow,
    name: &Ident,
    change: impl FnOnce(&mut Task),
) -> Result<Option<Edit>, String> {
    let task = workflow.tasks.iter().find(|task| task.name == *name);
    let task = task.ok_or_else(|| format!("there is no task {name} any more"))?;
    let mut next = task.clone();
    change(&mut next);
    Ok((next != *task).then(|| Edit::ReplaceTask(Box::new(next))))
}

fn reworded(
    workflow: &Workflow,
    from: &Ident,
    to: &Ident,
    change: impl FnOnce(&mut Dependency),
) -> Result<Option<Edit>, String> {
    let edge = workflow.dependencies.iter().find(|e| e.from == *from && e.to == *to);
    let edge = edge.ok_or_else(|| format!("{to} does not follow {from} any more"))?;
    let mut next = edge.clone();
    change(&mut next);
    Ok((next != *edge).then_some(Edit::ReplaceDependency(next)))
}

fn set_member(spec: &mut Json, key: &str, value: Option<Json>) {
    if !matches!(spec, Json::Object(_)) {
        *spec = Json::Object(Vec::new());
    }
    let Json::Object(members) = spec else { return };
    match (members.iter_mut().find(|(name, _)| name == key), value) {
        (Some(member), Some(value)) => member.1 = value,
        (Some(_), None) => members.retain(|(name, _)| name != key),
        (None, Some(value)) => members.push((key.to_owned(), value)),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{self, name};
    use millrace_model::document::AtomSet;

    fn workflow() -> Arc<Workflow> {
        Arc::new(fixture::workflow(&["a", "b", "c"], &[("a", "b")]))
    }

    fn spec(text: &str) -> Change {
        let value = Some(Json::String(text.to_owned()));
        Change::Spec { task: name("a"), key: "script".to_owned(), value }
    }

    #[test]
    fn every_change_can_be_taken_back_and_made_again() {
        let original = workflow();
        let mut workflow = Arc::clone(&original);
        let mut history = History::default();
        for change in [
            Change::Place(vec![(name("a"), [16.0, 32.0]), (name("b"), [0.0, 0.0])]),
            Change::Connect { from: name("b"), to: name("c"), on: AtomSet::FAILED, branch: None },
            Change::Condition { from: name("a"), to: name("b"), on: AtomSet::FINISHED },
            Change::Title { task: name("a"), title: Some("A".to_owned()) },
            Change::Disable { tasks: vec![name("c"), name("a")], disabled: true },
            spec("true"),
            Change::Disconnect { from: name("b"), to: name("c") },
            Change::Delete(vec![name("b"), name("c")]),
        ] {
            assert_eq!(history.make(&mut workflow, &change), Ok(true), "{change:?}");
        }
        let changed = Arc::clone(&workflow);
        while history.undo(&mut workflow).is_some() {}
        assert_eq!(workflow, original);
        while history.redo(&mut workflow).is_some() {}
        assert_eq!(workflow, changed);
    }

    #[test]
    fn typing_in_one_field_is_one_step() {
        let original = workflow();
        let mut workflow = Arc::clone(&original);
        let mut history = History::default();
        for text in ["e", "ec", "echo"] {
            history.make(&mut workflow, &spec(text)).unwrap();
        }
        history.end_step();
        history.make(&mut workflow, &spec("echo x")).unwrap();
        assert_eq!(history.undo(&mut workflow).unwrap().words, "edit script of a");
        assert_ne!(workflow, original);
        history.undo(&mut workflow);
        assert_eq!(workflow, original);
        assert!(history.undo(&mut workflow).is_none());
    }

    #[test]
    fn a_step_does_not_grow_while_a_person_types() {
        let original = workflow();
        let mut workflow = Arc::clone(&original);
        let mut history = History::default();
        for length in 1..=1_000 {
            history.make(&mut workflow, &spec(&"x".repeat(length))).unwrap();
        }
        assert_eq!((history.done.len(), history.done[0].way.len()), (1, 1));
        let typed = Arc::clone(&workflow);
        history.undo(&mut workflow).unwrap();
        assert_eq!(workflow, original);
        history.redo(&mut workflow).unwrap();
        assert_eq!(workflow, typed);
    }

    #[test]
    fn a_title_and_the_name_made_of_it_are_one_step() {
        let original = workflow();
        let mut workflow = Arc::clone(&original);
        let mut history = History::default();
        for title in ["L", "Lo", "Load"] {
            let title = Some(title.to_owned());
            history.make(&mut workflow, &Change::Title { task: name("a"), title }).unwrap();
        }
        let rename = Change::Rename { from: name("a"), to: name("load"), by_title: true };
        history.make(&mut workflow, &rename).unwrap();
        let renamed = Arc::clone(&workflow);
        history.undo(&mut workflow).unwrap();
        assert_eq!(workflow, original);
        history.redo(&mut workflow).unwrap();
        assert_eq!(workflow, renamed);
    }

    #[test]
    fn what_changes_nothing_is_no_step_and_what_is_refused_changes_nothing() {
        let mut workflow = workflow();
        let mut history = History::default();
        let same = Change::Title { task: name("a"), title: None };
        assert_eq!(history.make(&mut workflow, &same), Ok(false));
        let before = Arc::clone(&workflow);
        let cycle = Change::Connect {
            from: name("b"),
            to: name("a"),
            on: AtomSet::SUCCEEDED,
            branch: None,
        };
        assert!(history.make(&mut workflow, &cycle).is_err());
        assert_eq!(workflow, before);
        assert_eq!(history.undo_words(), None);
    }
}
