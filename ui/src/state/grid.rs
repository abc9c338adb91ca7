//! The runs of one workflow beside each other: what is known of them, and what is to be asked for next. Without drawing.

use std::collections::HashMap;

use millrace_api::grid::{Fared, Grid, GridRun, GridStates, GridTask, WorkflowGrid};
use millrace_model::event::{RunEvent, RunEventKind, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, WorkflowId};

/// So many runs are asked for at first.
const FIRST: usize = 100;
/// So many older ones at a time.
const MORE: u32 = 200;
/// One answer has at most so many.
const MOST: usize = millrace_api::grid::MAX_GRID as usize;

/// A cell: a task in a run; without a task the run's own bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) run: RunId,
    pub(crate) task: Option<Ident>,
}

/// What is known of a workflow's runs.
#[derive(Debug, Default)]
pub(crate) struct GridView {
    /// The workflow's name, as it was asked for.
    pub(crate) workflow: String,
    pub(crate) workflow_id: Option<WorkflowId>,
    pub(crate) title: Option<String>,
    /// The rows.
    pub(crate) tasks: Vec<GridTask>,
    /// The columns, newest first.
    pub(crate) runs: Vec<GridRun>,
    /// What they have in common.
    pub(crate) fared: Fared,
    /// The longest of them.
    pub(crate) longest_us: u64,
    /// Something has come.
    pub(crate) loaded: bool,
    /// Why the last question had no answer.
    pub(crate) error: Option<String>,
    /// What the keyboard is at.
    pub(crate) cursor: Option<Cell>,
    /// Another one after each change of what is above.
    pub(crate) version: u64,
    next: Option<RunId>,
    /// So many of the newest columns may not be what they were.
    stale: usize,
    /// The newest runs were asked for: the answer may have a run as it stood before.
    is_awaited: bool,
}

impl GridView {
    /// Of a workflow of which nothing is known yet.
    pub(crate) fn of(workflow: String, workflow_id: Option<WorkflowId>) -> Self {
        Self { workflow, workflow_id, stale: FIRST, ..Self::default() }
    }

    /// A run and the one before it, the older one first.
    ///
    /// # Errors
    /// Why there is none before it here.
    pub(crate) fn with_before(&self, run: RunId) -> Result<[RunId; 2], &'static str> {
        let at = self.runs.iter().position(|known| known.run == run);
        match at.and_then(|at| self.runs.get(at + 1)) {
            Some(before) => Ok([before.run, run]),
            None if self.has_more() => Err("The run before has not come yet: scroll to the left"),
            None => Err("It is the first run of its workflow"),
        }
    }

    /// Two of the runs, the older one first; none where they are one, or not here.
    pub(crate) fn in_order(&self, one: RunId, other: RunId) -> Option<[RunId; 2]> {
        let at = |run| self.runs.iter().position(|known| known.run == run);
        match at(one)?.cmp(&at(other)?) {
            std::cmp::Ordering::Less => Some([other, one]),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some([one, other]),
        }
    }

    /// Whether there are older runs that have not come.
    pub(crate) fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Whether newer answers are to be asked for.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale > 0
    }

    /// Any run may have changed.
    pub(crate) fn outdated(&mut self) {
        self.stale = self.runs.len().max(FIRST);
    }

    /// An event may change a column, or make one.
    pub(crate) fn apply(&mut self, event: &RunEvent) {
        if let RunEventKind::RunQueued(head) = &event.kind {
            let is_it = match self.workflow_id {
                Some(id) => head.workflow_id == Some(id),
                None => head.workflow.as_str() == self.workflow,
            };
            if is_it {
                self.stale = self.stale.max(1);
            }
        } else if let Some(at) = self.runs.iter().position(|run| run.run == event.run) {
            self.stale = self.stale.max(at + 1);
        } else if self.is_awaited {
            self.stale = self.stale.max(1);
        }
    }

    /// What to ask for; `wants_more` where the oldest known run is in view, `may_renew` where it is time for that.
    pub(crate) fn question(&self, wants_more: bool, may_renew: bool) -> Option<WorkflowGrid> {
        let (before, limit) = if self.is_stale() && may_renew {
            // Some more, for runs that have come meanwhile.
            (None, (self.stale + FIRST).min(MOST) as u32)
        } else if wants_more && !self.is_stale() && self.error.is_none() && self.has_more() {
            (self.next, MORE)
        } else {
            return None;
        };
        let (workflow, workflow_id) = (self.workflow.clone(), self.workflow_id);
        Some(WorkflowGrid { workflow, workflow_id, before, limit })
    }

    /// A question was sent: what happens from now on, its answer may not know.
    pub(crate) fn asked(&mut self, question: &WorkflowGrid) {
        if question.before.is_none() {
            self.stale = 0;
            self.is_awaited = true;
        }
    }

    /// Takes in an answer: the newest runs, or those that come after one.
    pub(crate) fn take(&mut self, before: Option<RunId>, mut grid: Grid) {
        if before.is_some() && before != self.next {
            return;
        }
        self.loaded = true;
        self.is_awaited &= before.is_some();
        self.version += 1;
        self.error = None;
        self.title = grid.title.take();
        let known = std::mem::take(&mut self.runs);
        let (older, next) = match before {
            Some(_) => (known, grid.next),
            // Those that were known and are older than the answer stay, unless there is a gap between.
            None => match grid.runs.last().map(|last| last.run) {
                Some(last) if known.iter().any(|run| run.run == last) => {
                    let at = known.iter().position(|run| run.run == last).unwrap_or(0);
                    (known.into_iter().skip(at + 1).collect(), self.next)
                }
                _ => (Vec::new(), grid.next),
            },
        };
        let has_older = !older.is_empty();
        self.next = if before.is_none() && !has_older { grid.next } else { next };
        let rows = std::mem::replace(&mut self.tasks, std::mem::take(&mut grid.tasks));
        let places = self.tasks.iter().enumerate().map(|(at, task)| (task.task.clone(), at));
        let mut places: HashMap<Ident, usize> = places.collect();
        if has_older {
            for task in &rows {
                if !places.contains_key(&task.task) {
                    places.insert(task.task.clone(), self.tasks.len());
                    self.tasks.push(GridTask { gone: true, ..task.clone() });
                }
            }
        }
        let moved: Vec<usize> =
            rows.iter().map(|task| places.get(&task.task).copied().unwrap_or(usize::MAX)).collect();
        let count = self.tasks.len();
        let same: Vec<usize> = (0..count).collect();
        let older = older.iter().map(|run| relaid(run, &moved, count));
        let fresh = grid.runs.iter().map(|run| relaid(run, &same, count));
        self.runs = match before {
            Some(_) => older.chain(fresh).collect(),
            None => fresh.chain(older).collect(),
        };
        self.fared = Fared::of(&self.runs);
        self.longest_us = self.runs.iter().filter_map(|run| run.took_us).max().unwrap_or(0);
        let has = |cell: &Cell| self.runs.iter().any(|run| run.run == cell.run);
        if self.cursor.as_ref().is_some_and(|cell| !has(cell)) {
            self.cursor = None;
        }
    }

    /// There is no such workflow in the history: it has no runs.
    pub(crate) fn take_nothing(&mut self, before: Option<RunId>) {
        self.version += 1;
        match before {
            // The run that the rest comes after was deleted.
            Some(_) => {
                self.runs.clear();
                self.next = None;
                self.outdated();
            }
            None => {
                self.runs.clear();
                self.tasks.clear();
                self.next = None;
                self.loaded = true;
                self.error = None;
                self.fared = Fared::default();
            }
        }
    }

    /// Where a task stands in a run, and how long it took.
    pub(crate) fn at(&self, column: usize, row: usize) -> Option<(TaskState, Option<u64>)> {
        let run = self.runs.get(column)?;
        let state = run.states.0.get(row).copied().flatten()?;
        Some((state, run.tasks_us.get(row).copied().filter(|us| *us > 0)))
    }

    /// The place of a cell: column from the newest, row; no row for a bar.
    pub(crate) fn place(&self, cell: &Cell) -> Option<(usize, Option<usize>)> {
        let column = self.runs.iter().position(|run| run.run == cell.run)?;
        let row = |task: &Ident| self.tasks.iter().position(|known| known.task == *task);
        Some((column, cell.task.as_ref().and_then(row)))
    }

    /// The cell at a place.
    pub(crate) fn cell(&self, column: usize, row: Option<usize>) -> Option<Cell> {
        let run = self.runs.get(column)?.run;
        let task = row.and_then(|row| self.tasks.get(row)).map(|task| task.task.clone());
        Some(Cell { run, task })
    }

    /// Moves the cursor: to older runs, to rows further down; the bars are above the first row. At first it is at the bar
    /// of the newest run.
    pub(crate) fn step(&mut self, older: i64, down: i64) {
        let last_column = self.runs.len().saturating_sub(1) as i64;
        let last_row = self.tasks.len() as i64 - 1;
        let Some((column, row)) = self.cursor.as_ref().and_then(|cell| self.place(cell)) else {
            self.cursor = self.cell(0, None);
            return;
        };
        let row = row.map_or(-1, |row| row as i64).saturating_add(down).clamp(-1, last_row);
        let column = (column as i64).saturating_add(older).clamp(0, last_column);
        self.cursor = self.cell(column as usize, usize::try_from(row).ok());
    }
}

/// A column whose tasks stand in other rows: `moved` says in which; of `count` in all.
fn relaid(run: &GridRun, moved: &[usize], count: usize) -> GridRun {
    let mut states = vec![None; count];
    let mut tasks_us = vec![0; count];
    for (at, to) in moved.iter().enumerate().filter(|(_, to)| **to < count) {
        states[*to] = run.states.0.get(at).copied().flatten();
        tasks_us[*to] = run.tasks_us.get(at).copied().unwrap_or(0);
    }
    let &GridRun { run, state, queued, took_us, .. } = run;
    GridRun { run, state, queued, took_us, states: GridStates(states), tasks_us }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::event::RunState;
    use millrace_model::time::Timestamp;

    const OK: Option<TaskState> = Some(TaskState::Succeeded);
    const BAD: Option<TaskState> = Some(TaskState::Failed);

    fn page(tasks: &[&str], runs: &[(u64, &[Option<TaskState>])], next: Option<u64>) -> Grid {
        let task =
            |name: &&str| GridTask { task: Ident::new(name).unwrap(), title: None, gone: false };
        let run = |(id, states): &(u64, &[Option<TaskState>])| GridRun {
            run: RunId(*id),
            state: RunState::Succeeded,
            queued: Timestamp(*id as i64),
            took_us: Some(*id),
            states: GridStates(states.to_vec()),
            tasks_us: vec![*id; states.len()],
        };
        Grid {
            title: None,
            tasks: tasks.iter().map(task).collect(),
            runs: runs.iter().map(run).collect(),
            next: next.map(RunId),
        }
    }

    fn ids(view: &GridView) -> Vec<u64> {
        view.runs.iter().map(|run| run.run.0).collect()
    }

    #[test]
    fn pages_grow_to_the_old_and_rows_of_gone_tasks_come_last() {
        let mut view = GridView::of("w".to_owned(), None);
        let first = view.question(true, true).unwrap();
        assert_eq!((first.before, first.limit), (None, 200));
        view.asked(&first);
        view.take(None, page(&["a", "b"], &[(9, &[OK, BAD]), (8, &[OK, OK])], Some(8)));
        let more = view.question(true, true).unwrap();
        assert_eq!(more.before, Some(RunId(8)));
        view.take(more.before, page(&["a", "b", "x"], &[(7, &[BAD, None, OK])], None));
        assert_eq!(ids(&view), [9, 8, 7]);
        assert_eq!(
            view.tasks.iter().map(|it| it.task.as_str()).collect::<Vec<_>>(),
            ["a", "b", "x"]
        );
        assert_eq!(view.at(2, 2), Some((TaskState::Succeeded, Some(7))));
        assert_eq!(view.at(0, 2), None);
        assert_eq!(view.question(true, true), None, "all is known");
        assert_eq!(view.longest_us, 9);
    }

    #[test]
    fn what_is_new_comes_in_front_and_older_runs_keep_their_tasks() {
        let mut view = GridView::of("w".to_owned(), None);
        view.take(
            None,
            page(&["a", "b"], &[(9, &[OK, BAD]), (8, &[OK, OK]), (7, &[OK, BAD])], Some(7)),
        );
        view.cursor = view.cell(2, Some(1));
        // The newest document has the tasks in another order, and one of them not any more.
        view.take(None, page(&["c", "a"], &[(10, &[BAD, OK]), (9, &[None, OK])], Some(9)));
        assert_eq!(ids(&view), [10, 9, 8, 7]);
        assert_eq!(
            view.tasks.iter().map(|it| it.task.as_str()).collect::<Vec<_>>(),
            ["c", "a", "b"]
        );
        assert_eq!(view.at(3, 2).map(|it| it.0), BAD);
        assert_eq!(view.at(3, 0), None);
        assert_eq!(view.place(view.cursor.as_ref().unwrap()), Some((3, Some(2))));
        assert!(view.has_more(), "what comes after the oldest is still to be asked for");
        // A gap: what is older is asked for again.
        view.take(None, page(&["c"], &[(30, &[OK])], Some(30)));
        assert_eq!((ids(&view), view.next, &view.cursor), (vec![30], Some(RunId(30)), &None));
    }

    #[test]
    fn an_event_of_a_known_run_asks_for_it_again() {
        let mut view = GridView::of("w".to_owned(), None);
        view.stale = 0;
        view.take(None, page(&["a"], &[(9, &[OK]), (8, &[OK])], None));
        assert_eq!(view.question(false, true), None);
        let event = |run| RunEvent {
            run: RunId(run),
            seq: 2,
            at: Timestamp(1),
            kind: RunEventKind::RunStarted,
        };
        view.apply(&event(77));
        assert!(!view.is_stale());
        view.is_awaited = true;
        view.apply(&event(77));
        assert!(view.is_stale(), "it may be in the answer, as it stood before");
        view.apply(&event(8));
        assert_eq!(view.question(false, true).map(|it| it.limit), Some(102));
        assert_eq!(view.question(false, false), None, "not yet");
    }

    #[test]
    fn the_cursor_walks_over_bars_and_cells() {
        let mut view = GridView::of("w".to_owned(), None);
        view.step(1, 0);
        assert_eq!(view.cursor, None);
        view.take(None, page(&["a", "b"], &[(9, &[OK, OK]), (8, &[OK, OK])], None));
        view.step(0, 1);
        assert_eq!(view.cursor, view.cell(0, None));
        view.step(1, 1);
        assert_eq!(view.cursor, view.cell(1, Some(0)));
        view.step(9, 9);
        assert_eq!(view.cursor, view.cell(1, Some(1)));
        view.step(-9, -9);
        assert_eq!(view.cursor, view.cell(0, None));
    }
}
