//! From the end of a process to what the engine is told: what it said, what it made, what it left.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use millrace_engine::core::AttemptReport;
use millrace_engine::ports::EngineGone;
use millrace_keeper::mask::MaskSet;
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::ids::TaskKey;
use tokio::task::JoinSet;

use super::{InFlight, RunActor};
use crate::artifacts::{self, Collected, collect};
use crate::inputs;
use crate::produces::check_made;
use crate::said::{self, Hush};

/// An attempt that has ended, with what it left.
pub(super) struct Left {
    pub(super) serial: u32,
    pub(super) key: TaskKey,
    pub(super) end: Box<AttemptEnd>,
}

impl RunActor {
    /// A process is over: what it said is added to its end, and what it left is taken in.
    pub(super) async fn ended(
        &mut self,
        serial: u32,
        attempt: InFlight,
        mut end: Box<AttemptEnd>,
    ) -> Result<(), EngineGone> {
        self.listening.end(serial);
        let masks = self.mask_set();
        said::add_said(&self.dir, serial, &self.hush(&masks), &mut end);
        check_made(&attempt.produced, &mut end).await;
        let key = attempt.key;
        let (store, folder) = (self.config.artifacts.clone(), self.dir.artifacts(serial));
        // The keeper removes it where it is empty.
        if !folder.is_dir() {
            return self.finish(Left { serial, key, end }).await;
        }
        let sync = self.config.sync_journal;
        // A gigabyte takes seconds: others end meanwhile.
        self.collecting.spawn_blocking(move || {
            let take =
                || collect(&store, &folder, sync, &|name| Hush::Masks(&masks).is_secret(name));
            // Whatever goes wrong, the attempt has ended.
            let collected = catch_unwind(AssertUnwindSafe(take)).unwrap_or_else(|_| Collected {
                error: Some("its artifacts could not be taken in".to_owned()),
                ..Collected::default()
            });
            end.artifacts = collected.artifacts;
            end.notes.extend(collected.notes);
            match collected.error {
                Some(message) if end.outcome == Outcome::Succeeded => {
                    end.outcome = Outcome::Error { message };
                    end.outputs.clear();
                }
                Some(message) => end.notes.push(message),
                None => {}
            }
            Left { serial, key, end }
        });
        Ok(())
    }

    /// Leaves for later tasks what an attempt gave, and tells the engine of its end.
    pub(super) async fn finish(&mut self, left: Left) -> Result<(), EngineGone> {
        let Left { serial, key, mut end } = left;
        if end.outcome == Outcome::Succeeded {
            end.fingerprint = std::fs::read_to_string(self.dir.fingerprint(serial)).ok();
        }
        self.publish(&key, &mut end);
        self.report(serial, AttemptReport::Ended(end)).await
    }

    /// Looks how far tasks are, and tells what is new.
    pub(super) async fn look(&mut self) -> Result<(), EngineGone> {
        let masks = self.mask_set();
        let hush = self.hush(&masks);
        let news = self.listening.look(&self.dir, Instant::now(), &hush);
        for (serial, progress) in news {
            self.report(serial, AttemptReport::Progressed(progress)).await?;
        }
        Ok(())
    }

    fn hush<'a>(&self, masks: &'a MaskSet) -> Hush<'a> {
        match self.knows_not_all {
            true => Hush::Texts,
            false => Hush::Masks(masks),
        }
    }

    fn mask_set(&self) -> MaskSet {
        MaskSet::new(self.masks.iter().cloned())
    }

    /// Leaves what an attempt gave for later tasks.
    pub(super) fn publish(&self, key: &TaskKey, end: &mut AttemptEnd) {
        if !matches!(end.outcome, Outcome::Succeeded | Outcome::Reused { .. }) {
            return;
        }
        let kept = inputs::publish(&self.dir, key, &end.outputs).and_then(|()| {
            artifacts::publish(&self.dir, &self.config.artifacts, key, &end.artifacts)
        });
        if let Err(error) = kept {
            let message = format!("its outputs could not be kept: {error}");
            end.outcome = Outcome::Error { message };
        }
    }
}

/// The next attempt whose artifacts have been taken in; waits for ever where there is none.
pub(super) async fn next_left(collecting: &mut JoinSet<Left>) -> Left {
    loop {
        match collecting.join_next().await {
            Some(Ok(left)) => return left,
            // The runtime ends.
            Some(Err(_)) => {}
            None => return std::future::pending().await,
        }
    }
}

pub(super) async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
