//! What the host itself knows of the daemon: how many runs go on, and what waits for a person. For the tray, and to keep the
//! machine awake.
//!
//! It looks, and never starts a daemon for it.

use std::time::Duration;

use millrace_api::home::Home;
use millrace_api::inbox::ReadInbox;
use millrace_api::run::{DaemonState, RunRow};
use millrace_api::{ApiError, Backend as _};
use millrace_model::ids::RunId;

/// Between two looks.
pub(crate) const PAUSE: Duration = Duration::from_secs(5);
/// So many failures are named.
const FAILURES: usize = 5;

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Runs that go on or wait for their turn.
    pub(crate) runs: u32,
    /// Tasks that run.
    pub(crate) tasks: u32,
    /// Things in the inbox.
    pub(crate) waiting: usize,
    /// The newest runs that failed and that nobody has seen.
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
    /// What was seen last.
    last: Seen,
}

impl Watch {
    pub(crate) fn new(home: Home) -> Self {
        Self { home, last: Seen::default() }
    }

    /// Looks once. Where no daemon runs nothing goes on; what waited before still does.
    pub(crate) async fn look(&mut self) -> Seen {
        self.last = match self.ask().await {
            Ok(Some(seen)) => seen,
            // It cannot be reached now; the next look comes soon.
            Ok(None) | Err(_) => Seen { runs: 0, tasks: 0, ..self.last.clone() },
        };
        self.last.clone()
    }

    async fn ask(&self) -> Result<Option<Seen>, ApiError> {
        let Some(client) = millrace_client::connect_running(&self.home).await? else {
            return Ok(None);
        };
        let report = client.daemon_state(DaemonState {}).await?;
        let inbox = client.read_inbox(ReadInbox {}).await?;
        let told = inbox.questions.len() + inbox.untrusted.len();
        Ok(Some(Seen {
            runs: report.running_runs + report.queued_runs,
            tasks: report.running_tasks,
            waiting: told + inbox.failures.len() + inbox.skips.len(),
            failures: inbox.failures.into_iter().take(FAILURES).map(Failure::of).collect(),
        }))
    }
}

impl Failure {
    fn of(row: RunRow) -> Self {
        let title = row.title.unwrap_or_else(|| row.workflow.to_string());
        Self { run: row.run, title, cause: row.cause }
    }
}

/// `2 runs are running`.
pub(crate) fn words(seen: &Seen) -> String {
    match seen.runs {
        0 => "Nothing runs".to_owned(),
        1 => "1 run is running".to_owned(),
        runs => format!("{runs} runs are running"),
    }
}

/// `3 things wait for you`; none where nothing does.
pub(crate) fn waiting_words(seen: &Seen) -> Option<String> {
    match seen.waiting {
        0 => None,
        1 => Some("1 thing waits for you".to_owned()),
        things => Some(format!("{things} things wait for you")),
    }
}
