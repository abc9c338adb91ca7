//! A run as the core has it: dense arrays beside the plan. Its fold in `model` is the same state for everybody else.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::sync::Arc;

use millrace_model::Values;
use millrace_model::document::Atom;
use millrace_model::event::{
    Decided, Mark, RunEvent, RunEventKind, RunHead, RunState, Stop, TaskState,
};
use millrace_model::expr::TaskScope;
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use millrace_model::time::Timestamp;

use super::StartAttempt;
use super::child::{Child, Unwanted};
use super::effect::{Effects, RunContext, as_duration, scope, task_scope, with_env};
use super::map::Map;
use super::ready::{Age, Ready};
use super::slots::Slots;
use super::wait::Sleep;
use crate::plan::Plan;
use crate::plan::tally::Tally;

/// A run that is under way or waits for its turn.
#[derive(Debug)]
pub(super) struct ActiveRun {
    pub(super) run: RunId,
    pub(super) plan: Slots,
    pub(super) context: Arc<RunContext>,
    pub(super) state: RunState,
    pub(super) started: bool,
    pub(super) round: u32,
    pub(super) seq: u64,
    pub(super) last_at: Timestamp,
    /// The smaller, the older.
    pub(super) age: Age,
    /// Where it stands in the core.
    pub(super) slot: usize,
    pub(super) stop: Option<Stop>,
    /// The plan's tasks, and after them the items of those that are mapped.
    pub(super) tasks: Vec<TaskSlot>,
    /// The items of the tasks whose items are known.
    pub(super) maps: HashMap<u32, Map>,
    pub(super) tallies: Vec<Tally>,
    /// Pending edges by class, beside the plan's flat list.
    pub(super) pending: Vec<u32>,
    pub(super) outputs: Vec<Option<Arc<Values>>>,
    /// The rendered locks of tasks that have one and became ready.
    pub(super) locks: HashMap<u32, Arc<str>>,
    /// When the next try of a task starts.
    pub(super) due: HashMap<u32, Timestamp>,
    /// The task of each attempt, by serial − 1; `u32::MAX` where there is none.
    pub(super) serials: Vec<u32>,
    /// Tasks that have not ended.
    pub(super) open: u32,
    /// Attempts that hold a place.
    pub(super) placed: u32,
    /// Tasks whose attempts were handed over ahead of a place, in that order.
    pub(super) ahead: VecDeque<u32>,
    /// Attempts that are being taken back.
    pub(super) recalling: u32,
    /// Tasks that wait for a place in the home, for a pool or for a lock.
    pub(super) waiting: u32,
    /// Tasks that wait because of the run's own limit, or because it is paused.
    pub(super) blocked: BinaryHeap<Ready>,
    /// Tasks that need no place and wait because the run is paused.
    pub(super) held: Vec<Ready>,
    /// The child runs that it waits for, by their tasks.
    pub(super) children: BTreeMap<u32, Child>,
    /// The waits that have begun, by their tasks.
    pub(super) sleeps: BTreeMap<u32, Sleep>,
    /// How tasks end whose attempts are being stopped for that.
    pub(super) marks: BTreeMap<u32, Mark>,
    /// Tasks that are ready again because of a mark; they stand in no queue yet.
    pub(super) reopened: Vec<u32>,
    /// Child runs that are to be stopped; followed up by the core.
    pub(super) unwanted: Vec<Unwanted>,
    /// It is among the runs in which something waits.
    pub(super) counted: bool,
    /// What the executor was told last of the run's places.
    pub(super) told_places: u32,
    /// Became ready during this input.
    pub(super) fresh: Vec<TaskKey>,
    /// Ended during this input; their downstream has not been looked at.
    pub(super) ended: VecDeque<u32>,
    /// Average duration of its attempts; none before the first has ended.
    pub(super) mean_us: Option<u64>,
    /// The first task that makes the run Failed.
    pub(super) first_failed: Option<u32>,
    /// How it ends, where only tasks are still to end that its hooks run.
    pub(super) decided: Option<Decided>,
    /// How its round before this one ended.
    pub(super) ended_before: Option<RunState>,
    /// Tasks that failed in an earlier round.
    pub(super) failed_earlier: BTreeSet<u32>,
    /// Tasks of hooks, and their items, that have not ended; they are among the open ones.
    pub(super) open_of_hooks: u32,
    /// So many times hooks ran a task for something within the run.
    pub(super) fired: usize,
    /// The last round in which it took long.
    pub(super) slow_in: u32,
    /// Why tasks with hooks ended; until the hooks have been looked at.
    pub(super) reasons: HashMap<u32, String>,
    /// What hooks run and is ready; it stands in no queue yet.
    pub(super) called: Vec<u32>,
}

/// A task as the core has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaskSlot {
    pub(super) state: TaskState,
    pub(super) phase: Phase,
    /// Disabled, and its join held: edges see S.
    pub(super) passed: bool,
    /// Canceled by a cancel, not by `fail_fast` or a time-out.
    pub(super) by_cancel: bool,
    /// Its attempt is being taken back.
    pub(super) recalled: bool,
    /// Of its last attempt.
    pub(super) serial: u32,
    /// Attempts so far, over all rounds.
    pub(super) number: u32,
    /// Tries in this round; of a repeated task, of this iteration.
    pub(super) tries: u32,
    /// Iterations of a repeated task that ended well in this round.
    pub(super) iterations: u32,
    /// Changes when an entry in a queue becomes void.
    pub(super) stamp: u32,
}

/// Where a task stands between Pending and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not part of the run.
    Absent,
    /// Waits for its join.
    Idle,
    /// Waits for a place, a pool or a lock.
    Waiting,
    /// Waits because of the run's limit or a pause.
    Blocked,
    /// Waits for its next try.
    Backoff,
    /// Its attempt was handed over ahead of a place.
    Ahead,
    /// Its attempt holds a place.
    Placed,
    /// Its attempt takes no place here: it is a run of another workflow, or, within one input, the choice of a branch.
    Called,
    /// Its attempt waits, without a place: for an instant or for a person.
    Asleep,
    /// It is mapped, and not all of its items have ended.
    Mapped,
    /// It ended.
    Done,
}

impl TaskSlot {
    pub(super) const PENDING: Self = Self {
        state: TaskState::Pending,
        phase: Phase::Idle,
        passed: false,
        by_cancel: false,
        recalled: false,
        serial: 0,
        number: 0,
        tries: 0,
        iterations: 0,
        stamp: 0,
    };

    /// How edges see its end.
    pub(super) fn atom(&self) -> Option<Atom> {
        if self.passed { Some(Atom::Succeeded) } else { self.state.atom() }
    }

    pub(super) fn in_flight(&self) -> bool {
        matches!(self.phase, Phase::Ahead | Phase::Placed | Phase::Called | Phase::Asleep)
    }
}

impl ActiveRun {
    pub(super) fn new(run: RunId, plan: Arc<Plan>, head: RunHead, age: Age, slot: usize) -> Self {
        let count = plan.len();
        let tasks = (0..plan.count())
            .map(|task| {
                let phase = if plan.runs(task) { Phase::Idle } else { Phase::Absent };
                TaskSlot { phase, ..TaskSlot::PENDING }
            })
            .collect();
        let params = Arc::new(head.params.clone());
        let mut active = Self {
            run,
            context: Arc::new(RunContext { run, head, params }),
            state: RunState::Queued,
            started: false,
            round: 1,
            seq: 0,
            last_at: Timestamp(i64::MIN),
            age,
            slot,
            stop: None,
            tasks,
            maps: HashMap::new(),
            tallies: Vec::new(),
            pending: Vec::new(),
            outputs: vec![None; count],
            locks: HashMap::new(),
            due: HashMap::new(),
            serials: Vec::new(),
            open: u32::try_from(plan.selected()).unwrap_or(u32::MAX),
            placed: 0,
            ahead: VecDeque::new(),
            recalling: 0,
            waiting: 0,
            blocked: BinaryHeap::new(),
            held: Vec::new(),
            children: BTreeMap::new(),
            sleeps: BTreeMap::new(),
            marks: BTreeMap::new(),
            reopened: Vec::new(),
            unwanted: Vec::new(),
            counted: false,
            told_places: 0,
            fresh: Vec::new(),
            ended: VecDeque::new(),
            mean_us: None,
            first_failed: None,
            decided: None,
            ended_before: None,
            failed_earlier: BTreeSet::new(),
            open_of_hooks: 0,
            fired: 0,
            slow_in: 0,
            reasons: HashMap::new(),
            called: Vec::new(),
            plan: Slots::new(plan),
        };
        active.take_carried();
        active
    }

    /// Results of an earlier run stand in for tasks of this one.
    fn take_carried(&mut self) {
        let context = Arc::clone(&self.context);
        for carried in &context.head.carried {
            let Some(task) = self.plan.index_of(carried.task.task.as_str()) else { continue };
            let slot = &mut self.tasks[task as usize];
            slot.state = carried.state;
            if slot.phase == Phase::Idle {
                slot.phase = Phase::Done;
                self.open -= 1;
            }
            self.outputs[task as usize] =
                (!carried.outputs.is_empty()).then(|| Arc::new(carried.outputs.clone()));
        }
    }

    pub(super) fn emit(&mut self, now: Timestamp, out: &mut Effects, kind: RunEventKind) {
        self.seq += 1;
        // Within a run time never goes back, whatever the wall clock does.
        self.last_at = self.last_at.max(now);
        out.events.push(RunEvent { run: self.run, seq: self.seq, at: self.last_at, kind });
    }

    pub(super) fn attempt(&self, task: u32) -> AttemptId {
        AttemptId { run: self.run, serial: self.tasks[task as usize].serial }
    }

    pub(super) fn task_of(&self, attempt: AttemptId) -> Option<u32> {
        let at = usize::try_from(attempt.serial.checked_sub(1)?).ok()?;
        let task = *self.serials.get(at)?;
        let slot = self.tasks.get(task as usize)?;
        (slot.serial == attempt.serial && slot.in_flight()).then_some(task)
    }

    pub(super) fn entry(&self, task: u32) -> Ready {
        Ready {
            priority: self.plan.task(task).priority,
            path: self.plan.planned(task).path,
            age: self.age,
            task,
            slot: self.slot,
            stamp: self.tasks[task as usize].stamp,
        }
    }

    /// Puts a task aside that waits because of the run's own limit, or because it is paused.
    pub(super) fn block(&mut self, entry: Ready) {
        if !self.plan.takes_place(entry.task) {
            self.held.push(entry);
        } else {
            self.blocked.push(entry);
        }
    }

    /// It waits for more than a place: for a pool, for a lock, or for other items of its task.
    pub(super) fn is_bound(&self, task: u32) -> bool {
        self.plan.planned(task).pool.is_some()
            || self.locks.contains_key(&task)
            || self.map_of(task).is_some_and(|map| map.limit.is_some())
    }

    /// Attempts of the run at a time.
    pub(super) fn limit(&self) -> u32 {
        self.plan.workflow().limits.parallel_tasks.unwrap_or(u32::MAX).max(1)
    }

    /// Nothing new starts. A run that is being stopped goes on to its teardowns.
    pub(super) fn is_paused(&self) -> bool {
        self.state == RunState::Paused && self.stop.is_none()
    }

    /// The values that an expression of the task itself sees.
    pub(super) fn scope_of(&self, task: u32, number: u32) -> millrace_model::expr::Scope {
        let mut scope = scope(&self.context, number, self.ancestors(task).into_iter());
        scope.set_item(self.item_of(task));
        scope.hook = self.hook_of(task);
        with_env(scope, self.plan.workflow(), self.plan.task(task))
    }

    pub(super) fn start_of(&self, task: u32) -> Box<StartAttempt> {
        let slot = &self.tasks[task as usize];
        let ups = self.plan.ups(task).iter().map(|up| up.task);
        // What a hook runs is handed the task that it is about.
        let about = self.firing_of(task).and_then(|firing| firing.task.as_ref());
        let about = about.and_then(|key| self.plan.index_of(key.task.as_str()));
        let upstreams = ups
            .chain(about)
            .map(|up| (self.plan.key(up).task.clone(), self.task_scope(up)))
            .collect();
        Box::new(StartAttempt {
            attempt: self.attempt(task),
            key: self.plan.key(task).clone(),
            task_index: self.plan.whole(task),
            item: self.item_of(task),
            hook: self.hook_of(task),
            number: slot.number,
            round: self.round,
            plan: Arc::clone(self.plan.plan()),
            context: Arc::clone(&self.context),
            limit: as_duration(self.plan.attempt_limit(task)),
            grace: self.plan.task(task).grace.to_std(),
            places: self.placed.max(1),
            upstreams,
            ancestors: self.ancestors(task),
        })
    }

    fn ancestors(&self, task: u32) -> Vec<(Ident, TaskScope)> {
        let needs = &self.plan.planned(task).needs;
        if !needs.any {
            let known = needs.tasks.iter().filter_map(|name| self.plan.index_of(name.as_str()));
            return known
                .map(|other| (self.plan.key(other).task.clone(), self.task_scope(other)))
                .collect();
        }
        if self.plan.planned(task).is_hooked {
            let all = (0..self.plan.tasks()).filter(|other| !self.plan.planned(*other).is_hooked);
            return all
                .map(|other| (self.plan.key(other).task.clone(), self.task_scope(other)))
                .collect();
        }
        let mut seen = vec![false; self.plan.tasks() as usize];
        let mut open: Vec<u32> = self.plan.upstreams(task).collect();
        let mut found = Vec::new();
        while let Some(other) = open.pop() {
            if !std::mem::replace(&mut seen[other as usize], true) {
                found.push((self.plan.key(other).task.clone(), self.task_scope(other)));
                open.extend(self.plan.upstreams(other));
            }
        }
        found
    }

    fn task_scope(&self, task: u32) -> TaskScope {
        task_scope(self.tasks[task as usize].state, self.outputs[task as usize].as_ref())
    }
}
