//! The core on a thread of its own: commands, reports and timers in; commits, messages and effects out.
//!
//! Thin on purpose: it decides nothing about runs. What it adds is order (store, then tell, then act), batching, timers and
//! patience with a journal that cannot write.

mod handle;
mod reactor;
mod timers;

use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};

use crate::core::Settings;
use crate::ports::{Ports, Reports};
use handle::Command;
pub use handle::{Busy, EngineHandle, ShutdownMode, Submit};
use reactor::Reactor;

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    handle: EngineHandle,
    thread: Option<JoinHandle<()>>,
}

/// Why the engine does not do what it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The request makes no sense now.
    #[error(transparent)]
    Refused(#[from] crate::core::Refusal),
    /// The history cannot be written at the moment.
    #[error("the history cannot be written, so nothing new is accepted: {0}")]
    Stalled(String),
    /// The engine is stopping or has stopped.
    #[error("the engine has stopped")]
    Stopped,
    /// The engine's thread could not be started.
    #[error("the engine's thread could not be started: {0}")]
    Spawn(String),
}

impl Engine {
    /// Starts an engine. `ports` is called on its thread, inside its single-threaded runtime.
    ///
    /// # Errors
    /// When the thread or its runtime cannot be made, or `ports` fails.
    pub fn spawn<F>(settings: Settings, ports: F) -> Result<Self, EngineError>
    where
        F: FnOnce(Reports) -> Result<Ports, String> + Send + 'static,
    {
        let (commands, inbox) = mpsc::channel(EngineHandle::CAPACITY);
        let (busy_tx, busy) = watch::channel(Busy::default());
        let (ready_tx, ready) = std::sync::mpsc::sync_channel::<Result<(), String>>(1);
        let thread = std::thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || {
                let runtime =
                    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                        Ok(runtime) => runtime,
                        Err(error) => return drop(ready_tx.send(Err(error.to_string()))),
                    };
                let local = tokio::task::LocalSet::new();
                runtime.block_on(local.run_until(async move {
                    let (reports, reported) = Reports::channel();
                    match ports(reports) {
                        Err(error) => drop(ready_tx.send(Err(error))),
                        Ok(ports) => {
                            drop(ready_tx.send(Ok(())));
                            Reactor::new(settings, ports, inbox, reported, busy_tx).run().await;
                        }
                    }
                }));
            })
            .map_err(|error| EngineError::Spawn(error.to_string()))?;
        match ready.recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(EngineError::Spawn(error)),
            Err(_) => return Err(EngineError::Spawn("it ended at once".to_owned())),
        }
        Ok(Self { handle: EngineHandle::new(commands, busy), thread: Some(thread) })
    }

    /// Runs an engine on the current runtime until it is shut down: for tests on paused time and for hosts that bring a
    /// single-threaded runtime of their own. Gives the handle and the future that has to be polled.
    pub fn on_this_runtime(
        settings: Settings,
        ports: impl FnOnce(Reports) -> Ports,
    ) -> (EngineHandle, impl Future<Output = ()>) {
        let (commands, inbox) = mpsc::channel(EngineHandle::CAPACITY);
        let (busy_tx, busy) = watch::channel(Busy::default());
        let (reports, reported) = Reports::channel();
        let reactor = Reactor::new(settings, ports(reports), inbox, reported, busy_tx);
        (EngineHandle::new(commands, busy), reactor.run())
    }

    /// Where to ask it.
    #[must_use]
    pub fn handle(&self) -> EngineHandle {
        self.handle.clone()
    }

    /// Waits until the thread has ended, after [`EngineHandle::shutdown`]. Blocks.
    pub fn join(mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine's thread ended by a panic");
        }
    }
}

type Inbox = mpsc::Receiver<Command>;
