//! Table `task_runs`: one row for each task run that has ended, with its last attempt.
//!
//! Tasks that have not ended have no row, and earlier attempts none either: they are in the fold of the run's events.
//! So that most tasks cost one row written once.

use millrace_model::event::{Exit, Outcome, TaskRun, TaskState};
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;
use rusqlite::{Connection, Row, params};

use super::codes;

/// `item` is −1 where the task is not mapped, and in the row of the mapped task itself; `ordinal` is the place in the run's
/// order, for items that of their task.
/// `exit_code` and `exit_signal` are of the last attempt's main process.
pub(crate) const CREATE: &str = "
CREATE TABLE task_runs (
    run_no INTEGER NOT NULL,
    task TEXT NOT NULL,
    item INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    state INTEGER NOT NULL,
    cause TEXT,
    queued_at INTEGER,
    started_at INTEGER,
    ended_at INTEGER NOT NULL,
    duration_us INTEGER,
    attempts INTEGER NOT NULL,
    exit_code INTEGER,
    exit_signal INTEGER,
    cpu_us INTEGER,
    max_rss INTEGER,
    log_bytes INTEGER,
    last_line TEXT,
    PRIMARY KEY (run_no, task, item)
) WITHOUT ROWID, STRICT;
";

/// Added in the fourth format: what a result is known by that later runs may take over.
pub(crate) const ADD_FINGERPRINT: &str = "
ALTER TABLE task_runs ADD COLUMN fingerprint TEXT;
CREATE INDEX task_runs_by_fingerprint ON task_runs (fingerprint, ended_at) WHERE fingerprint IS NOT NULL;
";

/// A task run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// The task's name.
    pub task: String,
    /// The item's index where the task is mapped.
    pub item: Option<u32>,
    /// Its place in the run's order, from 0.
    pub ordinal: u32,
    /// How it ended.
    pub state: TaskState,
    /// Why, in half a sentence, where it did not simply succeed.
    pub cause: Option<String>,
    /// When its join held.
    pub queued: Option<Timestamp>,
    /// When its last attempt started; of a mapped task, its items.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Timestamp,
    /// From its first attempt's start to its last one's end, in microseconds.
    pub duration_us: Option<u64>,
    /// How many attempts it had.
    pub attempts: u32,
    /// How its last attempt's main process ended badly or was asked to end; none for success.
    pub exit: Option<Exit>,
    /// User and system time of its last attempt, in microseconds.
    pub cpu_us: Option<u64>,
    /// The largest resident memory of its last attempt, in bytes.
    pub max_rss: Option<u64>,
    /// How much its last attempt printed, in bytes.
    pub log_bytes: Option<u64>,
    /// The last line of its last attempt's log.
    pub last_line: Option<String>,
}

/// For every query that gives [`TaskRow`]s; ends before WHERE.
pub(crate) const SELECT: &str = "SELECT task, item, ordinal, state, cause, queued_at, started_at, ended_at, \
    duration_us, attempts, exit_code, exit_signal, cpu_us, max_rss, log_bytes, last_line FROM task_runs";

impl TaskRow {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let state: i64 = row.get(3)?;
        let state = codes::task_state_of(state).ok_or_else(|| {
            rusqlite::Error::FromSqlConversionFailure(
                3,
                rusqlite::types::Type::Integer,
                format!("task state {state} is not known here").into(),
            )
        })?;
        let time =
            |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Timestamp));
        let amount = |column| {
            Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(codes::unsigned))
        };
        let code: Option<i32> = row.get(10)?;
        let signal: Option<i32> = row.get(11)?;
        Ok(Self {
            task: row.get(0)?,
            item: u32::try_from(row.get::<_, i64>(1)?).ok(),
            ordinal: row.get(2)?,
            state,
            cause: row.get(4)?,
            queued: time(5)?,
            started: time(6)?,
            ended: Timestamp(row.get(7)?),
            duration_us: amount(8)?,
            attempts: row.get(9)?,
            exit: code.map(Exit::Code).or(signal.map(Exit::Signal)),
            cpu_us: amount(12)?,
            max_rss: amount(13)?,
            log_bytes: amount(14)?,
            last_line: row.get(15)?,
        })
    }
}

/// Writes the row of a task that has ended.
pub(crate) fn put(
    conn: &Connection,
    run_no: i64,
    ordinal: usize,
    key: &TaskKey,
    task: &TaskRun,
) -> rusqlite::Result<()> {
    let last = task.attempts.last();
    let end = last.and_then(|attempt| attempt.end.as_ref());
    let (code, signal) = match end.map(|end| &end.outcome) {
        Some(Outcome::Failed { exit: Exit::Code(code) }) => (Some(*code), None),
        Some(Outcome::Failed { exit: Exit::Signal(signal) }) => (None, Some(*signal)),
        _ => (None, None),
    };
    let measured = |value: u64| (value != 0).then(|| codes::signed(value));
    let log = end.and_then(|end| end.log.as_ref());
    conn.prepare_cached(
        "INSERT OR REPLACE INTO task_runs (run_no, task, item, ordinal, state, cause, queued_at, started_at, \
         ended_at, duration_us, attempts, exit_code, exit_signal, cpu_us, max_rss, log_bytes, last_line, fingerprint) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
    )?
    .execute(params![
        run_no,
        key.task.as_str(),
        codes::item(key),
        i64::try_from(ordinal).unwrap_or(i64::MAX),
        codes::task_state(task.state),
        task.cause.as_ref().map(ToString::to_string),
        task.queued.map(|at| at.0),
        match &task.mapped {
            Some(_) => task.queued,
            None => last.and_then(|attempt| attempt.started),
        }
        .map(|at| at.0),
        task.ended.map_or(0, |at| at.0),
        task.duration_us().map(codes::signed),
        i64::try_from(task.attempts.len()).unwrap_or(i64::MAX),
        code,
        signal,
        end.and_then(|end| measured(end.cpu_us)),
        end.and_then(|end| measured(end.max_rss)),
        log.map(|log| codes::signed(log.bytes)),
        log.map(|log| log.last_line.as_str()).filter(|line| !line.is_empty()),
        end.and_then(|end| end.fingerprint.as_deref()),
    ])
    .map(drop)
}

/// Takes the row away: the task is to run again.
pub(crate) fn delete(conn: &Connection, run_no: i64, key: &TaskKey) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM task_runs WHERE run_no = ?1 AND task = ?2 AND item = ?3")?
        .execute((run_no, key.task.as_str(), codes::item(key)))
        .map(drop)
}

/// Takes the rows of a task's items away.
pub(crate) fn delete_items(conn: &Connection, run_no: i64, key: &TaskKey) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM task_runs WHERE run_no = ?1 AND task = ?2 AND item >= 0")?
        .execute((run_no, key.task.as_str()))
        .map(drop)
}

/// All rows of a run, in the run's order.
pub(crate) fn of_run(conn: &Connection, run_no: i64) -> rusqlite::Result<Vec<TaskRow>> {
    let mut rows: Vec<TaskRow> = conn
        .prepare_cached(&format!("{SELECT} WHERE run_no = ?1"))?
        .query_map([run_no], TaskRow::read)?
        .collect::<rusqlite::Result<_>>()?;
    rows.sort_by_key(|row| (row.ordinal, row.item));
    Ok(rows)
}

/// One task's rows of a run: one, or one for each item.
pub(crate) fn of_task(
    conn: &Connection,
    run_no: i64,
    task: &str,
) -> rusqlite::Result<Vec<TaskRow>> {
    conn.prepare_cached(&format!("{SELECT} WHERE run_no = ?1 AND task = ?2 ORDER BY item"))?
        .query_map((run_no, task), TaskRow::read)?
        .collect()
}
