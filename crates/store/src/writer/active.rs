//! A run that is being written: its fold, and what of it the tables have.
//!
//! It is the same fold that everybody uses; here are only the differences that have to go into the tables.

use std::collections::BTreeMap;

use millrace_model::Values;
use millrace_model::event::{
    Artifact, Cause, EventCause, FoldError, Run, RunEvent, RunEventKind, RunState, TaskRun,
    TaskState, Trigger,
};
use millrace_model::ids::{RunId, TaskKey};
use rusqlite::Connection;

use crate::StoreError;
use crate::TaskCounts;
use crate::error::ErrorContext;
use crate::tables::runs::{self, NewRun, RunChange};
use crate::tables::starters::{self, StarterKey};
use crate::tables::{artifacts, events, outputs, snapshots, task_runs, trigger_files, workflows};

#[derive(Debug)]
pub(super) struct ActiveRun {
    run_no: i64,
    fold: Run,
    /// By ordinal: the state of the task's row, none where it has no row.
    stored: Vec<Option<TaskState>>,
    /// The same for the items of mapped tasks.
    stored_items: BTreeMap<Place, TaskState>,
    counts: TaskCounts,
    /// What has to be written.
    dirty: Vec<Place>,
    /// Ordinals of mapped tasks that find their items anew: the rows of the old ones go first.
    cleared: Vec<usize>,
    /// What attempts left that has to be written, with their numbers; 0 = taken over.
    left: Vec<(TaskKey, u32, Vec<Artifact>)>,
    /// The run's own state has to be written.
    moved: bool,
}

/// A task by its ordinal, or an item of it.
type Place = (usize, Option<u32>);

impl ActiveRun {
    /// A new run: writes its row, takes in its first event.
    pub(super) fn begin(
        conn: &Connection,
        context: &ErrorContext,
        first: &RunEvent,
    ) -> Result<Self, StoreError> {
        let sql = |error| context.convert(error);
        let fold = Run::begin(first)?;
        let head = &fold.head;
        let snapshot_no = snapshots::number_of(conn, &head.snapshot).map_err(sql)?;
        let Some(snapshot_no) = snapshot_no else {
            return Err(StoreError::NoSnapshot { run: fold.run, snapshot: head.snapshot.clone() });
        };
        let new = NewRun {
            run: fold.run,
            workflow_no: workflows::of_head(conn, head).map_err(sql)?,
            snapshot_no,
            workflow: head.workflow.as_str(),
            title: head.title.as_deref(),
            trigger: &head.trigger,
            rerun_of: head.rerun_of,
            logical_time: head.logical_time,
            queued: fold.queued,
        };
        let run_no = runs::insert(conn, &new).map_err(sql)?;
        // What started it and the run are one: a crash leaves both or none.
        match &head.trigger {
            Trigger::Schedule { schedule, .. } => {
                starters::decide_tick(conn, new.workflow_no, schedule.as_str(), head.logical_time)
            }
            Trigger::Event { trigger, cause: EventCause::File { path, version } } => {
                trigger_files::put(conn, new.workflow_no, trigger.as_str(), (path, version))
            }
            Trigger::Event { trigger, cause: EventCause::Run { .. } } => {
                let key = StarterKey::trigger(trigger.as_str());
                starters::advance(conn, new.workflow_no, &key, head.logical_time)
            }
            Trigger::Manual
            | Trigger::Api { .. }
            | Trigger::Backfill { .. }
            | Trigger::Parent { .. } => Ok(()),
        }
        .map_err(sql)?;
        let ended = (0..fold.tasks.len()).filter(|at| fold.tasks[*at].state.is_final());
        let dirty = ended.map(|at| (at, None)).collect();
        let stored = vec![None; fold.tasks.len()];
        let carried = fold.head.carried.iter().filter(|it| !it.artifacts.is_empty());
        let left = carried.map(|it| (it.task.clone(), 0, it.artifacts.clone())).collect();
        Ok(Self {
            run_no,
            fold,
            stored,
            stored_items: BTreeMap::new(),
            counts: TaskCounts::default(),
            dirty,
            cleared: Vec::new(),
            left,
            moved: false,
        })
    }

    /// A run that is stored; none if it is not.
    pub(super) fn load(
        conn: &Connection,
        context: &ErrorContext,
        run: RunId,
    ) -> Result<Option<Self>, StoreError> {
        let sql = |error| context.convert(error);
        let Some(run_no) = runs::number_of(conn, run).map_err(sql)? else { return Ok(None) };
        let fold = events::fold(conn, context, run, run_no)?;
        let stored: Vec<_> =
            fold.tasks.values().map(|task| task.state.is_final().then_some(task.state)).collect();
        let mut counts = TaskCounts::default();
        for (state, task) in stored.iter().zip(fold.tasks.values()) {
            if let Some(state) = state.filter(|_| !task.is_of_hooks()) {
                count(&mut counts, state, 1);
            }
        }
        let mut stored_items = BTreeMap::new();
        for (at, task) in fold.tasks.values().enumerate() {
            for (run, item) in task.mapped.iter().flat_map(|mapped| &mapped.runs).zip(0..) {
                if run.state.is_final() {
                    stored_items.insert((at, Some(item)), run.state);
                }
            }
        }
        Ok(Some(Self {
            run_no,
            fold,
            stored,
            stored_items,
            counts,
            dirty: Vec::new(),
            cleared: Vec::new(),
            left: Vec::new(),
            moved: false,
        }))
    }

    pub(super) fn run_no(&self) -> i64 {
        self.run_no
    }

    pub(super) fn seq(&self) -> u64 {
        self.fold.seq
    }

    pub(super) fn is_final(&self) -> bool {
        self.fold.state.is_final()
    }

    /// Takes in the next event.
    pub(super) fn apply(&mut self, event: &RunEvent) -> Result<(), FoldError> {
        let touched = self.touched(&event.kind);
        self.fold.apply(event)?;
        if let Some(place) = touched
            && (self.has_row(place) || self.task(place).is_some_and(|it| it.state.is_final()))
        {
            self.dirty.push(place);
        }
        match &event.kind {
            RunEventKind::AttemptEnded { serial, end, .. } if !end.artifacts.is_empty() => {
                let of = self.fold.attempt(*serial);
                let of = of.map(|(key, attempt)| (key.clone(), attempt.number));
                self.left.extend(of.map(|(key, number)| (key, number, end.artifacts.clone())));
            }
            RunEventKind::Reopened { tasks, .. }
            | RunEventKind::TaskMarked { again: tasks, .. } => {
                let places: Vec<Place> = tasks.iter().filter_map(|key| self.place(key)).collect();
                for (at, item) in places {
                    let written =
                        [(at, None), (at, item)].into_iter().filter(|it| self.has_row(*it));
                    let written: Vec<Place> = written.collect();
                    self.dirty.extend(written);
                    if item.is_none() {
                        self.cleared.push(at);
                    }
                }
            }
            RunEventKind::TasksQueued { tasks } => {
                let places = tasks.iter().filter_map(|key| self.place(key));
                let written: Vec<Place> = places.filter(|place| self.has_row(*place)).collect();
                self.dirty.extend(written);
            }
            _ => {}
        }
        self.moved |= matches!(
            event.kind,
            RunEventKind::RunStarted
                | RunEventKind::RunPaused { .. }
                | RunEventKind::RunResumed { .. }
                | RunEventKind::Reopened { .. }
                | RunEventKind::RunEnded { .. }
        );
        Ok(())
    }

    /// The one task that the event is about.
    fn touched(&self, kind: &RunEventKind) -> Option<Place> {
        if let RunEventKind::HookFired { task, .. } = kind {
            return self.place(&TaskKey::plain(task.clone()));
        }
        let key = match kind {
            RunEventKind::AttemptStarted { serial, .. }
            | RunEventKind::AttemptWaits { serial, .. }
            | RunEventKind::AttemptRecalled { serial }
            | RunEventKind::AttemptEnded { serial, .. } => self.fold.attempt(*serial)?.0,
            RunEventKind::AttemptDispatched { task, .. }
            | RunEventKind::TaskMarked { task, .. }
            | RunEventKind::TaskEnded { task, .. }
            | RunEventKind::TaskMapped { task, .. }
            | RunEventKind::ItemsEnded { task, .. } => task,
            _ => return None,
        };
        self.place(key)
    }

    fn place(&self, key: &TaskKey) -> Option<Place> {
        match key.item {
            None => Some((self.fold.tasks.get_index_of(key)?, None)),
            Some(item) => Some((self.fold.tasks.get_index_of(&key.whole())?, Some(item))),
        }
    }

    fn has_row(&self, place: Place) -> bool {
        match place.1 {
            None => self.stored.get(place.0).is_some_and(Option::is_some),
            Some(_) => self.stored_items.contains_key(&place),
        }
    }

    fn task(&self, (at, item): Place) -> Option<&TaskRun> {
        let (_, task) = self.fold.tasks.get_index(at)?;
        match item {
            None => Some(task),
            Some(item) => task.mapped.as_ref()?.run(item),
        }
    }

    /// Writes what changed since the last time.
    pub(super) fn store(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        self.stored.resize(self.fold.tasks.len(), None);
        self.dirty.sort_unstable();
        self.dirty.dedup();
        for at in std::mem::take(&mut self.cleared) {
            if let Some((key, _)) = self.fold.tasks.get_index(at)
                && self.stored_items.range((at, Some(0))..=(at, Some(u32::MAX))).next().is_some()
            {
                task_runs::delete_items(conn, self.run_no, key)?;
                outputs::delete_items(conn, self.run_no, key)?;
                artifacts::delete_items(conn, self.run_no, key)?;
                self.stored_items.retain(|(of, _), _| *of != at);
            }
        }
        for (key, number, left) in std::mem::take(&mut self.left) {
            artifacts::put(conn, self.run_no, &key, number, &left)?;
        }
        for place in std::mem::take(&mut self.dirty) {
            self.store_task(conn, place)?;
        }
        let tasks = self.fold.tasks.len() - self.fold.of_hooks().count();
        self.counts.tasks = u32::try_from(tasks).unwrap_or(u32::MAX);
        runs::set_progress(conn, self.run_no, self.fold.seq, &self.counts)?;
        if std::mem::take(&mut self.moved) {
            self.store_state(conn)?;
        }
        Ok(())
    }

    /// That what is stored of these events is what they say.
    pub(super) fn check_same(
        &self,
        conn: &Connection,
        context: &ErrorContext,
        again: &[RunEvent],
    ) -> Result<(), StoreError> {
        let stored = events::of_run(conn, context, self.run_no)?;
        for event in again {
            let at = usize::try_from(event.seq).ok().and_then(|seq| seq.checked_sub(1));
            if at.and_then(|at| stored.get(at)) != Some(event) {
                return Err(StoreError::Conflict { run: event.run, seq: event.seq });
            }
        }
        Ok(())
    }

    fn store_task(&mut self, conn: &Connection, place: Place) -> rusqlite::Result<()> {
        let (ordinal, item) = place;
        let Some((key, whole)) = self.fold.tasks.get_index_mut(ordinal) else { return Ok(()) };
        let key = &TaskKey { task: key.task.clone(), item };
        let found = match item {
            None => Some(whole),
            Some(item) => {
                whole.mapped.as_mut().and_then(|mapped| mapped.runs.get_mut(item as usize))
            }
        };
        // An item that is gone has no row any more.
        let Some(task) = found else { return Ok(()) };
        let before = match item {
            None => self.stored[ordinal],
            Some(_) => self.stored_items.get(&place).copied(),
        };
        if let Some(before) = before {
            outputs::delete(conn, self.run_no, key)?;
            if item.is_none() && !task.is_of_hooks() {
                count(&mut self.counts, before, -1);
            }
        }
        if task.state.is_final() {
            task_runs::put(conn, self.run_no, ordinal, key, task)?;
            if !task.outputs.is_empty() {
                outputs::put(conn, self.run_no, key, &task.outputs)?;
            }
            match item {
                None => {
                    if !task.is_of_hooks() {
                        count(&mut self.counts, task.state, 1);
                    }
                    self.stored[ordinal] = Some(task.state);
                }
                Some(_) => _ = self.stored_items.insert(place, task.state),
            }
            // The task's outputs are what counts; the attempt's copy need not stay in memory.
            if let Some(end) = task.attempts.last_mut().and_then(|last| last.end.as_mut()) {
                end.outputs = Values::new();
            }
        } else if before.is_some() {
            task_runs::delete(conn, self.run_no, key)?;
            match item {
                None => self.stored[ordinal] = None,
                Some(_) => _ = self.stored_items.remove(&place),
            }
        }
        Ok(())
    }

    fn store_state(&self, conn: &Connection) -> rusqlite::Result<()> {
        let fold = &self.fold;
        let failed = failed_task(fold);
        let last_line = failed.clone().and_then(|key| {
            let end = fold.task(&key)?.attempts.last()?.end.as_ref()?;
            Some(end.log.as_ref()?.last_line.as_str()).filter(|line| !line.is_empty())
        });
        let change = RunChange {
            state: fold.state,
            cause: fold.cause.as_ref().map(ToString::to_string),
            started: fold.started,
            ended: fold.ended,
            round: fold.round,
            failed_task: failed.map(|key| key.to_string()),
            last_line,
        };
        runs::set_state(conn, self.run_no, &change)
    }
}

/// The task that a failed run is remembered by.
fn failed_task(fold: &Run) -> Option<TaskKey> {
    if fold.state != RunState::Failed {
        return None;
    }
    match &fold.cause {
        Some(Cause::TasksFailed { first: task, .. } | Cause::FailFast { task }) => {
            fold.task(task).map(|_| task.clone())
        }
        _ => fold
            .tasks
            .iter()
            .find(|(_, task)| {
                matches!(task.state, TaskState::Failed | TaskState::Error) && !task.is_of_hooks()
            })
            .map(|(key, task)| task.failed_item(key).unwrap_or_else(|| key.clone())),
    }
}

fn count(counts: &mut TaskCounts, state: TaskState, by: i32) {
    let field = match state {
        TaskState::Succeeded => &mut counts.succeeded,
        TaskState::Failed => &mut counts.failed,
        TaskState::Error => &mut counts.errors,
        TaskState::Skipped => &mut counts.skipped,
        TaskState::UpstreamFailed => &mut counts.upstream_failed,
        TaskState::Canceled => &mut counts.canceled,
        TaskState::Pending
        | TaskState::Queued
        | TaskState::Running
        | TaskState::Waiting
        | TaskState::UpForRetry => return,
    };
    *field = field.saturating_add_signed(by);
}
