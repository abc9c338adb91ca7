//! What is known of the daemon: whether it answers, its last answer, and what happened since.

use std::collections::BTreeSet;

use millrace_api::run::DaemonReport;
use millrace_model::event::{RunEvent, RunEventKind};
use millrace_model::ids::RunId;

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
