//! Whether the tasks that expressions name come before, and have surely ended.
//!
//! Named tasks are followed through the graph 64 at a time, one bit each, so that a document in which every task names a
//! far ancestor is still checked in far less than quadratic time.

use std::collections::HashMap;

use super::Checker;
use crate::document::Join;
use crate::problem::{Code, Path, Problem};

/// An expression of a task that names another task.
pub(super) struct Use {
    pub(super) task: usize,
    pub(super) ancestor: usize,
    pub(super) path: Path,
    pub(super) column: usize,
}

/// What is known of the way from a named task to a task.
#[derive(Clone, Copy, Default)]
pub(super) struct Reach {
    /// Bits of the named tasks that come before.
    before: u64,
    /// Bits of those that have surely ended when the task starts.
    ended: u64,
}

impl Reach {
    /// Checks every use.
    pub(super) fn check(checker: &mut Checker<'_>, uses: &[Use]) {
        if uses.is_empty() {
            return;
        }
        let order = checker.graph.order();
        let mut is_ordered = vec![false; checker.graph.len()];
        order.iter().for_each(|task| is_ordered[*task] = true);
        let mut by_ancestor: HashMap<usize, Vec<&Use>> = HashMap::new();
        // Where there is a circle nothing comes before anything; the circle is reported.
        for used in uses.iter().filter(|used| is_ordered[used.task]) {
            by_ancestor.entry(used.ancestor).or_default().push(used);
        }
        let mut named: Vec<usize> = by_ancestor.keys().copied().collect();
        named.sort_unstable();
        let steps = steps(checker, &order);
        for chunk in named.chunks(64) {
            let reach = Self::of(checker.graph.len(), &steps, chunk);
            for (bit, ancestor) in chunk.iter().enumerate() {
                for used in by_ancestor.get(ancestor).into_iter().flatten() {
                    reach[used.task].report(checker, used, 1 << bit);
                }
            }
        }
    }

    /// Follows up to 64 tasks through the graph.
    fn of(tasks: usize, steps: &[Step], named: &[usize]) -> Vec<Self> {
        let mut bits = vec![0_u64; tasks];
        for (bit, task) in named.iter().enumerate() {
            bits[*task] |= 1 << bit;
        }
        let mut reach = vec![Self::default(); tasks];
        for step in steps {
            let mut here = Self::default();
            for &upstream in &step.upstreams {
                here.before |= reach[upstream].before | bits[upstream];
                here.ended |= reach[upstream].ended | bits[upstream];
            }
            if !step.waits_for_all {
                here.ended = 0;
            }
            reach[step.task] = here;
        }
        reach
    }

    fn report(self, checker: &mut Checker<'_>, used: &Use, bit: u64) {
        let workflow = checker.workflow;
        let name = &workflow.tasks[used.ancestor].name;
        let task = &workflow.tasks[used.task].name;
        let column = used.column;
        if self.before & bit == 0 {
            checker.push(
                Problem::new(
                    Code::NotAnAncestor,
                    used.path.clone(),
                    format!("column {column}: `{name}` does not come before `{task}`, so it has no value here"),
                )
                .help(format!("connect `{name}` to `{task}`, or to a task before it")),
            );
        } else if self.ended & bit == 0 {
            checker.push(
                Problem::new(
                    Code::MayNotHaveEnded,
                    used.path.clone(),
                    format!("column {column}: `{name}` may not have ended when `{task}` starts, and then has no outputs"),
                )
                .help("guard outputs with has(), or use the join `all`"),
            );
        }
    }
}

/// A task on the way through the graph.
struct Step {
    task: usize,
    upstreams: Vec<usize>,
    /// It does not start before all its upstreams have ended.
    waits_for_all: bool,
}

fn steps(checker: &Checker<'_>, order: &[usize]) -> Vec<Step> {
    let step = |&task: &usize| {
        let upstreams: Vec<usize> = checker.graph.upstreams(task).collect();
        let waits_for_all = match checker.workflow.tasks[task].join {
            Join::All | Join::Expr(_) => true,
            Join::Any => upstreams.len() <= 1,
            Join::None => false,
        };
        Step { task, upstreams, waits_for_all }
    };
    order.iter().map(step).collect()
}
