//! What starts workflows by itself: the clock, files, the ends of other workflows' runs, calls.
//!
//! `sources` finds the documents that have schedules and triggers, `watch` notices that they change, `standing` is what is
//! known of them, `turn` asks the planner what is due and has it done, `fire` starts a run, `triggers` does the
//! same for what is not the clock. `list`, `backfill` and `steer`
//! answer what clients ask. `aside` is for disks that do not answer.

mod aside;
mod backfill;
mod fire;
mod list;
mod sources;
mod standing;
mod steer;
#[cfg(test)]
mod tests;
mod triggers;
mod turn;
mod watch;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use millrace_model::document::Workflow;
use millrace_model::ident::Ident;
use millrace_model::ids::WorkflowId;
use tokio::sync::Notify;
use tokio::sync::watch::{Sender, channel};

use aside::Unanswered;
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
    /// Some trigger waits for the ends of runs.
    hears_ends: AtomicBool,
    /// Some trigger waits for files.
    hears_files: AtomicBool,
    /// The look at the documents that is under way may never end.
    is_stuck: AtomicBool,
    unanswered: Unanswered,
    /// Triggers with a rate that are being called.
    calls: Mutex<BTreeSet<(WorkflowId, Ident)>>,
}

impl Schedules {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        let (seen, _) = channel(());
        Self {
            standing: Mutex::default(),
            wake: Notify::new(),
            seen,
            hears_ends: AtomicBool::new(false),
            hears_files: AtomicBool::new(false),
            is_stuck: AtomicBool::new(false),
            unanswered: Unanswered::default(),
            calls: Mutex::default(),
        }
    }

    /// Documents, trust or settings changed.
    pub(crate) fn touch(&self) {
        self.standing().changes += 1;
        self.wake.notify_one();
    }

    /// A run of the document at `path` begins: where it is the first one, the document is known from now on, and may start
    /// by itself.
    pub(crate) fn run_begins(&self, path: &Path, document: &Workflow) {
        let starts_itself = !document.schedules.is_empty() || !document.triggers.is_empty();
        if starts_itself && self.standing().at(path).is_none() {
            self.touch();
        }
    }

    /// A run ended. Never waits.
    pub(crate) fn run_ended(&self) {
        if self.hears_ends.load(Ordering::Relaxed) {
            self.wake.notify_one();
        }
    }

    /// A file that a trigger may look for is new, changed or gone.
    fn file_changed(&self) {
        if self.hears_files.load(Ordering::Relaxed) {
            self.wake.notify_one();
        }
    }

    /// Whether the look that is under way may never end: nobody waits for it then.
    fn set_stuck(&self, is_stuck: bool) {
        if self.is_stuck.swap(is_stuck, Ordering::Relaxed) != is_stuck {
            self.seen.send_replace(());
        }
    }

    /// Whether anything may start by itself. True until that is known.
    pub(crate) fn has_any(&self) -> bool {
        let standing = self.standing();
        standing.looked.is_none() || standing.all().any(|workflow| workflow.is_awake())
    }

    fn calls(&self) -> MutexGuard<'_, BTreeSet<(WorkflowId, Ident)>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
