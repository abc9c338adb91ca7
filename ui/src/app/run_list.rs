//! The list of runs of the place Runs: what it asks for, what is selected, and what is done with that.

use std::ops::Range;

use millrace_api::bulk::{CancelRuns, RetryRuns, SelectRuns, SelectedRuns, Steered};
use millrace_api::deletion::{DeleteRuns, DeletedRuns, RestoreRuns};
use millrace_api::run::{Done, RunPage};
use millrace_api::{ApiError, Command as _};
use millrace_model::event::{RunEvent, RunState};
use millrace_model::ids::RunId;
use millrace_model::run_query::{self, Key};

use super::{App, Purpose};
use crate::command::{Command, Place, RunsCommand};
use crate::state::{RunList, RunQuestion, RunSelection};

/// Seconds between two questions while runs come and end all the time.
const AGAIN_SECS: f64 = 0.4;
/// With so many runs something is done by one request.
const PART: usize = 500;

/// The place Runs.
#[derive(Debug, Default)]
pub(crate) struct RunsShown {
    /// What stands in the field.
    pub(crate) typed: String,
    /// What the typed query was when it was looked at last.
    read: String,
    /// What of it is not understood.
    pub(crate) problem: Option<run_query::QueryProblem>,
    pub(crate) list: RunList,
    pub(crate) selection: RunSelection,
    /// The rows that were seen in the last frame.
    pub(crate) seen: Range<u64>,
    /// Whether the first of them was.
    pub(crate) at_top: bool,
    /// The place to go to in the next frame.
    pub(crate) go_to: Option<u64>,
    /// What is being done with many runs.
    pub(crate) deed: Option<Deed>,
    /// The name that a kept query is being given, and that it had.
    pub(crate) naming: Option<(String, Option<String>)>,
    asked_at: f64,
}

/// Something that is done with many runs, part by part.
#[derive(Debug)]
pub(crate) struct Deed {
    what: What,
    /// All of them.
    pub(crate) count: usize,
    left: Vec<RunId>,
    steered: Steered,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Retry,
    Cancel,
    Delete,
}

impl RunsShown {
    /// Takes in an event.
    pub(super) fn apply(&mut self, event: &RunEvent) {
        self.list.apply(event);
        if let Some(row) = self.list.place(event.run).and_then(|at| self.list.row(at)) {
            self.selection.moved(event.run, row.state);
        } else if let millrace_model::event::RunEventKind::RunEnded { state, .. } = event.kind {
            self.selection.moved(event.run, state);
        }
    }

    /// The typed query decides what is listed, as soon as it can be understood.
    pub(crate) fn follow_typed(&mut self) {
        if self.read == self.typed {
            return;
        }
        self.read.clone_from(&self.typed);
        let parsed = run_query::parse(&self.typed);
        self.problem = parsed.problems.into_iter().next();
        if self.problem.is_none() {
            self.list.ask_for(&parsed.query.to_string());
            self.selection.cursor = None;
            self.selection.anchor = None;
            self.go_to = Some(0);
        }
    }
}

impl Deed {
    /// `Retrying 400 of 6,000…`
    pub(crate) fn words(&self) -> String {
        let verb = match self.what {
            What::Retry => "Retrying",
            What::Cancel => "Cancelling",
            What::Delete => "Deleting",
        };
        let done = crate::words::grouped((self.count - self.left.len()) as u64);
        format!("{verb} {done} of {}…", crate::words::grouped(self.count as u64))
    }
}

impl App {
    /// Asks for what is seen of the list and not known. Gives the seconds until it is asked.
    pub(super) fn ask_run_list(&mut self, time: f64) -> Option<f64> {
        let shown = &mut self.runs_shown;
        shown.follow_typed();
        let is_asking = self.backend.is_asking(|p| matches!(p, Purpose::RunList(..)));
        if self.place != Place::Runs || is_asking {
            return None;
        }
        let seen = shown.seen.clone();
        let due = shown.asked_at + AGAIN_SECS - time;
        let Some((question, request)) = shown.list.question(&seen, shown.at_top, due <= 0.0) else {
            return shown.list.is_stale(&seen, shown.at_top).then_some(due);
        };
        shown.asked_at = time;
        let purpose = Purpose::RunList(question, shown.list.generation());
        self.backend.ask(request.into_request(), purpose);
        None
    }

    pub(super) fn take_run_list(
        &mut self,
        question: RunQuestion,
        generation: u64,
        answer: Result<RunPage, ApiError>,
    ) {
        let shown = &mut self.runs_shown;
        match answer {
            Ok(page) => shown.list.take(question, generation, page, &shown.seen),
            Err(error) => shown.list.fail(generation, error.message),
        }
    }

    pub(super) fn take_selected(
        &mut self,
        generation: u64,
        answer: Result<SelectedRuns, ApiError>,
    ) {
        match answer {
            Ok(selected) if generation == self.runs_shown.list.generation() => {
                self.runs_shown.selection.add_all(&selected);
            }
            Ok(_) => {}
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn apply_to_runs(&mut self, command: RunsCommand, time: f64) {
        let shown = &mut self.runs_shown;
        match command {
            RunsCommand::Filter(query) => shown.typed = query,
            RunsCommand::OfWorkflow(name) => {
                shown.typed = run_query::set_values("", Key::Workflow, &[&name]);
                self.place = Place::Runs;
            }
            RunsCommand::Top => {
                shown.list.renew();
                shown.go_to = Some(0);
            }
            RunsCommand::Toggle(at) => {
                if let Some(row) = shown.list.row(at) {
                    let (run, state) = (row.run, row.state);
                    shown.selection.toggle(run, state);
                }
                shown.selection.anchor = Some(at);
                shown.selection.cursor = Some(at);
            }
            RunsCommand::SelectTo(at) => {
                let from = shown.selection.anchor.or(shown.selection.cursor).unwrap_or(at);
                self.select_range(from.min(at)..from.max(at) + 1);
                self.runs_shown.selection.anchor = Some(from);
                self.runs_shown.selection.cursor = Some(at);
            }
            RunsCommand::SelectAll => {
                let all = 0..shown.list.len();
                self.select_range(all);
            }
            RunsCommand::SelectNone => shown.selection.clear(),
            RunsCommand::Retry(runs) => self.begin_deed(What::Retry, runs, time),
            RunsCommand::Cancel(runs) => self.begin_deed(What::Cancel, runs, time),
            RunsCommand::Delete(runs) => self.begin_deed(What::Delete, runs, time),
            RunsCommand::Compare => self.compare_selected(),
            RunsCommand::Restore(runs) => {
                let count = runs.len();
                self.backend.ask(RestoreRuns { runs }.into_request(), Purpose::RunsRestored(count));
            }
            RunsCommand::KeepFilter(name) => {
                let query = shown.list.query().to_owned();
                shown.naming = None;
                self.settings.keep_filter(&name, query);
                self.toasts.say(format!("Kept as “{name}”"), time);
            }
            RunsCommand::RenameFilter { from, to } => {
                shown.naming = None;
                self.settings.rename_filter(&from, &to);
            }
            RunsCommand::ForgetFilter(name) => {
                shown.naming = None;
                if let Some(filter) = self.settings.forget_filter(&name) {
                    let back = RunsCommand::Filter(filter.query);
                    let again = ("Show", Command::Runs(back));
                    self.toasts.offer(format!("“{name}” is forgotten"), again, time);
                }
            }
        }
    }

    /// Selects rows by their places. Those that were not loaded are asked for.
    fn select_range(&mut self, range: Range<u64>) {
        let shown = &mut self.runs_shown;
        let rows: Vec<_> = range.clone().map_while(|at| shown.list.row(at)).collect();
        if rows.len() as u64 == range.end - range.start {
            let known: Vec<_> = rows.into_iter().map(|row| (row.run, row.state)).collect();
            known.into_iter().for_each(|(run, state)| shown.selection.add(run, state));
            return;
        }
        let request = SelectRuns {
            query: shown.list.query().to_owned(),
            mark: shown.list.mark(),
            skip: range.start,
            limit: Some(range.end - range.start),
        };
        let purpose = Purpose::RunsSelected(shown.list.generation());
        self.backend.ask(request.into_request(), purpose);
    }

    /// Does something with these runs, or with those that are selected.
    fn begin_deed(&mut self, what: What, runs: Vec<RunId>, time: f64) {
        if let Some(why) = self.why_no_deed() {
            return self.toasts.fail(why, Some("Try again when that is done".to_owned()));
        }
        let shown = &mut self.runs_shown;
        let runs = if runs.is_empty() { shown.selection.all() } else { runs };
        let mut deed = Deed { what, count: runs.len(), left: runs, steered: Steered::default() };
        if what == What::Delete {
            // All of a part are deleted or none: what goes on is left from the start.
            let is_active = |run: &RunId| {
                let row = shown.list.place(*run).and_then(|at| shown.list.row(at));
                let state = row.map(|row| row.state).or_else(|| shown.selection.state(*run));
                state.is_some_and(|state| !state.is_final())
            };
            let (active, over): (Vec<_>, Vec<_>) = deed.left.into_iter().partition(is_active);
            deed.left = over;
            if !active.is_empty() {
                let why = "still under way".to_owned();
                deed.steered.left.push(millrace_api::bulk::Left { why, runs: active });
            }
        }
        let has_work = !deed.left.is_empty();
        shown.deed = Some(deed);
        if has_work { self.go_on_with_deed() } else { self.end_deed(time) }
    }

    /// Why nothing can be done with runs now; none where it can.
    pub(super) fn why_no_deed(&self) -> Option<&'static str> {
        self.runs_shown.deed.as_ref().map(|deed| match deed.what {
            What::Retry => "runs are still being retried",
            What::Cancel => "runs are still being cancelled",
            What::Delete => "runs are still being deleted",
        })
    }

    /// Asks for the next part.
    fn go_on_with_deed(&mut self) {
        let Some(deed) = &mut self.runs_shown.deed else { return };
        let part = deed.left.len().saturating_sub(PART);
        let runs = deed.left.split_off(part);
        let request = match deed.what {
            What::Retry => RetryRuns { runs }.into_request(),
            What::Cancel => CancelRuns { runs, kill: false }.into_request(),
            What::Delete => {
                let purpose = Purpose::RunsDeleted(runs.clone());
                return self.backend.ask(DeleteRuns { runs }.into_request(), purpose);
            }
        };
        self.backend.ask(request, Purpose::RunsSteered);
    }

    pub(super) fn take_steered(&mut self, answer: Result<Steered, ApiError>, time: f64) {
        let Some(deed) = &mut self.runs_shown.deed else { return };
        match answer {
            Ok(steered) => {
                deed.steered.add(steered);
                if deed.left.is_empty() {
                    self.end_deed(time);
                } else {
                    self.go_on_with_deed();
                }
            }
            Err(error) => {
                self.end_deed(time);
                self.fail(error);
            }
        }
    }

    pub(super) fn take_deleted(
        &mut self,
        runs: Vec<RunId>,
        answer: Result<DeletedRuns, ApiError>,
        time: f64,
    ) {
        self.take_steered(answer.map(|_| Steered { done: runs, left: Vec::new() }), time);
    }

    pub(super) fn take_restored_runs(
        &mut self,
        count: usize,
        answer: Result<Done, ApiError>,
        time: f64,
    ) {
        match answer {
            Ok(_) => {
                let words = crate::words::count(count, "run is", "runs are");
                self.toasts.say(format!("{words} back"), time);
            }
            Err(error) => self.fail(error),
        }
        self.runs_shown.list.outdated();
        self.grid.outdated();
        self.runs.stale = true;
    }

    /// Says what was done and what was not.
    fn end_deed(&mut self, time: f64) {
        let Some(deed) = self.runs_shown.deed.take() else { return };
        let words = match deed.what {
            What::Retry => "run again",
            What::Cancel => "being cancelled",
            What::Delete => "deleted",
        };
        let text = deed.steered.words(words);
        self.runs_shown.list.outdated();
        self.grid.outdated();
        self.runs.stale = true;
        if deed.what == What::Delete {
            self.runs_shown.selection.clear();
            if !deed.steered.done.is_empty() {
                let undo = RunsCommand::Restore(deed.steered.done);
                return self.toasts.offer(text, ("Undo", Command::Runs(undo)), time);
            }
        }
        self.toasts.say(text, time);
    }

    /// What of the selection can be tried again, stopped, deleted.
    pub(crate) fn selected_for(&self, command: &RunsCommand) -> usize {
        let selection = &self.runs_shown.selection;
        match command {
            RunsCommand::Retry(_) => {
                selection.of(|state| matches!(state, RunState::Failed | RunState::Canceled)).len()
            }
            RunsCommand::Cancel(_) => selection.of(|state| !state.is_final()).len(),
            RunsCommand::Delete(_) => selection.of(RunState::is_final).len(),
            _ => selection.len(),
        }
    }
}
