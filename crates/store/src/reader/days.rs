//! How the runs of one workflow ended, counted between instants: day by day, where these are midnights.

use std::collections::BTreeMap;
use std::time::Duration;

use millrace_model::event::RunState;
use millrace_model::ids::RunId;
use millrace_model::quantile::median;
use millrace_model::time::Timestamp;

use super::{Reader, WorkflowKey};
use crate::StoreError;
use crate::tables::codes;

/// The runs that were accepted between two instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayTally {
    /// How many succeeded.
    pub succeeded: u32,
    /// How many failed.
    pub failed: u32,
    /// How many were cancelled.
    pub canceled: u32,
    /// How many have not ended.
    pub under_way: u32,
    /// The median duration of those that succeeded.
    pub median: Option<Duration>,
    /// The first one that failed.
    pub first_failed: Option<RunId>,
}

/// What is gathered for a day. Of a run that succeeded its length stays, of any other nothing.
#[derive(Default)]
struct Gathered {
    tally: DayTally,
    lengths_us: Vec<u64>,
    first_failed_at: Option<Timestamp>,
}

impl Reader {
    /// The runs of the workflow from each of these instants to the next one. `bounds` rise; pairs between which there are
    /// no runs are left out, the others come with the place of their first instant, in order.
    ///
    /// # Errors
    /// When reading fails.
    pub fn workflow_days(
        &self,
        workflow: &WorkflowKey,
        bounds: &[Timestamp],
    ) -> Result<Vec<(usize, DayTally)>, StoreError> {
        let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else {
            return Ok(Vec::new());
        };
        self.consistent(|| {
            let mut days: BTreeMap<usize, Gathered> = BTreeMap::new();
            for row in self.workflow(workflow)? {
                let mut query = self.sql(self.conn.prepare_cached(DAYS))?;
                let mut rows = self.sql(query.query((row.workflow_no, first.0, last.0)))?;
                let mut at = 0;
                while let Some(row) = self.sql(rows.next())? {
                    let run = self.sql(Run::read(row))?;
                    while bounds.get(at + 1).is_some_and(|end| *end <= run.queued) {
                        at += 1;
                    }
                    days.entry(at).or_default().add(&run);
                }
            }
            Ok(days.into_iter().map(|(at, gathered)| (at, gathered.tally())).collect())
        })
    }

    /// When the oldest run of the workflow was accepted; none where it has no runs.
    ///
    /// # Errors
    /// When reading fails.
    pub fn oldest_run(&self, workflow: &WorkflowKey) -> Result<Option<Timestamp>, StoreError> {
        let mut oldest: Option<Timestamp> = None;
        for row in self.workflow(workflow)? {
            let mut query = self.sql(self.conn.prepare_cached(OLDEST))?;
            let found: Option<i64> =
                self.sql(query.query_row([row.workflow_no], |row| row.get(0)))?;
            let found = found.map(Timestamp);
            oldest = match (oldest, found) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        Ok(oldest)
    }
}

impl Gathered {
    fn add(&mut self, run: &Run) {
        let tally = &mut self.tally;
        match run.state {
            Some(RunState::Succeeded) => {
                tally.succeeded += 1;
                self.lengths_us.extend(run.took_us);
            }
            Some(RunState::Failed) => {
                tally.failed += 1;
                if self.first_failed_at.is_none_or(|known| run.queued < known) {
                    self.first_failed_at = Some(run.queued);
                    tally.first_failed = Some(run.run);
                }
            }
            Some(RunState::Canceled) => tally.canceled += 1,
            _ => tally.under_way += 1,
        }
    }

    fn tally(mut self) -> DayTally {
        self.lengths_us.sort_unstable();
        self.tally.median = median(&self.lengths_us).map(Duration::from_micros);
        self.tally
    }
}

/// What is looked at of a run.
struct Run {
    queued: Timestamp,
    state: Option<RunState>,
    took_us: Option<u64>,
    run: RunId,
}

impl Run {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let time = |column| row.get::<_, Option<i64>>(column);
        let (started, ended) = (time(2)?.map(Timestamp), time(3)?.map(Timestamp));
        let took = started.zip(ended).map(|(started, ended)| ended.since(started));
        Ok(Self {
            queued: Timestamp(row.get(0)?),
            state: codes::run_state_of(row.get(1)?),
            took_us: took.and_then(|took| u64::try_from(took.as_micros()).ok()),
            run: RunId(codes::unsigned(row.get(4)?)),
        })
    }
}

/// In the order in which they were accepted.
pub(super) const DAYS: &str = "SELECT queued_at, state, started_at, ended_at, run_id FROM runs \
    INDEXED BY runs_by_workflow WHERE workflow_no = ?1 AND queued_at >= ?2 AND queued_at < ?3 \
    ORDER BY queued_at, run_no";

/// The first of them.
pub(super) const OLDEST: &str =
    "SELECT min(queued_at) FROM runs INDEXED BY runs_by_workflow WHERE workflow_no = ?1";
