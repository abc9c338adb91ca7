//! The connections that read: kept open between reads, and all of them closed when the file has to be opened anew.

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};

use crate::error::ErrorContext;
use crate::{Reader, StoreError};

/// Readers kept open between reads; more are opened when needed and closed after.
const SPARE_READERS: usize = 4;

#[derive(Debug)]
pub(crate) struct Readers {
    context: ErrorContext,
    spare: Mutex<Vec<Reader>>,
    /// Shared by reads under way; the writer's alone while no connection may be open.
    gate: RwLock<()>,
}

/// While it lives, nobody reads and no connection that reads is open.
#[derive(Debug)]
pub(crate) struct AllClosed<'a> {
    _gate: RwLockWriteGuard<'a, ()>,
}

impl Readers {
    pub(crate) fn new(context: ErrorContext) -> Self {
        Self { context, spare: Mutex::default(), gate: RwLock::default() }
    }

    pub(crate) fn open(&self) -> Result<Reader, StoreError> {
        Reader::open(self.context.clone())
    }

    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let _gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let spare = self.spare().pop();
        let reader = match spare {
            Some(reader) => reader,
            None => self.open()?,
        };
        let answer = read(&reader);
        let mut spare = self.spare();
        if spare.len() < SPARE_READERS {
            spare.push(reader);
        }
        answer
    }

    /// Closes all connections, after the reads under way.
    pub(crate) fn close(&self) -> AllClosed<'_> {
        let gate = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.spare().clear();
        AllClosed { _gate: gate }
    }

    /// A poisoned lock only means that a reader's closure panicked: the list is whole.
    fn spare(&self) -> MutexGuard<'_, Vec<Reader>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
