//! To sub-workflow keeps what a workflow means: with the same tasks failing, the tasks that stayed end as they did before.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use millrace_model::document::{Join, Workflow};
use millrace_model::edit::{NewWorkflow, extract};
use millrace_model::event::{RunState, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use proptest::prelude::*;
use support::*;

/// Edges as (from, on), whether any of them is enough, whether its failure is allowed.
type Node = (Vec<(prop::sample::Index, &'static str)>, bool, bool);

fn node() -> impl Strategy<Value = Node> {
    let on = prop::sample::select(vec!["S", "S", "S", "S", "FU", "SFKUC", "F", "SK"]);
    (
        prop::collection::vec((any::<prop::sample::Index>(), on), 0..3),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.05),
    )
}

fn build(nodes: &[Node]) -> Workflow {
    let names: Vec<String> = (0..nodes.len()).map(|at| format!("t{at}")).collect();
    let mut edges = BTreeMap::new();
    for (at, (ups, ..)) in nodes.iter().enumerate().skip(1) {
        for (up, on) in ups {
            edges.insert((up.index(at), at), *on);
        }
    }
    let edges: Vec<String> =
        edges.iter().map(|((from, to), on)| format!("t{from}-{on}>t{to}")).collect();
    let mut flow = workflow(&names.join(" "), &edges.join(" "));
    for (name, (_, any, tolerated)) in names.iter().zip(nodes) {
        let task = task(&mut flow, name);
        task.join = if *any { Join::Any } else { Join::All };
        task.allow_failure = *tolerated;
    }
    flow.name = ident("whole");
    flow
}

/// Runs to the end; tasks in `failing` fail. How all tasks ended, of child runs too, and the run.
fn outcome_of(
    flow: &Workflow,
    child: &Workflow,
    failing: &BTreeSet<String>,
) -> (BTreeMap<String, TaskState>, RunState) {
    let mut home = Home::new(2);
    let run = home.submit(1, flow);
    loop {
        if !home.calls.is_empty() {
            home.accept(child).unwrap();
            continue;
        }
        let handed: Option<(RunId, String)> = home
            .handed
            .iter()
            .find_map(|(run, handed)| Some((*run, handed.front()?.key.to_string())));
        let Some((run, task)) = handed else { break };
        let ends = if failing.contains(&task) { 'F' } else { 'S' };
        home.end(run, &task, ends);
    }
    let tasks = home.folds.values().flat_map(|run| &run.tasks);
    (tasks.map(|(key, of)| (key.to_string(), of.state)).collect(), home.run_state(run))
}

/// For each two tasks of these whether one waits for the other, directly or not.
fn order_of(flow: &Workflow, tasks: &[String]) -> BTreeSet<(String, String)> {
    let plan = seal(flow);
    let mut order = BTreeSet::new();
    for from in tasks {
        let below = plan.downstream_closure(plan.index_of(from));
        for to in tasks {
            if plan.index_of(to).is_some_and(|to| below[to as usize]) {
                order.insert((from.clone(), to.clone()));
            }
        }
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::with_cases(600) })]

    #[test]
    fn the_tasks_that_stay_end_as_before(
        nodes in prop::collection::vec(node(), 2..8),
        chosen in prop::collection::vec(any::<bool>(), 8),
        failing in prop::collection::vec(prop::bool::weighted(0.25), 8),
    ) {
        let flow = build(&nodes);
        let names = || flow.tasks.iter().map(|task| task.name.clone());
        let tasks: Vec<Ident> = names().zip(&chosen).filter(|(_, in_it)| **in_it).map(|(name, _)| name).collect();
        let stay: Vec<String> = names().filter(|name| !tasks.contains(name)).map(|name| name.to_string()).collect();
        let new = NewWorkflow { name: ident("part"), callee: "part.json".to_owned() };
        let taken = extract(&flow, &tasks, &new);
        prop_assume!(taken.is_ok());
        let taken = taken.unwrap();
        let mut rest = flow.clone();
        taken.edit.apply(&mut rest).unwrap();
        prop_assert_eq!(order_of(&rest, &stay), order_of(&flow, &stay));
        let failing: BTreeSet<String> =
            names().zip(&failing).filter(|(_, fails)| **fails).map(|(name, _)| name.to_string()).collect();
        let (before, run_before) = outcome_of(&flow, &taken.child, &failing);
        let (after, run_after) = outcome_of(&rest, &taken.child, &failing);
        for task in &stay {
            prop_assert_eq!(before[task], after[task], "{} of {:?}", task, flow.dependencies);
        }
        prop_assert_eq!(run_before, run_after);
        // Where the part was run at all, its tasks end as before too.
        if after[taken.task.as_str()] != TaskState::UpstreamFailed && after[taken.task.as_str()] != TaskState::Skipped {
            for task in &tasks {
                prop_assert_eq!(before[task.as_str()], after[task.as_str()], "{}", task);
            }
        }
    }
}
