//! Triggers by the ends of other workflows' runs: of any of them, or of all since the trigger's last run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millrace_api::ApiError;
use millrace_model::document::{TriggerRule, TriggerSource, WorkflowNames, WorkflowTrigger};
use millrace_model::event::EventCause;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{Reader, RunRow, StarterKey};

use super::{Fired, Kept, Of};
use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;
use crate::schedules::standing::Workflow;

/// Ends that are read at a time.
const PAGE: usize = 1_000;
/// After so many ends that meant nothing to a trigger it is remembered how far it has read.
const WORTH_KEEPING: usize = 1_000;

/// The triggers by ends, each with what it has read.
#[derive(Debug, Default)]
pub(super) struct Ends(Kept<Reading>);

/// How far a trigger has read, and what it waits for.
#[derive(Debug)]
struct Reading {
    /// It has read the ends before this instant.
    cursor: Timestamp,
    /// Those at the instant itself that it has read, each with its round.
    at_cursor: Vec<(RunId, u32)>,
    /// The newest end of each workflow since the last run: for `all`.
    since: BTreeMap<String, RunRow>,
    /// Ends read since it was last remembered.
    read: usize,
}

impl Ends {
    pub(super) async fn turn(
        &mut self,
        app: &Arc<App>,
        triggers: &[Of],
    ) -> Result<Option<Duration>, ApiError> {
        self.0.keep_only(triggers);
        let mut next: Option<Duration> = None;
        for trigger @ (workflow, rule) in triggers {
            let TriggerSource::Workflow(of) = &rule.source else { continue };
            // After an error it is read from the store again.
            let reading = match self.0.take(trigger) {
                Some(reading) => Some(reading),
                None => Reading::from_store(app, workflow, rule).await?,
            };
            let Some(mut reading) = reading else { continue };
            let wait = reading.go_on(app, workflow, rule, of).await?;
            self.0.put(trigger, reading);
            next = next.into_iter().chain(wait).min();
        }
        Ok(next)
    }
}

impl Reading {
    async fn from_store(
        app: &Arc<App>,
        workflow: &Workflow,
        rule: &TriggerRule,
    ) -> Result<Option<Self>, ApiError> {
        let (id, key) = (workflow.id, StarterKey::trigger(rule.name.as_str()));
        let rows = on_store(&app.store, Reader::starters).await;
        let rows = rows.map_err(|error| store_error(&error))?;
        let row = rows.into_iter().find(|row| row.workflow_id == id && row.key == key);
        // The end at the watermark itself was acted upon.
        Ok(row.map(|row| Self {
            cursor: Timestamp(row.watermark.0.saturating_add(1)),
            at_cursor: Vec::new(),
            since: BTreeMap::new(),
            read: 0,
        }))
    }

    /// Reads what ended since, and fires; gives when to try again, where the trigger's rate has to pass.
    async fn go_on(
        &mut self,
        app: &Arc<App>,
        workflow: &Workflow,
        rule: &TriggerRule,
        of: &WorkflowTrigger,
    ) -> Result<Option<Duration>, ApiError> {
        loop {
            let cursor = self.cursor;
            let ends = on_store(&app.store, move |reader| reader.ended_since(cursor, PAGE)).await;
            let ends = ends.map_err(|error| store_error(&error))?;
            let is_all = ends.len() < PAGE;
            for end in ends {
                let Some(ended) = end.ended else { continue };
                if ended == self.cursor && self.at_cursor.contains(&(end.run, end.round)) {
                    continue;
                }
                if let Some(cause) = self.counts(of, &end) {
                    // Another round of the same run is another end.
                    let named = format!("{}.{}", end.run, end.round);
                    match app.fire_event(workflow, rule, (&named, cause), ended).await? {
                        Fired::Done => self.since.clear(),
                        Fired::Wait(left) => return Ok(Some(left)),
                        Fired::Changed => return Ok(None),
                    }
                }
                if ended > self.cursor {
                    (self.cursor, self.at_cursor) = (ended, Vec::new());
                }
                self.at_cursor.push((end.run, end.round));
                self.read += 1;
            }
            if is_all {
                self.remember(app, workflow, rule).await?;
                return Ok(None);
            }
            if self.cursor == cursor {
                // More ended in one instant than are read at a time.
                (self.cursor, self.at_cursor) = (Timestamp(cursor.0 + 1), Vec::new());
            }
        }
    }

    /// What makes the trigger fire, where this end does.
    fn counts(&mut self, of: &WorkflowTrigger, end: &RunRow) -> Option<EventCause> {
        if !of.on.contains(&end.state) {
            return None;
        }
        let (WorkflowNames::All(names) | WorkflowNames::Any(names)) = &of.names;
        if !names.iter().any(|name| name.as_str() == end.workflow) {
            return None;
        }
        if matches!(of.names, WorkflowNames::All(_)) {
            self.since.insert(end.workflow.clone(), end.clone());
            if names.iter().any(|name| !self.since.contains_key(name.as_str())) {
                return None;
            }
        }
        Some(EventCause::Run { run: end.run, workflow: end.workflow.clone() })
    }

    /// Keeps how far it has read, so that the next start need not read all that again.
    async fn remember(
        &mut self,
        app: &Arc<App>,
        workflow: &Workflow,
        rule: &TriggerRule,
    ) -> Result<(), ApiError> {
        if self.read < WORTH_KEEPING || !self.since.is_empty() {
            return Ok(());
        }
        self.read = 0;
        let (id, key) = (workflow.id, StarterKey::trigger(rule.name.as_str()));
        // The last instant may have ends that are not stored yet.
        let to = Timestamp(self.cursor.0 - 1);
        app.write(move |writer| writer.advance(id, &key, to)).await
    }
}
