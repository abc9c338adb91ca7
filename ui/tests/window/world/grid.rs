//! How the scripted daemon puts the runs of a workflow beside each other.

use millrace_api::grid::{Grid, GridRun, GridStates, GridTask, WorkflowGrid};
use millrace_model::event::{Run, RunState, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;
use millrace_model::read::Document;

use super::{World, json};

impl World {
    /// Gives the runs of before so many tasks.
    pub fn remember_tasks(&mut self, count: usize) {
        let titles =
            ["Fetch exports", "清理数据", "Load 🚚 warehouse", "Build report", "Tell the team"];
        let title = |at: usize| match titles.get(at) {
            Some(title) => (*title).to_owned(),
            None => format!("{} {at}", titles[at % titles.len()]),
        };
        self.past_tasks = (0..count).map(|at| (format!("task_{at:03}"), title(at))).collect();
    }

    pub(super) fn workflow_grid(&self, asked: &WorkflowGrid) -> Result<String, String> {
        let own: Vec<&Run> = self
            .runs
            .iter()
            .rev()
            .filter(|run| run.head.workflow.as_str() == asked.workflow)
            .filter(|run| !self.deleted.contains(&run.run))
            .collect();
        let newest = own.first().and_then(|run| self.snapshots.get(&run.run));
        let newest = newest.and_then(|text| Document::parse(text.as_bytes()).workflow);
        let title = newest.as_ref().and_then(|workflow| workflow.title.clone());
        let mut tasks: Vec<GridTask> = newest
            .into_iter()
            .flat_map(|workflow| workflow.tasks)
            .map(|task| GridTask { task: task.name, title: task.title, gone: false })
            .collect();
        let gone = !tasks.is_empty();
        let past: Vec<_> =
            self.past.iter().filter(|row| row.workflow.as_str() == asked.workflow).collect();
        if !past.is_empty() {
            tasks.extend(self.past_tasks.iter().map(|(name, title)| GridTask {
                task: Ident::new(name).unwrap(),
                title: Some(title.clone()),
                gone,
            }));
        }
        let now = own.iter().map(|run| {
            let of = |task: &GridTask| run.task(&TaskKey::plain(task.task.clone()));
            let took = run.started.zip(run.ended).map(|(from, to)| to.since(from));
            GridRun {
                run: run.run,
                state: run.state,
                queued: run.queued,
                took_us: took.map(|took| took.as_micros() as u64),
                states: GridStates(tasks.iter().map(|task| of(task).map(|it| it.state)).collect()),
                tasks_us: tasks
                    .iter()
                    .map(|task| of(task).and_then(|it| it.duration_us()).unwrap_or(0))
                    .collect(),
            }
        });
        let first_past = tasks.len().saturating_sub(self.past_tasks.len());
        let before = past.iter().map(|row| {
            let took = row.ended.unwrap().since(row.queued).as_micros() as u64;
            let state = |at: usize| {
                let at = at.checked_sub(first_past)?;
                let (bad, last) = (self.past_tasks.len() / 2, self.past_tasks.len() - 1);
                let failed = row.state == RunState::Failed;
                Some(match at.cmp(&bad) {
                    _ if at == last && !failed => TaskState::Skipped,
                    std::cmp::Ordering::Equal if failed => TaskState::Failed,
                    std::cmp::Ordering::Greater if failed && at < last => TaskState::UpstreamFailed,
                    std::cmp::Ordering::Greater if row.state == RunState::Canceled => {
                        TaskState::Canceled
                    }
                    _ => TaskState::Succeeded,
                })
            };
            let states: Vec<_> = (0..tasks.len()).map(state).collect();
            let us = |state: &Option<TaskState>| match state {
                Some(TaskState::Succeeded | TaskState::Failed) => took / 6 + 1,
                _ => 0,
            };
            GridRun {
                run: row.run,
                state: row.state,
                queued: row.queued,
                took_us: Some(took),
                tasks_us: states.iter().map(us).collect(),
                states: GridStates(states),
            }
        });
        let all: Vec<GridRun> = now.chain(before).collect();
        if all.is_empty() {
            return self.not_found("workflow");
        }
        let from = match asked.before {
            Some(run) => match all.iter().position(|known| known.run == run) {
                Some(at) => at + 1,
                None => return self.not_found("run"),
            },
            None => 0,
        };
        let size = asked.limit as usize;
        let has_more = all.len() > from + size;
        let runs: Vec<GridRun> = all.into_iter().skip(from).take(size).collect();
        let next = runs.last().filter(|_| has_more).map(|run| run.run);
        let title = title.or_else(|| past.first().and_then(|row| row.title.clone()));
        json(&Grid { title, tasks, runs, next })
    }
}
