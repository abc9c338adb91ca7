//! What single tasks take over from an earlier run: the results of the tasks before them.
//!
//! Only looks and refuses. Which results a rerun takes over is the engine's `rerun`.

use millrace_api::{ApiError, Code};
use millrace_engine::{Plan, rerun};
use millrace_model::event::{Carried, Run, RunState, TaskState};
use millrace_model::graph::Graph;
use millrace_model::ident::Ident;
use millrace_model::ids::{TaskKey, WorkflowId};
use millrace_store::{Reader, RunFilter, StoreError, WorkflowKey};

use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;

/// How many runs are looked through for one that gave what a single task needs.
const LOOK_BACK: usize = 50;

/// What the tasks of a run have before them and do not bring along.
struct Wanted {
    /// All of it, in the order of the document.
    before: Vec<Ident>,
    /// What their texts read, with the task that does.
    read: Vec<(Ident, Ident)>,
}

impl App {
    /// From the newest run in which all that comes before the plan's tasks succeeded, else from the newest in which
    /// what they read did. Results in `known` are there already.
    ///
    /// # Errors
    /// `CannotCarry` where something that they read is in no run.
    pub(crate) async fn earlier_results(
        &self,
        plan: &Plan,
        workflow: Option<WorkflowId>,
        known: &[Carried],
    ) -> Result<Vec<Carried>, ApiError> {
        let wanted = Wanted::of(plan, known);
        if wanted.before.is_empty() {
            return Ok(Vec::new());
        }
        let Some(workflow) = workflow else { return wanted.carry(None, plan) };
        let find = move |reader: &Reader| wanted.newest(reader, workflow).map(|run| (run, wanted));
        let found = on_store(&self.store, find).await;
        let (run, wanted) = found.map_err(|error| store_error(&error))?;
        wanted.carry(run.as_ref(), plan)
    }
}

impl Wanted {
    fn of(plan: &Plan, known: &[Carried]) -> Self {
        let workflow = plan.workflow();
        let graph = Graph::of(workflow);
        let mut is_before = vec![false; plan.len()];
        let mut read = Vec::new();
        let is_known = |name: &Ident| known.iter().any(|result| result.task.task == *name);
        let is_elsewhere = |name: &Ident| {
            plan.index_of(name.as_str()).is_some_and(|index| !plan.runs(index)) && !is_known(name)
        };
        for index in plan.in_order() {
            for ancestor in graph.ancestors(index as usize) {
                is_before[ancestor] |= is_elsewhere(&workflow.tasks[ancestor].name);
            }
            let reader = &plan.task(index).name;
            let names = plan.reads(index).iter().filter(|name| is_elsewhere(name));
            read.extend(names.map(|name| (reader.clone(), name.clone())));
        }
        let before = workflow.tasks.iter().zip(is_before).filter(|(_, is_before)| *is_before);
        Self { before: before.map(|(task, _)| task.name.clone()).collect(), read }
    }

    fn newest(&self, reader: &Reader, workflow: WorkflowId) -> Result<Option<Run>, StoreError> {
        let filter = RunFilter {
            workflow: Some(WorkflowKey::Id(workflow)),
            states: vec![RunState::Succeeded, RunState::Failed, RunState::Canceled],
            ..RunFilter::default()
        };
        let mut second = None;
        for row in reader.list_runs(&filter, None, LOOK_BACK)? {
            let run = reader.run(row.run)?;
            if self.before.iter().all(|name| has(&run, name)) {
                return Ok(Some(run));
            }
            if second.is_none() && self.read.iter().all(|(_, name)| has(&run, name)) {
                second = Some(run);
            }
        }
        Ok(second)
    }

    fn carry(&self, run: Option<&Run>, plan: &Plan) -> Result<Vec<Carried>, ApiError> {
        if let Some(run) = run {
            return Ok(rerun::inputs(run, plan, &self.before));
        }
        // A task that reads nothing of those before it can run all the same.
        let Some((reader, _)) = self.read.first() else { return Ok(Vec::new()) };
        let texts: Vec<String> = self
            .read
            .iter()
            .map(|(reader, name)| format!("{reader} reads a result of {name}"))
            .collect();
        let message = match texts.as_slice() {
            [one] => format!("{one}, and there is no earlier run in which it succeeded"),
            all => format!(
                "{}, and there is no earlier run in which all of them succeeded",
                all.join(", ")
            ),
        };
        Err(ApiError::new(Code::CannotCarry, message).help(format!(
            "run {reader} with what it needs: `--until {reader}` instead of `--only`"
        )))
    }
}

fn has(run: &Run, name: &Ident) -> bool {
    let task = run.tasks.get(&TaskKey::plain(name.clone()));
    task.is_some_and(|task| task.state == TaskState::Succeeded)
}
