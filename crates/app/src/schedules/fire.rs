//! From a tick to a run: the saved document is read, checked and submitted; where that cannot be, the tick is recorded as
//! skipped.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use millrace_api::document::{Severity, Source};
use millrace_api::{ApiError, Code};
use millrace_engine::driver::Submit;
use millrace_engine::planner::Fire;
use millrace_engine::ports::Sync;
use millrace_engine::{EngineError, Plan, Refusal, Selection};
use millrace_model::Values;
use millrace_model::document::{Schedule, TriggerRule, Workflow as Document};
use millrace_model::event::{RunHead, Trigger};
use millrace_model::expr::{RunScope, Scope};
use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::time::Timestamp;
use millrace_store::{Mailbox, NewSkip, SkipReason, StarterKey, Store, StoreError, snapshot_hash};

use super::list::words;
use super::sources::{rule_of, system_zone, trigger_words};
use super::standing::Workflow;
use crate::app::{App, seal};
use crate::errors::{engine_error, store_error};
use crate::hub::on_store;
use crate::load;
use crate::notify::Missed;

/// After a run could not be written, at least so long until it is submitted again.
const STALLED: Duration = Duration::from_millis(500);

/// A run that a schedule, trigger or backfill is about to start.
pub(super) struct Prepared {
    pub(super) plan: Arc<Plan>,
    pub(super) head: RunHead,
    pub(super) snapshot: Arc<str>,
}

/// What fires.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    Schedule(Schedule),
    Trigger(TriggerRule),
    /// A trigger that is called, with what the call gives.
    Call(TriggerRule, Values),
}

/// Why a run cannot be prepared.
pub(super) enum Unfit {
    /// The document is not what it was any more: it has to be looked at first.
    Changed,
    /// It cannot run, in words.
    Broken(String),
    /// The history could not be read or written in time: it has to be tried again.
    NotNow(ApiError),
}

impl App {
    /// Starts the run of a tick, or records why not; false where the document has to be looked at first.
    ///
    /// # Errors
    /// What may pass: the history cannot be written.
    pub(super) async fn fire(
        &self,
        workflow: &Workflow,
        schedule: &Schedule,
        Fire { tick, caught_up }: Fire,
    ) -> Result<bool, ApiError> {
        let run = RunId::of_tick(workflow.id, schedule.name.as_str(), tick);
        let key = StarterKey::schedule(schedule.name.as_str());
        if self.is_known(run).await? {
            let (id, name) = (workflow.id, key.name);
            self.write(move |writer| writer.decide_tick(id, &name, tick)).await?;
            return Ok(true);
        }
        let trigger = Trigger::Schedule { schedule: schedule.name.clone(), caught_up };
        let skip = |reason, detail: Option<String>| NewSkip {
            key: key.clone(),
            first: tick,
            last: tick,
            count: 1,
            reason,
            detail,
            decided: self.clock.now(),
        };
        let rule = Rule::Schedule(schedule.clone());
        match self.prepare_fire(workflow, rule, (run, tick), trigger).await {
            Err(Unfit::Changed) => {
                self.schedules.touch();
                return Ok(false);
            }
            Err(Unfit::Broken(why)) => {
                self.skip(workflow, vec![skip(SkipReason::Broken, Some(why))]).await?;
            }
            Err(Unfit::NotNow(error)) => return Err(error),
            Ok(prepared) => {
                if let Some(refused) = self.submit_fire(run, prepared).await? {
                    let skip = skip(SkipReason::Overlap, Some(refused.to_string()));
                    self.skip(workflow, vec![skip]).await?;
                }
            }
        }
        Ok(true)
    }

    /// Whether there is such a run already.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn is_known(&self, run: RunId) -> Result<bool, ApiError> {
        let known = on_store(&self.store, move |reader| match reader.run_row(run) {
            Ok(_) => Ok(true),
            Err(StoreError::NoRun { .. }) => Ok(false),
            Err(error) => Err(error),
        });
        known.await.map_err(|error| store_error(&error))
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
        let missed: Vec<Missed> = skips.iter().filter_map(|it| missed(workflow, it)).collect();
        self.write(move |writer| writer.skip(id, &skips)).await?;
        for it in missed {
            self.notifier.missed(it).await;
        }
        Ok(())
    }

    /// Reads the saved document and makes it ready to run, with `logical_time`.
    pub(super) async fn prepare_fire(
        &self,
        workflow: &Workflow,
        rule: Rule,
        (run, logical_time): (RunId, Timestamp),
        trigger: Trigger,
    ) -> Result<Prepared, Unfit> {
        let (ground, store) = (self.ground(), Arc::clone(&self.store));
        let preparing = Preparing { ground, store, mailbox: self.mailbox.clone() };
        let (id, path) = (workflow.id, workflow.path.clone());
        let prepare = move || preparing.prepare((id, &path), &rule, (run, logical_time), trigger);
        let prepared = self.schedules.unanswered.read(&workflow.path, prepare).await;
        let mut prepared = prepared.map_err(|error| match error.code {
            Code::File => Unfit::NotNow(error),
            _ => Unfit::Broken(error.to_string()),
        })??;
        self.note_git(&mut prepared.head, false).await;
        Ok(prepared)
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
                    // Where the engine had nothing else to write it does not try again by itself.
                    tokio::time::sleep(STALLED).await;
                    if busy.wait_for(|busy| busy.stalled.is_none()).await.is_err() {
                        return Err(engine_error(&error));
                    }
                }
                Err(error) => return Err(engine_error(&error)),
            }
        }
    }
}

impl Rule {
    /// The rule as the document has it now; none where it is another one.
    fn now(&self, document: &Document) -> Option<Self> {
        let zone = system_zone();
        match self {
            Self::Schedule(old) => {
                let new = document.schedules.iter().find(|it| it.name == old.name)?;
                (rule_of(new, zone) == rule_of(old, zone)).then(|| Self::Schedule(new.clone()))
            }
            Self::Trigger(old) => Some(Self::Trigger(trigger_now(old, document)?)),
            Self::Call(old, given) => Some(Self::Call(trigger_now(old, document)?, given.clone())),
        }
    }

    /// The parameters of its runs.
    fn params(&self) -> Values {
        let (own, given) = match self {
            Self::Schedule(schedule) => (&schedule.params, None),
            Self::Trigger(trigger) => (&trigger.params, None),
            Self::Call(trigger, given) => (&trigger.params, Some(given)),
        };
        let own = own.as_ref().and_then(|own| own.to_value().as_object().cloned());
        let mut params: Values = own.unwrap_or_default().into_iter().collect();
        params
            .extend(given.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
        params
    }
}

/// The trigger as the document has it now; none where it is another one.
fn trigger_now(old: &TriggerRule, document: &Document) -> Option<TriggerRule> {
    let new = document.triggers.iter().find(|it| it.name == old.name)?;
    (trigger_words(new) == trigger_words(old)).then(|| new.clone())
}

/// Where a document is made ready to run.
struct Preparing {
    ground: load::Ground,
    store: Arc<Store>,
    mailbox: Mailbox,
}

impl Preparing {
    /// As [`App::prepare_fire`]. Blocks on files and the store.
    fn prepare(
        &self,
        (id, path): (WorkflowId, &Path),
        rule: &Rule,
        (run, logical_time): (RunId, Timestamp),
        trigger: Trigger,
    ) -> Result<Prepared, Unfit> {
        let broken = |error: ApiError| Unfit::Broken(in_words(&error));
        let shown = path.display().to_string();
        let source = Source::Path(shown.clone());
        let loaded = load::load(&self.ground, &source).map_err(broken)?;
        // Who runs it by hand may run it all the same.
        if let Some(error) = loaded.problems.iter().find(|it| it.severity == Severity::Error) {
            return Err(Unfit::Broken(format!("{shown} has an error: {}", error.message)));
        }
        let trusted = self
            .store
            .read(|reader| crate::trust::is_trusted(reader, &loaded.workflow, Some(path)))
            .map_err(|error| Unfit::NotNow(store_error(&error)))?;
        let Some(now) = rule.now(&loaded.workflow).filter(|_| trusted) else {
            return Err(Unfit::Changed);
        };
        let scope = Scope {
            run: RunScope {
                run: run.to_string(),
                logical_time,
                trigger: trigger.kind().word().to_owned(),
                event: trigger.event(),
                try_number: 1,
            },
            ..Scope::default()
        };
        let params = load::parameters(&loaded.workflow, &now.params(), &Default::default(), &scope)
            .map_err(broken)?;
        let plan = seal(Arc::clone(&loaded.workflow), &Selection::All).map_err(broken)?;
        crate::versions::keep(
            &self.mailbox,
            &shown,
            &loaded.workflow,
            millrace_store::VersionReason::Run,
        )
        .map_err(Unfit::NotNow)?;
        let head = RunHead {
            workflow: loaded.workflow.name.clone(),
            title: loaded.workflow.title.clone(),
            workflow_id: Some(id),
            path: Some(shown),
            snapshot: snapshot_hash(&loaded.text),
            trigger,
            logical_time,
            params,
            tasks: Vec::new(),
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: Some(crate::origin::origin()),
            carried: Vec::new(),
        };
        let before = |reader: &_| Ok(crate::before::failed_before(reader, &loaded.workflow, &head));
        let failed_before =
            self.store.read(before).map_err(|error| Unfit::NotNow(store_error(&error)))?;
        let head = RunHead { failed_before, ..head };
        Ok(Prepared { plan, head, snapshot: loaded.text.into() })
    }
}

/// What people are told of ticks that did not start: not of those that a rule of the workflow skips, or a person.
fn missed(workflow: &Workflow, skip: &NewSkip) -> Option<Missed> {
    match skip.reason {
        SkipReason::Missed | SkipReason::Capped | SkipReason::Broken => {}
        SkipReason::Overlap | SkipReason::LeftOut => return None,
    }
    Some(Missed {
        workflow: workflow.name.clone(),
        title: workflow.title.clone(),
        schedule: skip.key.name.clone(),
        count: u32::try_from(skip.count).unwrap_or(u32::MAX),
        first: skip.first,
        last: skip.last,
        reason: words(skip.reason, skip.detail.as_deref()),
    })
}

/// An error with the first problem of its document, in one line.
fn in_words(error: &ApiError) -> String {
    let first = error.problems.iter().find(|problem| problem.severity == Severity::Error);
    match first {
        Some(problem) => format!("{}: {}", error.message, problem.message),
        None => error.message.clone(),
    }
}
