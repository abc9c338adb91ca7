//! Child runs: from a task that runs another workflow to a run of its own.
//!
//! What becomes of one, and of the task that waits for it, is decided in the engine.

use std::path::Path;
use std::sync::{Arc, Weak};

use millrace_engine::core::{AttemptReport, StartAttempt};
use millrace_engine::driver::Submit;
use millrace_engine::ports::{Children, Reports, Sync};
use millrace_engine::{EngineError, Plan, Refusal, Selection};
use millrace_model::action::{Action, MAX_DEPTH, SubWorkflow};
use millrace_model::event::{AttemptEnd, Outcome, RunEventKind, RunHead, Trigger};
use millrace_model::expr::{RunScope, Scope};
use millrace_model::ids::RunId;
use millrace_store::snapshot_hash;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::app::{App, blocking, seal};
use crate::callees;
use crate::hub::on_store;
use crate::load;
use crate::ports::SystemClock;
use crate::trust;
use millrace_api::document::{Severity, Source};
use millrace_api::{ApiError, Code};

/// So many documents are read at a time.
const AT_A_TIME: usize = 8;

/// The engine's port for child runs: passes them on to where documents can be read.
pub(crate) struct Calls {
    // Unbounded, and yet bounded: one entry for each task of the runs that are under way.
    calls: UnboundedSender<Call>,
    reports: Reports,
}

/// An attempt that wants its child run, and where to tell what becomes of that.
pub(crate) struct Call {
    start: Box<StartAttempt>,
    reports: Reports,
}

/// A channel for calls; both ends.
pub(crate) fn channel() -> (UnboundedSender<Call>, UnboundedReceiver<Call>) {
    unbounded_channel()
}

impl Calls {
    pub(crate) fn new(calls: UnboundedSender<Call>, reports: Reports) -> Self {
        Self { calls, reports }
    }
}

impl Children for Calls {
    fn start(&mut self, start: Box<StartAttempt>) {
        // Without the app nobody waits for an answer.
        let _taken = self.calls.send(Call { start, reports: self.reports.clone() });
    }
}

/// Serves calls as long as the app lives.
pub(crate) async fn serve(app: Weak<App>, mut calls: UnboundedReceiver<Call>) {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    while let Some(call) = calls.recv().await {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Some(app) = app.upgrade() else { return };
        tokio::spawn(async move {
            app.call(call).await;
            drop(place);
        });
    }
}

/// A child run that is about to be accepted.
struct Prepared {
    plan: Arc<Plan>,
    head: RunHead,
    snapshot: Arc<str>,
}

impl App {
    async fn call(&self, Call { start, reports }: Call) {
        let (attempt, child) = (start.attempt, start.child());
        let accepted = match self.prepare_child(start).await {
            Ok(prepared) => self.accept_child(child, &prepared).await,
            Err(message) => Err(ended(message)),
        };
        if let Err(report) = accepted {
            // An engine that has gone asks again after it came back.
            let _told = reports.send(attempt, report).await;
        }
    }

    /// Gives the run to the engine; while the history cannot be written, when it can be again.
    async fn accept_child(&self, run: RunId, prepared: &Prepared) -> Result<(), AttemptReport> {
        let mut busy = self.engine.busy();
        loop {
            let submit = Submit {
                run,
                plan: Arc::clone(&prepared.plan),
                head: Box::new(prepared.head.clone()),
                snapshot: Some(Arc::clone(&prepared.snapshot)),
                sync: Sync::Soon,
            };
            match self.engine.submit(submit).await {
                Ok(()) => return Ok(()),
                Err(EngineError::Refused(Refusal::NotAwaited(_)) | EngineError::Stopped) => {
                    return Err(AttemptReport::Recalled);
                }
                Err(EngineError::Stalled(_)) => {
                    if busy.wait_for(|busy| busy.stalled.is_none()).await.is_err() {
                        return Err(AttemptReport::Recalled);
                    }
                }
                Err(error) => return Err(ended(error.to_string())),
            }
        }
    }

    /// Finds the workflow that the attempt's task names, as it is now.
    ///
    /// # Errors
    /// What keeps it from running, and what to do.
    async fn prepare_child(&self, start: Box<StartAttempt>) -> Result<Prepared, String> {
        let sub = match Action::for_task(start.task()) {
            Ok(Action::SubWorkflow(sub)) => sub,
            Ok(_) => return Err("it does not run a workflow".to_owned()),
            Err(problems) => {
                let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
                return Err(texts.join("; "));
            }
        };
        let (way, starts_itself) = self.way_to(&start.context.head).await.map_err(in_words)?;
        let store = Arc::clone(&self.store);
        let (ground, mailbox) = (self.ground(), self.mailbox.clone());
        let prepare = move || {
            let folder =
                start.context.head.path.as_deref().and_then(|path| Path::new(path).parent());
            let path = callees::locate(&ground.settings, &ground.shelf, folder, &sub.callee)?;
            let loaded = load::load(&ground, &Source::Path(path.display().to_string()))?;
            refuse_circle(&way, loaded.workflow.name.as_str(), &path.display().to_string())?;
            if starts_itself {
                // Who starts one by hand has chosen; nobody has chosen this one.
                let why = "this run started by itself";
                trust::demand(&store, &loaded.workflow, Some(&path), why)?;
            }
            let head = head(&start, &sub, &loaded)?;
            let plan = seal(Arc::clone(&loaded.workflow), &Selection::All)?;
            crate::versions::keep(
                &mailbox,
                &path.display().to_string(),
                &loaded.workflow,
                millrace_store::VersionReason::Run,
            )?;
            let bound =
                crate::start::bind(&mailbox, &path.display().to_string(), &loaded.workflow)?;
            let head = RunHead { workflow_id: Some(bound), ..head };
            let before =
                |reader: &_| Ok(crate::before::failed_before(reader, &loaded.workflow, &head));
            let failed_before =
                store.read(before).map_err(|error| crate::errors::store_error(&error))?;
            let head = RunHead { failed_before, ..head };
            Ok(Prepared { plan, head, snapshot: loaded.text.into() })
        };
        let mut prepared = blocking(prepare).await.map_err(in_words)?;
        self.note_git(&mut prepared.head, false).await;
        Ok(prepared)
    }

    /// The runs that a child run would lie in, from the outermost: the names and paths of their workflows. And whether
    /// nobody started the outermost one.
    async fn way_to(
        &self,
        parent: &RunHead,
    ) -> Result<(Vec<(String, Option<String>)>, bool), ApiError> {
        let mut way = vec![(parent.workflow.to_string(), parent.path.clone())];
        let mut above = parent.trigger.clone();
        while let Trigger::Parent { run, .. } = above
            && way.len() <= MAX_DEPTH
        {
            let first = on_store(&self.store, move |reader| reader.events(run, 0, 1)).await;
            let first = first.map_err(|error| crate::errors::store_error(&error))?;
            let Some(RunEventKind::RunQueued(head)) =
                first.into_iter().next().map(|event| event.kind)
            else {
                break;
            };
            way.push((head.workflow.to_string(), head.path.clone()));
            above = head.trigger;
        }
        way.reverse();
        Ok((way, !matches!(above, Trigger::Manual)))
    }
}

/// What is known of the child run from the start.
fn head(
    start: &StartAttempt,
    sub: &SubWorkflow,
    loaded: &load::Loaded,
) -> Result<RunHead, ApiError> {
    let workflow = &loaded.workflow;
    let parent = &start.context.head;
    let wrong = |problems: Vec<String>| ApiError::new(Code::InvalidParams, problems.join("; "));
    let misfits = sub.misfits(&workflow.params);
    if !misfits.is_empty() {
        return Err(wrong(misfits.iter().map(ToString::to_string).collect()));
    }
    let given = sub.arguments(&workflow.params, &start.scope()).map_err(wrong)?;
    let scope = Scope {
        run: RunScope {
            run: start.child().to_string(),
            logical_time: parent.logical_time,
            trigger: "parent".to_owned(),
            event: String::new(),
            try_number: 1,
        },
        ..Scope::default()
    };
    let params = load::parameters(workflow, &given, &std::collections::BTreeMap::new(), &scope)?;
    Ok(RunHead {
        workflow: workflow.name.clone(),
        title: workflow.title.clone(),
        workflow_id: None,
        path: loaded.path.as_ref().map(|path| path.display().to_string()),
        snapshot: snapshot_hash(&loaded.text),
        trigger: Trigger::Parent {
            run: start.attempt.run,
            task: start.key.clone(),
            detached: !sub.awaited,
        },
        logical_time: parent.logical_time,
        params,
        tasks: Vec::new(),
        only: None,
        rerun_of: None,
        failed_before: None,
        origin: Some(crate::origin::origin()),
        carried: Vec::new(),
    })
}

/// Files may have changed since the outermost run was checked.
fn refuse_circle(way: &[(String, Option<String>)], name: &str, path: &str) -> Result<(), ApiError> {
    let names = || {
        let names: Vec<&str> = way.iter().map(|(name, _)| name.as_str()).chain([name]).collect();
        names.join(" → ")
    };
    if way.iter().any(|(_, above)| above.as_deref() == Some(path)) {
        let message = format!("workflows run each other in a circle: {}", names());
        let help = "a workflow cannot run itself; take the task out of one of them";
        return Err(ApiError::new(Code::InvalidDocument, message).help(help));
    }
    if way.len() >= MAX_DEPTH {
        let message = format!("runs would lie more than {MAX_DEPTH} deep: {}", names());
        return Err(ApiError::new(Code::InvalidDocument, message));
    }
    Ok(())
}

/// An error as the reason of an attempt's end.
fn in_words(error: ApiError) -> String {
    let first = error.problems.iter().find(|problem| problem.severity == Severity::Error);
    let more = first.map(|problem| problem.message.clone()).into_iter().chain(error.help);
    std::iter::once(error.message).chain(more).collect::<Vec<_>>().join("; ")
}

fn ended(message: String) -> AttemptReport {
    let end = AttemptEnd::unmeasured(Outcome::Error { message }, SystemClock::read());
    AttemptReport::Ended(Box::new(end))
}
