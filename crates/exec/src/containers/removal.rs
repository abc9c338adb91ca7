//! The removal of containers that did not end by themselves. Their attempts end after it.

use std::collections::HashMap;
use std::future::pending;

use millrace_engine::core::AttemptReport;
use millrace_model::event::AttemptEnd;
use tokio::runtime::Handle;
use tokio::task::{Id, JoinSet};

use super::Container;
use crate::run_actor::InFlight;

/// What comes after a removal.
pub(crate) enum Removed {
    /// The attempt ended so.
    Ended(Box<InFlight>, Box<AttemptEnd>),
    /// What became of it is not known.
    Lost(AttemptReport),
}

/// Removals under way.
#[derive(Default)]
pub(crate) struct Removals {
    running: JoinSet<()>,
    then: HashMap<Id, (u32, Removed)>,
}

impl Removals {
    /// Begins to remove an attempt's container.
    pub(crate) fn start(
        &mut self,
        serial: u32,
        container: Container,
        then: Removed,
        runtime: &Handle,
    ) {
        let handle = self.running.spawn_on(async move { container.remove().await }, runtime);
        self.then.insert(handle.id(), (serial, then));
    }

    /// The next that is removed. Waits for ever where there is none; gives up nothing when it is dropped.
    pub(crate) async fn next(&mut self) -> (u32, Removed) {
        let id = match self.running.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            // The daemon leaves; the next one removes it.
            Some(Err(error)) if error.is_cancelled() => pending().await,
            Some(Err(error)) => error.id(),
            None => pending().await,
        };
        match self.then.remove(&id) {
            Some(removed) => removed,
            None => pending().await,
        }
    }
}

impl Container {
    /// Ends and removes it, where it is there.
    async fn remove(&self) {
        // One that has ended cannot be killed, and one that was removed by itself is not there any more.
        let _killed = self.call(&["kill", "--signal", "KILL", &self.name]).await;
        let _removed = self.call(&["rm", "--force", &self.name]).await;
        let is_there = ["container", "inspect", &self.name];
        if self.call(&is_there).await.is_ok() {
            let name = &self.name;
            tracing::error!(name, program = %self.program.display(), "a container is left that cannot be removed");
        }
    }
}
