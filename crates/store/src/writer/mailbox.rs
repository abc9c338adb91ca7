//! Small writes from other threads, run on the writer's thread between its batches.

use std::collections::VecDeque;
use std::fmt;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::{StoreError, Writer};

type Write = Box<dyn FnOnce(&mut Writer) + Send>;
type Wake = Box<dyn Fn() + Send + Sync>;

/// Leaves writes for the writer's thread. Cheap to clone.
#[derive(Clone)]
pub struct Mailbox {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    wake: OnceLock<Wake>,
    queue: Mutex<Queue>,
    /// Told when a write was taken out, and at the end.
    taken: Condvar,
}

#[derive(Default)]
struct Queue {
    writes: VecDeque<Write>,
    is_closed: bool,
}

/// The writer's end.
pub(super) struct Inbox {
    mailbox: Mailbox,
}

impl Mailbox {
    /// How many writes can wait.
    pub const CAPACITY: usize = 256;
    /// How long [`Mailbox::call`] waits for room at most.
    pub const PATIENCE: Duration = Duration::from_secs(30);

    /// Leaves a write without waiting, neither for room nor for what becomes of it. The closure can tell that by any
    /// channel it likes; it is dropped without being called when the writer goes.
    ///
    /// # Errors
    /// [`StoreError::MailboxFull`] or [`StoreError::Closed`].
    pub fn post(&self, write: impl FnOnce(&mut Writer) + Send + 'static) -> Result<(), StoreError> {
        self.leave(write, Duration::ZERO)
    }

    /// Leaves a write and waits for its answer; where the mailbox is full, for room first. Never call it on the writer's
    /// own thread, nor on a thread that an asynchronous runtime needs.
    ///
    /// # Errors
    /// What the write says; [`StoreError::MailboxFull`] where there was no room within [`Mailbox::PATIENCE`], and the write
    /// is not done; [`StoreError::Closed`].
    pub fn call<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.call_within(Self::PATIENCE, write)
    }

    /// As [`Mailbox::call`], with a patience of one's own.
    ///
    /// # Errors
    /// As [`Mailbox::call`].
    pub fn call_within<T: Send + 'static>(
        &self,
        patience: Duration,
        write: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = sync_channel(1);
        let write = move |writer: &mut Writer| {
            // Nobody waits any more: the write is done all the same.
            drop(answer.send(write(writer)));
        };
        self.leave(write, patience)?;
        // Without a limit: what is in the mailbox is done, and giving up on its answer would leave that open.
        answered.recv().map_err(|_| StoreError::Closed)?
    }

    fn leave(
        &self,
        write: impl FnOnce(&mut Writer) + Send + 'static,
        patience: Duration,
    ) -> Result<(), StoreError> {
        let queue = self.shared.queue();
        let is_full = |queue: &mut Queue| !queue.is_closed && queue.writes.len() >= Self::CAPACITY;
        let waited = self.shared.taken.wait_timeout_while(queue, patience, is_full);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if queue.is_closed {
            return Err(StoreError::Closed);
        }
        if is_full(&mut queue) {
            return Err(StoreError::MailboxFull { waiting: queue.writes.len() });
        }
        queue.writes.push_back(Box::new(write));
        drop(queue);
        // Whoever sets the waker looks for writes after that: either it is seen here, or the write there.
        if let Some(wake) = self.shared.wake.get() {
            wake();
        }
        Ok(())
    }
}

impl Inbox {
    pub(super) fn new() -> Self {
        Self { mailbox: Mailbox { shared: Arc::default() } }
    }

    pub(super) fn mailbox(&self) -> Mailbox {
        self.mailbox.clone()
    }

    /// The first call counts. What came before it is announced at once.
    pub(super) fn on_mail(&self, wake: impl Fn() + Send + Sync + 'static) {
        let shared = &self.mailbox.shared;
        drop(shared.wake.set(Box::new(wake)));
        let is_waiting = !shared.queue().writes.is_empty();
        if is_waiting && let Some(wake) = shared.wake.get() {
            wake();
        }
    }

    pub(super) fn next(&self) -> Option<Write> {
        let write = self.mailbox.shared.queue().writes.pop_front()?;
        self.mailbox.shared.taken.notify_one();
        Some(write)
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        let shared = &self.mailbox.shared;
        let left = {
            let mut queue = shared.queue();
            queue.is_closed = true;
            std::mem::take(&mut queue.writes)
        };
        shared.taken.notify_all();
        // Whoever waits for an answer learns that there is none.
        drop(left);
    }
}

impl Shared {
    /// A poisoned lock only means that a thread ended while it held it: the list is whole.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").finish_non_exhaustive()
    }
}
