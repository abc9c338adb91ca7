//! Ctrl-C: the first cancels the run, the second kills it, the third leaves.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use millrace_api::run::CancelRun;
use millrace_model::ids::RunId;

use crate::failure::Failure;
use crate::link::Link;

/// Listens for Ctrl-C and SIGTERM.
pub(crate) struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
    count: u32,
}

/// What the person at the keyboard wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Cancel,
    Kill,
    Leave,
}

impl Wish {
    /// What is being done about it.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Cancel => "cancelling the run; Ctrl-C again kills it",
            Self::Kill => "killing the run; Ctrl-C again leaves without waiting",
            Self::Leave => "leaving",
        }
    }
}

impl Interrupts {
    /// From now on the signals do not end this process any more. Needs a runtime.
    ///
    /// # Errors
    /// When the system refuses a signal handler.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            count: 0,
        })
    }

    /// The next wish. May be dropped while waiting.
    pub(super) async fn next(&mut self) -> Wish {
        let heard = tokio::select! {
            heard = self.interrupt.recv() => heard,
            heard = self.terminate.recv() => heard,
        };
        if heard.is_none() {
            // The runtime is ending: no signal will come.
            std::future::pending::<()>().await;
        }
        self.count += 1;
        match self.count {
            1 => Wish::Cancel,
            2 => Wish::Kill,
            _ => Wish::Leave,
        }
    }
}

/// The way to the daemon; none where Ctrl-C came first. Nothing has been started yet, so nothing is left behind.
pub(crate) async fn connect(interrupts: &mut Interrupts) -> Result<Option<Link>, Failure> {
    tokio::select! {
        biased;
        _wish = interrupts.next() => Ok(None),
        link = Link::to_daemon() => link.map(Some),
    }
}

/// Asks for the end of a run, without waiting: the next Ctrl-C must be heard meanwhile.
pub(super) fn ask(mut link: Link, run: RunId, kill: bool) {
    tokio::spawn(async move {
        loop {
            match link.backend().cancel_run(CancelRun { run, kill }).await {
                // A daemon that goes away must not swallow the wish: the next one hears it.
                Err(error) if link.is_lost(&error) => {
                    if link.again().await.is_err() {
                        return;
                    }
                }
                // Where it is refused the run has ended, and its end is about to be shown.
                Ok(_) | Err(_) => return,
            }
        }
    });
}
