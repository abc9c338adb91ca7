//! The run place: its tabs, what they know of the run besides its state, and what is done in them.

use std::collections::BTreeMap;

use egui::Context;
use millrace_api::document::Source;
use millrace_api::log::LogSlice;
use millrace_api::report::{MAX_REPORT_PICTURE, SaveReport, SavedReport};
use millrace_api::run::{EventPage, PauseRun, Rerun, ResumeRun};
use millrace_api::usual::{Usual, UsualRun};
use millrace_api::version::{ListVersions, ReadVersion, VersionList, VersionText};
use millrace_api::{ApiError, Command as _};
use millrace_model::event::RunState;
use millrace_model::ids::{RunId, TaskKey};

use super::changes::Compare;
use super::{App, Purpose, Sheet};
use crate::bridge::{FileKind, Pick};
use crate::command::{Command, GridCommand, Place, RunCommand, RunTab, RunsCommand};
use crate::forms::RunForm;
use crate::picture::{PictureLook, svg_of};
use crate::state::command_line::command_line;
use crate::state::run_events::RunEvents;
use crate::state::task_table::TaskTable;
use crate::state::time_window::TimeWindow;
use crate::state::timeline::Timeline;
use crate::state::tries::Tries;
use crate::state::{LiveRun, RunNames, RunVersion};

/// So much further in or out a step of the keys zooms.
const ZOOM_STEP: f64 = 1.5;
/// So much of the width a step of the keys pans.
const PAN_STEP: f64 = 0.1;

/// What the tabs of the run place know.
#[derive(Debug, Default)]
pub(crate) struct RunPlace {
    /// The one in view.
    pub(crate) tab: RunTab,
    /// What people call its tasks.
    pub(crate) names: RunNames,
    /// Which version of its workflow it ran.
    pub(crate) version: RunVersion,
    /// The versions were asked for.
    asked_versions: bool,
    /// How long such runs usually take; none until that is known.
    pub(crate) usual: Option<Usual>,
    pub(crate) timeline: Timeline,
    /// Which part of it is in view.
    pub(crate) window: TimeWindow,
    /// What determined the run's end is not marked.
    pub(crate) hides_critical: bool,
    pub(crate) table: TaskTable,
    pub(crate) events: RunEvents,
    /// A row that is to be brought into view.
    pub(crate) reveal: Option<TaskKey>,
}

impl RunPlace {
    /// What a new run begins with: the same tab, and nothing of the old run.
    pub(super) fn after(old: Option<&Self>) -> Self {
        let hides_critical = old.is_some_and(|old| old.hides_critical);
        Self { tab: old.map(|old| old.tab).unwrap_or_default(), hides_critical, ..Self::default() }
    }
}

impl App {
    /// Whether what is in view is no canvas.
    pub(crate) fn run_tab(&self) -> Option<RunTab> {
        let shown = self.run.as_ref().filter(|_| self.place == Place::Run)?;
        Some(shown.place.tab).filter(|tab| *tab != RunTab::Canvas)
    }

    /// Asks for what the place shows and does not know yet.
    pub(super) fn ask_run_place(&mut self) {
        self.ask_run_version();
        let Some(shown) = &self.run else { return };
        let run = shown.run;
        let wanted = shown.watch.live.as_ref().and_then(|live| live.run.as_ref());
        let wanted = wanted.filter(|_| self.run_tab() == Some(RunTab::Events));
        let Some(request) = wanted.and_then(|run| shown.place.events.wanted(run)) else { return };
        if !self.backend.is_asking(|p| *p == Purpose::RunEvents(run)) {
            self.backend.ask(request.into_request(), Purpose::RunEvents(run));
        }
    }

    /// Asks which version of its workflow the run ran, and what the one before meant.
    fn ask_run_version(&mut self) {
        let Some(shown) = self.run.as_mut().filter(|_| self.place == Place::Run) else { return };
        let run = shown.run;
        let live = shown.watch.live.as_ref();
        let known = live.and_then(|live| Some((live.run.as_ref()?, live.snapshot.as_ref()?)));
        let Some((known, _)) = known else { return };
        if !shown.place.asked_versions {
            shown.place.asked_versions = true;
            if let Some(path) = known.head.path.clone() {
                let request = ListVersions { path };
                self.backend.ask(request.into_request(), Purpose::RunVersions(run));
            }
        } else if let Some(version) = shown.place.version.wanted()
            && !self.backend.is_asking(|p| *p == Purpose::VersionBefore(run))
        {
            let request = ReadVersion { version };
            self.backend.ask(request.into_request(), Purpose::VersionBefore(run));
        }
    }

    pub(super) fn take_run_versions(&mut self, run: RunId, answer: Result<VersionList, ApiError>) {
        // Where the versions cannot be read the run is shown without its own.
        let (Some(shown), Ok(list)) = (self.run.as_mut().filter(|it| it.run == run), answer) else {
            return;
        };
        let queued = shown.watch.live.as_ref().and_then(|live| Some(live.run.as_ref()?.queued));
        if let Some(queued) = queued {
            shown.place.version.take_list(&list, queued);
        }
    }

    pub(super) fn take_version_before(
        &mut self,
        run: RunId,
        answer: Result<VersionText, ApiError>,
    ) {
        let Some(shown) = self.run.as_mut().filter(|shown| shown.run == run) else { return };
        let ran = shown.watch.live.as_ref().and_then(|live| live.snapshot.clone());
        if let Some(ran) = ran {
            shown.place.version.take_before(answer.ok().as_ref(), &ran);
        }
    }

    /// Opens the sheet with the last two tries of a task beside each other.
    pub(super) fn compare_tries(&mut self, key: &TaskKey) {
        let live = self.shown_watch().and_then(|watch| watch.live.as_ref());
        let Some(live) = live else { return };
        let task = live.run.as_ref().and_then(|run| run.task(key));
        match task.and_then(|task| Tries::last_two(live.id, key.clone(), task)) {
            Some(tries) => self.sheet = Some(Sheet::Tries(Box::new(tries))),
            None => self.toasts.fail(format!("{key} has had fewer than two tries"), None),
        }
    }

    /// Asks for the logs that the sheet of tries lacks.
    pub(super) fn ask_tries(&mut self) {
        let Some(Sheet::Tries(tries)) = &self.sheet else { return };
        let wanted: Vec<_> = tries.wanted().collect();
        for (number, request) in wanted {
            let purpose = Purpose::TryLog(request.log.run, request.log.task.clone(), number);
            if !self.backend.is_asking(|p| *p == purpose) {
                self.backend.ask(request.into_request(), purpose);
            }
        }
    }

    pub(super) fn take_try_log(
        &mut self,
        run: RunId,
        key: &TaskKey,
        number: u32,
        answer: Result<LogSlice, ApiError>,
    ) {
        if let Some(Sheet::Tries(tries)) = &mut self.sheet
            && (tries.run, &tries.key) == (run, key)
        {
            tries.take(number, answer.map_err(|error| error.message));
        }
    }

    pub(super) fn ask_usual(&mut self, run: RunId) {
        if !self.backend.is_asking(|p| *p == Purpose::Usual(run)) {
            self.backend.ask(UsualRun { run }.into_request(), Purpose::Usual(run));
        }
    }

    pub(super) fn take_usual(&mut self, run: RunId, answer: Result<Usual, ApiError>) {
        // Where nobody can say what is usual, nothing is said.
        if let (Some(shown), Ok(usual)) = (self.run.as_mut().filter(|it| it.run == run), answer) {
            shown.place.usual = Some(usual);
        }
    }

    pub(super) fn take_run_events(&mut self, run: RunId, answer: Result<EventPage, ApiError>) {
        let Some(shown) = self.run.as_mut().filter(|shown| shown.run == run) else { return };
        match answer {
            // Without progress it would be asked for again and again.
            Ok(page) if page.events.is_empty() => {
                shown.place.events.error = Some("the engine has fewer than it told of".to_owned());
            }
            Ok(page) => shown.place.events.take(page),
            Err(error) => shown.place.events.error = Some(error.message),
        }
    }

    pub(super) fn show_run_tab(&mut self, tab: RunTab) {
        let Some(shown) = &mut self.run else { return };
        shown.place.tab = tab;
        self.place = Place::Run;
        let selected = shown.watch.canvas.selected.first().cloned();
        match tab {
            RunTab::Canvas => shown.watch.reveal_next = selected,
            _ => shown.place.reveal = selected.map(TaskKey::plain),
        }
        if tab == RunTab::Events {
            // Whoever looks again wants to know whether it works now.
            shown.place.events.error = None;
        }
    }

    pub(super) fn apply_to_run(&mut self, ctx: &Context, command: RunCommand) {
        if let Some(why) = self.why_not_run_command(command) {
            return self.toasts.fail(why, None);
        }
        let Some(shown) = &mut self.run else { return };
        let run = shown.run;
        match command {
            RunCommand::Pause => {
                self.backend.ask(PauseRun { run }.into_request(), Purpose::Paused);
            }
            RunCommand::Resume => {
                self.backend.ask(ResumeRun { run }.into_request(), Purpose::Paused);
            }
            RunCommand::AskRerun => {
                let secrets = self.secrets.names();
                let live = shown.watch.live.as_ref();
                let live =
                    live.and_then(|live| Some((live.snapshot.as_ref()?, live.run.as_ref()?)));
                if let Some((workflow, known)) = live {
                    let given = &known.head.params;
                    self.dialog = Some(RunForm::of_run(run, workflow, given, secrets));
                }
            }
            RunCommand::CopyLine => {
                let live = shown.watch.live.as_ref();
                let line = live.and_then(|live| {
                    Some(command_line(live.run.as_ref()?, live.snapshot.as_deref()))
                });
                if let Some((line, note)) = line {
                    ctx.copy_text(line);
                    self.toasts.say(note, ctx.input(|input| input.time));
                }
            }
            RunCommand::SaveReport => self.pick_report(ctx),
            RunCommand::Delete => {
                self.send(Command::Runs(RunsCommand::Delete(vec![run])));
                self.send(Command::CloseRun);
            }
            RunCommand::CompareBefore => self.compare_with_earlier(false),
            RunCommand::CompareSucceeded => self.compare_with_earlier(true),
            RunCommand::ShowChanges => {
                let version = &shown.place.version;
                let live = shown.watch.live.as_ref();
                let ran = live.and_then(|live| Some((live.snapshot.clone()?, live.run.as_ref()?)));
                if let (Some(was), Some((ran, run))) = (version.was.clone(), ran) {
                    let about = (ran.shown_name().to_owned(), run.head.path.clone());
                    let number = version.number.unwrap_or_default();
                    let sides = [
                        Compare::This(
                            format!("v{}, the one before", number.saturating_sub(1)),
                            was,
                        ),
                        Compare::This(format!("v{number}, as it ran"), ran),
                    ];
                    self.show_changes(about, None, sides);
                }
            }
            RunCommand::ShowGrid => {
                let run = shown.watch.live.as_ref().and_then(|live| live.run.as_ref());
                if let Some(head) = run.map(|run| &run.head) {
                    let (name, id) = (head.workflow.to_string(), head.workflow_id);
                    self.apply_to_grid(GridCommand::Of(name, id));
                }
            }
            RunCommand::ShowOrigin => shown.watch.canvas.select_nothing(),
            RunCommand::ToggleCritical => {
                shown.place.hides_critical = !shown.place.hides_critical;
                shown.place.tab = RunTab::Timeline;
            }
        }
    }

    /// Why the run cannot do this now; none where it can.
    pub(crate) fn why_not_run_command(&self, command: RunCommand) -> Option<String> {
        let Some(shown) = &self.run else { return Some("no run is open".to_owned()) };
        let Some(live) = &shown.watch.live else { return Some("no run is open".to_owned()) };
        let Some(run) = &live.run else { return Some("the run is being loaded".to_owned()) };
        let why = match command {
            RunCommand::ToggleCritical | RunCommand::ShowOrigin => return None,
            RunCommand::Pause
            | RunCommand::Resume
            | RunCommand::AskRerun
            | RunCommand::SaveReport
            | RunCommand::Delete
            | RunCommand::ShowGrid
            | RunCommand::CompareBefore
            | RunCommand::CompareSucceeded
                if self.why_away().is_some() =>
            {
                "the engine does not answer"
            }
            RunCommand::Delete if self.why_no_deed().is_some() => {
                return self.why_no_deed().map(str::to_owned);
            }
            RunCommand::ShowChanges if shown.place.version.changes.is_none() => {
                "no version before that of this run is known"
            }
            RunCommand::Delete if !run.state.is_final() => {
                "the run is still under way; stop it or wait for its end"
            }
            RunCommand::Pause if run.state.is_final() => "the run has ended",
            RunCommand::Pause if run.state == RunState::Paused => "the run is paused already",
            RunCommand::Resume if run.state != RunState::Paused => "the run is not paused",
            RunCommand::AskRerun if !run.state.is_final() => {
                "the run is still under way; stop it or wait for its end"
            }
            RunCommand::AskRerun
                if live.snapshot.as_ref().is_none_or(|it| it.params.is_empty()) =>
            {
                "the workflow has no parameters; Rerun runs it again as it is"
            }
            RunCommand::CopyLine if run.head.path.is_none() => {
                "the run did not come from a file that a command line could name"
            }
            _ => return None,
        };
        Some(why.to_owned())
    }

    /// Runs everything again with these parameters and the file as it is now.
    pub(super) fn rerun_with(&mut self, run: RunId, param_texts: BTreeMap<String, String>) {
        self.dialog = None;
        let live = self.run.as_ref().and_then(|shown| shown.watch.live.as_ref());
        let path = live.and_then(|live| live.run.as_ref()?.head.path.clone());
        let request = Rerun {
            run,
            from: None,
            source: path.map(Source::Path),
            params: millrace_model::Values::new(),
            param_texts,
            pinned: false,
            vouched: false,
        };
        self.backend.ask(request.into_request(), Purpose::StartFile);
    }

    /// Draws the graph and asks where the report is to be.
    fn pick_report(&mut self, ctx: &Context) {
        let folder = self.folder();
        let theme = ctx.theme();
        let Some(shown) = &mut self.run else { return };
        let live = shown.watch.live.as_ref();
        let Some(run) = live.and_then(|live| live.run.clone()) else { return };
        let title = shown.title();
        let mut svg = None;
        if let Some(workflow) = live.and_then(|live| live.snapshot.clone()) {
            let now = self.backend.now();
            shown.watch.update_scene(&workflow, &[], (1, 1), now, true);
            let look = PictureLook { theme, ground: true };
            let drawn = svg_of(ctx, shown.watch.scene(), look, &title);
            // Of a graph of thousands the picture would be larger than all the rest.
            svg = Some(drawn).filter(|svg| svg.len() <= MAX_REPORT_PICTURE);
        }
        let file_name = format!("{}_{:.8}.html", run.head.workflow, shown.run);
        let report = SaveReport { run: shown.run, path: String::new(), svg };
        let pick = Pick::Save { folder, file_name, kind: FileKind::Html };
        self.backend.pick(pick, Purpose::PickedReport(Box::new(report)));
    }

    pub(super) fn take_picked_report(
        &mut self,
        report: SaveReport,
        picked: Result<Option<String>, ApiError>,
    ) {
        match picked {
            Ok(Some(path)) => {
                let is_page = path.ends_with(".html") || path.ends_with(".htm");
                let path = if is_page { path } else { path + ".html" };
                let request = SaveReport { path, ..report };
                self.backend.ask(request.into_request(), Purpose::Report);
            }
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn take_report(&mut self, answer: Result<SavedReport, ApiError>, time: f64) {
        match answer {
            Ok(saved) => {
                self.say_saved(format!("Report saved: {}", saved.path), saved.path, time);
            }
            Err(error) => self.fail(error),
        }
    }

    /// Selects a task where no canvas is in view to do that.
    pub(crate) fn settle_reveal(&mut self) {
        if self.run_tab().is_none() {
            return;
        }
        let Some(shown) = &mut self.run else { return };
        let Some(name) = shown.watch.reveal_next.take() else { return };
        shown.watch.canvas.select_nothing();
        shown.watch.canvas.selected = [name.clone()].into();
        shown.place.reveal = Some(TaskKey::plain(name));
    }

    /// What keys that mean the canvas do to another tab; whether they do anything there.
    pub(super) fn apply_to_run_tab(&mut self, command: &Command) -> bool {
        let Some(tab) = self.run_tab() else { return false };
        let now = self.backend.now();
        let Some(shown) = &mut self.run else { return false };
        let place = &mut shown.place;
        let length = (place.timeline.end(now).0 - place.timeline.from.0) as f64;
        match command {
            Command::ZoomIn if tab == RunTab::Timeline => {
                place.window.zoom(length, ZOOM_STEP, 0.5);
            }
            Command::ZoomOut if tab == RunTab::Timeline => {
                place.window.zoom(length, 1.0 / ZOOM_STEP, 0.5);
            }
            Command::ZoomFit | Command::Zoom100 if tab == RunTab::Timeline => place.window.fit(),
            Command::ZoomSelection if tab == RunTab::Timeline => {
                let selected = shown.watch.canvas.selected.clone();
                let run = shown.watch.live.as_ref().and_then(|live| live.run.as_ref());
                let Some(run) = run else { return true };
                let of = |row: &&crate::state::timeline::Row| {
                    run.tasks
                        .get_index(row.task)
                        .is_some_and(|(key, _)| selected.contains(&key.task))
                };
                let bars = place.timeline.rows.iter().filter(of).flat_map(|row| &row.bars);
                let spans = bars.map(|bar| (bar.from.0, bar.until.unwrap_or(now).0));
                let span = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
                if let Some((from, to)) = span {
                    let begin = place.timeline.from.0;
                    place.window.show(length, (from - begin) as f64, (to - begin) as f64);
                }
            }
            &Command::Nudge(x, 0) if tab == RunTab::Timeline => {
                place.window.pan(length, f64::from(x) * PAN_STEP);
            }
            &Command::Nudge(0, y) => self.select_next_row(tab, y > 0),
            Command::Walk(_) | Command::SelectReach { .. } | Command::SelectNone => return false,
            _ => {}
        }
        true
    }

    /// Selects the task in the row below the selected one, or above.
    fn select_next_row(&mut self, tab: RunTab, below: bool) {
        let Some(shown) = &mut self.run else { return };
        let Some(run) = shown.watch.live.as_ref().and_then(|live| live.run.clone()) else { return };
        let places: Vec<usize> = match tab {
            RunTab::Timeline => {
                let rows = shown.place.timeline.rows.iter();
                rows.filter(|row| row.item.is_none()).map(|row| row.task).collect()
            }
            RunTab::Tasks => {
                let rows = shown.place.table.rows.iter();
                rows.filter(|row| row.item.is_none()).map(|row| row.place).collect()
            }
            RunTab::Canvas | RunTab::Events => return,
        };
        let selected = shown.watch.canvas.selected.first();
        let at = places.iter().position(|place| {
            run.tasks.get_index(*place).is_some_and(|(key, _)| Some(&key.task) == selected)
        });
        let next = match (at, below) {
            (None, _) => 0,
            (Some(at), true) => (at + 1).min(places.len().saturating_sub(1)),
            (Some(at), false) => at.saturating_sub(1),
        };
        let key = places.get(next).and_then(|place| run.tasks.get_index(*place));
        if let Some((key, _)) = key {
            shown.watch.reveal_next = Some(key.task.clone());
        }
    }

    /// Whether a tab of the run place counts up although no task of it does.
    pub(super) fn run_place_counts_up(&self) -> bool {
        self.run_tab() == Some(RunTab::Timeline)
            && self
                .run
                .as_ref()
                .and_then(|it| it.watch.live.as_ref())
                .is_some_and(LiveRun::is_active)
    }
}
