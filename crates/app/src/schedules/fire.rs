//! From a tick to a run: the saved document is read, checked and submitted; where that cannot be, the tick is recorded as
//! skipped.

use std::sync::Arc;

use millrace_api::ApiError;
use millrace_api::document::Source;
use millrace_engine::driver::Submit;
use millrace_engine::planner::Fire;
use millrace_engine::ports::Sync;
use millrace_engine::{EngineError, Plan, Refusal, Selection};
use millrace_model::document::Schedule;
use millrace_model::event::{RunHead, Trigger};
use millrace_model::expr::{RunScope, Scope};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{
    Mailbox, NewSkip, SkipReason, StarterKey, Store, StoreError, Writer, snapshot_hash,
};

use super::sources::{rule_of, system_zone};
use super::standing::Workflow;
use crate::app::{App, blocking, seal};
use crate::errors::{engine_error, store_error};
use crate::hub::on_store;
use crate::ports::SystemClock;
use crate::settings::Settings;
use crate::{load, secrets};

/// A run that a schedule, trigger or backfill is about to start.
pub(super) struct Prepared {
    pub(super) plan: Arc<Plan>,
    pub(super) head: RunHead,
    pub(super) snapshot: Arc<str>,
}

/// Why a run cannot be prepared.
pub(super) enum Unfit {
    /// The document is not what it was any more: it has to be looked at first.
    Changed,
    /// It cannot run, in words.
    Broken(String),
}

impl App {
    /// Starts the run of a tick, or records why not.
    ///
    /// # Errors
    /// What may pass: the history cannot be written.
    pub(super) async fn fire(
        &self,
        workflow: &Workflow,
        schedule: &Schedule,
        Fire { tick, caught_up }: Fire,
    ) -> Result<(), ApiError> {
        let run = RunId::of_tick(workflow.id, schedule.name.as_str(), tick);
        let key = StarterKey::schedule(schedule.name.as_str());
        let known = on_store(&self.store, move |reader| match reader.run_row(run) {
            Ok(_) => Ok(true),
            Err(StoreError::NoRun { .. }) => Ok(false),
            Err(error) => Err(error),
        });
        if known.await.map_err(|error| store_error(&error))? {
            let id = workflow.id;
            return self.write(move |writer| writer.advance(id, &key, tick)).await;
        }
        let trigger = Trigger::Schedule { schedule: schedule.name.clone(), caught_up };
        let skip = |reason, detail: Option<String>| NewSkip {
            key: key.clone(),
            first: tick,
            last: tick,
            count: 1,
            reason,
            detail,
            decided: SystemClock::read(),
        };
        match self.prepare_fire(workflow, schedule, (run, tick), trigger).await {
            Err(Unfit::Changed) => {
                self.schedules.touch();
                Ok(())
            }
            Err(Unfit::Broken(why)) => {
                self.skip(workflow, vec![skip(SkipReason::Broken, Some(why))]).await
            }
            Ok(prepared) => match self.submit_fire(run, prepared).await? {
                None => Ok(()),
                Some(refused) => {
                    let skip = skip(SkipReason::Overlap, Some(refused.to_string()));
                    self.skip(workflow, vec![skip]).await
                }
            },
        }
    }

    /// Records what did not start.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) async fn skip(
        &self,
        workflow: &Workflow,
        skips: Vec<NewSkip>,
    ) -> Result<(), ApiError> {
        for skip in &skips {
            let (name, count) = (&skip.key.name, skip.count);
            tracing::info!(workflow = workflow.name, name, count, reason = ?skip.reason, "not started");
        }
        let id = workflow.id;
        self.write(move |writer| writer.skip(id, &skips)).await
    }

    /// Has the writer do something, from a thread that may wait.
    ///
    /// # Errors
    /// What it says.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        write: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let mailbox = self.mailbox.clone();
        blocking(move || mailbox.call(write).map_err(|error| store_error(&error))).await
    }

    /// Reads the saved document and makes it ready to run for `tick`.
    pub(super) async fn prepare_fire(
        &self,
        workflow: &Workflow,
        schedule: &Schedule,
        (run, tick): (RunId, Timestamp),
        trigger: Trigger,
    ) -> Result<Prepared, Unfit> {
        let ground = Ground {
            settings: self.settings.get(),
            secrets: Arc::clone(&self.secrets),
            store: Arc::clone(&self.store),
            mailbox: self.mailbox.clone(),
        };
        let (workflow, schedule) = (workflow.clone(), schedule.clone());
        let prepare = move || Ok(ground.prepare(&workflow, &schedule, (run, tick), trigger));
        match blocking(prepare).await {
            Ok(prepared) => prepared,
            Err(error) => Err(Unfit::Broken(error.to_string())),
        }
    }

    /// Gives the run to the engine, on the disk when this returns; while the history cannot be written, when it can be
    /// again. Gives why it was refused, where it overlaps.
    ///
    /// # Errors
    /// When the engine stops or refuses it otherwise.
    pub(super) async fn submit_fire(
        &self,
        run: RunId,
        prepared: Prepared,
    ) -> Result<Option<Refusal>, ApiError> {
        let Prepared { plan, head, snapshot } = prepared;
        let mut busy = self.engine.busy();
        loop {
            let submit = Submit {
                run,
                plan: Arc::clone(&plan),
                head: Box::new(head.clone()),
                snapshot: Some(Arc::clone(&snapshot)),
                sync: Sync::Now,
            };
            match self.engine.submit(submit).await {
                Ok(()) | Err(EngineError::Refused(Refusal::AlreadyActive(_))) => return Ok(None),
                Err(EngineError::Refused(refused @ Refusal::Overlap { .. })) => {
                    return Ok(Some(refused));
                }
                Err(error @ EngineError::Stalled(_)) => {
                    if busy.wait_for(|busy| busy.stalled.is_none()).await.is_err() {
                        return Err(engine_error(&error));
                    }
                }
                Err(error) => return Err(engine_error(&error)),
            }
        }
    }
}

/// What a document is read and checked against.
struct Ground {
    settings: Arc<Settings>,
    secrets: Arc<secrets::Store>,
    store: Arc<Store>,
    mailbox: Mailbox,
}

impl Ground {
    /// As [`App::prepare_fire`]. Blocks on files and the store.
    fn prepare(
        &self,
        workflow: &Workflow,
        schedule: &Schedule,
        (run, tick): (RunId, Timestamp),
        trigger: Trigger,
    ) -> Result<Prepared, Unfit> {
        let broken = |error: ApiError| Unfit::Broken(in_words(&error));
        let path = workflow.path.display().to_string();
        let source = Source::Path(path.clone());
        let loaded = load::load(&self.settings, &self.secrets, &source).map_err(broken)?;
        let zone = system_zone();
        let now = loaded.workflow.schedules.iter().find(|it| it.name == schedule.name);
        let is_same = now.is_some_and(|now| rule_of(now, zone) == rule_of(schedule, zone));
        let trusted = self.store.read(|reader| {
            crate::trust::is_trusted(reader, &loaded.workflow, Some(&workflow.path))
        });
        if !is_same || !trusted.map_err(|error| broken(store_error(&error)))? {
            return Err(Unfit::Changed);
        }
        let scope = Scope {
            run: RunScope {
                run: run.to_string(),
                logical_time: tick,
                trigger: trigger.kind().word().to_owned(),
                event: trigger.event(),
                try_number: 1,
            },
            ..Scope::default()
        };
        let given = now.and_then(|now| now.params.as_ref());
        let given = given.and_then(|given| given.to_value().as_object().cloned());
        let given = given.unwrap_or_default().into_iter().collect();
        let params = load::parameters(&loaded.workflow, &given, &Default::default(), &scope)
            .map_err(broken)?;
        let plan = seal(Arc::clone(&loaded.workflow), &Selection::All).map_err(broken)?;
        crate::versions::keep(
            &self.mailbox,
            &path,
            &loaded.workflow,
            millrace_store::VersionReason::Run,
        );
        let head = RunHead {
            workflow: loaded.workflow.name.clone(),
            title: loaded.workflow.title.clone(),
            workflow_id: Some(workflow.id),
            path: Some(path),
            snapshot: snapshot_hash(&loaded.text),
            trigger,
            logical_time: tick,
            params,
            tasks: Vec::new(),
            only: None,
            rerun_of: None,
            carried: Vec::new(),
        };
        Ok(Prepared { plan, head, snapshot: loaded.text.into() })
    }
}

/// An error with the first problem of its document, in one line.
fn in_words(error: &ApiError) -> String {
    let first = error
        .problems
        .iter()
        .find(|problem| problem.severity == millrace_api::document::Severity::Error);
    match first {
        Some(problem) => format!("{}: {}", error.message, problem.message),
        None => error.message.clone(),
    }
}
