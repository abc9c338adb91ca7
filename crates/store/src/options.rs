//! How a store is opened: durability, patience, and the hook by which tests inject faults.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::StoreError;

/// How much a power loss may take back. A crash of a process never takes anything back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// At most the last second.
    #[default]
    Second,
    /// Nothing that was acknowledged.
    Full,
}

/// What a commit promises when it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Persist {
    /// Every reader sees it, a crash of the process keeps it; a power loss may take it back during the next second
    /// (never with [`Durability::Full`]).
    Soon,
    /// It is on the disk.
    Now,
}

/// A place where a test can make the store fail or die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// In a migration's transaction, before statement `step` (from 0) of the migration to `version`.
    Migration {
        /// The format it leads to.
        version: u32,
        /// Which statement.
        step: usize,
    },
    /// Everything of a batch is written, nothing is committed.
    BeforeCommit,
    /// The batch is committed, the caller does not know yet.
    AfterCommit,
    /// After a failed sync: the file is open again and was checked, the log has not been moved into the database.
    Reopen,
}

/// Called at each [`FaultPoint`]; an error is treated as if SQLite had given it.
pub type FaultHook = Arc<dyn Fn(FaultPoint) -> Result<(), StoreError> + Send + Sync>;

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    /// How much a power loss may take back.
    pub durability: Durability,
    /// How long a write waits for another program's lock before [`StoreError::Busy`].
    pub busy_wait: Duration,
    /// How long opening may be held up by the check after an unclean exit; the rest of the check goes on
    /// in the background.
    pub check_budget: Duration,
    /// The largest database in pages of 4 KiB; none for SQLite's own limit.
    pub max_pages: Option<u32>,
    /// Accept any file system. For people who know that theirs locks and maps files properly.
    pub any_file_system: bool,
    /// For tests.
    pub fault_hook: Option<FaultHook>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durability: Durability::Second,
            busy_wait: Duration::from_secs(2),
            check_budget: Duration::from_millis(1_500),
            max_pages: None,
            any_file_system: false,
            fault_hook: None,
        }
    }
}

impl Options {
    /// Asks the hook, if there is one.
    pub(crate) fn fault(&self, point: FaultPoint) -> Result<(), StoreError> {
        match &self.fault_hook {
            None => Ok(()),
            Some(hook) => hook(point),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("durability", &self.durability)
            .field("busy_wait", &self.busy_wait)
            .field("check_budget", &self.check_budget)
            .field("max_pages", &self.max_pages)
            .field("any_file_system", &self.any_file_system)
            .field("fault_hook", &self.fault_hook.is_some())
            .finish()
    }
}
