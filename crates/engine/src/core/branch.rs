//! Branch tasks: which labels one chooses, and what a dependency with a label sees of it.
//!
//! The choice is an attempt like others, dispatched and ended within one input, and so within one transaction. What was
//! chosen is read from its recorded outputs and never worked out a second time.

use millrace_model::Values;
use millrace_model::action::{Branch, CHOSEN};
use millrace_model::document::Atom;
use millrace_model::event::{AttemptEnd, Cause, Outcome, TaskState};
use millrace_model::time::Timestamp;
use serde_json::Value;

use super::Core;
use super::effect::Effects;
use super::run::ActiveRun;
use crate::plan::Up;

impl Core {
    /// Decides a branch task that was just dispatched.
    pub(super) fn choose_branch(
        &mut self,
        slot: usize,
        task: u32,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let Some(end) = self.run(slot).map(|run| run.chosen_by(task, now)) else { return };
        self.end_call(slot, task, end, now, out);
    }
}

impl ActiveRun {
    fn chosen_by(&self, task: u32, now: Timestamp) -> AttemptEnd {
        let scope = self.scope_of(task, self.tasks[task as usize].number);
        let chosen = match &self.plan.planned(task).branch {
            Some(branch) => branch.choose(&scope),
            None => Ok(Vec::new()),
        };
        match chosen {
            Ok(labels) => {
                let labels = labels.into_iter().map(Value::String).collect();
                let outputs = Values::from_iter([(CHOSEN.to_owned(), Value::Array(labels))]);
                AttemptEnd { outputs, ..AttemptEnd::unmeasured(Outcome::Succeeded, now) }
            }
            Err(message) => AttemptEnd::unmeasured(Outcome::Error { message }, now),
        }
    }

    /// How an edge sees the end of its upstream: one of a branch that was not chosen sees it as skipped.
    pub(super) fn seen(&self, edge: &Up) -> Option<Atom> {
        let atom = self.tasks[edge.task as usize].atom()?;
        Some(if self.is_not_chosen(edge) { Atom::Skipped } else { atom })
    }

    /// Why a task is skipped whose edges do not hold.
    pub(super) fn why_skipped(&self, task: u32) -> Cause {
        let Some(edge) = self.culprit(task, false) else { return Cause::JoinUnmet { task: None } };
        let upstream = self.plan.key(edge.task).task.clone();
        match self.plan.label(edge).filter(|_| self.is_not_chosen(edge)) {
            Some(branch) => Cause::NotChosen { task: upstream, branch: branch.to_owned() },
            None => Cause::JoinUnmet { task: Some(upstream) },
        }
    }

    /// Only a branch task that did its work has chosen: what did not succeed is seen as it ended, and one that is disabled
    /// stands in the way of nothing.
    fn is_not_chosen(&self, edge: &Up) -> bool {
        let Some(label) = self.plan.label(edge) else { return false };
        let outputs = self.outputs[edge.task as usize].as_ref();
        self.tasks[edge.task as usize].state == TaskState::Succeeded
            && !outputs.is_some_and(|outputs| Branch::has_chosen(outputs, label))
    }
}
