//! Marks: how a person says that a task ends, in every state that it can be in, and over crashes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use std::sync::Arc;

use millrace_engine::Plan;
use millrace_engine::core::{AttemptReport, Input, Refusal};
use millrace_model::document::{Json, RetryPolicy, Workflow};
use millrace_model::event::{Mark, RunState, TaskState};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Span;
use serde_json::{Value, json};
use support::*;

fn mark(state: TaskState, outputs: &Value) -> Box<Mark> {
    let outputs = outputs.as_object().unwrap().clone();
    Box::new(Mark { state, outputs, by: "anna".to_owned() })
}

fn good() -> Box<Mark> {
    mark(TaskState::Succeeded, &json!({"rows": 7}))
}

fn bad() -> Box<Mark> {
    mark(TaskState::Failed, &json!({}))
}

fn key(name: &str) -> TaskKey {
    TaskKey::plain(ident(name))
}

fn set(home: &mut Home, run: RunId, task: &str, mark: Box<Mark>) -> Result<(), Refusal> {
    home.give(Input::Mark { run, task: key(task), mark })
}

fn set_in_ended(
    home: &mut Home,
    run: RunId,
    plan: Arc<Plan>,
    task: &str,
    mark: Box<Mark>,
) -> Result<(), Refusal> {
    let fold = Box::new(home.folds[&run].clone());
    home.give(Input::MarkInEnded { run: fold, plan, task: key(task), mark })
}

fn outputs(home: &Home, run: RunId, task: &str) -> Value {
    Value::Object(home.folds[&run].tasks[&key(task)].outputs.clone())
}

#[test]
fn what_has_not_begun_ends_at_once_and_what_comes_after_goes_on() {
    let flow = workflow("a b c d", "a>b b>c a>d");
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    set(&mut home, run, "b", good()).unwrap();
    assert_eq!(home.states(run), "a=queued b=succeeded c=queued d=pending");
    assert_eq!(outputs(&home, run, "b"), json!({"rows": 7}));
    assert_eq!(home.cause(run, "b"), "marked so by anna");
    // It waits for the place.
    set(&mut home, run, "c", bad()).unwrap();
    home.end(run, "a", 'S');
    assert_eq!(home.states(run), "a=succeeded b=succeeded c=failed d=queued");
    home.end(run, "d", 'S');
    assert_eq!(home.run_state(run), RunState::Failed);
    assert_eq!(home.core.load(), millrace_engine::core::Load::default());
}

#[test]
fn what_runs_is_stopped_first_and_the_mark_counts_however_it_ends() {
    for ends in ['C', 'S', 'F', 'L'] {
        let mut flow = workflow("a b", "a>b");
        task(&mut flow, "a").retry = Some(RetryPolicy { attempts: 3, ..RetryPolicy::default() });
        let mut home = Home::new(1);
        let run = home.submit(1, &flow);
        let start = home.handed[&run][0].attempt;
        home.report(start, AttemptReport::Started { pid: Some(7) });
        set(&mut home, run, "a", good()).unwrap();
        assert_eq!(home.states(run), "a=running b=pending", "it has not ended yet");
        assert_eq!(home.stops, [(start, false)]);
        home.end(run, "a", ends);
        assert_eq!(home.states(run), "a=succeeded b=queued", "{ends}");
        assert_eq!(outputs(&home, run, "a"), json!({"rows": 7}));
        let kept = home.kept.last().unwrap();
        assert_eq!((kept.1.as_str(), Value::Object(kept.2.clone())), ("a", json!({"rows": 7})));
    }
}

#[test]
fn what_was_handed_over_and_has_not_started_is_taken_back() {
    let flow = workflow("a b", "a>b");
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    set(&mut home, run, "a", bad()).unwrap();
    let start = home.take(run, "a");
    home.report(start.attempt, AttemptReport::Recalled);
    assert_eq!(home.states(run), "a=failed b=upstream_failed");
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn a_mark_outlives_a_crash() {
    let flow = workflow("a b", "a>b");
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    let start = home.handed[&run][0].attempt;
    home.report(start, AttemptReport::Started { pid: None });
    set(&mut home, run, "a", good()).unwrap();
    let mut next = home.after_crash(|_| seal(&flow));
    assert_eq!(next.stops, [(start, false)], "it is stopped once more");
    next.end(run, "a", 'S');
    assert_eq!(next.states(run), "a=succeeded b=queued");
    assert_eq!(outputs(&next, run, "a"), json!({"rows": 7}));
    let last = next.after_crash(|_| seal(&flow));
    assert_eq!(last.kept.len(), 1, "what it gives is left for later tasks once more");
}

#[test]
fn a_wait_is_over_when_it_is_marked() {
    let mut flow = workflow("a b", "a>b");
    task(&mut flow, "a").kind = "delay".to_owned();
    task(&mut flow, "a").spec = Json::from_value(&json!({"duration": "1h"}));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    set(&mut home, run, "a", mark(TaskState::Succeeded, &json!({}))).unwrap();
    assert_eq!(home.states(run), "a=succeeded b=queued");
    home.fire();
    assert_eq!(home.states(run), "a=succeeded b=queued");
}

#[test]
fn what_waits_for_its_next_try_is_not_tried_again() {
    let mut flow = workflow("a b", "a>b");
    let delay = Span::from_secs(60);
    task(&mut flow, "a").retry = Some(RetryPolicy { attempts: 3, delay, ..RetryPolicy::default() });
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    assert_eq!(home.state(run, "a"), TaskState::UpForRetry);
    set(&mut home, run, "a", good()).unwrap();
    home.fire();
    assert_eq!(home.states(run), "a=succeeded b=queued");
}

#[test]
fn a_child_run_is_stopped_and_the_task_ends_as_marked() {
    let mut flow = workflow("a b", "a>b");
    flow.name = ident("parent");
    calling(&mut flow, "a");
    let child_flow = workflow("x", "");
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    let child = home.accept(&child_flow).unwrap();
    set(&mut home, run, "a", good()).unwrap();
    assert_eq!(home.stops.len(), 1);
    home.end(child, "x", 'C');
    assert_eq!(home.run_state(child), RunState::Canceled);
    assert_eq!(home.states(run), "a=succeeded b=queued");
}

#[test]
fn a_child_run_that_was_not_accepted_never_will_be() {
    let mut flow = workflow("a b", "a>b");
    calling(&mut flow, "a");
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    set(&mut home, run, "a", good()).unwrap();
    assert!(matches!(home.accept(&workflow("x", "")), Err(Refusal::NotAwaited(_))));
    assert_eq!(home.states(run), "a=succeeded b=queued");
}

#[test]
fn an_ended_task_is_put_right_while_its_run_goes_on() {
    let flow = workflow("a b c d", "a>b b>c");
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    assert_eq!(home.states(run), "a=failed b=upstream_failed c=upstream_failed d=queued");
    set(&mut home, run, "a", good()).unwrap();
    assert_eq!(home.states(run), "a=succeeded b=queued c=pending d=queued");
    home.end(run, "b", 'S');
    home.end(run, "c", 'S');
    home.end(run, "d", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn what_ran_because_of_the_failure_stays_as_it_is() {
    let flow = workflow("a b alert e", "a>b a-F>alert b>e alert>e");
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    home.end(run, "alert", 'S');
    assert_eq!(home.states(run), "a=failed b=upstream_failed alert=succeeded e=upstream_failed");
    let plan = seal(&flow);
    set_in_ended(&mut home, run, plan, "a", good()).unwrap();
    assert_eq!(home.states(run), "a=succeeded b=queued alert=succeeded e=pending");
    home.end(run, "b", 'S');
    home.end(run, "e", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
    assert_eq!(home.folds[&run].round, 2);
}

#[test]
fn the_last_task_of_an_ended_run_is_put_right_and_the_run_with_it() {
    let flow = workflow("a b", "a>b");
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    home.end(run, "b", 'F');
    assert_eq!(home.run_state(run), RunState::Failed);
    set_in_ended(&mut home, run, seal(&flow), "b", good()).unwrap();
    assert_eq!(home.states(run), "a=succeeded b=succeeded");
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

/// What had failed before the run was reopened stays so, and is not a failure of this round.
#[test]
fn a_reopened_run_that_stops_at_failures_goes_on_after_a_crash() {
    let mut flow = workflow("a b c", "b>c");
    flow.limits.fail_fast = true;
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    home.end(run, "b", 'F');
    home.end(run, "a", 'F');
    assert_eq!(home.states(run), "a=failed b=failed c=canceled");
    set_in_ended(&mut home, run, seal(&flow), "b", good()).unwrap();
    assert_eq!(home.states(run), "a=failed b=succeeded c=queued");
    let mut next = home.after_crash(|_| seal(&flow));
    assert_eq!((next.states(run), next.stops.len()), (home.states(run), 0));
    next.end(run, "c", 'S');
    assert_eq!(next.folds[&run].cause.as_ref().unwrap().to_string(), "a failed");
}

#[test]
fn what_was_torn_down_is_set_up_again() {
    let mut flow = workflow("s a b t", "s>a a>b b-SFKUC>t");
    task(&mut flow, "t").teardown_for = vec![ident("s")];
    flow.dependencies.retain(|edge| edge.to.as_str() != "t");
    flow.dependencies.push(millrace_model::document::Dependency::new(ident("b"), ident("t")));
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    home.end(run, "s", 'S');
    home.end(run, "a", 'F');
    home.end(run, "t", 'S');
    assert_eq!(home.run_state(run), RunState::Failed);
    set_in_ended(&mut home, run, seal(&flow), "a", good()).unwrap();
    assert_eq!(home.states(run), "s=queued a=succeeded b=queued t=pending");
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let flow = workflow("a b", "a>b");
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    let refused = |result: Result<(), Refusal>| result.unwrap_err().to_string();
    let events = home.events.len();
    assert!(refused(set(&mut home, run, "a", bad())).contains("has ended (succeeded)"));
    assert!(refused(set(&mut home, run, "x", bad())).contains("has no task x"));
    assert!(refused(set(&mut home, RunId(9), "a", bad())).contains("not under way"));
    assert_eq!(home.events.len(), events);
    home.end(run, "b", 'F');
    let again = set_in_ended(&mut home, run, seal(&flow), "b", bad());
    assert!(refused(again).contains("has ended (failed)"));
    assert_eq!(home.run_state(run), RunState::Failed);
    // One that waits for its turn has counted nothing yet.
    let first = home.submit(2, &flow);
    let second = home.submit(3, &flow);
    assert!(refused(set(&mut home, second, "a", good())).contains("has not begun"));
    home.cancel(first, false);
    assert!(refused(set(&mut home, first, "a", good())).contains("is being stopped"));
}

#[test]
fn with_fail_fast_a_task_that_is_marked_failed_ends_the_run() {
    let mut flow: Workflow = workflow("a b", "");
    flow.limits.fail_fast = true;
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    set(&mut home, run, "a", bad()).unwrap();
    home.end(run, "a", 'C');
    home.end(run, "b", 'C');
    assert_eq!(home.states(run), "a=failed b=canceled");
    assert_eq!(home.run_state(run), RunState::Failed);
}
