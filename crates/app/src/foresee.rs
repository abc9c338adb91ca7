//! Which tasks of a plan would not have to run, because their files are there or the same was done before.

use std::sync::Arc;
use std::time::Duration;

use millrace_engine::Plan;
use millrace_engine::core::{RunContext, StartAttempt};
use millrace_exec::foresee::{Foreseen, foresee};
use millrace_model::event::RunHead;
use millrace_model::ids::{AttemptId, RunId, TaskKey};

use crate::app::App;
use crate::given::Given;

impl App {
    /// Why the task would not have to run, or that it shows later; none where it would run, or says nothing about it.
    pub(crate) async fn would_reuse(
        &self,
        plan: &Arc<Plan>,
        head: &RunHead,
        index: u32,
    ) -> Option<String> {
        let task = plan.task(index);
        if task.produces.is_empty() && task.cache.is_none() {
            return None;
        }
        if task.for_each.is_some() {
            return Some("shows when it is its turn: for each item".to_owned());
        }
        if plan.is_on_call(index) {
            return None;
        }
        let run = RunId(0);
        let context = RunContext { run, head: head.clone(), params: Arc::new(head.params.clone()) };
        let start = StartAttempt {
            attempt: AttemptId { run, serial: 1 },
            key: TaskKey::plain(task.name.clone()),
            task_index: index,
            item: None,
            hook: None,
            number: 1,
            round: 1,
            plan: Arc::clone(plan),
            context: Arc::new(context),
            limit: None,
            grace: Duration::ZERO,
            places: 1,
            upstreams: Vec::new(),
            ancestors: Vec::new(),
        };
        let given = Given::new(Arc::clone(&self.store), self.artifacts.clone());
        let has_upstreams = plan.upstreams(index).next().is_some();
        match foresee(&self.home.runs(), &given, &start, has_upstreams).await {
            Foreseen::Runs => None,
            Foreseen::IsThere => Some("reused: what it produces is there".to_owned()),
            Foreseen::WasDone(run) => Some(format!("reused: the same was done in run {run:.8}")),
            Foreseen::Open(why) => Some(format!("shows when it is its turn: {why}")),
        }
    }
}
