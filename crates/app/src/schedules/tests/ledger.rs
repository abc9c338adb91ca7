//! What became of each tick, as the history has it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millrace_engine::planner::MOST_COUNTED;
use millrace_model::time::Timestamp;
use millrace_store::{RunRow, SkipRow, StarterKey};

use super::super::standing::Clock;
use super::site::Life;

/// A schedule and all that it did.
pub(super) struct Ledger {
    pub(super) clock: Arc<Clock>,
    /// Names the workflow in the seed of its jitter.
    pub(super) seed: u64,
    pub(super) watermark: Timestamp,
    pub(super) runs: Vec<RunRow>,
    pub(super) skips: Vec<SkipRow>,
}

/// How often a tick was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fate {
    pub(super) runs: usize,
    pub(super) skips: usize,
}

impl Ledger {
    /// Reads that of the schedule `name` of the document at `path`.
    pub(super) fn of(life: &Life, path: &str, name: &str) -> Self {
        let path = std::path::Path::new(path);
        let workflow = life.app.schedules.standing().at(path).unwrap().clone();
        let clock = workflow.schedule(name).unwrap().clock.clone().unwrap();
        let key = StarterKey::schedule(name);
        let read = |reader: &millrace_store::Reader| {
            let (from, to) = (Timestamp(0), Timestamp(i64::MAX));
            let mut rows = reader.starters()?;
            rows.retain(|row| row.workflow_id == workflow.id && row.key == key);
            let mut runs = reader.fired(from, to, usize::MAX)?;
            runs.retain(|run| run.workflow_id == Some(workflow.id));
            runs.retain(|run| run.trigger_name.as_deref() == Some(name));
            let mut skips = reader.skips(from, to, usize::MAX)?;
            skips.retain(|skip| skip.workflow_id == workflow.id && skip.what.key == key);
            Ok((rows, runs, skips))
        };
        let (rows, runs, skips) = life.app.store.read(read).unwrap();
        let seed = super::super::standing::seed(workflow.id);
        Self { clock, seed, watermark: rows[0].watermark, runs, skips }
    }

    /// What became of each tick. A range that was skipped has no ticks in it that were moved: `moved` names them.
    pub(super) fn fates(&self, moved: &BTreeSet<Timestamp>) -> BTreeMap<Timestamp, Fate> {
        let mut fates: BTreeMap<Timestamp, Fate> = BTreeMap::new();
        for run in &self.runs {
            fates.entry(run.logical_time).or_default().runs += 1;
        }
        for skip in &self.skips {
            let what = &skip.what;
            let before = Timestamp(what.first.0 - 1);
            let ticks = self.clock.ticks.between(before, what.last).map(|tick| tick.at);
            let ticks: Vec<_> = match what.count {
                1 => vec![what.last],
                _ => ticks.filter(|at| !moved.contains(at)).collect(),
            };
            assert_eq!(ticks.len().min(MOST_COUNTED) as u64, what.count, "{what:?}");
            for tick in ticks {
                fates.entry(tick).or_default().skips += 1;
            }
        }
        fates
    }
}
