//! Table `runs`: one row a run, with everything that a list of runs shows.

use millrace_model::event::{RunState, Trigger, TriggerKind};
use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::codes::{self, signed, unsigned};

/// `run_no` counts runs in the order in which they were accepted. Lists are ordered by `queued_at`, newest first.
pub(crate) const CREATE: &str = "
CREATE TABLE runs (
    run_no INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL UNIQUE,
    workflow_no INTEGER NOT NULL REFERENCES workflows (workflow_no),
    snapshot_no INTEGER NOT NULL REFERENCES snapshots (snapshot_no),
    workflow TEXT NOT NULL,
    title TEXT,
    state INTEGER NOT NULL,
    cause TEXT,
    trigger INTEGER NOT NULL,
    trigger_name TEXT,
    rerun_of INTEGER,
    logical_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    round INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    tasks INTEGER NOT NULL,
    succeeded INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    errors INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    upstream_failed INTEGER NOT NULL,
    canceled INTEGER NOT NULL,
    failed_task TEXT,
    last_line TEXT,
    seen_at INTEGER
) STRICT;
";

/// One for each way in which runs are listed; `run_no` is the silent last column of each.
pub(crate) const CREATE_INDEXES: &str = "
CREATE INDEX runs_by_time ON runs (queued_at);
CREATE INDEX runs_by_workflow ON runs (workflow_no, queued_at);
CREATE INDEX runs_by_state ON runs (state, queued_at);
CREATE INDEX runs_by_workflow_state ON runs (workflow_no, state, queued_at);
CREATE INDEX runs_by_trigger ON runs (trigger, queued_at);
CREATE INDEX runs_by_snapshot ON runs (snapshot_no);
CREATE INDEX runs_unfinished ON runs (run_no) WHERE state < 3;
CREATE INDEX runs_unseen ON runs (queued_at) WHERE state = 4 AND seen_at IS NULL;
";

/// A tick of a schedule fires once, whatever happens: that is what the first one sees to. By the second the calendar finds
/// what started by itself, by the third what ended last, by the fourth what a schedule or trigger did last. The numbers are those of schedules (1), events
/// (2), calls (3) and backfills (4).
pub(crate) const CREATE_FIRE_INDEXES: &str = "
CREATE UNIQUE INDEX runs_by_tick ON runs (workflow_no, trigger_name, logical_at) WHERE trigger = 1;
CREATE INDEX runs_by_fire ON runs (logical_at, workflow_no) WHERE trigger IN (1, 2, 4);
CREATE INDEX runs_by_end ON runs (ended_at) WHERE state >= 3;
CREATE INDEX runs_by_starter ON runs (workflow_no, trigger_name, queued_at) WHERE trigger IN (1, 2, 3);
";

/// Whether a schedule's run makes up for a tick that was missed: decided where it fired, and in its first event. For runs
/// of before it is told from how long they were late.
pub(crate) const ADD_CAUGHT_UP: &str = "
ALTER TABLE runs ADD COLUMN caught_up INTEGER NOT NULL DEFAULT 0;
UPDATE runs SET caught_up = 1 WHERE trigger = 1 AND queued_at - logical_at > 60000000;
";

/// How the tasks of a run stand. What is not counted here has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskCounts {
    /// All task runs.
    pub tasks: u32,
    /// Ended well.
    pub succeeded: u32,
    /// Said no.
    pub failed: u32,
    /// Could not be run, or their fate is unknown.
    pub errors: u32,
    /// Did not have to run.
    pub skipped: u32,
    /// Could not run because of a failure before them.
    pub upstream_failed: u32,
    /// Were stopped or not started any more.
    pub canceled: u32,
}

impl TaskCounts {
    /// How many have ended.
    #[must_use]
    pub fn ended(&self) -> u32 {
        self.succeeded
            + self.failed
            + self.errors
            + self.skipped
            + self.upstream_failed
            + self.canceled
    }
}

/// A run as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    pub(crate) run_no: i64,
    /// Names it.
    pub run: RunId,
    /// Its workflow's identity; none where the workflow never was a file.
    pub workflow_id: Option<WorkflowId>,
    /// Its workflow's name at that time.
    pub workflow: String,
    /// Its workflow's title at that time.
    pub title: Option<String>,
    /// Where it stands.
    pub state: RunState,
    /// Why it ended so, in half a sentence.
    pub cause: Option<String>,
    /// What kind of thing started it.
    pub trigger: TriggerKind,
    /// The name of the schedule or trigger; run and task of the parent.
    pub trigger_name: Option<String>,
    /// A schedule made up for a missed tick by it.
    pub caught_up: bool,
    /// The run of which this is a rerun.
    pub rerun_of: Option<RunId>,
    /// The scheduled instant, or the start of a manual run.
    pub logical_time: Timestamp,
    /// When it was accepted.
    pub queued: Timestamp,
    /// When it first left the queue.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Counts retries of the whole run from 1.
    pub round: u32,
    /// The `seq` of its last event.
    pub last_seq: u64,
    /// How its tasks stand.
    pub counts: TaskCounts,
    /// The task whose failure made it fail.
    pub failed_task: Option<String>,
    /// The last line of that task's log.
    pub last_line: Option<String>,
    /// When somebody looked at its failure.
    pub seen: Option<Timestamp>,
}

/// For every query that gives [`RunRow`]s; ends before WHERE.
pub(crate) const SELECT: &str = "SELECT run_no, run_id, \
    (SELECT workflow_id FROM workflows WHERE workflows.workflow_no = runs.workflow_no), \
    workflow, title, state, cause, trigger, trigger_name, rerun_of, logical_at, queued_at, started_at, ended_at, \
    round, last_seq, tasks, succeeded, failed, errors, skipped, upstream_failed, canceled, failed_task, last_line, \
    seen_at, caught_up FROM runs";

impl RunRow {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let unknown = |column: usize, what: &str, code: i64| {
            let text = format!("{what} {code} is not known here");
            rusqlite::Error::FromSqlConversionFailure(
                column,
                rusqlite::types::Type::Integer,
                text.into(),
            )
        };
        let state: i64 = row.get(5)?;
        let trigger: i64 = row.get(7)?;
        let time =
            |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Timestamp));
        Ok(Self {
            run_no: row.get(0)?,
            run: RunId(unsigned(row.get(1)?)),
            workflow_id: row.get::<_, Option<i64>>(2)?.map(|id| WorkflowId(unsigned(id))),
            workflow: row.get(3)?,
            title: row.get(4)?,
            state: codes::run_state_of(state).ok_or_else(|| unknown(5, "run state", state))?,
            cause: row.get(6)?,
            trigger: codes::trigger_kind_of(trigger)
                .ok_or_else(|| unknown(7, "trigger", trigger))?,
            trigger_name: row.get(8)?,
            rerun_of: row.get::<_, Option<i64>>(9)?.map(|id| RunId(unsigned(id))),
            logical_time: Timestamp(row.get(10)?),
            queued: Timestamp(row.get(11)?),
            started: time(12)?,
            ended: time(13)?,
            round: row.get(14)?,
            last_seq: unsigned(row.get(15)?),
            counts: TaskCounts {
                tasks: row.get(16)?,
                succeeded: row.get(17)?,
                failed: row.get(18)?,
                errors: row.get(19)?,
                skipped: row.get(20)?,
                upstream_failed: row.get(21)?,
                canceled: row.get(22)?,
            },
            failed_task: row.get(23)?,
            last_line: row.get(24)?,
            seen: time(25)?,
            caught_up: row.get(26)?,
        })
    }
}

/// What of a run's row can change after it was accepted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunChange<'a> {
    pub(crate) state: RunState,
    pub(crate) cause: Option<String>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) round: u32,
    pub(crate) failed_task: Option<String>,
    pub(crate) last_line: Option<&'a str>,
}

/// What a run is from the start.
#[derive(Debug)]
pub(crate) struct NewRun<'a> {
    pub(crate) run: RunId,
    pub(crate) workflow_no: i64,
    pub(crate) snapshot_no: i64,
    pub(crate) workflow: &'a str,
    pub(crate) title: Option<&'a str>,
    pub(crate) trigger: &'a Trigger,
    pub(crate) rerun_of: Option<RunId>,
    pub(crate) logical_time: Timestamp,
    pub(crate) queued: Timestamp,
}

/// A queued run without tasks; gives its `run_no`.
pub(crate) fn insert(conn: &Connection, new: &NewRun<'_>) -> rusqlite::Result<i64> {
    conn.prepare_cached(
        "INSERT INTO runs (run_no, run_id, workflow_no, snapshot_no, workflow, title, state, trigger, trigger_name, rerun_of, \
         logical_at, queued_at, round, last_seq, tasks, succeeded, failed, errors, skipped, upstream_failed, canceled, caught_up) \
         VALUES (1 + max((SELECT coalesce(max(run_no), 0) FROM runs), \
         (SELECT coalesce(max(run_no), 0) FROM deleted_runs)), ?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, 1, 0, 0, 0, 0, 0, 0, 0, 0, ?11)",
    )?
    .insert(params![
        signed(new.run.0),
        new.workflow_no,
        new.snapshot_no,
        new.workflow,
        new.title,
        codes::trigger_kind(new.trigger.kind()),
        codes::trigger_name(new.trigger),
        new.rerun_of.map(|run| signed(run.0)),
        new.logical_time.0,
        new.queued.0,
        matches!(new.trigger, Trigger::Schedule { caught_up: true, .. }),
    ])
}

/// Only what moves with every batch; no index is touched.
pub(crate) fn set_progress(
    conn: &Connection,
    run_no: i64,
    last_seq: u64,
    counts: &TaskCounts,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE runs SET last_seq = ?2, tasks = ?3, succeeded = ?4, failed = ?5, errors = ?6, skipped = ?7, \
         upstream_failed = ?8, canceled = ?9 WHERE run_no = ?1",
    )?
    .execute(params![
        run_no,
        signed(last_seq),
        counts.tasks,
        counts.succeeded,
        counts.failed,
        counts.errors,
        counts.skipped,
        counts.upstream_failed,
        counts.canceled,
    ])
    .map(drop)
}

/// What moves with the run's own events. A run that moves has not been looked at.
pub(crate) fn set_state(
    conn: &Connection,
    run_no: i64,
    change: &RunChange<'_>,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE runs SET state = ?2, cause = ?3, started_at = ?4, ended_at = ?5, round = ?6, failed_task = ?7, \
         last_line = ?8, seen_at = NULL WHERE run_no = ?1",
    )?
    .execute(params![
        run_no,
        codes::run_state(change.state),
        change.cause,
        change.started.map(|at| at.0),
        change.ended.map(|at| at.0),
        change.round,
        change.failed_task,
        change.last_line,
    ])
    .map(drop)
}

/// Notes when somebody looked at the run's end, or that nobody did; false if that is so already.
pub(crate) fn mark_seen(
    conn: &Connection,
    run: RunId,
    at: Option<Timestamp>,
) -> rusqlite::Result<bool> {
    let changed = conn
        .prepare_cached(
            "UPDATE runs SET seen_at = ?2 WHERE run_id = ?1 AND state >= 3 \
             AND (seen_at IS NULL) <> (?2 IS NULL)",
        )?
        .execute((signed(run.0), at.map(|at| at.0)))?;
    Ok(changed > 0)
}

pub(crate) fn number_of(conn: &Connection, run: RunId) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT run_no FROM runs WHERE run_id = ?1")?
        .query_row([signed(run.0)], |row| row.get(0))
        .optional()
}

pub(crate) fn by_id(conn: &Connection, run: RunId) -> rusqlite::Result<Option<RunRow>> {
    conn.prepare_cached(&format!("{SELECT} WHERE run_id = ?1"))?
        .query_row([signed(run.0)], RunRow::read)
        .optional()
}

/// Runs that started by themselves, and backfills, whose logical time lies in `from..=to`: newest first.
pub(crate) fn fired(
    conn: &Connection,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<RunRow>> {
    conn.prepare_cached(&format!(
        "{SELECT} WHERE trigger IN (1, 2, 4) AND logical_at BETWEEN ?1 AND ?2 \
         ORDER BY logical_at DESC, workflow_no DESC LIMIT ?3"
    ))?
    .query_map((from.0, to.0, i64::try_from(limit).unwrap_or(i64::MAX)), RunRow::read)?
    .collect()
}

/// The newest run of this tick of a schedule, live or of a backfill.
pub(crate) fn of_tick(
    conn: &Connection,
    workflow_no: i64,
    schedule: &str,
    tick: Timestamp,
) -> rusqlite::Result<Option<RunRow>> {
    conn.prepare_cached(&format!(
        "{SELECT} WHERE trigger IN (1, 2, 4) AND logical_at = ?3 AND workflow_no = ?1 \
         AND trigger IN (1, 4) AND trigger_name = ?2 ORDER BY run_no DESC LIMIT 1"
    ))?
    .query_row((workflow_no, schedule, tick.0), RunRow::read)
    .optional()
}

/// The newest run that this schedule or trigger started.
pub(crate) fn last_fired(
    conn: &Connection,
    workflow_no: i64,
    name: &str,
) -> rusqlite::Result<Option<RunRow>> {
    conn.prepare_cached(&format!(
        "{SELECT} WHERE trigger IN (1, 2, 3) AND workflow_no = ?1 AND trigger_name = ?2 \
         ORDER BY queued_at DESC LIMIT 1"
    ))?
    .query_row((workflow_no, name), RunRow::read)
    .optional()
}

/// Runs that ended at `since` or later, the earliest first.
pub(crate) fn ended_since(
    conn: &Connection,
    since: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<RunRow>> {
    conn.prepare_cached(&format!(
        "{SELECT} WHERE state >= 3 AND ended_at >= ?1 ORDER BY ended_at LIMIT ?2"
    ))?
    .query_map((since.0, i64::try_from(limit).unwrap_or(i64::MAX)), RunRow::read)?
    .collect()
}
