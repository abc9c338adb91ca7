//! Deleting tasks so that what comes before them leads to what comes after.
//!
//! Pure. A new edge holds when the deleted tasks would have let its end start, had each of them done nothing and
//! succeeded: that keeps "only after success", "only after a failure" and "whatever happened" what they were.

use std::collections::{BTreeMap, HashMap, HashSet};

use millrace_model::document::{Atom, AtomSet, Dependency, Join, Workflow};
use millrace_model::edit::{Edit, check_dependency};
use millrace_model::ident::Ident;

use super::change::Change;
use super::compose::pinned;
use crate::canvas::place_all;

/// The change that deletes tasks and connects what is left around them.
pub(crate) fn delete_and_reconnect(workflow: &Workflow, tasks: &[Ident]) -> Change {
    let gone: HashSet<&Ident> = tasks.iter().collect();
    let new = bridges(workflow, &gone);
    let words = match (tasks, new.is_empty()) {
        ([task], true) => format!("delete {task}"),
        ([task], false) => format!("delete {task} and reconnect"),
        (many, true) => format!("delete {} tasks", many.len()),
        (many, false) => format!("delete {} tasks and reconnect", many.len()),
    };
    let mut edits = pinned(workflow, &place_all(workflow));
    edits.push(Edit::RemoveTasks(tasks.to_vec()));
    edits.extend(new.into_iter().map(Edit::AddDependency));
    Change::Edit { words, edit: Box::new(Edit::All(edits)) }
}

/// The edges over the gap: none that is there already, none that would close a circle.
fn bridges(workflow: &Workflow, gone: &HashSet<&Ident>) -> Vec<Dependency> {
    let mut into: HashMap<&Ident, Vec<&Dependency>> = HashMap::new();
    for edge in &workflow.dependencies {
        into.entry(&edge.from).or_default().push(edge);
    }
    let mut found: BTreeMap<(Ident, Ident), Dependency> = BTreeMap::new();
    let starts = workflow
        .dependencies
        .iter()
        .filter(|edge| !gone.contains(&edge.from) && gone.contains(&edge.to));
    for start in starts {
        let mut seen: HashSet<(&Ident, AtomSet)> = HashSet::new();
        let mut open = vec![(&start.to, start.on)];
        while let Some((task, on)) = open.pop() {
            if !seen.insert((task, on)) {
                continue;
            }
            for edge in into.get(task).into_iter().flatten() {
                let on = through(on, edge.on);
                if gone.contains(&edge.to) {
                    open.push((&edge.to, on));
                } else if !on.is_empty() {
                    let key = (start.from.clone(), edge.to.clone());
                    let bridge = found.entry(key).or_insert_with(|| {
                        let next = Dependency::new(start.from.clone(), edge.to.clone());
                        Dependency { on, branch: start.branch.clone(), ..next }
                    });
                    bridge.on = AtomSet::of(bridge.on.iter().chain(on.iter()));
                }
            }
        }
    }
    let mut left = workflow.clone();
    left.tasks.retain(|task| !gone.contains(&task.name));
    left.dependencies.retain(|edge| !gone.contains(&edge.from) && !gone.contains(&edge.to));
    let mut new = Vec::new();
    for mut bridge in found.into_values() {
        let end = left.tasks.iter().find(|task| task.name == bridge.to);
        if end
            .is_some_and(|task| matches!(task.join, Join::Expr(_)) || !task.teardown_for.is_empty())
        {
            // What such a task waits for is said elsewhere; its edges carry no condition.
            bridge.on = AtomSet::SUCCEEDED;
        }
        if check_dependency(&left, &bridge.from, &bridge.to).is_ok() {
            left.dependencies.push(bridge.clone());
            new.push(bridge);
        }
    }
    new
}

/// The endings of the first task for which the third may start, where the one between them does nothing.
fn through(first: AtomSet, second: AtomSet) -> AtomSet {
    let between = |ending: Atom| match ending {
        _ if first.has(ending) => Atom::Succeeded,
        Atom::Failed | Atom::UpstreamFailed
            if first.has(Atom::Succeeded) && !first.has(Atom::Failed) =>
        {
            Atom::UpstreamFailed
        }
        Atom::Canceled => Atom::Canceled,
        _ => Atom::Skipped,
    };
    // What was there for the failure of the task between is there for the failure that is left.
    let holds = |ending: Atom| match between(ending) {
        Atom::UpstreamFailed => second.has(Atom::UpstreamFailed) || second.has(Atom::Failed),
        other => second.has(other),
    };
    AtomSet::of(Atom::ALL.into_iter().filter(|ending| holds(*ending)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{self, made, name};

    fn workflow(tasks: &[&str], edges: &[(&str, &str, AtomSet)]) -> Workflow {
        let mut workflow = fixture::workflow(tasks, &[]);
        workflow.dependencies = edges
            .iter()
            .map(|(from, to, on)| Dependency { on: *on, ..Dependency::new(name(from), name(to)) })
            .collect();
        workflow
    }

    fn after(before: &Workflow, tasks: &[&str]) -> Vec<(String, AtomSet)> {
        let tasks: Vec<Ident> = tasks.iter().map(|task| name(task)).collect();
        let next = made(before, &delete_and_reconnect(before, &tasks));
        let edges = next.dependencies.iter();
        edges.map(|edge| (format!("{}-{}", edge.from, edge.to), edge.on)).collect()
    }

    const S: AtomSet = AtomSet::SUCCEEDED;
    const F: AtomSet = AtomSet::FAILED;
    const ALL: AtomSet = AtomSet::FINISHED;

    #[test]
    fn conditions_stay_what_they_were_for() {
        for (first, second, expected) in [
            (S, S, Some(S)),
            // The end of a clean-up, and the clean-up of an end.
            (ALL, S, Some(ALL)),
            (S, ALL, Some(ALL)),
            // A failure handler with a next step, and a step with a failure handler.
            (F, S, Some(F)),
            (S, F, Some(F)),
            (S, AtomSet::of([Atom::Failed]), Some(F)),
            // A handler's own handler has nothing left to handle.
            (F, F, None),
        ] {
            let before = workflow(&["a", "b", "c"], &[("a", "b", first), ("b", "c", second)]);
            let expected: Vec<_> = expected.map(|on| ("a-c".to_owned(), on)).into_iter().collect();
            assert_eq!(after(&before, &["b"]), expected, "{first:?} {second:?}");
        }
    }

    #[test]
    fn every_way_through_is_one_edge_and_none_is_there_twice() {
        let edges = [
            ("a", "x", S),
            ("b", "x", S),
            ("x", "y", S),
            ("y", "c", S),
            ("x", "d", F),
            ("b", "c", ALL),
        ];
        let before = workflow(&["a", "b", "x", "y", "c", "d"], &edges);
        let expected = [("b-c", ALL), ("a-c", S), ("a-d", F), ("b-d", F)];
        let expected = expected.map(|(edge, on)| (edge.to_owned(), on));
        assert_eq!(after(&before, &["x", "y"]), expected);
    }

    #[test]
    fn a_document_with_a_circle_gets_no_other() {
        let edges = [("a", "b", S), ("b", "c", S), ("c", "b", S), ("c", "a", S)];
        let before = workflow(&["a", "b", "c"], &edges);
        assert_eq!(after(&before, &["b"]), [("c-a".to_owned(), S)]);
    }
}
