//! How long the runs of a workflow took, one after the other: what is usual, which stand out, and which tasks took the time.
//! Without drawing.

use std::collections::BTreeSet;

use millrace_api::grid::Fared;
use millrace_model::event::RunState;
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_model::quantile::{median, quantile};
use millrace_model::time::Timestamp;

use super::GridView;

/// So many runs at most.
pub(crate) const RUNS: usize = 500;
/// So many tasks have a part of their own; all others share one.
pub(crate) const PARTS: usize = 8;
/// Of so few runs nothing is said to stand out.
const FEWEST: usize = 5;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum DurationsBy {
    /// Each run as a whole.
    #[default]
    Run,
    /// Which tasks took the time.
    Task,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) run: RunId,
    pub(crate) state: RunState,
    pub(crate) queued: Timestamp,
    /// None while it has not ended, or where it never started.
    pub(crate) took_us: Option<u64>,
    /// What the tasks took, in the order of [`Durations::parts`].
    pub(crate) parts_us: Vec<u64>,
}

/// What is usual of those that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usual {
    pub(crate) median_us: u64,
    /// Nine of ten took no longer.
    pub(crate) p90_us: u64,
    /// What took longer stands out; none where there are too few to say so.
    pub(crate) fence_us: Option<u64>,
}

/// A task, or all that have no part of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// None: all others.
    pub(crate) task: Option<Ident>,
    /// What people call it.
    pub(crate) name: String,
}

/// The newest runs of a workflow and their durations.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    /// What is looked at.
    pub(crate) by: DurationsBy,
    /// The oldest first.
    pub(crate) bars: Vec<Bar>,
    pub(crate) usual: Option<Usual>,
    /// What they have in common.
    pub(crate) fared: Fared,
    /// There are older runs than these.
    pub(crate) has_more: bool,
    /// The tasks, the one first that took most time in all.
    pub(crate) parts: Vec<Part>,
    /// The parts that are left out of the picture, by the names of their tasks; the others' part has none.
    hidden: BTreeSet<Option<Ident>>,
    /// The run that the keyboard is at.
    pub(crate) cursor: Option<RunId>,
    of: Option<u64>,
}

impl Durations {
    /// Looked at in this way; nothing is known yet.
    pub(crate) fn by(by: DurationsBy) -> Self {
        Self { by, ..Self::default() }
    }

    /// Takes in what the grid knows, where that is something else than before.
    pub(crate) fn update(&mut self, grid: &GridView) {
        if self.of.replace(grid.version) == Some(grid.version) {
            return;
        }
        let runs = || grid.runs.iter().take(RUNS);
        let mut totals: Vec<(u64, usize)> = (0..grid.tasks.len()).map(|at| (0, at)).collect();
        for run in runs() {
            for (total, us) in totals.iter_mut().zip(&run.tasks_us) {
                total.0 = total.0.saturating_add(*us);
            }
        }
        totals.retain(|(total, _)| *total > 0);
        totals.sort_by_key(|(total, at)| (std::cmp::Reverse(*total), *at));
        let own: Vec<usize> = totals.iter().take(PARTS).map(|(_, at)| *at).collect();
        let others: Vec<usize> = totals.iter().skip(PARTS).map(|(_, at)| *at).collect();
        self.parts = own
            .iter()
            .map(|at| &grid.tasks[*at])
            .map(|task| Part {
                task: Some(task.task.clone()),
                name: task.title.clone().unwrap_or_else(|| task.task.to_string()),
            })
            .collect();
        if !others.is_empty() {
            let name = crate::words::count(others.len(), "other task", "other tasks");
            self.parts.push(Part { task: None, name });
        }
        let us = |tasks: &[u64], at: usize| tasks.get(at).copied().unwrap_or(0);
        let bar = |run: &millrace_api::grid::GridRun| {
            let mut parts_us: Vec<u64> = own.iter().map(|at| us(&run.tasks_us, *at)).collect();
            if !others.is_empty() {
                parts_us.push(others.iter().map(|at| us(&run.tasks_us, *at)).sum());
            }
            let &millrace_api::grid::GridRun { run, state, queued, took_us, .. } = run;
            Bar { run, state, queued, took_us, parts_us }
        };
        self.bars = runs().map(bar).collect();
        self.bars.reverse();
        self.usual = Usual::of(&self.bars);
        self.fared = Fared::of(runs());
        self.has_more = grid.has_more() || grid.runs.len() > RUNS;
        if self.cursor.is_some_and(|cursor| self.place(cursor).is_none()) {
            self.cursor = None;
        }
    }

    /// How many runs took longer than is usual by far.
    pub(crate) fn outliers(&self) -> usize {
        self.bars.iter().filter(|bar| self.is_outlier(bar)).count()
    }

    /// Whether a run took longer than is usual by far. One that was cancelled says nothing.
    pub(crate) fn is_outlier(&self, bar: &Bar) -> bool {
        let fence = self.usual.and_then(|usual| usual.fence_us);
        let ended = matches!(bar.state, RunState::Succeeded | RunState::Failed);
        ended && bar.took_us.zip(fence).is_some_and(|(took, fence)| took > fence)
    }

    /// What a bar is as high as: the run, or its tasks that are not hidden.
    pub(crate) fn height_us(&self, bar: &Bar) -> u64 {
        match self.by {
            DurationsBy::Run => bar.took_us.unwrap_or(0),
            DurationsBy::Task => self.seen(bar).map(|(_, us)| us).sum(),
        }
    }

    /// The parts of a run that are not hidden, with their places.
    pub(crate) fn seen<'a>(&'a self, bar: &'a Bar) -> impl Iterator<Item = (usize, u64)> + 'a {
        let parts = bar.parts_us.iter().copied().enumerate();
        parts.filter(|(at, _)| self.parts.get(*at).is_some_and(|part| !self.is_hidden(part)))
    }

    /// The upper end of the picture. A run that is far longer than all others does not press them flat: it goes beyond.
    pub(crate) fn top_us(&self) -> u64 {
        let mut heights: Vec<u64> = self.bars.iter().map(|bar| self.height_us(bar)).collect();
        heights.sort_unstable();
        let highest = heights.last().copied().unwrap_or(0);
        let most = quantile(&heights, 0.95).unwrap_or(0);
        let top = if most > 0 && highest / 4 > most { most.saturating_mul(3) } else { highest };
        top.saturating_add(top / 12).max(1)
    }

    /// Whether a part is left out.
    pub(crate) fn is_hidden(&self, part: &Part) -> bool {
        self.hidden.contains(&part.task)
    }

    /// Leaves a part out, or takes it in again.
    pub(crate) fn toggle(&mut self, task: Option<Ident>) {
        if !self.hidden.remove(&task) {
            self.hidden.insert(task);
        }
    }

    /// The place of a run, counted from the oldest.
    pub(crate) fn place(&self, run: RunId) -> Option<usize> {
        self.bars.iter().position(|bar| bar.run == run)
    }

    /// The cursor is somewhere from now on: at the newest run, where it was nowhere.
    pub(crate) fn begin(&mut self) {
        if self.cursor.is_none() {
            self.cursor = self.bars.last().map(|bar| bar.run);
        }
    }

    /// The cursor goes so many runs on; at first it is at the newest.
    pub(crate) fn step(&mut self, newer: i64) {
        let last = self.bars.len().saturating_sub(1);
        let at = match self.cursor.and_then(|run| self.place(run)) {
            Some(at) => (at as i64).saturating_add(newer).clamp(0, last as i64) as usize,
            None => last,
        };
        self.cursor = self.bars.get(at).map(|bar| bar.run);
    }
}

impl Usual {
    fn of(bars: &[Bar]) -> Option<Self> {
        let good = bars.iter().filter(|bar| bar.state == RunState::Succeeded);
        let mut lengths: Vec<u64> = good.filter_map(|bar| bar.took_us).collect();
        lengths.sort_unstable();
        let median_us = median(&lengths)?;
        let (low, high) = (quantile(&lengths, 0.25)?, quantile(&lengths, 0.75)?);
        // The upper fence of Tukey, "Exploratory Data Analysis" (1977): one and a half of the middle half beyond its end.
        // Where all are nearly the same, what is a tenth longer is not said to stand out.
        let fence = high.saturating_add((high - low).saturating_mul(3) / 2);
        let fence_us =
            (lengths.len() >= FEWEST).then(|| fence.max(median_us.saturating_add(median_us / 10)));
        Some(Self { median_us, p90_us: quantile(&lengths, 0.9)?, fence_us })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::grid::{Grid, GridRun, GridStates, GridTask};

    /// Runs from new to old: how they ended, what they took, what their tasks took.
    fn view(tasks: usize, runs: &[(RunState, Option<u64>, Vec<u64>)]) -> GridView {
        let run =
            |(at, (state, took_us, tasks_us)): (usize, &(RunState, Option<u64>, Vec<u64>))| {
                GridRun {
                    run: RunId(100 - at as u64),
                    state: *state,
                    queued: Timestamp(1_000 - at as i64),
                    took_us: *took_us,
                    states: GridStates(vec![None; tasks]),
                    tasks_us: tasks_us.clone(),
                }
            };
        let task = |at| GridTask {
            task: Ident::new(&format!("t{at}")).unwrap(),
            title: None,
            gone: false,
        };
        let mut view = GridView::of("w".to_owned(), None);
        view.take(
            None,
            Grid {
                title: None,
                tasks: (0..tasks).map(task).collect(),
                runs: runs.iter().enumerate().map(run).collect(),
                next: None,
            },
        );
        view
    }

    fn of(view: &GridView) -> Durations {
        let mut durations = Durations::default();
        durations.update(view);
        durations
    }

    #[test]
    fn what_is_far_longer_than_usual_stands_out() {
        use RunState::{Canceled, Failed, Running, Succeeded};
        let ok = |us: u64| (Succeeded, Some(us), vec![]);
        let mut runs: Vec<_> = [100, 104, 98, 102, 101, 99, 103].map(ok).to_vec();
        runs.push((Failed, Some(500), vec![]));
        runs.push((Canceled, Some(900), vec![]));
        runs.insert(0, (Running, None, vec![]));
        let durations = of(&view(0, &runs));
        let usual = durations.usual.unwrap();
        assert_eq!((usual.median_us, usual.p90_us), (101, 103));
        assert_eq!(usual.fence_us, Some(111), "a tenth more than the middle");
        let outliers: Vec<u64> = durations
            .bars
            .iter()
            .filter(|bar| durations.is_outlier(bar))
            .filter_map(|bar| bar.took_us)
            .collect();
        assert_eq!((outliers, durations.outliers()), (vec![500], 1));
        assert_eq!(durations.bars.last().map(|bar| bar.state), Some(Running), "the newest is last");
        // Of few nothing is said.
        let few = of(&view(0, &[ok(1), ok(100)]));
        assert_eq!((few.usual.unwrap().fence_us, few.outliers()), (None, 0));
        assert_eq!(of(&view(0, &[(Failed, Some(3), vec![])])).usual, None);
    }

    #[test]
    fn the_longest_tasks_have_a_part_each_and_can_be_hidden() {
        let tasks_us: Vec<u64> = (1..=11).map(|us| us * 10).collect();
        let view = view(11, &[(RunState::Succeeded, Some(700), tasks_us)]);
        let mut durations = of(&view);
        let names: Vec<&str> = durations.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names[..2], ["t10", "t9"]);
        assert_eq!((names.len(), names[PARTS]), (PARTS + 1, "3 other tasks"));
        assert_eq!(durations.bars[0].parts_us[PARTS], 60);
        durations.by = DurationsBy::Task;
        assert_eq!(durations.height_us(&durations.bars[0]), 660);
        durations.toggle(durations.parts[0].task.clone());
        durations.toggle(None);
        assert_eq!(durations.height_us(&durations.bars[0]), 660 - 110 - 60);
        durations.toggle(None);
        assert_eq!(durations.height_us(&durations.bars[0]), 660 - 110);
    }

    #[test]
    fn one_run_that_hung_does_not_press_the_others_flat() {
        let ok = |us: u64| (RunState::Succeeded, Some(us), vec![]);
        let mut runs = vec![ok(1_000); 40];
        assert_eq!(of(&view(0, &runs)).top_us(), 1_083);
        runs[7] = ok(9_000_000);
        assert_eq!(of(&view(0, &runs)).top_us(), 3_250);
        assert!(of(&view(0, &[])).top_us() > 0);
    }

    #[test]
    fn the_cursor_walks_from_run_to_run() {
        let ok = |us: u64| (RunState::Succeeded, Some(us), vec![]);
        let mut durations = of(&view(0, &[ok(1), ok(2), ok(3)]));
        durations.step(-1);
        assert_eq!(durations.cursor, Some(RunId(100)), "it begins at the newest");
        durations.step(-1);
        assert_eq!(durations.cursor, Some(RunId(99)));
        durations.step(i64::MIN);
        assert_eq!(durations.cursor, Some(RunId(98)));
        durations.update(&view(0, &[ok(1)]));
        assert_eq!(durations.bars.len(), 3, "the same version is not read again");
    }
}
