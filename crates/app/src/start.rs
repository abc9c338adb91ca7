//! Accepting runs: of a document, of only a part of it, and again with results of an old run.

use std::path::Path;
use std::sync::Arc;

use millrace_api::document::Source;
use millrace_api::run::{PlanRun, PlannedHook, PlannedTask, Rerun, RunPlan, StartRun, StartedRun};
use millrace_api::{ApiError, Code};
use millrace_engine::driver::Submit;
use millrace_engine::ports::Sync;
use millrace_engine::{Plan, Selection};
use millrace_engine::{pinned, rerun};
use millrace_model::document::{HookAction, Join, Task, Workflow};
use millrace_model::event::{Run, RunHead, Trigger};
use millrace_model::expr::{RunScope, Scope};
use millrace_model::graph::Graph;
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, WorkflowId};
use millrace_model::read::Document;
use millrace_store::{Mailbox, snapshot_hash};

use crate::app::{App, blocking, seal};
use crate::before;
use crate::errors::{engine_error, store_error};
use crate::hub::on_store;
use crate::load::{self, Loaded};
use crate::ports::{SystemClock, random_u64};
use crate::{files, retention, trust};

/// A run that is about to be accepted.
struct Prepared {
    loaded: Loaded,
    plan: Arc<Plan>,
    run: RunId,
    head: RunHead,
    /// What runs is a draft that its file does not have.
    is_changed: bool,
}

impl App {
    pub(crate) async fn start(&self, request: StartRun) -> Result<StartedRun, ApiError> {
        let _place = self.line.enter(&self.engine).await?;
        let (only, use_pinned) = (request.only.clone(), request.pinned);
        let mut prepared = self.prepare(request).await?;
        if use_pinned {
            prepared.head.carried = pinned::results(&prepared.plan, only.as_deref().unwrap_or(&[]));
        }
        if only.is_some() {
            let Prepared { plan, head, .. } = &prepared;
            let earlier = self.earlier_results(plan, head.workflow_id, &head.carried).await?;
            prepared.head.carried.extend(earlier);
        }
        self.submit(prepared).await
    }

    pub(crate) async fn plan(&self, request: PlanRun) -> Result<RunPlan, ApiError> {
        let truly = request.start.only.clone().unwrap_or_default();
        let use_pinned = request.start.pinned;
        // Nothing is started: whoever looks wants to know what would be.
        let prepared = self.prepare(StartRun { vouched: true, ..request.start }).await?;
        let pinned = if use_pinned { pinned::results(&prepared.plan, &truly) } else { Vec::new() };
        let workflow = prepared.plan.workflow();
        let levels = Graph::of(workflow).levels();
        let mut tasks: Vec<PlannedTask> = prepared
            .plan
            .in_order()
            .map(|index| {
                let task = prepared.plan.task(index);
                let is_pinned = pinned.iter().any(|result| result.task.task == task.name);
                let left_out = match (task.disabled, prepared.plan.runs(index), is_pinned) {
                    (_, false, _) => Some("not selected".to_owned()),
                    (true, true, _) => Some("disabled".to_owned()),
                    (false, true, true) => Some("its outputs are pinned".to_owned()),
                    (false, true, false) => None,
                };
                PlannedTask {
                    task: task.name.clone(),
                    kind: task.kind.clone(),
                    level: levels
                        .get(index as usize)
                        .and_then(|level| u32::try_from(*level).ok())
                        .unwrap_or(0),
                    waits_for: waits_for(workflow, &task.name),
                    action: crate::preview::action(task, &prepared.head),
                    left_out,
                    reuse: None,
                }
            })
            .collect();
        for (index, task) in prepared.plan.in_order().zip(&mut tasks) {
            if task.left_out.is_none() {
                task.reuse = self.would_reuse(&prepared.plan, &prepared.head, index).await;
            }
        }
        let hooks = planned_hooks(&prepared.plan, &prepared.head);
        Ok(RunPlan {
            workflow: workflow.name.clone(),
            params: prepared.head.params,
            tasks,
            hooks,
            problems: prepared.loaded.problems,
        })
    }

    pub(crate) async fn again(&self, request: Rerun) -> Result<StartedRun, ApiError> {
        let _place = self.line.enter(&self.engine).await?;
        let old = request.run;
        let (old, snapshot) = self.run_with_snapshot(old).await?;
        let source = match (request.source, &self.path_now(&old).await?) {
            (Some(source), _) => source,
            (None, Some(path)) => Source::Path(path.clone()),
            // It never was a file: what ran then is all there is.
            (None, None) => Source::Text { text: snapshot.clone(), path: None },
        };
        let mut params = request.params;
        for (name, value) in &old.head.params {
            if !params.contains_key(name) && !request.param_texts.contains_key(name) {
                params.insert(name.clone(), value.clone());
            }
        }
        let start = StartRun {
            source,
            params,
            param_texts: request.param_texts,
            until: None,
            only: None,
            pinned: request.pinned,
            vouched: request.vouched,
        };
        let before = Document::parse(snapshot.as_bytes()).workflow.ok_or_else(|| {
            ApiError::new(Code::Internal, format!("the snapshot of run {} cannot be read", old.run))
        })?;
        let mut prepared = self.prepare_keeping(start, Some((&old, &before))).await?;
        prepared.head.rerun_of = Some(old.run);
        let pinned = match request.pinned {
            true => pinned::results(&prepared.plan, request.from.as_slice()),
            false => Vec::new(),
        };
        let plan = &prepared.plan;
        let carried = rerun::carried(&old, &before, plan, request.from.as_ref(), pinned);
        prepared.head.carried = carried.map_err(|refusals| {
            let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
            ApiError::new(Code::CannotCarry, texts.join("; "))
        })?;
        self.submit(prepared).await
    }

    /// Where the document of a run is now: it may have been moved or renamed since.
    pub(crate) async fn path_now(&self, run: &Run) -> Result<Option<String>, ApiError> {
        let Some(id) = run.head.workflow_id else { return Ok(run.head.path.clone()) };
        let find = move |reader: &millrace_store::Reader| {
            reader.workflow(&millrace_store::WorkflowKey::Id(id))
        };
        let found = on_store(&self.store, find).await.map_err(|error| store_error(&error))?;
        let now = found.into_iter().next().and_then(|row| row.path);
        Ok(now.or_else(|| run.head.path.clone()))
    }

    /// The run and the text that it pinned.
    pub(crate) async fn run_with_snapshot(&self, run: RunId) -> Result<(Run, String), ApiError> {
        let read = move |reader: &millrace_store::Reader| {
            let run = reader.run(run)?;
            let text = reader.snapshot(&run.head.snapshot)?;
            Ok((run, text))
        };
        let (run, text) = on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
        let text = text.ok_or_else(|| {
            let message = format!("the history has lost what run {} ran", run.run);
            ApiError::new(Code::Store, message)
        })?;
        Ok((run, text))
    }

    async fn prepare(&self, request: StartRun) -> Result<Prepared, ApiError> {
        self.prepare_keeping(request, None).await
    }

    /// `old`: the run whose logical time is kept and whose parameters were meant for an earlier document, and what it ran.
    async fn prepare_keeping(
        &self,
        request: StartRun,
        old: Option<(&Run, &Workflow)>,
    ) -> Result<Prepared, ApiError> {
        let ground = self.ground();
        let now = SystemClock::read();
        let run = RunId(random_u64());
        let is_rerun = old.is_some();
        let logical_time = old.map_or(now, |(old, _)| old.head.logical_time);
        let ran_before = old.map(|(_, before)| trust::meaning(before));
        let (store, mailbox) = (Arc::clone(&self.store), self.mailbox.clone());
        let prepared = blocking(move || {
            let loaded = load::load(&ground, &request.source)?;
            let workflow = &loaded.workflow;
            // What ran here was looked at then.
            if !request.vouched && ran_before != Some(trust::meaning(workflow)) {
                let why = "nobody vouches for it";
                // A text lies in no folder, also where it is a draft of a file that does.
                let is_text = matches!(request.source, Source::Text { .. });
                let path = loaded.path.as_deref().filter(|_| !is_text);
                trust::demand(&store, workflow, path, why)?;
            }
            let scope = Scope {
                run: RunScope {
                    run: run.to_string(),
                    logical_time,
                    trigger: "manual".to_owned(),
                    event: String::new(),
                    try_number: 1,
                },
                ..Scope::default()
            };
            let mut given = request.params;
            if is_rerun {
                // Parameters that the document does not have any more went with it.
                given.retain(|name, _| workflow.params.iter().any(|p| p.name.as_str() == name));
            }
            let params = load::parameters(workflow, &given, &request.param_texts, &scope)?;
            let selection = selection(workflow, request.until, request.only)?;
            let plan = seal(Arc::clone(workflow), &selection)?;
            let path = loaded.path.as_ref().map(|path| path.display().to_string());
            let workflow_id = match &path {
                None => None,
                Some(path) => Some(bind(&mailbox, path, workflow)?),
            };
            let head = RunHead {
                workflow: workflow.name.clone(),
                title: workflow.title.clone(),
                workflow_id,
                path,
                snapshot: snapshot_hash(&loaded.text),
                trigger: Trigger::Manual,
                logical_time,
                params,
                tasks: Vec::new(),
                only: None,
                rerun_of: None,
                failed_before: None,
                origin: Some(crate::origin::origin()),
                carried: Vec::new(),
            };
            let before = |reader: &_| Ok(before::failed_before(reader, workflow, &head));
            let failed_before = store.read(before).map_err(|error| store_error(&error))?;
            let head = RunHead { failed_before, ..head };
            let is_text = matches!(request.source, Source::Text { .. });
            let is_changed =
                is_text && loaded.path.as_deref().is_some_and(|path| is_draft(path, workflow));
            Ok(Prepared { plan, run, head, loaded, is_changed })
        })
        .await?;
        if let Some(path) = &prepared.loaded.path {
            self.schedules.run_begins(path, &prepared.loaded.workflow);
        }
        Ok(prepared)
    }

    async fn submit(&self, mut prepared: Prepared) -> Result<StartedRun, ApiError> {
        let (contents, carried) = (self.artifacts.clone(), prepared.head.carried.clone());
        blocking(move || retention::hold(&contents, &carried)).await?;
        self.note_git(&mut prepared.head, prepared.is_changed).await;
        if let Some(path) = prepared.head.path.clone() {
            let (mailbox, workflow) = (self.mailbox.clone(), Arc::clone(prepared.plan.workflow()));
            let keep = move || {
                let reason = millrace_store::VersionReason::Run;
                crate::versions::keep(&mailbox, &path, &workflow, reason)
            };
            blocking(keep).await?;
        }
        let submit = Submit {
            run: prepared.run,
            plan: prepared.plan,
            head: Box::new(prepared.head),
            snapshot: Some(prepared.loaded.text.into()),
            sync: Sync::Soon,
        };
        self.engine.submit(submit).await.map_err(|error| engine_error(&error))?;
        Ok(StartedRun { run: prepared.run, problems: prepared.loaded.problems })
    }
}

impl App {
    /// Notes in the head of a run that is about to be accepted how its document stands in git.
    pub(crate) async fn note_git(&self, head: &mut RunHead, is_changed: bool) {
        if let (Some(path), Some(origin)) = (&head.path, &mut head.origin) {
            origin.git = self.git.of_run(path.into(), is_changed).await;
        }
    }
}

/// Whether the file at `path` means something else than `workflow`. Blocks on the file.
fn is_draft(path: &Path, workflow: &Workflow) -> bool {
    let saved = files::read(path).ok().and_then(|file| Document::parse(&file.bytes).workflow);
    saved.is_none_or(|saved| trust::meaning(&saved) != trust::meaning(workflow))
}

/// The identity of the workflow whose document is at `path`. Blocks on the store.
pub(crate) fn bind(
    mailbox: &Mailbox,
    path: &str,
    workflow: &Workflow,
) -> Result<WorkflowId, ApiError> {
    let (path, name) = (path.to_owned(), workflow.name.to_string());
    let fresh = WorkflowId(random_u64());
    let bound = mailbox.call(move |writer| writer.bind_workflow(&path, &name, fresh));
    bound.map_err(|error| store_error(&error))
}

fn selection(
    workflow: &Workflow,
    until: Option<Vec<Ident>>,
    only: Option<Vec<Ident>>,
) -> Result<Selection, ApiError> {
    let (names, make): (_, fn(Vec<Ident>) -> Selection) = match (until, only) {
        (None, None) => return Ok(Selection::All),
        (Some(names), None) => (names, Selection::Until),
        (None, Some(names)) => (names, Selection::Only),
        (Some(_), Some(_)) => {
            let message = "`until` and `only` exclude each other";
            return Err(ApiError::new(Code::InvalidRequest, message));
        }
    };
    if let Some(name) = names.iter().find(|name| workflow.task(name.as_str()).is_none()) {
        let message = format!("{} has no task {name}", workflow.name);
        return Err(ApiError::new(Code::NotFound, message));
    }
    Ok(make(names))
}

/// The tasks that hooks would run.
fn planned_hooks(plan: &Plan, head: &RunHead) -> Vec<PlannedHook> {
    let runs = |of: &Task| plan.index_of(of.name.as_str()).is_some_and(|task| plan.runs(task));
    let hooks = plan.workflow().all_hooks().filter(|(of, _)| of.is_none_or(runs));
    hooks
        .filter_map(|(of, hook)| {
            let HookAction::Task(name) = &hook.action else { return None };
            let task = plan.task(plan.index_of(name.as_str()).filter(|it| plan.is_on_call(*it))?);
            Some(PlannedHook {
                task: name.clone(),
                kind: task.kind.clone(),
                on: match of {
                    Some(of) => format!("{} of {}", hook.on, of.name),
                    None => hook.on.to_string(),
                },
                action: crate::preview::action(task, head),
            })
        })
        .collect()
}

/// What a task waits for, in words.
fn waits_for(workflow: &Workflow, name: &Ident) -> String {
    let Some(task) = workflow.task(name.as_str()) else { return String::new() };
    if !task.teardown_for.is_empty() {
        let setups: Vec<&str> = task.teardown_for.iter().map(Ident::as_str).collect();
        return format!("the end of everything that {} set up", setups.join(" and "));
    }
    if let Join::Expr(expr) = &task.join {
        return expr.clone();
    }
    let edges = workflow.dependencies.iter().filter(|edge| edge.to == *name);
    let texts: Vec<String> = edges
        .map(|edge| {
            let on: Vec<&str> = edge.on.iter().map(millrace_model::document::Atom::word).collect();
            let text = match edge.on {
                on if on == millrace_model::document::AtomSet::FINISHED => {
                    format!("{} ended", edge.from)
                }
                _ => format!("{} {}", edge.from, on.join("|").replace('_', " ")),
            };
            match &edge.branch {
                Some(label) => format!("{text} with the branch {label}"),
                None => text,
            }
        })
        .collect();
    match task.join {
        Join::None => String::new(),
        Join::Any => texts.join(" or "),
        Join::All | Join::Expr(_) => texts.join(" and "),
    }
}
