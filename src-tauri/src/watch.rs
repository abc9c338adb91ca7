//! What the host itself knows of the daemon: how many runs go on, and what failed lately. For the tray, and to keep the
//! machine awake.
//!
//! It looks, and never starts a daemon for it.

use std::time::Duration;

use millrace_api::home::Home;
use millrace_api::run::{DaemonState, ListRuns, RunRow};
use millrace_api::{ApiError, Backend as _};
use millrace_model::event::RunState;
use millrace_model::ids::RunId;

/// Between two looks.
pub(crate) const PAUSE: Duration = Duration::from_secs(5);
/// So many failures are named.
const FAILURES: u32 = 5;

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Runs that go on or wait for their turn.
    pub(crate) runs: u32,
    /// Tasks that run.
    pub(crate) tasks: u32,
    /// The newest runs that failed.
    pub(crate) failures: Vec<Failure>,
}

/// A run that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Which.
    pub(crate) run: RunId,
    /// The workflow, as people call it.
    pub(crate) title: String,
    /// Why, in half a sentence.
    pub(crate) cause: String,
}

/// Looks again and again at the daemon of a home.
#[derive(Debug)]
pub(crate) struct Watch {
    home: Home,
    /// The last place in its journal, and what was seen there.
    last: Option<(u64, Seen)>,
}

impl Watch {
    pub(crate) fn new(home: Home) -> Self {
        Self { home, last: None }
    }

    /// Looks once. Where no daemon runs nothing goes on; what failed before is still known.
    pub(crate) async fn look(&mut self) -> Seen {
        let seen = self.ask().await;
        let failures = || self.last.as_ref().map(|(_, seen)| seen.failures.clone());
        match seen {
            Ok(Some((position, seen))) => {
                self.last = Some((position, seen.clone()));
                seen
            }
            // It cannot be reached now; the next look comes soon.
            Ok(None) | Err(_) => {
                Seen { failures: failures().unwrap_or_default(), ..Seen::default() }
            }
        }
    }

    async fn ask(&self) -> Result<Option<(u64, Seen)>, ApiError> {
        let Some(client) = millrace_client::connect_running(&self.home).await? else {
            return Ok(None);
        };
        let report = client.daemon_state(DaemonState {}).await?;
        let (runs, tasks) = (report.running_runs + report.queued_runs, report.running_tasks);
        let failures = match &self.last {
            Some((position, seen)) if *position == report.position => seen.failures.clone(),
            _ => {
                let states = vec![RunState::Failed];
                let request = ListRuns { states, limit: FAILURES, ..ListRuns::default() };
                client.list_runs(request).await?.runs.into_iter().map(Failure::of).collect()
            }
        };
        Ok(Some((report.position, Seen { runs, tasks, failures })))
    }
}

impl Failure {
    fn of(row: RunRow) -> Self {
        let title = row.title.unwrap_or_else(|| row.workflow.to_string());
        Self { run: row.run, title, cause: row.cause }
    }
}

/// `2 runs go on`.
pub(crate) fn words(seen: &Seen) -> String {
    match seen.runs {
        0 => "Nothing runs".to_owned(),
        1 => "1 run is running".to_owned(),
        runs => format!("{runs} runs are running"),
    }
}
