//! Table `starters`: what starts a workflow by itself (its schedules and triggers), as it stands on this machine.
//!
//! The rules are in the document; here are the switch, and how far they were followed.

use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::codes::{signed, unsigned};
use super::{moves, trigger_files};

/// `kind`: 0 schedule, 1 trigger. `rule` is the text by which a changed rule is noticed. Everything up to `watermark` was
/// decided: it ran or was skipped. `token` is the digest of the token of a trigger that is called.
pub(crate) const CREATE: &str = "
CREATE TABLE starters (
    workflow_no INTEGER NOT NULL REFERENCES workflows (workflow_no),
    kind INTEGER NOT NULL,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    is_on INTEGER NOT NULL,
    watermark INTEGER NOT NULL,
    token TEXT,
    PRIMARY KEY (workflow_no, kind, name)
) WITHOUT ROWID, STRICT;
";

/// What starts a workflow by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StarterKind {
    /// The clock.
    Schedule,
    /// A file, the end of another workflow, or a call.
    Trigger,
}

/// Names a schedule or trigger within its workflow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StarterKey {
    /// Which of both.
    pub kind: StarterKind,
    /// Its name.
    pub name: String,
}

/// A schedule or trigger as its document has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StarterRule {
    /// Which.
    pub key: StarterKey,
    /// Its rule as a text: another text is another rule, whose watermark begins now.
    pub rule: String,
}

/// A schedule or trigger as it stands on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StarterRow {
    /// Of which workflow.
    pub workflow_id: WorkflowId,
    /// Which.
    pub key: StarterKey,
    /// The rule that the watermark belongs to.
    pub rule: String,
    /// It starts runs.
    pub is_on: bool,
    /// Everything up to here was decided.
    pub watermark: Timestamp,
}

impl StarterKind {
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Schedule => 0,
            Self::Trigger => 1,
        }
    }

    pub(crate) const fn of_code(code: i64) -> Self {
        match code {
            0 => Self::Schedule,
            _ => Self::Trigger,
        }
    }
}

impl StarterKey {
    /// The schedule of this name.
    #[must_use]
    pub fn schedule(name: impl Into<String>) -> Self {
        Self { kind: StarterKind::Schedule, name: name.into() }
    }

    /// The trigger of this name.
    #[must_use]
    pub fn trigger(name: impl Into<String>) -> Self {
        Self { kind: StarterKind::Trigger, name: name.into() }
    }
}

const SELECT: &str = "SELECT w.workflow_id, s.kind, s.name, s.rule, s.is_on, s.watermark \
    FROM starters s JOIN workflows w USING (workflow_no) WHERE w.workflow_id IS NOT NULL";

fn read(row: &Row<'_>) -> rusqlite::Result<StarterRow> {
    Ok(StarterRow {
        workflow_id: WorkflowId(unsigned(row.get(0)?)),
        key: StarterKey { kind: StarterKind::of_code(row.get(1)?), name: row.get(2)? },
        rule: row.get(3)?,
        is_on: row.get(4)?,
        watermark: Timestamp(row.get(5)?),
    })
}

/// All of them.
pub(crate) fn all(conn: &Connection) -> rusqlite::Result<Vec<StarterRow>> {
    conn.prepare_cached(SELECT)?.query_map([], read)?.collect()
}

/// Those of a workflow.
pub(crate) fn of_workflow(conn: &Connection, id: WorkflowId) -> rusqlite::Result<Vec<StarterRow>> {
    conn.prepare_cached(&format!("{SELECT} AND w.workflow_id = ?1"))?
        .query_map([signed(id.0)], read)?
        .collect()
}

/// Makes the workflow's starters those of its document: new ones and changed ones begin at `now`, others stay as they are.
/// New ones are on if `is_on`.
pub(crate) fn sync(
    conn: &Connection,
    workflow_no: i64,
    rules: &[StarterRule],
    is_on: bool,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let stored: Vec<(i64, String)> = conn
        .prepare_cached("SELECT kind, name FROM starters WHERE workflow_no = ?1")?
        .query_map([workflow_no], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (kind, name) in stored {
        if !rules.iter().any(|rule| rule.key.kind.code() == kind && rule.key.name == name) {
            conn.prepare_cached(
                "DELETE FROM starters WHERE workflow_no = ?1 AND kind = ?2 AND name = ?3",
            )?
            .execute((workflow_no, kind, &name))?;
            forget(conn, workflow_no, StarterKind::of_code(kind), &name)?;
        }
    }
    for rule in rules {
        let changed = conn
            .prepare_cached(
                "INSERT INTO starters (workflow_no, kind, name, rule, is_on, watermark) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                 ON CONFLICT DO UPDATE SET rule = ?4, watermark = ?6 WHERE rule <> ?4",
            )?
            .execute((
                workflow_no,
                rule.key.kind.code(),
                &rule.key.name,
                &rule.rule,
                is_on,
                now.0,
            ))?;
        if changed > 0 {
            forget(conn, workflow_no, rule.key.kind, &rule.key.name)?;
        }
    }
    Ok(())
}

/// Forgets what belongs to a rule that is gone, or another one now.
fn forget(
    conn: &Connection,
    workflow_no: i64,
    kind: StarterKind,
    name: &str,
) -> rusqlite::Result<()> {
    match kind {
        StarterKind::Schedule => moves::forget(conn, workflow_no, name),
        StarterKind::Trigger => trigger_files::forget(conn, workflow_no, name),
    }
}

/// Switches one of the workflow's starters, or all. What would have fired while it was off never does.
pub(crate) fn switch(
    conn: &Connection,
    workflow_no: i64,
    key: Option<&StarterKey>,
    is_on: bool,
    now: Timestamp,
) -> rusqlite::Result<usize> {
    let (kind, name) = (key.map(|key| key.kind.code()), key.map(|key| key.name.as_str()));
    conn.prepare_cached(
        "UPDATE starters SET is_on = ?4, watermark = CASE WHEN ?4 THEN max(watermark, ?5) ELSE watermark END \
         WHERE workflow_no = ?1 AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR name = ?3)",
    )?
    .execute((workflow_no, kind, name, is_on, now.0))
}

/// Everything up to `to` was decided. Never goes back.
pub(crate) fn advance(
    conn: &Connection,
    workflow_no: i64,
    key: &StarterKey,
    to: Timestamp,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE starters SET watermark = ?4 \
         WHERE workflow_no = ?1 AND kind = ?2 AND name = ?3 AND watermark < ?4",
    )?
    .execute((workflow_no, key.kind.code(), &key.name, to.0))?;
    match key.kind {
        StarterKind::Schedule => moves::sweep(conn, workflow_no, &key.name),
        StarterKind::Trigger => Ok(()),
    }
}

/// This tick of a schedule was decided, and with it all before it, unless it was moved: then it alone.
pub(crate) fn decide_tick(
    conn: &Connection,
    workflow_no: i64,
    schedule: &str,
    tick: Timestamp,
) -> rusqlite::Result<()> {
    match moves::mark_done(conn, workflow_no, schedule, tick)? {
        true => Ok(()),
        false => advance(conn, workflow_no, &StarterKey::schedule(schedule), tick),
    }
}

/// Puts a watermark that lies in the future back to `to`.
pub(crate) fn rewind(
    conn: &Connection,
    workflow_no: i64,
    key: &StarterKey,
    to: Timestamp,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE starters SET watermark = ?4 \
         WHERE workflow_no = ?1 AND kind = ?2 AND name = ?3 AND watermark > ?4",
    )?
    .execute((workflow_no, key.kind.code(), &key.name, to.0))?;
    match key.kind {
        StarterKind::Schedule => moves::rewind(conn, workflow_no, &key.name, to),
        StarterKind::Trigger => Ok(()),
    }
}

/// The number of the workflow with this identity.
pub(crate) fn workflow_no(conn: &Connection, id: WorkflowId) -> rusqlite::Result<Option<i64>> {
    conn.prepare_cached("SELECT workflow_no FROM workflows WHERE workflow_id = ?1")?
        .query_row([signed(id.0)], |row| row.get(0))
        .optional()
}

/// Keeps the digest of a trigger's token.
pub(crate) fn set_token(
    conn: &Connection,
    workflow_no: i64,
    trigger: &str,
    digest: &str,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "UPDATE starters SET token = ?3 WHERE workflow_no = ?1 AND kind = 1 AND name = ?2",
    )?
    .execute((workflow_no, trigger, digest))
    .map(drop)
}

/// The digest of a trigger's token.
pub(crate) fn token(
    conn: &Connection,
    workflow_no: i64,
    trigger: &str,
) -> rusqlite::Result<Option<String>> {
    let found = conn
        .prepare_cached(
            "SELECT token FROM starters WHERE workflow_no = ?1 AND kind = 1 AND name = ?2",
        )?
        .query_row((workflow_no, trigger), |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}
