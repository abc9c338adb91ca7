//! What starts workflows by itself: the clock.
//!
//! `sources` finds the documents that have schedules and triggers, `watch` notices that they change, `standing` is what is
//! known of them, `turn` asks the planner what is due and has it done, `fire` starts a run. `list`, `backfill` and `steer`
//! answer what clients ask.

mod backfill;
mod fire;
mod inbox;
mod list;
mod sources;
mod standing;
mod steer;
mod turn;
mod watch;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::watch::{Sender, channel};

use standing::Standing;
pub(crate) use turn::serve;

/// The schedules and triggers of a home.
#[derive(Debug)]
pub(crate) struct Schedules {
    standing: Mutex<Standing>,
    /// Something changed: look again.
    wake: Notify,
    /// Told after each look at the documents.
    seen: Sender<()>,
}

impl Schedules {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        let (seen, _) = channel(());
        Self { standing: Mutex::default(), wake: Notify::new(), seen }
    }

    /// Documents, trust or settings changed.
    pub(crate) fn touch(&self) {
        self.standing().is_stale = true;
        self.wake.notify_one();
    }

    /// Whether anything may start by itself. True until that is known.
    pub(crate) fn has_any(&self) -> bool {
        let standing = self.standing();
        !standing.is_known || standing.workflows.values().any(standing::Workflow::is_awake)
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
