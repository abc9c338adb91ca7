//! A run over time: a row for each task, and what of its time it waited and ran. Made anew only where the run changed.

use std::collections::HashSet;

use millrace_model::document::Workflow;
use millrace_model::event::Run;
use millrace_model::ident::Ident;
use millrace_model::time::Timestamp;
use millrace_model::timeline::{Bar, bars, critical_path};

use super::ItemsView;

/// A task or an item of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    /// Where its task stands in the run.
    pub(crate) task: usize,
    /// Which item of it.
    pub(crate) item: Option<u32>,
    /// What became of its time, in order.
    pub(crate) bars: Vec<Bar>,
    /// It is one of those that determined when the run ended.
    pub(crate) is_critical: bool,
}

/// All rows of a run.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    /// In the run's order, items below their task.
    pub(crate) rows: Vec<Row>,
    /// When it begins.
    pub(crate) from: Timestamp,
    /// When it ended; none while it goes on.
    pub(crate) until: Option<Timestamp>,
    key: Option<(u64, bool, HashSet<Ident>)>,
}

impl Timeline {
    /// Brings it up to date; `revision` changes whenever the run does.
    pub(crate) fn update(
        &mut self,
        run: &Run,
        workflow: Option<&Workflow>,
        revision: u64,
        items: &ItemsView,
    ) {
        let has_workflow = workflow.is_some();
        let same = self.key.as_ref().is_some_and(|(made_of, had, open)| {
            (*made_of, *had) == (revision, has_workflow) && *open == items.open
        });
        if same {
            return;
        }
        self.key = Some((revision, has_workflow, items.open.clone()));
        let critical = workflow.map(|workflow| critical_path(run, workflow)).unwrap_or_default();
        self.from = run.started.unwrap_or(run.queued);
        self.until = run.ended;
        self.rows.clear();
        for (index, (key, task)) in run.tasks.iter().enumerate() {
            self.rows.push(Row {
                task: index,
                item: None,
                bars: bars(task),
                is_critical: critical.contains(&key.task),
            });
            let Some(mapped) = task.mapped.as_ref().filter(|_| items.open.contains(&key.task))
            else {
                continue;
            };
            self.rows.extend(mapped.runs.iter().zip(0..).map(|(run, item)| Row {
                task: index,
                item: Some(item),
                bars: bars(run),
                is_critical: false,
            }));
        }
    }

    /// When it ends, as far as is known `now`.
    pub(crate) fn end(&self, now: Timestamp) -> Timestamp {
        let last = self.until.unwrap_or(now);
        // What runs no time at all still has a width.
        Timestamp(last.0.max(self.from.0.saturating_add(1_000)))
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::event::{Mapped, RunEvent, RunEventKind, TaskRun, Trigger};
    use millrace_model::ids::RunId;
    use serde_json::json;

    use super::super::fixture::name;
    use super::*;

    #[test]
    fn items_are_below_their_task_only_while_it_is_open() {
        let head = json!({
            "workflow": "w", "snapshot": "", "trigger": Trigger::Manual, "logical_time": 0,
            "tasks": ["a", "b"],
        });
        let kind = RunEventKind::RunQueued(Box::new(serde_json::from_value(head).unwrap()));
        let event = RunEvent { run: RunId(1), seq: 1, at: Timestamp(0), kind };
        let mut run = Run::begin(&event).unwrap();
        let (items, runs) = (vec![json!(1); 10_000], vec![TaskRun::pending(); 10_000]);
        run.tasks[0].mapped = Some(Box::new(Mapped { items, runs, ..Mapped::default() }));
        (run.tasks[0].queued, run.tasks[0].ended) = (Some(Timestamp(1)), Some(Timestamp(5)));
        let mut line = Timeline::default();
        let mut items = ItemsView::default();
        line.update(&run, None, 1, &items);
        assert_eq!(line.rows.len(), 2);
        assert_eq!(line.rows[0].bars[0].until, Some(Timestamp(5)));
        items.open.insert(name("a"));
        line.update(&run, None, 1, &items);
        assert_eq!(line.rows.len(), 10_002);
        assert_eq!((line.rows[10_000].task, line.rows[10_000].item), (0, Some(9_999)));
    }
}
