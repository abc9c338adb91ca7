//! Table `events`: the journal. Everything else about runs can be made from it.
//!
//! A row holds the events of one run that were committed together, as a JSON array of `[at, kind]`; run and `seq` are
//! in the columns. Every event has a position in the whole history: the events of a row have those that end with the
//! row's key. Rows follow each other without gaps until runs are deleted; no position comes twice.

use millrace_model::event::{Run, RunEvent, RunEventKind};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use rusqlite::{Connection, Row};
use serde::Deserialize;

use super::meta;
use crate::StoreError;
use crate::error::ErrorContext;

pub(crate) const CREATE: &str = "
CREATE TABLE events (
    last_position INTEGER PRIMARY KEY,
    run_no INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_of_run ON events (run_no, last_seq);
";

/// Writes one row; `payload` is what [`Payload`] built.
pub(crate) fn insert(
    conn: &Connection,
    last_position: i64,
    run_no: i64,
    seqs: (u64, u64),
    payload: &str,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO events (last_position, run_no, first_seq, last_seq, payload) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((
        last_position,
        run_no,
        super::codes::signed(seqs.0),
        super::codes::signed(seqs.1),
        payload,
    ))
    .map(drop)
}

/// The position of the newest event, also of one that was purged since; 0 when there never was any.
pub(crate) fn last_position(conn: &Connection) -> rusqlite::Result<i64> {
    let newest: i64 = conn
        .prepare_cached("SELECT coalesce(max(last_position), 0) FROM events")?
        .query_row([], |row| row.get(0))?;
    Ok(newest.max(meta::get(conn, meta::PURGED)?.unwrap_or(0)))
}

/// Builds the text of a row in a buffer that is used again and again.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    bytes: Vec<u8>,
}

impl Payload {
    /// The text for `events`, which belong to one run and follow each other.
    pub(crate) fn of(&mut self, events: &[RunEvent]) -> Result<&str, StoreError> {
        self.bytes.clear();
        for event in events {
            self.bytes.push(if self.bytes.is_empty() { b'[' } else { b',' });
            serde_json::to_writer(&mut self.bytes, &(event.at, &event.kind)).map_err(|error| {
                StoreError::Malformed {
                    what: format!("event {} of run {}", event.seq, event.run),
                    detail: error.to_string(),
                }
            })?;
        }
        self.bytes.push(b']');
        // One huge batch must not hold its memory for ever.
        if self.bytes.capacity() > 4 << 20 && self.bytes.len() < 1 << 20 {
            self.bytes.shrink_to(1 << 20);
        }
        std::str::from_utf8(&self.bytes).map_err(|error| StoreError::Malformed {
            what: "a batch of events".into(),
            detail: error.to_string(),
        })
    }
}

/// A row as it lies in the table.
#[derive(Debug)]
pub(crate) struct EventRow {
    pub(crate) last_position: i64,
    pub(crate) run: RunId,
    pub(crate) first_seq: u64,
    pub(crate) payload: String,
}

/// For every query that gives [`EventRow`]s; ends before WHERE.
pub(crate) const SELECT: &str = "SELECT events.last_position, runs.run_id, events.first_seq, events.payload \
    FROM events JOIN runs ON runs.run_no = events.run_no";

#[derive(Deserialize)]
struct Stored(Timestamp, RunEventKind);

impl EventRow {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            last_position: row.get(0)?,
            run: RunId(super::codes::unsigned(row.get(1)?)),
            first_seq: super::codes::unsigned(row.get(2)?),
            payload: row.get(3)?,
        })
    }

    /// The events of the row, in order.
    pub(crate) fn events(&self) -> Result<Vec<RunEvent>, StoreError> {
        let stored: Vec<Stored> =
            serde_json::from_str(&self.payload).map_err(|error| StoreError::Malformed {
                what: format!("the events of run {} from {}", self.run, self.first_seq),
                detail: error.to_string(),
            })?;
        let events = (self.first_seq..).zip(stored);
        Ok(events
            .map(|(seq, Stored(at, kind))| RunEvent { run: self.run, seq, at, kind })
            .collect())
    }
}

/// All events of a run, in order.
pub(crate) fn of_run(
    conn: &Connection,
    context: &ErrorContext,
    run_no: i64,
) -> Result<Vec<RunEvent>, StoreError> {
    let sql = |error| context.convert(error);
    let mut query = conn
        .prepare_cached(&format!("{SELECT} WHERE events.run_no = ?1 ORDER BY events.last_seq"))
        .map_err(sql)?;
    let rows = query.query_map([run_no], EventRow::read).map_err(sql)?;
    let mut events = Vec::new();
    for row in rows {
        events.extend(row.map_err(sql)?.events()?);
    }
    Ok(events)
}

/// The run that the events add up to.
pub(crate) fn fold(
    conn: &Connection,
    context: &ErrorContext,
    run: RunId,
    run_no: i64,
) -> Result<Run, StoreError> {
    let events = of_run(conn, context, run_no)?;
    let Some((first, rest)) = events.split_first() else {
        return Err(StoreError::Malformed {
            what: format!("run {run}"),
            detail: "its events are missing".into(),
        });
    };
    let mut fold = Run::begin(first)?;
    for event in rest {
        fold.apply(event)?;
    }
    Ok(fold)
}
