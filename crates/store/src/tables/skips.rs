//! Table `skips`: what would have started a run and did not, and why. The newest are kept.

use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;
use rusqlite::{Connection, Row};

use super::codes::unsigned;
use super::starters::{StarterKey, StarterKind};

/// So many are kept.
const MOST: i64 = 100_000;

/// One row for ticks that lie together and were skipped for one reason.
pub(crate) const CREATE: &str = "
CREATE TABLE skips (
    skip_no INTEGER PRIMARY KEY AUTOINCREMENT,
    workflow_no INTEGER NOT NULL REFERENCES workflows (workflow_no),
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    detail TEXT,
    decided_at INTEGER NOT NULL,
    seen_at INTEGER
) STRICT;
CREATE INDEX skips_by_time ON skips (last_at);
CREATE INDEX skips_by_workflow ON skips (workflow_no, last_at);
CREATE INDEX skips_unseen ON skips (decided_at) WHERE seen_at IS NULL;
";

/// Why something that would have started a run did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// As many runs as may be were active already (`overlap: skip`).
    Overlap,
    /// Missed while Millrace did not run or the machine slept, and not caught up.
    Missed,
    /// More were missed than are caught up.
    Capped,
    /// The document has errors or is gone.
    Broken,
    /// A person left it out.
    LeftOut,
}

/// What did not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSkip {
    /// What would have started it.
    pub key: StarterKey,
    /// The first instant.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// How many; at least 1.
    pub count: u64,
    /// Why.
    pub reason: SkipReason,
    /// More about it, in words.
    pub detail: Option<String>,
    /// When that was decided.
    pub decided: Timestamp,
}

/// What did not start, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkipRow {
    /// Its number.
    pub skip: u64,
    /// Of which workflow.
    pub workflow_id: WorkflowId,
    /// Its workflow's name.
    pub workflow: String,
    /// The document's path.
    pub path: Option<String>,
    /// What.
    pub what: NewSkip,
    /// When somebody saw it.
    pub seen: Option<Timestamp>,
}

impl SkipReason {
    /// All reasons.
    pub const ALL: [Self; 5] =
        [Self::Overlap, Self::Missed, Self::Capped, Self::Broken, Self::LeftOut];

    /// The number on the disk. It never changes its meaning.
    const fn code(self) -> i64 {
        match self {
            Self::Overlap => 0,
            Self::Missed => 1,
            Self::Capped => 2,
            Self::Broken => 3,
            Self::LeftOut => 4,
        }
    }

    /// Whether a person should hear of it: not of what was asked for.
    const fn is_news(self) -> bool {
        !matches!(self, Self::LeftOut)
    }
}

/// Keeps what did not start, and the newest of what did not before.
pub(crate) fn insert(conn: &Connection, workflow_no: i64, skip: &NewSkip) -> rusqlite::Result<()> {
    let seen = (!skip.reason.is_news()).then_some(skip.decided.0);
    conn.prepare_cached(
        "INSERT INTO skips (workflow_no, kind, name, first_at, last_at, count, reason, detail, decided_at, seen_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute((
        workflow_no,
        skip.key.kind.code(),
        &skip.key.name,
        skip.first.0,
        skip.last.0,
        i64::try_from(skip.count).unwrap_or(i64::MAX),
        skip.reason.code(),
        &skip.detail,
        skip.decided.0,
        seen,
    ))?;
    conn.prepare_cached("DELETE FROM skips WHERE skip_no <= ?1")?
        .execute([conn.last_insert_rowid() - MOST])
        .map(drop)
}

const SELECT: &str = "SELECT s.skip_no, w.workflow_id, w.name, w.path, s.kind, s.name, s.first_at, s.last_at, s.count, \
    s.reason, s.detail, s.decided_at, s.seen_at FROM skips s JOIN workflows w USING (workflow_no) \
    WHERE w.workflow_id IS NOT NULL";

fn read(row: &Row<'_>) -> rusqlite::Result<SkipRow> {
    let reason: i64 = row.get(9)?;
    let reason = SkipReason::ALL.into_iter().find(|known| known.code() == reason);
    Ok(SkipRow {
        skip: unsigned(row.get(0)?),
        workflow_id: WorkflowId(unsigned(row.get(1)?)),
        workflow: row.get(2)?,
        path: row.get(3)?,
        what: NewSkip {
            key: StarterKey { kind: StarterKind::of_code(row.get(4)?), name: row.get(5)? },
            first: Timestamp(row.get(6)?),
            last: Timestamp(row.get(7)?),
            count: unsigned(row.get(8)?),
            reason: reason.unwrap_or(SkipReason::Missed),
            detail: row.get(10)?,
            decided: Timestamp(row.get(11)?),
        },
        seen: row.get::<_, Option<i64>>(12)?.map(Timestamp),
    })
}

/// Those whose last instant lies in `from..=to`, newest first.
pub(crate) fn between(
    conn: &Connection,
    from: Timestamp,
    to: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<SkipRow>> {
    conn.prepare_cached(&format!(
        "{SELECT} AND s.last_at BETWEEN ?1 AND ?2 ORDER BY s.last_at DESC LIMIT ?3"
    ))?
    .query_map((from.0, to.0, i64::try_from(limit).unwrap_or(i64::MAX)), read)?
    .collect()
}

/// Those that nobody has seen, newest first.
pub(crate) fn unseen(conn: &Connection, limit: usize) -> rusqlite::Result<Vec<SkipRow>> {
    conn.prepare_cached(&format!(
        "{SELECT} AND s.seen_at IS NULL ORDER BY s.decided_at DESC LIMIT ?1"
    ))?
    .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], read)?
    .collect()
}

/// Notes when somebody saw it, or that nobody did; false if that is so already.
pub(crate) fn mark_seen(
    conn: &Connection,
    skip: u64,
    at: Option<Timestamp>,
) -> rusqlite::Result<bool> {
    let changed = conn
        .prepare_cached(
            "UPDATE skips SET seen_at = ?2 WHERE skip_no = ?1 \
             AND (seen_at IS NULL) <> (?2 IS NULL)",
        )?
        .execute((skip.cast_signed(), at.map(|at| at.0)))?;
    Ok(changed > 0)
}

#[cfg(test)]
mod tests {
    use super::super::workflows;
    use super::*;

    #[test]
    fn the_newest_are_kept() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(workflows::CREATE).unwrap();
        conn.execute_batch(CREATE).unwrap();
        let workflow = "INSERT INTO workflows VALUES (1, 7, 'nightly', '/nightly.json')";
        conn.execute(workflow, []).unwrap();
        let skip = |at: i64| NewSkip {
            key: StarterKey { kind: StarterKind::Schedule, name: "daily".to_owned() },
            first: Timestamp(at),
            last: Timestamp(at),
            count: 1,
            reason: SkipReason::Overlap,
            detail: None,
            decided: Timestamp(at),
        };
        for at in [1, 2] {
            insert(&conn, 1, &skip(at)).unwrap();
        }
        // As many later as are kept, but for one.
        conn.execute("UPDATE sqlite_sequence SET seq = ?1", [MOST]).unwrap();
        insert(&conn, 1, &skip(3)).unwrap();
        let kept = between(&conn, Timestamp(0), Timestamp(9), 9).unwrap();
        assert_eq!(kept.iter().map(|row| row.what.last.0).collect::<Vec<_>>(), [3, 2]);
    }
}
