//! The writer as the engine's journal. Only names are changed here.

use std::time::Instant;

use millrace_engine::ports::{Journal, JournalError, Sync};
use millrace_model::event::RunEvent;

use super::Writer;
use crate::StoreError;
use crate::options::Persist;

impl Journal for Writer {
    fn commit(&mut self, batch: &[RunEvent], sync: Sync) -> Result<(), JournalError> {
        let persist = match sync {
            Sync::Soon => Persist::Soon,
            Sync::Now => Persist::Now,
        };
        Self::commit(self, batch, persist)?;
        // A busy engine must not keep the writes of other threads waiting.
        self.poll();
        Ok(())
    }

    fn put_snapshot(&mut self, hash: &str, text: &str) -> Result<(), JournalError> {
        let named = Self::put_snapshot(self, text)?;
        if named == hash {
            return Ok(());
        }
        Err(JournalError {
            message: format!(
                "the snapshot {hash} has the hash {named}; this is a bug in Millrace, please report it"
            ),
            fatal: true,
        })
    }

    fn idle(&mut self) {
        if let Err(error) = Self::idle(self) {
            // The next commit meets it again and tells the driver.
            tracing::warn!(%error, "the history could not be put onto the disk");
        }
    }

    fn idle_due(&self) -> Option<Instant> {
        self.sync_due()
    }

    fn on_wake(&mut self, wake: Box<dyn Fn() + Send + std::marker::Sync>) {
        self.on_mail(wake);
    }
}

impl From<StoreError> for JournalError {
    fn from(error: StoreError) -> Self {
        let may_pass = error.is_temporary()
            || matches!(
                error,
                StoreError::Io { .. }
                    | StoreError::Unsynced { .. }
                    | StoreError::ReadOnly { .. }
                    | StoreError::Injected(_)
            );
        Self { message: error.to_string(), fatal: !may_pass }
    }
}
