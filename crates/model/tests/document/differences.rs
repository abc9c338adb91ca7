//! What differs between two documents.

use millrace_model::diff::{Fate, Subject, compare};
use millrace_model::document::Workflow;
use millrace_model::write::tree;
use proptest::prelude::*;
use serde_json::Value;

use super::arbitrary;

/// All that a workflow says, with its tasks in the order of their names.
fn normal(workflow: &Workflow) -> Value {
    let mut workflow = workflow.clone();
    workflow.tasks.sort_by(|a, b| a.name.cmp(&b.name));
    tree(&workflow).to_value()
}

fn names_are_unique(workflow: &Workflow) -> bool {
    let mut names: Vec<_> = workflow.tasks.iter().map(|task| &task.name).collect();
    names.sort();
    names.windows(2).all(|pair| pair[0] != pair[1])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_same_has_none_and_the_order_of_tasks_is_none(workflow in arbitrary::workflow()) {
        let mut turned = workflow.clone();
        turned.tasks.reverse();
        prop_assert_eq!(compare(&workflow, &workflow), vec![]);
        if names_are_unique(&workflow) {
            prop_assert_eq!(compare(&workflow, &turned), vec![]);
        }
    }

    #[test]
    fn what_is_not_the_same_has_some_and_both_ways_as_many(
        before in arbitrary::workflow(), after in arbitrary::workflow()
    ) {
        let (there, back) = (compare(&before, &after), compare(&after, &before));
        let is_same = normal(&before) == normal(&after);
        prop_assert_eq!(there.is_empty(), is_same);
        prop_assert_eq!(there.len(), back.len());
        let count = |all: &[millrace_model::diff::Difference], fate: Fate| {
            all.iter().filter(|it| it.fate() == fate).count()
        };
        prop_assert_eq!(count(&there, Fate::Added), count(&back, Fate::Removed));
    }

    #[test]
    fn a_task_that_is_added_is_one_difference(
        workflow in arbitrary::workflow(), task in arbitrary::task()
    ) {
        prop_assume!(workflow.task(task.name.as_str()).is_none());
        // A text in that place is no list of tasks.
        prop_assume!(workflow.extra.is_empty());
        let mut more = workflow.clone();
        more.tasks.push(task);
        let found = compare(&workflow, &more);
        let of_task: Vec<_> = found
            .iter()
            .filter(|it| matches!(&it.subject, Subject::Task(_)))
            .collect();
        prop_assert_eq!(of_task.len(), 1);
        prop_assert_eq!(of_task[0].fate(), Fate::Added);
    }
}
