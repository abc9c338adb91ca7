//! Table `moves`: single ticks that a person moved to another instant, or left out.

use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;
use rusqlite::Connection;

use super::codes::unsigned;

/// So many that are done are kept of a schedule.
const KEPT: i64 = 1_000;

/// `fire_at` is null for a tick that is left out. A row whose run has started stays, so that the tick does not fire again when
/// its own time comes.
pub(crate) const CREATE: &str = "
CREATE TABLE moves (
    workflow_no INTEGER NOT NULL REFERENCES workflows (workflow_no),
    schedule TEXT NOT NULL,
    tick_at INTEGER NOT NULL,
    fire_at INTEGER,
    is_done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (workflow_no, schedule, tick_at)
) WITHOUT ROWID, STRICT;
";

/// A tick that was moved or left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveRow {
    /// Of which workflow.
    pub workflow_id: WorkflowId,
    /// Of which schedule.
    pub schedule: String,
    /// When it would have fired.
    pub tick: Timestamp,
    /// When it fires; none = it does not.
    pub to: Option<Timestamp>,
    /// Its run has started.
    pub is_done: bool,
}

/// All of them, in order of their ticks.
pub(crate) fn all(conn: &Connection) -> rusqlite::Result<Vec<MoveRow>> {
    conn.prepare_cached(
        "SELECT w.workflow_id, m.schedule, m.tick_at, m.fire_at, m.is_done \
         FROM moves m JOIN workflows w USING (workflow_no) \
         WHERE w.workflow_id IS NOT NULL ORDER BY m.tick_at",
    )?
    .query_map([], |row| {
        Ok(MoveRow {
            workflow_id: WorkflowId(unsigned(row.get(0)?)),
            schedule: row.get(1)?,
            tick: Timestamp(row.get(2)?),
            to: row.get::<_, Option<i64>>(3)?.map(Timestamp),
            is_done: row.get(4)?,
        })
    })?
    .collect()
}

/// Moves a tick, or leaves it out.
pub(crate) fn put(
    conn: &Connection,
    workflow_no: i64,
    schedule: &str,
    tick: Timestamp,
    to: Option<Timestamp>,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO moves (workflow_no, schedule, tick_at, fire_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET fire_at = ?4",
    )?
    .execute((workflow_no, schedule, tick.0, to.map(|to| to.0)))
    .map(drop)
}

/// The tick fires when its rule says.
pub(crate) fn remove(
    conn: &Connection,
    workflow_no: i64,
    schedule: &str,
    tick: Timestamp,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "DELETE FROM moves WHERE workflow_no = ?1 AND schedule = ?2 AND tick_at = ?3",
    )?
    .execute((workflow_no, schedule, tick.0))
    .map(drop)
}

/// The tick was decided; says whether it had been moved.
pub(crate) fn mark_done(
    conn: &Connection,
    workflow_no: i64,
    schedule: &str,
    tick: Timestamp,
) -> rusqlite::Result<bool> {
    let moved = conn
        .prepare_cached(
            "UPDATE moves SET is_done = 1 WHERE workflow_no = ?1 AND schedule = ?2 AND tick_at = ?3",
        )?
        .execute((workflow_no, schedule, tick.0))?;
    Ok(moved > 0)
}

/// Forgets the oldest of those that are done, beyond [`KEPT`]. Not by the watermark: that may come from a clock that is far
/// ahead, and when it comes back what was left out has to stay so.
pub(crate) fn sweep(conn: &Connection, workflow_no: i64, schedule: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "DELETE FROM moves WHERE workflow_no = ?1 AND schedule = ?2 AND is_done = 1 AND tick_at <= (\
         SELECT tick_at FROM moves WHERE workflow_no = ?1 AND schedule = ?2 AND is_done = 1 \
         ORDER BY tick_at DESC LIMIT 1 OFFSET ?3)",
    )?
    .execute((workflow_no, schedule, KEPT))
    .map(drop)
}

/// The clock had been far ahead and shows `now`: what was decided after that and did not run is still to come.
pub(crate) fn rewind(
    conn: &Connection,
    workflow_no: i64,
    schedule: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE moves SET is_done = 0 WHERE workflow_no = ?1 AND schedule = ?2 AND coalesce(fire_at, tick_at) > ?3 \
         AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.workflow_no = ?1 AND trigger = 1 AND trigger_name = ?2 \
         AND logical_at = tick_at)",
    )?
    .execute((workflow_no, schedule, now.0))
    .map(drop)
}

/// Forgets all of a schedule: its rule is gone or another one.
pub(crate) fn forget(conn: &Connection, workflow_no: i64, schedule: &str) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM moves WHERE workflow_no = ?1 AND schedule = ?2")?
        .execute((workflow_no, schedule))
        .map(drop)
}
