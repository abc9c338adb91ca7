//! What the core asks of the world after an input.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use millrace_model::Values;
use millrace_model::document::{EnvMap, EnvValue, Task, Workflow};
use millrace_model::event::{RunEvent, RunHead, RunState, TaskState};
use millrace_model::expr::{RunScope, Scope, TaskScope};
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use millrace_model::template::Template;
use millrace_model::time::{Span, Timestamp};

use crate::plan::Plan;

/// Everything that follows from an input: first the events are stored, then the effects are carried out, in order.
#[derive(Debug, Default)]
pub struct Effects {
    /// To be stored and published.
    pub events: Vec<RunEvent>,
    /// To be done once the events are stored.
    pub effects: Vec<Effect>,
}

/// Something to be done.
#[derive(Debug)]
pub enum Effect {
    /// Hand an attempt to the executor.
    Start(Box<StartAttempt>),
    /// Have the run of another workflow submitted that this attempt stands for, as [`StartAttempt::child`]; where it cannot
    /// be, report what keeps it from that.
    StartChild(Box<StartAttempt>),
    /// Look for what this attempt waits for, until it is there: then report the attempt `Ended`. No place is taken.
    Watch(Box<StartAttempt>),
    /// Look for it no more; what is found is not wanted.
    Unwatch(AttemptId),
    /// Leave what a task gave where later tasks of the run find it. No process of the task has done so.
    KeepOutputs {
        /// Of which run.
        run: RunId,
        /// Of which task.
        task: Ident,
        /// What it gave.
        outputs: Arc<Values>,
    },
    /// Stop an attempt; if it has not started, it never will.
    Stop {
        /// Which.
        attempt: AttemptId,
        /// At once (SIGKILL) instead of SIGTERM and grace.
        kill: bool,
    },
    /// Take back those of these attempts that have not started.
    Recall {
        /// Of which run.
        run: RunId,
        /// Which.
        attempts: Vec<AttemptId>,
    },
    /// From now on so many attempts of the run may run at a time. [`StartAttempt::places`] says the same.
    Places {
        /// Of which run.
        run: RunId,
        /// How many.
        places: u32,
    },
    /// Find out what became of the attempts of a run that was under way when the last process died.
    Adopt {
        /// The run.
        run: RunId,
        /// How many of its attempts may run at a time.
        places: u32,
        /// What was in flight.
        attempts: Vec<AdoptAttempt>,
    },
    /// Give [`super::Input::Timer`] with this key at `due`.
    ArmTimer {
        /// Which.
        key: TimerKey,
        /// When.
        due: Timestamp,
    },
    /// The run ended; nothing more will be asked of it, unless it is retried.
    RunEnded {
        /// Which.
        run: RunId,
        /// How.
        state: RunState,
    },
}

/// Names a timer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimerKey {
    /// A task's next try is due.
    Retry {
        /// Of which run.
        run: RunId,
        /// The task's index in the plan.
        task: u32,
        /// The attempt that failed.
        serial: u32,
    },
    /// The run has taken too long.
    RunTimeout {
        /// Which.
        run: RunId,
        /// In this round.
        round: u32,
    },
    /// An attempt that stands for a child run has taken too long.
    ChildTimeout(AttemptId),
    /// A wait is over: its time has passed, or the clock on the wall has come to its instant.
    Wait(AttemptId),
    /// A wait is over: the clock on the wall has come to its instant.
    Until(AttemptId),
}

impl TimerKey {
    /// The run that it is of: once that has ended, it means nothing.
    #[must_use]
    pub const fn run(&self) -> RunId {
        match self {
            Self::Retry { run, .. } | Self::RunTimeout { run, .. } => *run,
            Self::ChildTimeout(attempt) | Self::Wait(attempt) | Self::Until(attempt) => attempt.run,
        }
    }
}

/// What is the same for all attempts of a run.
#[derive(Debug)]
pub struct RunContext {
    /// Names the run.
    pub run: RunId,
    /// What is known of it from the start.
    pub head: RunHead,
    /// Its parameters.
    pub params: Arc<Values>,
}

/// An attempt that is to be started, with all that an executor needs.
#[derive(Debug)]
pub struct StartAttempt {
    /// Names the attempt.
    pub attempt: AttemptId,
    /// The task within the run.
    pub key: TaskKey,
    /// Its index in the plan.
    pub task_index: u32,
    /// The item of a mapped task that it is for, with its index.
    pub item: Option<(u32, serde_json::Value)>,
    /// Why a hook runs it, where one does.
    pub hook: Option<Arc<Values>>,
    /// Counts the task's attempts from 1, over all rounds.
    pub number: u32,
    /// The run is in this round.
    pub round: u32,
    /// The sealed workflow.
    pub plan: Arc<Plan>,
    /// The run.
    pub context: Arc<RunContext>,
    /// Longest run time; none = no limit. Past it: SIGTERM, `grace` later SIGKILL, outcome `TimedOut`.
    pub limit: Option<Duration>,
    /// Time between SIGTERM and SIGKILL.
    pub grace: Duration,
    /// So many attempts of this run may run at a time. Attempts start in the order in which they are handed over, as
    /// soon as fewer are running: this one may have to wait for another to end.
    pub places: u32,
    /// The direct upstreams, how they ended and what they gave: for `$MILLRACE_INPUTS`. Of what a hook runs, the task that it
    /// is about.
    pub upstreams: Vec<(Ident, TaskScope)>,
    /// The ancestors that the task's texts name.
    pub ancestors: Vec<(Ident, TaskScope)>,
}

/// An attempt that was in flight when the last process died.
#[derive(Debug)]
pub struct AdoptAttempt {
    /// Everything that starting it again would need; also names it.
    pub start: Box<StartAttempt>,
    /// It is known to have started.
    pub started: bool,
    /// Its main process, where known.
    pub pid: Option<u32>,
}

impl StartAttempt {
    /// The run that the attempt stands for, where its task runs another workflow.
    #[must_use]
    pub fn child(&self) -> RunId {
        self.attempt.child()
    }

    /// The task's definition.
    #[must_use]
    pub fn task(&self) -> &Task {
        self.plan.task(self.task_index)
    }

    /// Whether the task runs although what it `produces` is there: it is tried again, or its run was retried or is a rerun.
    #[must_use]
    pub fn is_again(&self) -> bool {
        self.number > 1 || self.round > 1 || self.context.head.rerun_of.is_some()
    }

    /// The workflow's definition.
    #[must_use]
    pub fn workflow(&self) -> &Workflow {
        self.plan.workflow()
    }

    /// The values for the task's templates and expressions. `env` in it has the workflow's and the task's variables
    /// without secrets; a variable that cannot be rendered is left out.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let mut scope = scope(&self.context, self.number, self.ancestors.iter().cloned());
        scope.set_item(self.item.clone());
        scope.hook.clone_from(&self.hook);
        with_env(scope, self.workflow(), self.task())
    }
}

/// The values that an expression of a task sees, without `env`.
pub(crate) fn scope(
    context: &RunContext,
    try_number: u32,
    tasks: impl Iterator<Item = (Ident, TaskScope)>,
) -> Scope {
    Scope {
        params: Arc::clone(&context.params),
        run: RunScope {
            run: context.run.to_string(),
            logical_time: context.head.logical_time,
            trigger: context.head.trigger.kind().word().to_owned(),
            event: context.head.trigger.event(),
            try_number,
        },
        tasks: tasks.collect(),
        ..Scope::default()
    }
}

/// The scope with `env`: the workflow's variables, then the defaults', then the task's.
pub(crate) fn with_env(mut scope: Scope, workflow: &Workflow, task: &Task) -> Scope {
    let maps: [&EnvMap; 3] = [&workflow.env, &workflow.defaults.env, &task.env];
    if maps.iter().all(|map| map.is_empty()) {
        return scope;
    }
    let mut env = BTreeMap::new();
    for (name, value) in maps.into_iter().flatten() {
        match value {
            EnvValue::Secret(_) => drop(env.remove(name)),
            EnvValue::Template(text) => {
                if let Ok(value) = Template::parse(text).and_then(|parsed| parsed.render(&scope)) {
                    env.insert(name.clone(), value);
                }
            }
        }
    }
    scope.env = Arc::new(env);
    scope
}

pub(crate) fn task_scope(state: TaskState, outputs: Option<&Arc<Values>>) -> TaskScope {
    TaskScope { state, outputs: outputs.cloned() }
}

pub(crate) fn as_duration(span: Option<Span>) -> Option<Duration> {
    span.map(Span::to_std)
}
