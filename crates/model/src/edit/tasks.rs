//! Adding, removing and changing tasks.

use std::collections::HashSet;

use super::change::{Change, Session};
use super::{EditError, existing_task, is_taken};
use crate::document::{Dependency, Hook, HookAction, Task, Workflow};
use crate::graph::Graph;
use crate::ident::Ident;
use crate::record::settle;

pub(super) fn add(
    session: &mut Session<'_>,
    task: Box<Task>,
    at: Option<[f64; 2]>,
) -> Result<(), EditError> {
    if is_taken(session.workflow(), &task.name) {
        return Err(EditError::NameTaken(task.name));
    }
    let name = task.name.clone();
    let setups = task.teardown_for.clone();
    session.run(Change::InsertTask(session.workflow().tasks.len(), task))?;
    check_setups(session.workflow(), &name, &setups)?;
    at.map_or(Ok(()), |at| session.run(Change::Position(name, at)))
}

pub(super) fn replace(session: &mut Session<'_>, mut task: Box<Task>) -> Result<(), EditError> {
    let workflow = session.workflow();
    let index = existing_task(workflow, &task.name)?;
    let before = &workflow.tasks[index];
    settle(before, &mut *task);
    let name = task.name.clone();
    let new_setups: Vec<Ident> = task
        .teardown_for
        .iter()
        .filter(|setup| !before.teardown_for.contains(setup))
        .cloned()
        .collect();
    session.run(Change::SwapTask(index, task))?;
    check_setups(session.workflow(), &name, &new_setups)
}

/// Setups that are new to `teardown` must not wait for it.
fn check_setups(workflow: &Workflow, teardown: &Ident, setups: &[Ident]) -> Result<(), EditError> {
    if setups.is_empty() {
        return Ok(());
    }
    let end = existing_task(workflow, teardown)?;
    let graph = Graph::of(workflow);
    for setup in setups {
        let start = existing_task(workflow, setup)?;
        if start == end {
            return Err(EditError::SelfDependency(setup.clone()));
        }
        if let Some(path) = graph.path(end, start) {
            return Err(EditError::cycle(workflow, &path));
        }
    }
    Ok(())
}

pub(super) fn remove(session: &mut Session<'_>, names: &[Ident]) -> Result<(), EditError> {
    for name in names {
        existing_task(session.workflow(), name)?;
    }
    let gone: HashSet<&Ident> = names.iter().collect();
    remove_edges(session, &gone)?;
    for index in (0..session.workflow().tasks.len()).rev() {
        let task = &session.workflow().tasks[index];
        if gone.contains(&task.name) {
            session.run(Change::RemoveTask(index))?;
        } else if task.teardown_for.iter().any(|setup| gone.contains(setup))
            || runs_any(&task.hooks, &gone)
        {
            let mut task = Box::new(task.clone());
            task.teardown_for.retain(|setup| !gone.contains(setup));
            task.hooks.retain(|hook| !runs_any(std::slice::from_ref(hook), &gone));
            session.run(Change::SwapTask(index, task))?;
        }
    }
    if runs_any(&session.workflow().hooks, &gone) {
        let mut fields = Box::new(Workflow {
            tasks: Vec::new(),
            dependencies: Vec::new(),
            ..session.workflow().clone()
        });
        fields.hooks.retain(|hook| !runs_any(std::slice::from_ref(hook), &gone));
        session.run(Change::Fields(fields))?;
    }
    for name in names {
        if session.workflow().layout.tasks.contains_key(name) {
            session.run(Change::RemovePosition(name.clone()))?;
        }
    }
    let groups = &session.workflow().layout.groups;
    if groups.iter().any(|group| group.tasks.iter().any(|task| gone.contains(task))) {
        let mut groups = groups.clone();
        // A frame around nothing could not be seen, and so not be taken away.
        groups.retain_mut(|group| {
            let was_empty = group.tasks.is_empty();
            group.tasks.retain(|task| !gone.contains(task));
            was_empty || !group.tasks.is_empty()
        });
        session.run(Change::Groups(groups))?;
    }
    Ok(())
}

fn remove_edges(session: &mut Session<'_>, gone: &HashSet<&Ident>) -> Result<(), EditError> {
    let touches = |edge: &Dependency| gone.contains(&edge.from) || gone.contains(&edge.to);
    for index in (0..session.workflow().dependencies.len()).rev() {
        if touches(&session.workflow().dependencies[index]) {
            session.run(Change::RemoveDependency(index))?;
        }
    }
    Ok(())
}

fn runs_any(hooks: &[Hook], gone: &HashSet<&Ident>) -> bool {
    hooks.iter().any(|hook| matches!(&hook.action, HookAction::Task(task) if gone.contains(task)))
}
