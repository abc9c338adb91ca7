//! A home without clock, disk and processes: the core, the folds of its events, and an executor that a test scripts.

#![allow(dead_code, clippy::allow_attributes, reason = "each test file uses a part of it")]
#![allow(missing_docs, unreachable_pub, reason = "test support")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use millrace_engine::core::{
    AttemptReport, Core, Effect, Effects, Input, Refusal, Settings, StartAttempt, TimerKey,
};
use millrace_engine::{Plan, Selection};
use millrace_model::Values;
use millrace_model::document::{Atom, AtomSet, Dependency, ForEach, Json, Task, Workflow};
use millrace_model::event::{
    Actor, AttemptEnd, Exit, Outcome, Run, RunEvent, RunEventKind, RunHead, RunState, TaskState,
    Trigger,
};
use millrace_model::ident::Ident;
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use millrace_model::time::Timestamp;

pub fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

/// `"a b c"` tasks and `"a>b c-F>d e:x-S>f"` edges; letters between `-` and `>` are the atoms of `on`, what stands behind
/// `:` is the label of a branch.
pub fn workflow(tasks: &str, edges: &str) -> Workflow {
    let mut workflow = Workflow::new(ident("w"));
    workflow.tasks = tasks.split_whitespace().map(|name| Task::new(ident(name), "noop")).collect();
    for edge in edges.split_whitespace() {
        let (from, to) = edge.split_once('>').unwrap();
        let (from, on) = from.split_once('-').unwrap_or((from, "S"));
        let (from, label) = from.split_once(':').map_or((from, None), |(from, l)| (from, Some(l)));
        let mut dependency = Dependency::new(ident(from), ident(to));
        dependency.on = atoms(on);
        dependency.branch = label.map(str::to_owned);
        workflow.dependencies.push(dependency);
    }
    workflow
}

pub fn atoms(letters: &str) -> AtomSet {
    AtomSet::of(letters.chars().map(|letter| match letter {
        'S' => Atom::Succeeded,
        'F' => Atom::Failed,
        'K' => Atom::Skipped,
        'U' => Atom::UpstreamFailed,
        'C' => Atom::Canceled,
        other => panic!("no atom {other}"),
    }))
}

pub fn task<'a>(workflow: &'a mut Workflow, name: &str) -> &'a mut Task {
    workflow.tasks.iter_mut().find(|task| task.name.as_str() == name).unwrap()
}

/// A task that runs another workflow.
pub fn calling(workflow: &mut Workflow, name: &str) {
    let task = task(workflow, name);
    task.kind = "workflow".to_owned();
    task.spec = Json::from_value(&serde_json::json!({ "workflow": "child" }));
}

/// A task that is mapped over these items.
pub fn mapped<'a>(workflow: &'a mut Workflow, name: &str, items: &str) -> &'a mut ForEach {
    let map = ForEach { items: items.to_owned(), ..ForEach::default() };
    task(workflow, name).for_each.insert(map)
}

/// The key of `name` or `name[3]`.
pub fn key(text: &str) -> TaskKey {
    match text.split_once('[') {
        None => TaskKey::plain(ident(text)),
        Some((name, item)) => {
            TaskKey { task: ident(name), item: item.trim_end_matches(']').parse().ok() }
        }
    }
}

/// A task that chooses among labels by these conditions.
pub fn branching(workflow: &mut Workflow, name: &str, spec: &serde_json::Value) {
    let task = task(workflow, name);
    task.kind = "branch".to_owned();
    task.spec = Json::from_value(spec);
}

pub fn seal(workflow: &Workflow) -> Arc<Plan> {
    Plan::seal(Arc::new(workflow.clone()), &Selection::All).unwrap()
}

pub fn head(workflow: &Workflow) -> RunHead {
    RunHead {
        workflow: workflow.name.clone(),
        title: None,
        workflow_id: None,
        path: None,
        snapshot: "0".repeat(64),
        trigger: Trigger::Manual,
        logical_time: Timestamp(0),
        params: Values::new(),
        tasks: Vec::new(),
        only: None,
        rerun_of: None,
        failed_before: None,
        origin: None,
        carried: Vec::new(),
    }
}

/// A core with its surroundings.
pub struct Home {
    pub core: Core,
    pub now: Timestamp,
    pub folds: BTreeMap<RunId, Run>,
    pub events: Vec<RunEvent>,
    /// Handed over and not ended, by run, in order; the first `places` of them run.
    pub handed: BTreeMap<RunId, VecDeque<Box<StartAttempt>>>,
    /// Attempts that want their child runs, in order.
    pub calls: VecDeque<Box<StartAttempt>>,
    /// What is looked for.
    pub watched: Vec<AttemptId>,
    /// What tasks without a process gave.
    pub kept: Vec<(RunId, Ident, Values)>,
    pub stops: Vec<(AttemptId, bool)>,
    pub recalls: Vec<AttemptId>,
    pub timers: Vec<(TimerKey, Timestamp)>,
    pub adopted: Vec<AttemptId>,
    pub ended: Vec<(RunId, RunState)>,
    pub most_placed: u32,
}

impl Home {
    pub fn new(places: u32) -> Self {
        Self::with(Settings { prefetch: 0, ..Settings::with_places(places) })
    }

    pub fn with(settings: Settings) -> Self {
        Self {
            core: Core::new(settings),
            now: Timestamp(1_000_000),
            folds: BTreeMap::new(),
            events: Vec::new(),
            handed: BTreeMap::new(),
            calls: VecDeque::new(),
            watched: Vec::new(),
            kept: Vec::new(),
            stops: Vec::new(),
            recalls: Vec::new(),
            timers: Vec::new(),
            adopted: Vec::new(),
            ended: Vec::new(),
            most_placed: 0,
        }
    }

    /// Gives an input, folds the events, keeps the effects, checks everything.
    pub fn give(&mut self, input: Input) -> Result<(), Refusal> {
        let done = self.give_unchecked(input);
        self.core.sanity_check().unwrap();
        for fold in self.folds.values() {
            self.core.check_against(fold).unwrap();
        }
        done
    }

    fn give_unchecked(&mut self, input: Input) -> Result<(), Refusal> {
        let mut out = Effects::default();
        self.now = Timestamp(self.now.0 + 1);
        let done = self.core.handle(self.now, input, &mut out);
        for event in &out.events {
            match self.folds.get_mut(&event.run) {
                Some(fold) => fold.apply(event).unwrap(),
                None => drop(self.folds.insert(event.run, Run::begin(event).unwrap())),
            }
        }
        self.events.extend(out.events);
        for effect in out.effects {
            match effect {
                Effect::Start(start) => {
                    self.handed.entry(start.attempt.run).or_default().push_back(start);
                }
                Effect::StartChild(start) => self.calls.push_back(start),
                Effect::Watch(start) => self.watched.push(start.attempt),
                Effect::Unwatch(attempt) => self.watched.retain(|other| *other != attempt),
                Effect::KeepOutputs { run, task, outputs } => {
                    self.kept.push((run, task, (*outputs).clone()));
                }
                Effect::Stop { attempt, kill } => self.stops.push((attempt, kill)),
                Effect::Recall { attempts, .. } => self.recalls.extend(attempts),
                Effect::Places { .. } => {}
                Effect::Adopt { attempts, run, .. } => {
                    for adopt in attempts {
                        self.adopted.push(adopt.start.attempt);
                        self.handed.entry(run).or_default().push_back(adopt.start);
                    }
                }
                Effect::ArmTimer { key, due } => self.timers.push((key, due)),
                Effect::RunEnded { run, state } => self.ended.push((run, state)),
            }
        }
        self.most_placed = self.most_placed.max(self.core.load().placed);
        done
    }

    pub fn submit(&mut self, number: u64, workflow: &Workflow) -> RunId {
        self.submit_head(number, seal(workflow), head(workflow))
    }

    pub fn submit_head(&mut self, number: u64, plan: Arc<Plan>, head: RunHead) -> RunId {
        let run = RunId(number);
        self.give(Input::Submit { run, plan, head: Box::new(head) }).unwrap();
        run
    }

    /// Submits `workflow` as the child run of the oldest call.
    pub fn accept(&mut self, workflow: &Workflow) -> Result<RunId, Refusal> {
        let call = self.calls.pop_front().unwrap();
        let trigger = Trigger::Parent {
            run: call.attempt.run,
            task: call.key.clone(),
            detached: call.plan.is_detached(call.task_index),
        };
        let head = Box::new(RunHead { trigger, ..head(workflow) });
        let child = call.child();
        let done = self.give(Input::Submit { run: child, plan: seal(workflow), head });
        if done.is_err() {
            self.report(call.attempt, AttemptReport::Recalled);
        }
        done.map(|()| child)
    }

    /// The home of the next daemon: it has the events of all runs and nothing else.
    pub fn after_crash(&self, plan_of: impl Fn(&Run) -> Arc<Plan>) -> Self {
        let mut next = Self::with(self.core.settings().clone());
        next.now = self.now;
        next.folds.clone_from(&self.folds);
        let unfinished: Vec<Run> =
            self.folds.values().filter(|run| !run.state.is_final()).cloned().collect();
        for run in unfinished {
            let plan = plan_of(&run);
            // While others are not there yet, the folds are ahead of the core.
            next.give_unchecked(Input::Recover { run: Box::new(run), plan }).unwrap();
        }
        next.give(Input::Recovered).unwrap();
        next
    }

    pub fn report(&mut self, attempt: AttemptId, report: AttemptReport) {
        self.give(Input::Report { attempt, report, jitter: 1.0 }).unwrap();
    }

    /// The names of the tasks whose attempts the executor has, in order.
    pub fn running(&self, run: RunId) -> Vec<String> {
        let handed = self.handed.get(&run).into_iter().flatten();
        handed.map(|start| start.key.to_string()).collect()
    }

    pub fn take(&mut self, run: RunId, task: &str) -> Box<StartAttempt> {
        let handed = self.handed.get_mut(&run).unwrap();
        let at = handed.iter().position(|start| start.key == key(task));
        handed.remove(at.unwrap_or_else(|| panic!("{task} does not run"))).unwrap()
    }

    pub fn end_with(&mut self, run: RunId, task: &str, outcome: Outcome, outputs: &[(&str, i64)]) {
        let start = self.take(run, task);
        let mut end = AttemptEnd::unmeasured(outcome, self.now);
        end.duration_us = 1_000;
        end.outputs = outputs.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        self.report(start.attempt, AttemptReport::Ended(Box::new(end)));
    }

    pub fn end(&mut self, run: RunId, task: &str, atom: char) {
        self.end_with(run, task, outcome(atom), &[]);
    }

    pub fn cancel(&mut self, run: RunId, kill: bool) {
        self.give(Input::Cancel { run, by: Actor::Person, kill }).unwrap();
    }

    pub fn retry(&mut self, run: RunId, plan: Arc<Plan>) -> Result<(), Refusal> {
        let fold = Box::new(self.folds[&run].clone());
        self.give(Input::Retry { run: fold, plan, by: Actor::Person })
    }

    /// The home of the next daemon after the death of this one: it has the run's events and nothing else.
    pub fn taken_over(&self, run: RunId, plan: Arc<Plan>) -> Self {
        let mut next = Self::with(self.core.settings().clone());
        next.now = self.now;
        let fold = self.folds[&run].clone();
        next.folds.insert(run, fold.clone());
        next.give(Input::Recover { run: Box::new(fold), plan }).unwrap();
        next.give(Input::Recovered).unwrap();
        next
    }

    pub fn state(&self, run: RunId, task: &str) -> TaskState {
        self.folds[&run].task(&key(task)).unwrap().state
    }

    /// The states of a task's items, by their first letters.
    pub fn items(&self, run: RunId, task: &str) -> String {
        let task = self.folds[&run].task(&key(task)).unwrap();
        let runs = task.mapped.iter().flat_map(|mapped| &mapped.runs);
        runs.map(|run| run.state.word()[..1].to_uppercase()).collect()
    }

    /// What a task gave, as JSON.
    pub fn outputs(&self, run: RunId, task: &str) -> serde_json::Value {
        self.folds[&run].task(&key(task)).unwrap().outputs.clone().into()
    }

    pub fn run_state(&self, run: RunId) -> RunState {
        self.folds[&run].state
    }

    /// `a=succeeded b=skipped …`, in the order of the document.
    pub fn states(&self, run: RunId) -> String {
        let tasks = self.folds[&run].tasks.iter();
        tasks.map(|(key, of)| format!("{key}={}", of.state)).collect::<Vec<_>>().join(" ")
    }

    pub fn why(&self, run: RunId, task: &str) -> String {
        let why = self.core.why(run, self.now);
        why.into_iter().find(|(of, _)| *of == key(task)).map_or(String::new(), |w| w.1)
    }

    pub fn cause(&self, run: RunId, task: &str) -> String {
        let task = self.folds[&run].task(&key(task)).unwrap();
        task.cause.as_ref().map_or(String::new(), ToString::to_string)
    }

    /// Fires the oldest timer at its time.
    pub fn fire(&mut self) {
        let at = (0..self.timers.len()).min_by_key(|at| self.timers[*at].1).unwrap();
        let (key, due) = self.timers.remove(at);
        self.now = self.now.max(due);
        self.give(Input::Timer(key)).unwrap();
    }

    /// What the events of this kind say, for comparing.
    pub fn count(&self, which: impl Fn(&RunEventKind) -> bool) -> usize {
        self.events.iter().filter(|event| which(&event.kind)).count()
    }
}

pub fn outcome(atom: char) -> Outcome {
    match atom {
        'S' => Outcome::Succeeded,
        'F' => Outcome::Failed { exit: Exit::Code(1) },
        'E' => Outcome::Error { message: "no such interpreter".to_owned() },
        'K' => Outcome::Skipped { reason: String::new() },
        'T' => Outcome::TimedOut,
        'C' => Outcome::Canceled,
        'L' => Outcome::Lost { message: "its keeper died".to_owned() },
        other => panic!("no outcome {other}"),
    }
}
