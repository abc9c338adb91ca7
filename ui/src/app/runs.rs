//! The list of all runs: pages from the daemon, kept current by events.

use millrace_api::run::{RunPage, RunRow};
use millrace_model::event::{RunEvent, RunEventKind, RunState};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;

use super::App;

/// Asked for at once.
pub(crate) const PAGE: u32 = 200;

/// The list of all runs, newest first.
#[derive(Debug, Default)]
pub(crate) struct RunsList {
    /// As far as loaded.
    pub(crate) rows: Vec<RunRow>,
    /// Ask with this for older ones.
    pub(crate) next: Option<RunId>,
    /// The first page has come.
    pub(crate) loaded: bool,
    /// Why it could not be read.
    pub(crate) error: Option<String>,
    /// An event spoke of a run that is not in the list: ask for the first page again.
    pub(crate) stale: bool,
}

impl App {
    /// What people call a task of this workflow, where that is open here.
    pub(crate) fn task_title(&self, workflow: &Ident, task: &str) -> Option<String> {
        let open = self.tabs.iter().map(|editor| editor.doc.workflow.as_ref());
        let run = self.run.as_ref().and_then(|run| run.workflow());
        let mut known = open.chain(run).filter(|known| known.name == *workflow);
        known.find_map(|known| Some(known.task(task)?.shown_name().to_owned()))
    }
}

impl RunsList {
    /// Takes in the first page; what was loaded further down stays where the pages meet.
    pub(crate) fn take_first(&mut self, page: RunPage) {
        self.error = None;
        self.loaded = true;
        self.stale = false;
        let meets =
            page.runs.last().and_then(|last| self.rows.iter().position(|row| row.run == last.run));
        match meets {
            Some(at) if self.rows.len() > page.runs.len() => {
                let older = self.rows.split_off(at + 1);
                self.rows = page.runs;
                self.rows.extend(older);
            }
            _ => {
                self.rows = page.runs;
                self.next = page.next;
            }
        }
    }

    /// Takes in a further page.
    pub(crate) fn take_older(&mut self, page: RunPage) {
        self.error = None;
        let known: std::collections::HashSet<_> = self.rows.iter().map(|row| row.run).collect();
        self.rows.extend(page.runs.into_iter().filter(|row| !known.contains(&row.run)));
        self.next = page.next;
    }

    /// Takes in an event. What a row cannot know by an event alone is asked for again.
    pub(crate) fn apply(&mut self, event: &RunEvent) {
        let row = self.rows.iter_mut().find(|row| row.run == event.run);
        let Some(row) = row else {
            // Perhaps it is in an answer that is on its way, as it stood before this event.
            self.stale |= matches!(
                event.kind,
                RunEventKind::RunQueued(_)
                    | RunEventKind::RunStarted
                    | RunEventKind::RunEnded { .. }
            );
            return;
        };
        match &event.kind {
            RunEventKind::RunStarted => {
                row.state = RunState::Running;
                row.started.get_or_insert(event.at);
            }
            RunEventKind::RunPaused { .. } => row.state = RunState::Paused,
            RunEventKind::RunResumed { .. } => row.state = RunState::Running,
            RunEventKind::Reopened { .. } => {
                row.state = RunState::Running;
                row.ended = None;
                row.cause.clear();
            }
            RunEventKind::RunEnded { state, cause } => {
                row.state = *state;
                row.ended = Some(event.at);
                row.cause = cause.as_ref().map(ToString::to_string).unwrap_or_default();
                self.stale = true;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::ids::RunId;
    use millrace_model::time::Timestamp;

    use super::*;

    #[test]
    fn the_end_of_a_run_that_is_not_known_yet_asks_again() {
        let event = |kind| RunEvent { run: RunId(1), seq: 3, at: Timestamp(0), kind };
        let mut list = RunsList { stale: false, ..RunsList::default() };
        list.apply(&event(RunEventKind::TasksQueued { tasks: Vec::new() }));
        assert!(!list.stale);
        list.apply(&event(RunEventKind::RunEnded { state: RunState::Succeeded, cause: None }));
        assert!(list.stale, "an answer that is on its way may have it as it stood before");
    }
}
