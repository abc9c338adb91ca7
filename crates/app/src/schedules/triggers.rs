//! Triggers: what starts workflows by itself beside the clock.
//!
//! `files` looks for new versions of files, `ends` for the ends of other workflows' runs, `calls` takes calls.

mod calls;
mod ends;
mod files;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use millrace_api::ApiError;
use millrace_model::document::{TriggerRule, TriggerSource};
use millrace_model::event::{EventCause, Trigger};
use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::time::Timestamp;
use millrace_store::{NewSkip, SkipReason, StarterKey};

use super::fire::{Rule, Unfit};
use super::standing::Workflow;
use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;

pub(super) use files::{after_tick, folder_of};

/// A trigger and its workflow.
type Of = (Arc<Workflow>, Arc<TriggerRule>);

/// What is remembered of each trigger between two looks.
#[derive(Debug)]
struct Kept<T>(HashMap<(WorkflowId, String), T>);

impl<T> Kept<T> {
    /// Forgets what belongs to none of these.
    fn keep_only(&mut self, triggers: &[Of]) {
        let keys: HashSet<_> = triggers.iter().map(key).collect();
        self.0.retain(|known, _| keys.contains(known));
    }

    fn take(&mut self, of: &Of) -> Option<T> {
        self.0.remove(&key(of))
    }

    fn put(&mut self, of: &Of, what: T) {
        self.0.insert(key(of), what);
    }
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

fn key((workflow, rule): &Of) -> (WorkflowId, String) {
    (workflow.id, rule.name.to_string())
}

/// What is remembered between two looks.
#[derive(Debug, Default)]
pub(super) struct Triggers {
    files: files::Files,
    ends: ends::Ends,
}

impl Triggers {
    /// Does what is due; gives how long to wait before the next look, where one is due.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn turn(&mut self, app: &Arc<App>) -> Result<Option<Duration>, ApiError> {
        let triggers: Vec<Of> = {
            let standing = app.schedules.standing();
            standing.triggers().map(|(it, rule)| (Arc::clone(it), Arc::clone(rule))).collect()
        };
        let of = |wanted: fn(&TriggerSource) -> bool| {
            let some = triggers.iter().filter(move |(_, rule)| wanted(&rule.source));
            some.cloned().collect::<Vec<_>>()
        };
        let by_end = of(|source| matches!(source, TriggerSource::Workflow(_)));
        let after_ends = self.ends.turn(app, &by_end).await;
        let by_file = of(|source| matches!(source, TriggerSource::File(_)));
        let after_files = self.files.turn(app, &by_file).await?;
        Ok([after_ends?, after_files].into_iter().flatten().min())
    }
}

/// What became of an event.
#[derive(Debug, PartialEq, Eq)]
enum Fired {
    /// It started a run, or had done so before, or was recorded as skipped.
    Done,
    /// The trigger's rate has to pass first.
    Wait(Duration),
    /// The document is another one now: everything is looked at again.
    Changed,
}

impl App {
    /// Starts the run of an event, or records why not.
    ///
    /// # Errors
    /// What may pass: the history cannot be written.
    async fn fire_event(
        &self,
        workflow: &Workflow,
        rule: &TriggerRule,
        (named, cause): (&str, EventCause),
        logical_time: Timestamp,
    ) -> Result<Fired, ApiError> {
        let run = RunId::of_event(workflow.id, &rule.name, named);
        if self.is_known(run).await? {
            return Ok(Fired::Done);
        }
        if let Some(wait) = self.rate_left(workflow, rule).await? {
            return Ok(Fired::Wait(wait));
        }
        let trigger = Trigger::Event { trigger: rule.name.clone(), cause: cause.clone() };
        let of = Rule::Trigger(rule.clone());
        let (reason, detail) =
            match self.prepare_fire(workflow, of, (run, logical_time), trigger).await {
                Err(Unfit::Changed) => {
                    self.schedules.touch();
                    return Ok(Fired::Changed);
                }
                Err(Unfit::Broken(why)) => (SkipReason::Broken, why),
                Err(Unfit::NotNow(error)) => return Err(error),
                Ok(prepared) => match self.submit_fire(run, prepared).await? {
                    None => return Ok(Fired::Done),
                    Some(refused) => (SkipReason::Overlap, format!("{cause}: {refused}")),
                },
            };
        let skip = NewSkip {
            key: StarterKey::trigger(rule.name.as_str()),
            first: logical_time,
            last: logical_time,
            count: 1,
            reason,
            detail: Some(detail),
            decided: self.clock.now(),
        };
        match cause {
            EventCause::Run { .. } => self.skip(workflow, vec![skip]).await?,
            EventCause::File { path, version } => {
                let id = workflow.id;
                self.write(move |writer| writer.skip_file(id, &skip, (&path, &version))).await?;
            }
        }
        Ok(Fired::Done)
    }

    /// How long the trigger's rate lets no run start; none where one may start now.
    async fn rate_left(
        &self,
        workflow: &Workflow,
        rule: &TriggerRule,
    ) -> Result<Option<Duration>, ApiError> {
        let Some(rate) = rule.rate else { return Ok(None) };
        let (id, key) = (workflow.id, StarterKey::trigger(rule.name.as_str()));
        let last = on_store(&self.store, move |reader| reader.last_fired(id, &key)).await;
        let Some(last) = last.map_err(|error| store_error(&error))? else { return Ok(None) };
        let (next, now) = (last.queued.plus(rate.to_std()), self.clock.now());
        // A clock that was set back must not hold it up for longer than its rate.
        let wait = next.since(now).min(rate.to_std());
        Ok((next > now).then_some(wait))
    }
}
