//! What a hand does to an edge: move one of its ends, put a card that is there already in its middle.
//!
//! Pure: a workflow and an intent give a change.

use millrace_model::document::{AtomSet, Dependency, Workflow};
use millrace_model::edit::Edit;
use millrace_model::ident::Ident;

use super::change::Change;
use super::compose::{as_place, pinned};
use super::pieces::into_group_of;
use super::room::make_room;
use crate::canvas::place_all;

/// The change that leads an edge elsewhere. It keeps whatever else it says.
pub(crate) fn rewire(
    workflow: &Workflow,
    (from, to): (&Ident, &Ident),
    (new_from, new_to): (Ident, Ident),
    on: AtomSet,
) -> Option<Change> {
    let edge = find(workflow, from, to)?;
    if (from, to) == (&new_from, &new_to) {
        return Some(Change::Condition { from: new_from, to: new_to, on });
    }
    let words = format!("lead {from} → {to} to {new_from} → {new_to}");
    // A label is one of the task that chooses it.
    let branch = edge.branch.clone().filter(|_| *from == new_from);
    let next = Dependency { from: new_from, to: new_to, on, branch, ..edge.clone() };
    let edit = Edit::All(vec![
        Edit::RemoveDependency { from: from.clone(), to: to.clone() },
        Edit::AddDependency(next),
    ]);
    Some(Change::Edit { words, edit: Box::new(edit) })
}

/// The change that puts a task between the two ends of an edge.
pub(crate) fn splice(
    workflow: &Workflow,
    task: &Ident,
    from: &Ident,
    to: &Ident,
) -> Option<Change> {
    let own = workflow.tasks.iter().position(|other| other.name == *task)?;
    let places = place_all(workflow);
    let mut edits = pinned(workflow, &places);
    let (at, mut moves) = make_room(workflow, &places, (from, to), Some(own), Some(places[own]));
    moves.push((task.clone(), as_place(at)));
    edits.push(Edit::MoveTasks(moves));
    edits.extend(between(workflow, task, from, to)?);
    let words = format!("insert {task} into {from} → {to}");
    Some(Change::Edit { words, edit: Box::new(Edit::All(edits)) })
}

/// The edits that lead an edge through `task`: what was waited for before it is waited for by it. Between two tasks of one
/// group it belongs to that group.
pub(super) fn between(
    workflow: &Workflow,
    task: &Ident,
    from: &Ident,
    to: &Ident,
) -> Option<Vec<Edit>> {
    let edge = find(workflow, from, to)?;
    let first = Dependency { to: task.clone(), ..edge.clone() };
    let mut edits = vec![
        Edit::RemoveDependency { from: from.clone(), to: to.clone() },
        Edit::AddDependency(first),
        Edit::AddDependency(Dependency::new(task.clone(), to.clone())),
    ];
    edits.extend(into_group_of(workflow, task, from, to));
    Some(edits)
}

fn find<'w>(workflow: &'w Workflow, from: &Ident, to: &Ident) -> Option<&'w Dependency> {
    workflow.dependencies.iter().find(|edge| edge.from == *from && edge.to == *to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{self, name};
    use millrace_model::document::Group;

    fn workflow() -> Workflow {
        let mut workflow = fixture::workflow(&["a", "b", "c"], &[("a", "b")]);
        let edge = &mut workflow.dependencies[0];
        edge.on = AtomSet::FAILED;
        edge.branch = Some("left".to_owned());
        edge.extra = vec![("note".to_owned(), millrace_model::document::Json::Bool(true))];
        workflow
    }

    fn made(change: Option<Change>) -> Workflow {
        fixture::made(&workflow(), &change.unwrap())
    }

    #[test]
    fn an_edge_that_is_led_elsewhere_keeps_what_it_says() {
        let before = workflow();
        let ends = (name("a"), name("c"));
        let after = made(rewire(&before, (&name("a"), &name("b")), ends, AtomSet::FAILED));
        let [edge] = after.dependencies.as_slice() else { panic!("{after:?}") };
        assert_eq!((edge.to.as_str(), edge.on), ("c", AtomSet::FAILED));
        assert_eq!((edge.branch.as_deref(), edge.extra.len()), (Some("left"), 1));
        let ends = (name("c"), name("b"));
        let after = made(rewire(&before, (&name("a"), &name("b")), ends, AtomSet::FINISHED));
        let [edge] = after.dependencies.as_slice() else { panic!("{after:?}") };
        assert_eq!((edge.from.as_str(), edge.on, &edge.branch), ("c", AtomSet::FINISHED, &None));
    }

    #[test]
    fn a_card_in_an_edge_takes_over_its_condition() {
        let after = made(splice(&workflow(), &name("c"), &name("a"), &name("b")));
        let edges: Vec<_> = after
            .dependencies
            .iter()
            .map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.on, edge.branch.as_deref()))
            .collect();
        let expected =
            [("a", "c", AtomSet::FAILED, Some("left")), ("c", "b", AtomSet::SUCCEEDED, None)];
        assert_eq!(edges, expected);
        let mut grouped = workflow();
        let group = |tasks: Vec<Ident>| Group { tasks, ..Group::default() };
        grouped.layout.groups = vec![group(vec![name("c")]), group(vec![name("a"), name("b")])];
        let change = splice(&grouped, &name("c"), &name("a"), &name("b"));
        let Some(Change::Edit { edit, .. }) = change else { panic!("{change:?}") };
        edit.apply(&mut grouped).unwrap();
        let [group] = grouped.layout.groups.as_slice() else { panic!("{grouped:?}") };
        assert_eq!(group.tasks, [name("a"), name("b"), name("c")]);
        let x = |task: &str| after.layout.tasks[&name(task)][0];
        assert!(x("a") + 200.0 < x("c") && x("c") + 200.0 < x("b"));
    }
}
