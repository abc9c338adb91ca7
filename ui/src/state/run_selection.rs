//! Which runs of a list are selected, and where the keyboard is in it. A selection stays while rows come, go and change.

use std::collections::BTreeMap;

use millrace_api::bulk::SelectedRuns;
use millrace_model::event::RunState;
use millrace_model::ids::RunId;

/// Selected runs.
#[derive(Debug, Default)]
pub(crate) struct RunSelection {
    chosen: BTreeMap<RunId, RunState>,
    /// From here to a click with Shift all are meant.
    pub(crate) anchor: Option<u64>,
    /// The row that the keyboard is on.
    pub(crate) cursor: Option<u64>,
}

impl RunSelection {
    pub(crate) fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.chosen.len()
    }

    pub(crate) fn has(&self, run: RunId) -> bool {
        self.chosen.contains_key(&run)
    }

    /// The state of one that is selected.
    pub(crate) fn state(&self, run: RunId) -> Option<RunState> {
        self.chosen.get(&run).copied()
    }

    /// The two that are selected; none where it is not two.
    pub(crate) fn two(&self) -> Option<[RunId; 2]> {
        let mut runs = self.chosen.keys().copied();
        let two = [runs.next()?, runs.next()?];
        runs.next().is_none().then_some(two)
    }

    pub(crate) fn clear(&mut self) {
        self.chosen.clear();
        self.anchor = None;
    }

    pub(crate) fn toggle(&mut self, run: RunId, state: RunState) {
        if self.chosen.remove(&run).is_none() {
            self.chosen.insert(run, state);
        }
    }

    pub(crate) fn add(&mut self, run: RunId, state: RunState) {
        self.chosen.insert(run, state);
    }

    pub(crate) fn add_all(&mut self, selected: &SelectedRuns) {
        for of in &selected.states {
            self.chosen.extend(of.runs.iter().map(|run| (*run, of.state)));
        }
    }

    /// One that is selected has changed.
    pub(crate) fn moved(&mut self, run: RunId, state: RunState) {
        if let Some(known) = self.chosen.get_mut(&run) {
            *known = state;
        }
    }

    /// Those whose state is like this.
    pub(crate) fn of(&self, is_it: impl Fn(RunState) -> bool) -> Vec<RunId> {
        self.chosen.iter().filter(|(_, state)| is_it(**state)).map(|(run, _)| *run).collect()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<RunId> {
        self.of(|_| true)
    }

    /// `9 failed, 3 running`.
    pub(crate) fn words(&self) -> String {
        let parts = RunState::ALL.into_iter().rev().filter_map(|state| {
            let count = self.chosen.values().filter(|other| **other == state).count();
            let word = if state == RunState::Canceled { "cancelled" } else { state.word() };
            (count > 0).then(|| format!("{} {word}", crate::words::grouped(count as u64)))
        });
        parts.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_told_by_states() {
        let mut selection = RunSelection::default();
        for (run, state) in [(1, RunState::Failed), (2, RunState::Running), (3, RunState::Failed)] {
            selection.add(RunId(run), state);
        }
        assert_eq!(selection.words(), "2 failed, 1 running");
        selection.moved(RunId(2), RunState::Canceled);
        selection.toggle(RunId(3), RunState::Failed);
        assert_eq!(selection.words(), "1 cancelled, 1 failed");
        assert_eq!(selection.of(RunState::is_final).len(), 2);
        selection.moved(RunId(9), RunState::Failed);
        assert_eq!(selection.len(), 2);
    }
}
