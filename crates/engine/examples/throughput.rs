//! How fast the core is: seals and runs big workflows with an executor that answers at once, prints the rates.
//!
//! `cargo run --release -p millrace-engine --example throughput [TASKS]`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a program for measuring"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Instant;

use millrace_engine::core::{AttemptReport, Core, Effect, Effects, Input, Settings};
use millrace_engine::{Plan, Selection};
use millrace_model::document::{Dependency, Task, Workflow};
use millrace_model::event::{AttemptEnd, Outcome, RunEventKind};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use support::{head, ident};

fn main() {
    let tasks: usize = std::env::args().nth(1).map_or(100_000, |text| text.parse().unwrap());
    println!(
        "{:6} {:>8} {:>9} {:>9} {:>12} {:>12}",
        "shape", "tasks", "seal ms", "run ms", "transitions", "per second"
    );
    for shape in ["fan", "chain", "grid"] {
        let workflow = Arc::new(build(shape, tasks));
        let start = Instant::now();
        let plan = Plan::seal(Arc::clone(&workflow), &Selection::All).unwrap();
        let sealed = start.elapsed();
        let start = Instant::now();
        let transitions = run(&plan);
        let ran = start.elapsed();
        println!(
            "{shape:6} {tasks:8} {:9.1} {:9.1} {transitions:12} {:12.0}",
            sealed.as_secs_f64() * 1e3,
            ran.as_secs_f64() * 1e3,
            transitions as f64 / ran.as_secs_f64()
        );
    }
}

fn build(shape: &str, tasks: usize) -> Workflow {
    let names: Vec<Ident> = (0..tasks).map(|at| ident(&format!("t{at}"))).collect();
    let mut workflow = Workflow::new(ident("big"));
    workflow.tasks = names.iter().map(|name| Task::new(name.clone(), "noop")).collect();
    let mut edge = |from: usize, to: usize| {
        workflow.dependencies.push(Dependency::new(names[from].clone(), names[to].clone()));
    };
    match shape {
        "fan" => {}
        "chain" => (1..tasks).for_each(|to| edge(to - 1, to)),
        _ => (25..tasks).for_each(|to| {
            edge(to - 25, to);
            edge(to - to % 25 - 25 + (to + 1) % 25, to);
        }),
    }
    workflow
}

/// Runs it; how many state changes of tasks there were.
fn run(plan: &Arc<Plan>) -> usize {
    let mut core = Core::new(Settings::with_places(2));
    let mut out = Effects::default();
    let head = head(plan.workflow());
    let input = Input::Submit { run: RunId(1), plan: Arc::clone(plan), head: Box::new(head) };
    core.handle(Timestamp(0), input, &mut out).unwrap();
    let mut transitions = 0;
    let mut now = 0;
    loop {
        let Effects { events, effects } = std::mem::take(&mut out);
        transitions += events
            .iter()
            .map(|event| match &event.kind {
                RunEventKind::TasksQueued { tasks } => tasks.len(),
                _ => 1,
            })
            .sum::<usize>();
        let mut went_on = false;
        for effect in effects {
            if let Effect::Start(start) = effect {
                now += 1;
                went_on = true;
                let end = AttemptEnd::unmeasured(Outcome::Succeeded, Timestamp(now));
                let report = AttemptReport::Ended(Box::new(end));
                let input = Input::Report { attempt: start.attempt, report, jitter: 1.0 };
                core.handle(Timestamp(now), input, &mut out).unwrap();
            }
        }
        if !went_on {
            return transitions;
        }
    }
}
