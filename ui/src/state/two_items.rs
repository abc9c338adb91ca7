//! The items of a mapped task in two runs, each beside its like: which there are, how they ended, which one is looked at.

use millrace_model::diff::runs::{self, ItemCompared, TaskFared};
use millrace_model::event::{Mapped, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;

use crate::words;

/// The items of a task.
#[derive(Debug, Default)]
pub(crate) struct TwoItems {
    /// Those that ended otherwise come first, then those whose length changed most.
    pub(crate) rows: Vec<TwoItem>,
    /// The one whose logs are shown.
    pub(crate) chosen: usize,
    /// It is to be brought into view.
    pub(crate) reveals: bool,
    /// So many ended otherwise, or are in one of the runs only.
    pub(crate) differ: usize,
}

/// An item.
#[derive(Debug, Clone)]
pub(crate) struct TwoItem {
    /// What it is, as a person reads it.
    pub(crate) words: String,
    /// Its keys in both runs.
    pub(crate) keys: [Option<TaskKey>; 2],
    /// How it ended in both.
    pub(crate) fared: [Option<TaskFared>; 2],
}

impl TwoItems {
    /// Of a task, by what became of its items in both runs.
    pub(crate) fn of(task: &Ident, sides: [Option<&Mapped>; 2]) -> Self {
        let [before, after] = sides;
        let row = |it: ItemCompared| {
            let places = [it.before, it.after];
            let at = |side: usize| sides[side]?.run(places[side]?).map(runs::fared);
            let key = |item| TaskKey { task: task.clone(), item: Some(item) };
            let words = words::value(&it.item);
            TwoItem { words, keys: places.map(|place| place.map(key)), fared: [at(0), at(1)] }
        };
        let mut rows: Vec<TwoItem> = runs::items(before, after).into_iter().map(row).collect();
        // Stable: of what changed as much, the order of the newer run.
        rows.sort_by_cached_key(|row| {
            let longer = row.longer_us().unwrap_or(0).unsigned_abs();
            std::cmp::Reverse((row.differs(), longer))
        });
        let differ = rows.iter().filter(|row| row.differs()).count();
        Self { rows, chosen: 0, reveals: true, differ }
    }

    /// The one whose logs are shown.
    pub(crate) fn shown(&self) -> Option<&TwoItem> {
        self.rows.get(self.chosen)
    }
}

impl TwoItem {
    /// Whether it ended otherwise, or is in one of the runs only.
    pub(crate) fn differs(&self) -> bool {
        let state = |side: &Option<TaskFared>| -> Option<TaskState> { Some(side.as_ref()?.state) };
        state(&self.fared[0]) != state(&self.fared[1])
    }

    /// By how much longer the newer run took for it; none where it did not run in both.
    pub(crate) fn longer_us(&self) -> Option<i64> {
        let took = |side: &Option<TaskFared>| i64::try_from(side.as_ref()?.took_us?).ok();
        Some(took(&self.fared[1])? - took(&self.fared[0])?)
    }
}
