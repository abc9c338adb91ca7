//! What is well on this machine and in a home and what is not, and one file of that for a report of a problem.
//!
//! It looks and never mends. The daemon answers with it, and so does a command line where no daemon runs: what only a
//! daemon knows is given by whoever asks.

mod bundle;
mod home;
mod machine;

use millrace_api::diagnostics::{
    Check, Diagnostics, ReadDiagnostics, SaveDiagnostics, SavedDiagnostics,
};
use millrace_api::home::Home;
use millrace_api::run::{DaemonReport, DaemonState};
use millrace_api::schedule::{ListSchedules, ScheduleList};
use millrace_api::storage::Storage;
use millrace_api::{ApiError, Backend};

use crate::app::{App, blocking};
pub use bundle::Bundle;

/// What is known of the daemon.
#[derive(Debug, Default)]
pub struct DaemonSeen {
    /// What it says of itself, or why it does not answer; none where none runs.
    pub state: Option<Result<DaemonReport, ApiError>>,
    /// Whether something would start by itself.
    pub has_schedules: bool,
    /// What takes space.
    pub storage: Option<Storage>,
}

impl DaemonSeen {
    /// Asks a daemon that runs.
    pub async fn ask(daemon: &dyn Backend) -> Self {
        let schedules = daemon.list_schedules(ListSchedules { source: None }).await;
        Self {
            state: Some(daemon.daemon_state(DaemonState {}).await),
            has_schedules: schedules.is_ok_and(|list| starts_by_itself(&list)),
            storage: daemon.read_storage(millrace_api::storage::ReadStorage {}).await.ok(),
        }
    }
}

/// Looks at everything.
///
/// # Errors
/// When a thread for it cannot be had.
pub async fn look(
    home: Result<Home, ApiError>,
    daemon: DaemonSeen,
) -> Result<(Vec<Check>, Bundle), ApiError> {
    let keyring = match &home {
        Ok(home) => home::keyring(home).await,
        Err(_) => None,
    };
    blocking(move || {
        let checks = checks(&home, &daemon, keyring);
        let bundle = Bundle::new(home.ok().as_ref(), &checks, daemon.storage)?;
        Ok((checks, bundle))
    })
    .await
}

impl App {
    pub(crate) async fn diagnose(&self, _: ReadDiagnostics) -> Result<Diagnostics, ApiError> {
        let (checks, bundle) = self.look_here().await?;
        Ok(Diagnostics { checks, parts: bundle.parts() })
    }

    pub(crate) async fn save_diagnosis(
        &self,
        args: SaveDiagnostics,
    ) -> Result<SavedDiagnostics, ApiError> {
        let (_, bundle) = self.look_here().await?;
        blocking(move || bundle.save(&args)).await
    }

    async fn look_here(&self) -> Result<(Vec<Check>, Bundle), ApiError> {
        look(Ok(self.home.clone()), DaemonSeen::ask(self).await).await
    }
}

fn checks(
    home: &Result<Home, ApiError>,
    daemon: &DaemonSeen,
    keyring: Option<Check>,
) -> Vec<Check> {
    let mut checks = vec![machine::program()];
    checks.extend(machine::companions());
    match home {
        Ok(found) => {
            checks.extend([home::place(found), home::settings(found), home::disk(found)]);
            checks.extend(home::daemon(found, daemon));
            checks.extend(keyring);
            checks.push(home::login(found, daemon));
        }
        Err(error) => {
            let help = error.help.clone().unwrap_or_default();
            checks.push(Check::error("home", error.message.clone(), help));
        }
    }
    checks.extend([
        machine::sqlite(),
        machine::session_bus(),
        machine::cgroup(),
        machine::python(),
        machine::uv(),
        machine::time_zone(),
    ]);
    checks
}

fn starts_by_itself(list: &ScheduleList) -> bool {
    list.schedules.iter().any(|row| row.is_on && row.held.is_none())
}
