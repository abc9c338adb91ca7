//! How the scripted daemon finds runs: as the real one does, as far as tests of the window ask.

use millrace_api::bulk::{Left, RunsOfState, SelectRuns, SelectedRuns, Steered};
use millrace_api::deletion::DeletedRuns;
use millrace_api::run::{CountedRuns, Done, ListRuns, RunPage, RunRow};
use millrace_api::{ApiError, Code};
use millrace_model::event::{Actor, Cause, RunEventKind, RunState, TaskState};
use millrace_model::ids::RunId;
use millrace_model::run_query::{Filter, RunQuery, When, is_like};
use millrace_model::time::Timestamp;

use super::{START, World, row_of};

impl World {
    /// Gives the daemon a past of so many runs, ten minutes apart: of every 16 one failed and one was cancelled.
    pub fn remember(&mut self, count: u64) {
        let names = ["daily_sales", "backup_photos", "site_health"];
        let titles = ["Daily sales", "清理数据", "Health of the sites 🎉"];
        self.fonts.push(("清理数据", include_bytes!("../../fonts/han.otf")));
        self.past = (0..count)
            .map(|age| {
                let which = (age % 3) as usize;
                let queued = Timestamp(START.0 - (age as i64 + 1) * 600_000_000);
                let state = match age % 16 {
                    3 => RunState::Failed,
                    11 => RunState::Canceled,
                    _ => RunState::Succeeded,
                };
                let bad = state == RunState::Failed;
                RunRow {
                    run: RunId(0x5000_0000_0000_0000 + age * 0x0001_2345_6789),
                    workflow: millrace_model::ident::Ident::new(names[which]).unwrap(),
                    title: Some(titles[which].to_owned()),
                    workflow_id: None,
                    state,
                    trigger: if which == 0 { "manual" } else { "schedule" }.to_owned(),
                    trigger_name: (which > 0).then(|| "nightly".to_owned()),
                    queued,
                    started: Some(queued),
                    ended: Some(Timestamp(queued.0 + 1_000_000 * (3 + age as i64 % 50))),
                    cause: match state {
                        RunState::Failed => "load failed".to_owned(),
                        RunState::Canceled => "cancelled".to_owned(),
                        _ => String::new(),
                    },
                    failed_task: bad.then(|| "load".to_owned()),
                    last_line: if bad { "no such table: sales" } else { "" }.to_owned(),
                    tasks: 6,
                    succeeded: if bad { 4 } else { 6 },
                    failed: u32::from(bad),
                }
            })
            .collect();
    }

    /// Rows that fit and were accepted up to the mark, newest first, and how many fit that came later.
    fn found(&self, query: &str, mark: Option<u64>) -> Result<(Vec<RunRow>, u64), String> {
        let query = RunQuery::read(query).map_err(|problem| {
            let error = ApiError::new(Code::BadQuery, problem.message).help(problem.help);
            serde_json::to_string(&error).unwrap()
        })?;
        let own = self.runs.iter().rev().map(row_of);
        let all =
            own.chain(self.past.iter().cloned()).filter(|row| !self.deleted.contains(&row.run));
        let count = self.count();
        let numbered = all.enumerate().map(|(at, row)| (count - at as u64, row));
        let fits = |(_, row): &(u64, RunRow)| {
            query.terms.iter().all(|term| self.holds(&term.filter, row) != term.negated)
        };
        let (in_list, newer): (Vec<_>, Vec<_>) =
            numbered.filter(fits).partition(|(number, _)| mark.is_none_or(|mark| *number <= mark));
        Ok((in_list.into_iter().map(|(_, row)| row).collect(), newer.len() as u64))
    }

    fn count(&self) -> u64 {
        (self.runs.len() + self.past.len() - self.deleted.len()) as u64
    }

    fn holds(&self, filter: &Filter, row: &RunRow) -> bool {
        let id = row.run.to_string();
        match filter {
            Filter::State(states) => states.contains(&row.state),
            Filter::Trigger(kinds) => kinds.iter().any(|kind| kind.word() == row.trigger),
            Filter::Workflow(names) => names.iter().any(|it| is_like(it, row.workflow.as_str())),
            Filter::Since(When::Ago(span)) => row.queued >= self.time().minus(span.to_std()),
            Filter::Until(When::Ago(span)) => row.queued < self.time().minus(span.to_std()),
            // Its clock is UTC.
            Filter::Since(When::Day(day)) => row.queued.date() >= day.to_string(),
            Filter::Until(When::Day(day)) => row.queued.date() <= day.to_string(),
            Filter::Since(_) | Filter::Until(_) => true,
            Filter::Task(_) => true,
            Filter::Failed(names) => {
                row.failed_task.as_ref().is_some_and(|task| names.contains(task))
            }
            Filter::Text(texts) => texts.iter().any(|text| {
                let title = row.title.clone().unwrap_or_default();
                let own = format!("{} {title} {}", row.workflow, row.cause).to_lowercase();
                own.contains(&text.to_lowercase()) || id.starts_with(text)
            }),
            Filter::Id(prefixes) => prefixes.iter().any(|prefix| id.starts_with(prefix)),
            Filter::Took(..) => row.ended.is_some(),
        }
    }

    pub(super) fn list_runs(&self, list: &ListRuns) -> Result<RunPage, String> {
        let (rows, newer) = self.found(&list.query, list.mark)?;
        let from = match list.before {
            Some(before) => rows.iter().position(|row| row.run == before).map_or(0, |at| at + 1),
            None => list.skip as usize,
        };
        let size = self.page.unwrap_or(list.limit as usize);
        let runs: Vec<RunRow> = rows.iter().skip(from).take(size).cloned().collect();
        let more = from + runs.len() < rows.len();
        let next = runs.last().filter(|_| more).map(|row| row.run);
        let counted = CountedRuns { found: rows.len() as u64, newer, all: self.count() };
        let mark = list.mark.unwrap_or_else(|| self.count());
        Ok(RunPage { runs, next, counted: list.count.then_some(counted), mark })
    }

    pub(super) fn select_runs(&self, select: &SelectRuns) -> Result<SelectedRuns, String> {
        let (rows, _) = self.found(&select.query, select.mark)?;
        let limit = select.limit.unwrap_or(u64::MAX) as usize;
        let rows: Vec<RunRow> = rows.into_iter().skip(select.skip as usize).take(limit).collect();
        let of_state = |state| {
            let runs = rows.iter().filter(|row| row.state == state).map(|row| row.run).collect();
            RunsOfState { state, runs }
        };
        let states = RunState::ALL.into_iter().map(of_state);
        Ok(SelectedRuns { states: states.filter(|of| !of.runs.is_empty()).collect() })
    }

    fn state_of(&self, run: RunId) -> Option<RunState> {
        let own = self.runs.iter().find(|known| known.run == run).map(|known| known.state);
        own.or_else(|| self.past.iter().find(|row| row.run == run).map(|row| row.state))
    }

    pub(super) fn retry_runs(&mut self, runs: Vec<RunId>) -> Steered {
        let why = |state: Option<RunState>| match state {
            None => Some("not in the history any more"),
            Some(RunState::Succeeded) => Some("with nothing to retry"),
            Some(state) if !state.is_final() => Some("still under way"),
            Some(_) => None,
        };
        self.steer(runs, why, |world, run| {
            let failed: Vec<_> = world
                .runs
                .iter()
                .filter(|known| known.run == run)
                .flat_map(|known| known.tasks.iter())
                .filter(|(_, task)| task.state == TaskState::Failed)
                .map(|(key, _)| key.clone())
                .collect();
            let known = world.runs.iter().find(|known| known.run == run);
            let round = known.map_or(1, |known| known.round) + 1;
            let by = Actor::Person;
            world.happen(run, RunEventKind::Reopened { round, tasks: failed, by });
        })
    }

    pub(super) fn delete_runs(&mut self, runs: &[RunId]) -> DeletedRuns {
        self.deleted.extend(runs);
        self.relist();
        DeletedRuns { count: runs.len() as u64, until: self.time() }
    }

    pub(super) fn restore_runs(&mut self, runs: &[RunId]) -> Done {
        self.deleted.retain(|run| !runs.contains(run));
        self.relist();
        Done {}
    }

    pub(super) fn cancel_runs(&mut self, runs: Vec<RunId>) -> Steered {
        let why = |state: Option<RunState>| match state {
            None => Some("not in the history any more"),
            Some(state) if state.is_final() => Some("over already"),
            Some(_) => None,
        };
        self.steer(runs, why, |world, run| {
            let kind = RunEventKind::RunEnded {
                state: RunState::Canceled,
                cause: Some(Cause::RunCanceled),
            };
            world.happen(run, kind);
        })
    }

    fn steer(
        &mut self,
        runs: Vec<RunId>,
        why: impl Fn(Option<RunState>) -> Option<&'static str>,
        mut act: impl FnMut(&mut Self, RunId),
    ) -> Steered {
        let mut steered = Steered::default();
        for run in runs {
            match why(self.state_of(run)) {
                Some(why) => {
                    let left = vec![Left { why: why.to_owned(), runs: vec![run] }];
                    steered.add(Steered { done: Vec::new(), left });
                }
                None => {
                    match self.past.iter_mut().find(|row| row.run == run) {
                        Some(row) => row.state = RunState::Running,
                        None => act(self, run),
                    }
                    steered.done.push(run);
                }
            }
        }
        steered
    }
}
