//! Small writes from other threads, run on the writer's thread between its batches.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};

use crate::{StoreError, Writer};

type Write = Box<dyn FnOnce(&mut Writer) + Send>;
type Wake = Box<dyn Fn() + Send + Sync>;

/// Leaves writes for the writer's thread. Cheap to clone.
#[derive(Clone)]
pub struct Mailbox {
    sender: SyncSender<Write>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    wake: OnceLock<Wake>,
    waiting: AtomicUsize,
}

/// The writer's end.
pub(super) struct Inbox {
    receiver: Receiver<Write>,
    mailbox: Mailbox,
}

impl Mailbox {
    /// How many writes can wait.
    pub const CAPACITY: usize = 256;

    /// Leaves a write without waiting for it. What becomes of it the closure can tell by any channel it likes; it is
    /// dropped without being called when the writer goes.
    ///
    /// # Errors
    /// [`StoreError::MailboxFull`] or [`StoreError::Closed`].
    pub fn post(&self, write: impl FnOnce(&mut Writer) + Send + 'static) -> Result<(), StoreError> {
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = self.sender.try_send(Box::new(write)) {
            let waiting = self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(match error {
                TrySendError::Full(_) => StoreError::MailboxFull { waiting },
                TrySendError::Disconnected(_) => StoreError::Closed,
            });
        }
        // With the one in `on_mail`: either the waker is seen here, or the write there.
        fence(Ordering::SeqCst);
        if let Some(wake) = self.shared.wake.get() {
            wake();
        }
        Ok(())
    }

    /// Leaves a write and waits for its answer. Never call it on the writer's own thread, nor on a thread that an
    /// asynchronous runtime needs.
    ///
    /// # Errors
    /// What the write says, or as [`Mailbox::post`].
    pub fn call<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = sync_channel(1);
        self.post(move |writer| {
            // Nobody waits any more: the write is done all the same.
            drop(answer.send(write(writer)));
        })?;
        answered.recv().map_err(|_| StoreError::Closed)?
    }
}

impl Inbox {
    pub(super) fn new() -> Self {
        let (sender, receiver) = sync_channel(Mailbox::CAPACITY);
        Self { receiver, mailbox: Mailbox { sender, shared: Arc::default() } }
    }

    pub(super) fn mailbox(&self) -> Mailbox {
        self.mailbox.clone()
    }

    /// The first call counts. What came before it is announced at once.
    pub(super) fn on_mail(&self, wake: impl Fn() + Send + Sync + 'static) {
        let shared = &self.mailbox.shared;
        drop(shared.wake.set(Box::new(wake)));
        fence(Ordering::SeqCst);
        if shared.waiting.load(Ordering::Relaxed) > 0
            && let Some(wake) = shared.wake.get()
        {
            wake();
        }
    }

    pub(super) fn next(&self) -> Option<Write> {
        let write = self.receiver.try_recv().ok()?;
        self.mailbox.shared.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(write)
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
