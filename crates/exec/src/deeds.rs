//! The attempts of a run that have no process of their own and are under way in this daemon.

use std::collections::{BTreeMap, HashMap};
use std::future::pending;
use std::path::PathBuf;

use millrace_model::event::{AttemptEnd, Outcome};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::{Id, JoinSet};

use crate::begun;
use crate::deed::{self, Deed};
use crate::ended::now;

/// Attempts under way. They break off with this.
#[derive(Default)]
pub(crate) struct Deeds {
    running: JoinSet<AttemptEnd>,
    serials: HashMap<Id, u32>,
    stops: BTreeMap<u32, oneshot::Sender<()>>,
}

impl Deeds {
    /// How many are under way.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.serials.len()).unwrap_or(u32::MAX)
    }

    /// Begins one, whose end is noted in the file `note`.
    pub(crate) fn start(&mut self, serial: u32, deed: Deed, note: PathBuf, runtime: &Handle) {
        let (stop, stopped) = oneshot::channel();
        self.stops.insert(serial, stop);
        let work = async move {
            let end = deed::carry_out(deed, stopped).await;
            if let Err(error) = begun::note_end(&note, &end) {
                tracing::warn!(%error, path = %note.display(), "the end of a deed could not be noted");
            }
            end
        };
        let handle = self.running.spawn_on(work, runtime);
        self.serials.insert(handle.id(), serial);
    }

    /// Ends one at once; nothing where it is not under way.
    pub(crate) fn stop(&mut self, serial: u32) {
        if let Some(stop) = self.stops.remove(&serial) {
            // It may have ended in this moment.
            let _ended = stop.send(());
        }
    }

    /// The next that ends. Waits for ever where there is none; gives up nothing when it is dropped.
    pub(crate) async fn next(&mut self) -> (u32, AttemptEnd) {
        let (id, end) = match self.running.join_next_with_id().await {
            Some(Ok(ended)) => ended,
            // The daemon leaves; the next one finds what was noted.
            Some(Err(error)) if error.is_cancelled() => pending().await,
            Some(Err(error)) => {
                let message = deed::unknown(&format!("it broke off: {error}"));
                (error.id(), AttemptEnd::unmeasured(Outcome::Unknown { message }, now()))
            }
            None => pending().await,
        };
        match self.serials.remove(&id) {
            Some(serial) => {
                self.stops.remove(&serial);
                (serial, end)
            }
            None => pending().await,
        }
    }
}
