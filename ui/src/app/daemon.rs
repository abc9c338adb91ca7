//! What is known of the daemon: whether it answers, its last answer, and what happened since; and what is asked again once it
//! answers again.

use std::collections::BTreeSet;

use millrace_api::ApiError;
use millrace_api::run::DaemonReport;
use millrace_model::event::{RunEvent, RunEventKind};
use millrace_model::ids::RunId;

use super::{App, Purpose};
use crate::command::Place;

/// What is known of the daemon.
#[derive(Debug, Default)]
pub(crate) struct Daemon {
    /// It answered the last question.
    pub(crate) reachable: Option<bool>,
    /// Why it did not, and behind a `;` what to do.
    pub(crate) error: Option<String>,
    /// Its last answer.
    pub(crate) report: Option<DaemonReport>,
    /// What the last answer does not count yet, in order.
    happened: Vec<Happened>,
    /// Runs that came since the window opened and have not begun.
    waiting: BTreeSet<RunId>,
}

/// By how much more or fewer runs run and wait since an event.
#[derive(Debug)]
struct Happened {
    position: u64,
    running: i64,
    queued: i64,
}

impl Daemon {
    /// Takes in an answer.
    pub(super) fn take(&mut self, report: DaemonReport) {
        self.happened.retain(|it| it.position > report.position);
        self.reachable = Some(true);
        self.error = None;
        self.report = Some(report);
    }

    /// Takes in an event of the stream, which stands at this position; `waited`: its run waited for its turn until then.
    pub(super) fn apply(&mut self, position: u64, event: &RunEvent, waited: bool) {
        let (running, queued) = match event.kind {
            RunEventKind::RunQueued(_) => {
                self.waiting.insert(event.run);
                (0, 1)
            }
            RunEventKind::RunStarted => {
                self.waiting.remove(&event.run);
                (1, -1)
            }
            RunEventKind::Reopened { .. } => (1, 0),
            RunEventKind::RunEnded { .. } if self.waiting.remove(&event.run) || waited => (0, -1),
            RunEventKind::RunEnded { .. } => (-1, 0),
            _ => return,
        };
        if self.report.as_ref().is_none_or(|report| report.position < position) {
            self.happened.push(Happened { position, running, queued });
        }
    }

    /// How many runs run, and how many wait for their turn.
    pub(crate) fn runs(&self) -> (u32, u32) {
        let Some(report) = &self.report else { return (0, 0) };
        let more = |by: fn(&Happened) -> i64| self.happened.iter().map(by).sum::<i64>();
        let sum = |known: u32, more: i64| u32::try_from(i64::from(known) + more).unwrap_or(0);
        (
            sum(report.running_runs, more(|it| it.running)),
            sum(report.queued_runs, more(|it| it.queued)),
        )
    }
}

impl App {
    /// Why nothing can be done just now that needs the engine.
    pub(crate) fn why_away(&self) -> Option<&'static str> {
        (self.daemon.reachable == Some(false)).then_some("The engine does not answer")
    }

    pub(super) fn take_daemon(&mut self, answer: Result<DaemonReport, ApiError>) {
        match answer {
            Ok(report) => {
                let is_back = self.daemon.reachable == Some(false);
                let known = self.daemon.report.as_ref().map(|known| &known.warnings);
                if known.is_some_and(|known| *known != report.warnings) {
                    // A channel may be among them that does not get through.
                    self.notify.outdated();
                }
                self.daemon.take(report);
                if is_back {
                    self.refresh_watched();
                }
            }
            Err(error) => {
                self.daemon.reachable = Some(false);
                let help = error.help.map(|help| format!("; {help}")).unwrap_or_default();
                self.daemon.error = Some(error.message + &help);
            }
        }
    }

    /// Asks again for the run in view and its log.
    pub(super) fn ask_shown_again(&mut self) {
        let snapshot = self.place == Place::Run;
        let Some(watch) = self.shown_watch_mut() else { return };
        if let Some(log) = &mut watch.log {
            log.error = None;
            watch.log_asked_at = f64::NEG_INFINITY;
        }
        let Some(live) = &mut watch.live else { return };
        live.error = None;
        let run = live.id;
        if !self.backend.is_asking(|p| *p == Purpose::Run(run)) {
            self.ask_run(run, snapshot);
        }
    }

    /// Asks again for the document that could not be opened because nobody answered.
    fn ask_again_to_open(&mut self) {
        if let Some(path) = self.opening.clone()
            && !self.backend.is_asking(|p| matches!(p, Purpose::Open(Some(it)) if *it == path))
        {
            self.open_file(path);
        }
    }

    pub(super) fn refresh_watched(&mut self) {
        self.runs.stale = true;
        self.runs_shown.list.outdated();
        self.grid.outdated();
        self.library.stale = true;
        self.queue_shown.outdated();
        self.notify.outdated();
        self.setting.outdated();
        self.secrets.outdated();
        self.starters_changed();
        self.changes_outdated();
        self.two_runs_outdated();
        self.callees.outdated();
        self.thumbnails.forget_failed();
        for editor in self.tabs.iter_mut() {
            editor.versions.stale |= editor.versions.error.is_some();
            // Nobody may have answered when its problems were asked for.
            editor.checked = u64::MAX;
        }
        if let Some(shown) = &mut self.run {
            shown.place.events.error = None;
        }
        self.ask_again_to_open();
        if std::mem::take(&mut self.lacks_drafts) {
            self.ask_drafts();
        }
        let runs: Vec<RunId> =
            self.watches().filter_map(|watch| watch.live.as_ref().map(|live| live.id)).collect();
        for run in runs {
            if !self.backend.is_asking(|p| *p == Purpose::Run(run)) {
                self.ask_run(run, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::event::RunState;
    use millrace_model::time::Timestamp;

    use super::*;

    fn report(position: u64, running_runs: u32, queued_runs: u32) -> DaemonReport {
        DaemonReport {
            pid: 1,
            version: String::new(),
            api_version: 1,
            home: String::new(),
            started: Timestamp(0),
            running_runs,
            queued_runs,
            running_tasks: 0,
            parallel_tasks: 4,
            warnings: Vec::new(),
            position,
        }
    }

    fn event(run: u64, kind: RunEventKind) -> RunEvent {
        RunEvent { run: RunId(run), seq: 1, at: Timestamp(0), kind }
    }

    #[test]
    fn what_happened_since_the_last_answer_is_counted_and_not_twice() {
        let mut daemon = Daemon::default();
        let ended = || RunEventKind::RunEnded { state: RunState::Succeeded, cause: None };
        daemon.take(report(10, 1, 1));
        daemon.apply(11, &event(2, RunEventKind::RunStarted), true);
        assert_eq!(daemon.runs(), (2, 0));
        daemon.apply(12, &event(1, ended()), false);
        assert_eq!(daemon.runs(), (1, 0));
        // Whoever ends without having begun was never among those that run.
        daemon.apply(13, &event(3, ended()), true);
        assert_eq!(daemon.runs(), (1, 0), "no count is below nothing");
        daemon.take(report(12, 1, 0));
        daemon.take(report(13, 1, 0));
        assert_eq!(daemon.runs(), (1, 0));
        // An event that the answer counts already comes late.
        daemon.apply(13, &event(2, ended()), false);
        assert_eq!(daemon.runs(), (1, 0));
    }
}
