//! From the end of a task to what its downstream makes of it.

use millrace_model::document::Atom;
use millrace_model::event::{Cause, RunEventKind, TaskState};
use millrace_model::expr::Allowance;
use millrace_model::time::Timestamp;

use super::effect::Effects;
use super::run::{ActiveRun, Phase};
use crate::plan::tally::{Tally, Verdict};
use crate::plan::{Condition, Up};

impl ActiveRun {
    /// Counts all upstreams anew and decides what can be decided: at the start, after a retry, after a recovery.
    /// Gives the tasks that became ready.
    pub(super) fn begin(&mut self, now: Timestamp, out: &mut Effects) -> Vec<u32> {
        let plan = self.plan.clone();
        self.ended.clear();
        self.reasons.clear();
        self.pending = plan.all_classes().iter().map(|(_, count)| *count).collect();
        self.tallies = (0..plan.tasks())
            .map(|task| Tally {
                pending: u32::try_from(plan.ups(task).len()).unwrap_or(u32::MAX),
                setups_pending: plan.planned(task).setups,
                ..Tally::default()
            })
            .collect();
        for task in 0..plan.tasks() {
            if self.tasks[task as usize].phase == Phase::Done {
                self.note_downstream(task);
            }
        }
        let mut ready = Vec::new();
        for task in 0..plan.tasks() {
            self.decide(task, now, out, &mut ready);
        }
        self.begin_items(now, out, &mut ready);
        self.propagate(now, out, &mut ready);
        ready
    }

    /// Looks at the downstream of everything that ended, until nothing more follows.
    pub(super) fn propagate(&mut self, now: Timestamp, out: &mut Effects, ready: &mut Vec<u32>) {
        loop {
            self.stop_at_failure(now, out);
            let Some(task) = self.ended.pop_front() else { return };
            if self.plan.is_item(task) {
                self.item_ended(task, now, out);
                continue;
            }
            if self.is_of_hooks(task) {
                continue;
            }
            self.fire_at_end_of(task, now, out);
            self.note_downstream(task);
            let plan = self.plan.clone();
            for down in plan.downs(task) {
                self.decide(down.task, now, out, ready);
            }
        }
    }

    /// Ends a task without an attempt.
    pub(super) fn end_without_attempt(
        &mut self,
        task: u32,
        state: TaskState,
        cause: Cause,
        now: Timestamp,
        out: &mut Effects,
    ) {
        let key = self.plan.key(task).clone();
        self.note_reason(task, Some(&cause));
        self.emit(now, out, RunEventKind::TaskEnded { task: key, state, cause });
        self.end_task(task, state);
    }

    /// Notes that a task ended, of which [`ActiveRun::note_reason`] knows why. Its downstream is looked at by [`ActiveRun::propagate`].
    pub(super) fn end_task(&mut self, task: u32, state: TaskState) {
        let is_of_hooks = self.is_of_hooks(task);
        self.open_of_hooks -= u32::from(is_of_hooks);
        // How a hook's task ends changes nothing for the run.
        let tolerated = self.plan.task(task).allow_failure || is_of_hooks;
        let slot = &mut self.tasks[task as usize];
        debug_assert!(slot.phase != Phase::Done && slot.phase != Phase::Absent);
        slot.state = state;
        slot.stamp += 1;
        self.waiting -=
            u32::from(std::mem::replace(&mut slot.phase, Phase::Done) == Phase::Waiting);
        self.open -= 1;
        self.ended.push_back(task);
        if matches!(state, TaskState::Failed | TaskState::Error) && !tolerated {
            self.first_failed.get_or_insert(task);
        }
    }

    fn note_downstream(&mut self, task: u32) {
        let plan = self.plan.clone();
        if self.tasks[task as usize].atom().is_none() {
            return;
        }
        let counts = !plan.task(task).disabled;
        for down in plan.downs(task) {
            let edge = plan.edge(down.edge);
            let Some(atom) = self.seen(edge) else { continue };
            self.pending[edge.class_at as usize] -= 1;
            self.tallies[down.task as usize].note(edge.class, atom, counts, edge.setup);
        }
    }

    fn decide(&mut self, task: u32, now: Timestamp, out: &mut Effects, ready: &mut Vec<u32>) {
        if self.tasks[task as usize].phase != Phase::Idle {
            return;
        }
        match self.verdict(task) {
            Verdict::Wait => {}
            Verdict::Start => self.start_or_skip(task, now, out, ready),
            Verdict::UpstreamFailed => {
                let cause = match self.culprit(task, true) {
                    Some(up) => Cause::UpstreamFailed { task: self.plan.key(up.task).task.clone() },
                    None => Cause::JoinUnmet { task: None },
                };
                self.end_without_attempt(task, TaskState::UpstreamFailed, cause, now, out);
            }
            Verdict::Skipped => {
                let cause = self.why_skipped(task);
                self.end_without_attempt(task, TaskState::Skipped, cause, now, out);
            }
        }
    }

    fn verdict(&self, task: u32) -> Verdict {
        let tally = &self.tallies[task as usize];
        match &self.plan.planned(task).condition {
            Condition::Edges { join, min_succeeded } => {
                let (start, classes) = self.plan.classes(task);
                let pending = &self.pending[start..start + classes.len()];
                let by_class = classes.iter().zip(pending).map(|((class, _), n)| (*class, *n));
                tally.decide_edges(*join, *min_succeeded, by_class)
            }
            Condition::Teardown => {
                if self.plan.planned(task).setups == 0 {
                    return if tally.pending == 0 { Verdict::Start } else { Verdict::Wait };
                }
                tally.decide_teardown()
            }
            Condition::Expr { expr, min_succeeded } => {
                if tally.pending > 0 {
                    return Verdict::Wait;
                }
                let ups = self.plan.ups(task);
                // Upstreams that are not part of the run are taken as met.
                let holds = ups.is_empty()
                    || expr.eval(&|name| {
                        let up = self.plan.index_of(name.as_str())?;
                        match ups.iter().find(|edge| edge.task == up) {
                            Some(edge) => self.seen(edge),
                            None => Some(Atom::Succeeded),
                        }
                    });
                match (holds && tally.succeeded >= *min_succeeded, tally.failure_seen) {
                    (true, _) => Verdict::Start,
                    (false, true) => Verdict::UpstreamFailed,
                    (false, false) => Verdict::Skipped,
                }
            }
        }
    }

    fn start_or_skip(
        &mut self,
        task: u32,
        now: Timestamp,
        out: &mut Effects,
        ready: &mut Vec<u32>,
    ) {
        if self.plan.task(task).disabled {
            self.tasks[task as usize].passed = true;
            self.end_without_attempt(task, TaskState::Skipped, Cause::Disabled, now, out);
            return;
        }
        if self.plan.planned(task).map.is_some() {
            return self.expand(task, now, out, ready);
        }
        self.queue_or_skip(task, &Allowance::new(), now, out, ready);
    }

    /// The task, or an item of one, waits for a place from now on, unless its condition is false.
    pub(super) fn queue_or_skip(
        &mut self,
        task: u32,
        allowance: &Allowance,
        now: Timestamp,
        out: &mut Effects,
        ready: &mut Vec<u32>,
    ) {
        let plan = self.plan.clone();
        let planned = plan.planned(task);
        // That of a mapped task which names no item was looked at before there were any.
        let when = planned
            .when
            .as_ref()
            .filter(|_| planned.map.as_ref().is_none_or(|map| map.when_per_item));
        if when.is_some() || planned.lock.is_some() {
            let scope = self.scope_of(task, self.tasks[task as usize].number + 1);
            let condition = when.map_or(Ok(true), |when| when.eval_bool_within(&scope, allowance));
            match condition {
                Ok(true) => {}
                Ok(false) => {
                    let cause = Cause::ConditionFalse;
                    return self.end_without_attempt(task, TaskState::Skipped, cause, now, out);
                }
                Err(error) => {
                    let cause = Cause::Error { message: format!("`when`: {error}") };
                    return self.end_without_attempt(task, TaskState::Error, cause, now, out);
                }
            }
            match planned
                .lock
                .as_ref()
                .map(|lock| lock.render_within(&scope, allowance))
                .transpose()
            {
                Ok(lock) => {
                    self.locks.extend(lock.map(|lock| (task, lock.into())));
                }
                Err(error) => {
                    let cause = Cause::Error { message: format!("`lock`: {error}") };
                    return self.end_without_attempt(task, TaskState::Error, cause, now, out);
                }
            }
        }
        self.tasks[task as usize].state = TaskState::Queued;
        self.tasks[task as usize].phase = Phase::Waiting;
        self.waiting += 1;
        self.fresh.push(plan.key(task).clone());
        ready.push(task);
    }

    /// The edge whose upstream is to be named as the reason.
    pub(super) fn culprit(&self, task: u32, failed: bool) -> Option<&Up> {
        let teardown = self.plan.is_teardown(task);
        let ups = self.plan.ups(task).iter();
        let mut ended = ups.filter_map(|up| Some((up, self.seen(up)?)));
        let bad = |atom: Atom| matches!(atom, Atom::Failed | Atom::UpstreamFailed);
        let found = if teardown {
            ended.find(|(up, atom)| up.setup && (!failed || bad(*atom)))
        } else if failed {
            let passes = |up: &Up, atom: Atom| !up.on.has(atom);
            let first = ended.clone().find(|(up, atom)| bad(*atom) && passes(up, *atom));
            first.or_else(|| ended.find(|(_, atom)| bad(*atom)))
        } else {
            ended.find(|(up, atom)| !up.on.has(*atom))
        };
        found.map(|(up, _)| up)
    }
}
