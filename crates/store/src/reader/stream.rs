//! Events in order: of one run by `seq`, of the whole history by position.

use millrace_model::event::RunEvent;
use millrace_model::ids::RunId;

use super::Reader;
use crate::StoreError;
use crate::tables::codes::signed;
use crate::tables::events::{self, EventRow};
use crate::tables::meta;

/// An event with its place in the whole history.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamEvent {
    /// Grows from event to event: by one, until runs were deleted.
    pub position: u64,
    /// What happened.
    pub event: RunEvent,
}

/// Some events, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The events.
    pub events: Vec<T>,
    /// None came after them when they were read.
    pub is_last: bool,
}

/// A page that has become as long as this, as JSON, ends before its time: what tasks give is up to a MiB each, and whoever
/// follows a run has a page in memory as a whole.
const PAGE_BYTES: usize = 8 << 20;

impl Reader {
    /// At most `limit` events of a run with a `seq` above `after_seq` (0 for all), in order.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when the history does not have it.
    pub fn events(
        &self,
        run: RunId,
        after_seq: u64,
        limit: usize,
    ) -> Result<Vec<RunEvent>, StoreError> {
        self.some_events(run, after_seq, limit, usize::MAX).map(|page| page.events)
    }

    /// The same, but fewer where they are large. A page has an event at least, where there is one.
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when the history does not have it.
    pub fn events_page(
        &self,
        run: RunId,
        after_seq: u64,
        limit: usize,
    ) -> Result<Page<RunEvent>, StoreError> {
        self.some_events(run, after_seq, limit, PAGE_BYTES)
    }

    fn some_events(
        &self,
        run: RunId,
        after_seq: u64,
        limit: usize,
        most_bytes: usize,
    ) -> Result<Page<RunEvent>, StoreError> {
        self.consistent(|| {
            let run_no = self.number_of(run)?;
            let sql = format!(
                "{} WHERE events.run_no = ?1 AND events.last_seq > ?2 ORDER BY events.last_seq",
                events::SELECT
            );
            let mut query = self.sql(self.conn.prepare_cached(&sql))?;
            let rows = self.sql(query.query_map((run_no, signed(after_seq)), EventRow::read))?;
            let mut events = Vec::new();
            let (mut bytes, mut is_last) = (0, true);
            for row in rows {
                if events.len() >= limit || bytes >= most_bytes {
                    is_last = false;
                    break;
                }
                let row = self.sql(row)?;
                bytes += row.payload.len();
                events.extend(row.events()?.into_iter().filter(|event| event.seq > after_seq));
            }
            is_last &= events.len() <= limit;
            events.truncate(limit);
            Ok(Page { events, is_last })
        })
    }

    /// At most `limit` events of all runs after `position` (0 for all), in order; fewer where they are large. A page has an
    /// event at least, where there is one.
    ///
    /// # Errors
    /// When reading fails.
    pub fn events_since(
        &self,
        position: u64,
        limit: usize,
    ) -> Result<Page<StreamEvent>, StoreError> {
        let mut query = self.sql(self.conn.prepare_cached(&since_sql()))?;
        let rows = self.sql(query.query_map([signed(position)], EventRow::read))?;
        let mut events = Vec::new();
        let (mut bytes, mut is_last) = (0, true);
        for row in rows {
            if events.len() >= limit || bytes >= PAGE_BYTES {
                is_last = false;
                break;
            }
            let row = self.sql(row)?;
            bytes += row.payload.len();
            let stored = row.events()?;
            let first = (row.last_position.cast_unsigned() + 1).saturating_sub(stored.len() as u64);
            let placed = (first..).zip(stored);
            events.extend(
                placed
                    .filter(|(at, _)| *at > position)
                    .map(|(position, event)| StreamEvent { position, event }),
            );
        }
        is_last &= events.len() <= limit;
        events.truncate(limit);
        Ok(Page { events, is_last })
    }

    /// The position of the newest event; 0 in an empty history.
    ///
    /// # Errors
    /// When reading fails.
    pub fn last_position(&self) -> Result<u64, StoreError> {
        self.sql(events::last_position(&self.conn)).map(i64::cast_unsigned)
    }

    /// Up to which position people have been told; none where nobody ever was.
    ///
    /// # Errors
    /// When reading fails.
    pub fn told(&self) -> Result<Option<u64>, StoreError> {
        self.sql(meta::get(&self.conn, meta::TOLD)).map(|told| told.map(i64::cast_unsigned))
    }
}

fn since_sql() -> String {
    format!("{} WHERE events.last_position > ?1 ORDER BY events.last_position", events::SELECT)
}
