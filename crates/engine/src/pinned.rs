//! Pinned outputs: results that a document holds, which stand in for its tasks while somebody tries the others.
//!
//! Pure. Who may ask for it is the app's business: runs that nobody watches never use them.

use millrace_model::event::{Carried, TaskState};
use millrace_model::graph::Graph;
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;

use crate::plan::Plan;

/// The results that stand in for tasks that the plan would run, and for tasks before those. Not for the tasks in `truly`,
/// which somebody asked to be run by name, and not for disabled ones.
#[must_use]
pub fn results(plan: &Plan, truly: &[Ident]) -> Vec<Carried> {
    let workflow = plan.workflow();
    let graph = Graph::of(workflow);
    let mut is_wanted = vec![false; plan.len()];
    for index in plan.in_order() {
        is_wanted[index as usize] |= plan.runs(index);
        for ancestor in graph.ancestors(index as usize) {
            is_wanted[ancestor] |= plan.runs(index);
        }
    }
    workflow
        .tasks
        .iter()
        .zip(is_wanted)
        .filter(|(task, is_wanted)| *is_wanted && !task.disabled && !truly.contains(&task.name))
        .filter_map(|(task, _)| {
            let outputs = task.pinned_outputs.as_ref()?.to_value().as_object()?.clone();
            let task = TaskKey::plain(task.name.clone());
            let artifacts = Vec::new();
            Some(Carried { task, state: TaskState::Succeeded, from: None, outputs, artifacts })
        })
        .collect()
}
