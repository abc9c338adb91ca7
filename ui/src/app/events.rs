//! What happens in the daemon, as it happens: into everything that shows runs.

use millrace_api::run::WhyRun;
use millrace_api::{Command as _, StreamItem};
use millrace_model::event::{RunEventKind, RunState};
use millrace_model::ids::RunId;

use super::App;
use super::replies::{Purpose, jump_to_failure};
use crate::state::Taken;

impl App {
    /// Takes in a batch.
    pub(super) fn take_events(&mut self, item: &StreamItem) {
        let mut refetch = Vec::new();
        if item.relist {
            self.runs.stale = true;
            self.runs_shown.list.outdated();
            self.grid.outdated();
            self.changes_outdated();
            self.two_runs_outdated();
            self.library.stale = true;
            self.inbox.outdated();
            self.setting.outdated();
        }
        for event in &item.events {
            let row = self.runs.rows.iter().find(|row| row.run == event.run);
            let waited = row.is_some_and(|row| row.state == RunState::Queued);
            self.daemon.apply(item.position, event, waited);
            self.runs.apply(event);
            self.runs_shown.apply(event);
            self.grid.apply(event);
            self.queue_shown.apply(event);
            self.inbox.apply(event);
            if matches!(event.kind, RunEventKind::RunEnded { .. } | RunEventKind::RunQueued(_)) {
                self.library.stale = true;
                self.starters_changed();
            }
            if matches!(event.kind, RunEventKind::RunStarted) {
                self.fires.outdated();
            }
            if let Some(shown) = &mut self.two_runs {
                shown.apply(event);
            }
            if let Some(shown) = &mut self.run {
                shown.place.events.apply(shown.run, event);
            }
            for watch in self.watches() {
                let Some(live) = &mut watch.live else { continue };
                match live.apply(event) {
                    Taken::Refetch => refetch.push(live.id),
                    Taken::Changed | Taken::Nothing => {}
                }
            }
        }
        // Once a batch: a long run sends its events by the hundred.
        self.watches().for_each(jump_to_failure);
        refetch.sort_unstable();
        refetch.dedup();
        for run in refetch {
            if !self.backend.is_asking(|p| *p == Purpose::Run(run)) {
                self.ask_run(run, false);
            }
        }
        let waiting: Vec<RunId> = self
            .watches()
            .filter_map(|watch| watch.live.as_ref())
            .filter(|live| live.is_active())
            .map(|live| live.id)
            .collect();
        for run in waiting {
            if !self.backend.is_asking(|p| *p == Purpose::Why(run)) {
                self.backend.ask(WhyRun { run }.into_request(), Purpose::Why(run));
            }
        }
    }
}
