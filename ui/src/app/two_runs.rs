//! The place where two runs are compared: which they are, what is asked for, and what is shown of a task.

use millrace_api::log::LogSlice;
use millrace_api::run::{GetRun, ListRuns, RunDetail, RunPage};
use millrace_api::{ApiError, Code, Command as _};
use millrace_model::event::{RunEvent, RunEventKind, RunState};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::run_query::{self, Key};

use super::changes::Compare;
use super::{App, Purpose};
use crate::command::{Place, TwoRunsCommand};
use crate::state::{TwoItems, TwoLogs, TwoRuns, TwoSides};

/// Two runs that are compared.
pub(crate) struct TwoRunsShown {
    /// The older one and the newer one.
    pub(crate) runs: [RunId; 2],
    pub(crate) view: TwoRuns,
    /// The task whose logs and outputs are shown.
    pub(crate) selected: Option<Ident>,
    /// The task to begin with; none: what changed most.
    pub(super) first: Option<Ident>,
    /// Its items, where it ran once for each of some.
    pub(crate) items: Option<TwoItems>,
    /// What it, or the chosen one of its items, printed.
    pub(crate) logs: Option<TwoLogs>,
    /// What it gave that differs.
    pub(crate) outputs: TwoSides,
    /// The outputs are shown, not the logs.
    pub(crate) shows_outputs: bool,
    /// Lines that differ only in numbers differ.
    numbers: bool,
    /// The task is to be brought into view in the list.
    pub(crate) reveals_task: bool,
    /// Which is the older one is not known before both have come.
    order_unknown: bool,
    /// Where it was opened.
    came_from: Place,
    /// Told apart from others, so that no answer about another one is taken.
    generation: u64,
}

impl App {
    pub(super) fn show_two_runs(&mut self, runs: [RunId; 2]) {
        let came_from = match (self.place, &self.two_runs) {
            (Place::TwoRuns, Some(shown)) => shown.came_from,
            (place, _) => place,
        };
        let generation = self.next_generation();
        self.two_runs = Some(TwoRunsShown {
            runs,
            view: TwoRuns::default(),
            selected: None,
            first: None,
            items: None,
            logs: None,
            outputs: TwoSides::default(),
            shows_outputs: false,
            numbers: false,
            reveals_task: false,
            order_unknown: false,
            came_from,
            generation,
        });
        self.place = Place::TwoRuns;
    }

    /// Compares the two runs that are selected in the list, the older one first.
    pub(super) fn compare_selected(&mut self) {
        let shown = &self.runs_shown;
        let Some([one, two]) = shown.selection.two() else { return };
        // The list is from new to old; of what it has not loaded nothing is known yet.
        let places = shown.list.place(one).zip(shown.list.place(two));
        let is_newer = places.is_some_and(|(one, two)| one < two);
        self.show_two_runs(if is_newer { [two, one] } else { [one, two] });
        if let Some(shown) = &mut self.two_runs {
            shown.order_unknown = places.is_none();
        }
    }

    /// Looks for the run of the same workflow before the one in view, to compare them.
    pub(super) fn compare_with_earlier(&mut self, succeeded: bool) {
        let run = self.run.as_ref().and_then(|shown| shown.watch.live.as_ref()?.run.as_ref());
        let Some(run) = run else { return };
        let name = run.head.workflow.as_str();
        let mut query = run_query::set_values("", Key::Workflow, &[name]);
        if succeeded {
            query = run_query::set_values(&query, Key::State, &[RunState::Succeeded.word()]);
        }
        let request = ListRuns { query, before: Some(run.run), limit: 1, ..ListRuns::default() };
        self.backend.ask(request.into_request(), Purpose::EarlierRun(run.run, succeeded));
    }

    pub(super) fn take_earlier_run(
        &mut self,
        run: RunId,
        succeeded: bool,
        answer: Result<RunPage, ApiError>,
    ) {
        match answer {
            Err(error) => self.fail(error),
            Ok(page) => match (page.runs.first(), succeeded) {
                (Some(earlier), _) => self.show_two_runs([earlier.run, run]),
                (None, true) => {
                    self.toasts.fail("no run of this workflow before it has succeeded", None);
                }
                (None, false) => self.toasts.fail("it is the first run of its workflow", None),
            },
        }
    }

    pub(super) fn apply_to_two_runs(&mut self, command: TwoRunsCommand) {
        let Some(shown) = &mut self.two_runs else { return };
        match command {
            TwoRunsCommand::Swap => {
                let [before, after] = shown.runs;
                self.show_two_runs([after, before]);
            }
            TwoRunsCommand::Show(task) => {
                shown.show(&task);
                self.settings.drawer_closed = false;
            }
            TwoRunsCommand::ShowItem(place) => shown.show_item(place),
            TwoRunsCommand::Step { forward } => {
                if let Some(task) = shown.next(forward) {
                    shown.show(&task);
                    self.settings.drawer_closed = false;
                }
            }
            TwoRunsCommand::ToggleNumbers => {
                shown.numbers = !shown.numbers;
                if let Some(logs) = &mut shown.logs {
                    logs.toggle_numbers();
                }
            }
            TwoRunsCommand::Changes => self.show_what_they_ran(),
            TwoRunsCommand::Close => {
                let to = shown.came_from;
                self.two_runs = None;
                self.place = Place::Runs;
                self.go(to);
            }
        }
    }

    fn show_what_they_ran(&mut self) {
        let Some(compared) = self.two_runs.as_ref().and_then(|it| it.view.compared.as_ref()) else {
            return;
        };
        let sides = compared.sides.each_ref().map(|side| {
            let workflow = side.workflow.clone()?;
            Some(Compare::This(format!("Run {:.8}", side.run.run), workflow))
        });
        let [Some(before), Some(after)] = sides else {
            return self.toasts.fail("what one of them ran cannot be read", None);
        };
        let run = &compared.sides[1].run;
        let title = run.head.title.clone().unwrap_or_else(|| run.head.workflow.to_string());
        let path = run.head.path.clone();
        self.show_changes((title, path), None, [before, after]);
    }

    /// Asks for what is shown and not known.
    pub(super) fn ask_two_runs(&mut self) {
        if self.place != Place::TwoRuns {
            return;
        }
        let Some(shown) = &mut self.two_runs else { return };
        let generation = shown.generation;
        for side in shown.view.wanted() {
            let purpose = Purpose::TwoRuns(generation, side);
            if !self.backend.is_asking(|p| *p == purpose) {
                let request = GetRun { run: shown.runs[side], snapshot: true };
                self.backend.ask(request.into_request(), purpose);
            }
        }
        let wanted = shown.logs.as_ref().and_then(TwoLogs::wanted);
        if let Some((side, request)) = wanted {
            let purpose = Purpose::TwoLogs(generation, request.log.task.clone(), side);
            if !self.backend.is_asking(|p| *p == purpose) {
                self.backend.ask(request.into_request(), purpose);
            }
        }
    }

    pub(super) fn take_two_runs(
        &mut self,
        generation: u64,
        side: usize,
        answer: Result<RunDetail, ApiError>,
    ) {
        let Some(shown) = self.two_runs.as_mut().filter(|it| it.generation == generation) else {
            return;
        };
        shown.view.take(side, answer.map_err(|error| error.message));
        if let (Some(compared), true) = (&shown.view.compared, shown.order_unknown) {
            shown.order_unknown = false;
            let [before, after] = &compared.sides;
            if before.run.queued > after.run.queued {
                return self.apply_to_two_runs(TwoRunsCommand::Swap);
            }
        }
        let (Some(compared), None) = (&shown.view.compared, &shown.selected) else { return };
        let wanted = shown.first.take().filter(|task| compared.task(task).is_some());
        // What changed most is what people ask about.
        let most = || compared.what.tasks.first().map(|task| task.task.clone());
        if let Some(task) = wanted.or_else(most) {
            shown.show(&task);
        }
    }

    pub(super) fn take_two_logs(
        &mut self,
        generation: u64,
        key: &TaskKey,
        side: usize,
        answer: Result<LogSlice, ApiError>,
    ) {
        let shown = self.two_runs.as_mut().filter(|it| it.generation == generation);
        let logs = shown.and_then(|shown| shown.logs.as_mut());
        let logs = logs.filter(|logs| logs.is_of(key, side));
        match (logs, answer) {
            (None, _) => {}
            // What prints nothing has no log.
            (Some(logs), Err(error)) if error.code == Code::NotFound => logs.take_nothing(side),
            (Some(logs), answer) => logs.take(side, answer.map_err(|error| error.message)),
        }
    }

    /// The engine answers again: what could not be read is asked for once more.
    pub(super) fn two_runs_outdated(&mut self) {
        if let Some(shown) = &mut self.two_runs {
            shown.view.forget_errors();
            if shown.logs.as_ref().is_some_and(|logs| logs.error.is_some())
                && let Some(task) = shown.selected.clone()
            {
                shown.show(&task);
            }
        }
    }
}

impl TwoRunsShown {
    /// Takes in an event: a run that ends while it is looked at is read again.
    pub(super) fn apply(&mut self, event: &RunEvent) {
        if matches!(event.kind, RunEventKind::RunEnded { .. }) {
            self.view.outdated(event.run);
        }
    }

    fn show(&mut self, task: &Ident) {
        let Some(compared) = &self.view.compared else { return };
        let Some(found) = compared.task(task) else { return };
        self.logs = Some(TwoLogs::of(found, self.runs, self.numbers));
        self.outputs = compared.outputs(task);
        self.items = compared.items(task);
        self.selected = Some(task.clone());
        self.reveals_task = true;
        self.show_item(0);
    }

    /// Shows what an item printed, by its place in the list.
    fn show_item(&mut self, place: usize) {
        let Some(items) = &mut self.items else { return };
        items.chosen = place;
        items.reveals = true;
        if let Some(item) = items.shown() {
            self.logs = Some(TwoLogs::of_item(item, self.runs, self.numbers));
        }
    }

    fn next(&self, forward: bool) -> Option<Ident> {
        let compared = self.view.compared.as_ref()?;
        let (order, tasks) = (&compared.order, &compared.what.tasks);
        let at = order.iter().position(|at| Some(&tasks[*at].task) == self.selected.as_ref());
        let next = match (at, forward) {
            (None, _) => 0,
            (Some(at), true) => (at + 1).min(order.len().saturating_sub(1)),
            (Some(at), false) => at.saturating_sub(1),
        };
        order.get(next).map(|at| tasks[*at].task.clone())
    }
}
