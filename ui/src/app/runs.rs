//! The newest runs, kept current by events: what is found and counted anywhere in the window. The place Runs has a list of its own.

use millrace_api::run::{RunPage, RunRow};
use millrace_model::event::RunEvent;
use millrace_model::ident::Ident;

use super::App;
use crate::state::{apply_to_row, tells_in_row};

/// Asked for at once.
pub(crate) const PAGE: u32 = 200;

/// The newest runs, newest first.
#[derive(Debug, Default)]
pub(crate) struct RunsList {
    /// A page of them.
    pub(crate) rows: Vec<RunRow>,
    /// How many there are in the history.
    pub(crate) all: Option<u64>,
    /// The first page has come.
    pub(crate) loaded: bool,
    /// Why it could not be read.
    pub(crate) error: Option<String>,
    /// It may be another one by now: ask for the first page again.
    pub(crate) stale: bool,
    /// An answer is on its way.
    is_awaited: bool,
}

impl App {
    /// What people call a task of this workflow, where that is open here.
    pub(crate) fn task_title(&self, workflow: &Ident, task: &str) -> Option<String> {
        let open = self.tabs.iter().map(|editor| editor.doc.workflow.as_ref());
        let run = self.run.as_ref().and_then(|run| run.workflow());
        let mut known = open.chain(run).filter(|known| known.name == *workflow);
        known.find_map(|known| Some(known.task(task)?.shown_name().to_owned()))
    }

    /// Why a run did not succeed, with what its first failed task said last; empty where there is nothing to say.
    pub(crate) fn why(&self, run: &RunRow) -> String {
        let named = run.failed_task.as_deref().and_then(|task| {
            let rest = run.cause.strip_prefix(task)?;
            Some(format!("{}{rest}", self.task_title(&run.workflow, task)?))
        });
        let cause = named.unwrap_or_else(|| run.cause.clone());
        match run.last_line.trim() {
            "" => cause,
            line if cause.is_empty() => line.to_owned(),
            line => format!("{cause}: {line}"),
        }
    }
}

impl RunsList {
    /// The first page was asked for: what happens from now on, the answer may not know.
    pub(crate) fn asked(&mut self) {
        self.stale = false;
        self.is_awaited = true;
    }

    /// There is no answer.
    pub(crate) fn fail(&mut self, message: String) {
        self.error = Some(message);
        self.is_awaited = false;
    }

    /// Takes in the first page.
    pub(crate) fn take_first(&mut self, page: RunPage) {
        self.error = None;
        self.loaded = true;
        self.is_awaited = false;
        self.rows = page.runs;
        self.all = page.counted.map(|counted| counted.all);
    }

    /// Takes in an event. What a row cannot know by an event alone is asked for again.
    pub(crate) fn apply(&mut self, event: &RunEvent) {
        let row = self.rows.iter_mut().find(|row| row.run == event.run);
        let is_known = row.is_some();
        self.stale |= row.is_some_and(|row| apply_to_row(row, event));
        // An answer that is on its way may have the run as it stood before.
        self.stale |= (self.is_awaited || !is_known) && tells_in_row(&event.kind);
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::event::{RunEventKind, RunState};
    use millrace_model::ids::RunId;
    use millrace_model::time::Timestamp;

    use super::*;
    use crate::state::fixture;

    #[test]
    fn the_end_of_a_run_that_is_not_known_yet_asks_again() {
        let event = |kind| RunEvent { run: RunId(1), seq: 3, at: Timestamp(0), kind };
        let mut list = RunsList { stale: false, ..RunsList::default() };
        list.apply(&event(RunEventKind::TasksQueued { tasks: Vec::new() }));
        assert!(!list.stale);
        list.apply(&event(RunEventKind::RunEnded { state: RunState::Succeeded, cause: None }));
        assert!(list.stale, "an answer that is on its way may have it as it stood before");
        // What happened while it was on its way is not forgotten with it.
        list.asked();
        list.apply(&event(RunEventKind::RunStarted));
        let page = RunPage { runs: vec![fixture::run_row(1)], next: None, counted: None, mark: 1 };
        list.take_first(page.clone());
        assert!(list.stale);
        // Nor where the run was known.
        list.asked();
        list.apply(&event(RunEventKind::RunStarted));
        list.take_first(page.clone());
        assert!(list.stale);
        list.asked();
        list.take_first(page);
        assert!(!list.stale, "nothing happened");
        list.apply(&event(RunEventKind::RunStarted));
        assert!(!list.stale, "the row knows it");
    }
}
