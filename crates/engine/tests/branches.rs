//! Branch tasks: what is chosen, what dependencies with labels make of it, and that a choice is made once.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_engine::core::Input;
use millrace_engine::{Plan, Selection, rerun};
use millrace_model::document::{Join, Workflow};
use millrace_model::event::{Actor, RunEventKind, RunState};
use millrace_model::ids::TaskKey;
use serde_json::json;
use std::sync::Arc;
use support::*;

/// `a` → `w`, which chooses `x` where a gave 1, `y` where it gave more, else `z`; one task behind each.
fn ways() -> Workflow {
    let mut flow = workflow("a w x y z", "a>w w:x>x w:y>y w:z>z");
    let branches = json!({ "x": "tasks.a.outputs.n == 1", "y": "tasks.a.outputs.n >= 1" });
    branching(&mut flow, "w", &json!({ "branches": branches, "otherwise": "z" }));
    flow
}

fn chosen(home: &Home, run: millrace_model::ids::RunId) -> serde_json::Value {
    home.folds[&run].tasks[&TaskKey::plain(ident("w"))].outputs["branches"].clone()
}

#[test]
fn the_first_condition_that_holds_decides_and_the_other_ways_are_skipped() {
    for (n, label, states) in [
        (1, "x", "a=succeeded w=succeeded x=succeeded y=skipped z=skipped"),
        (2, "y", "a=succeeded w=succeeded x=skipped y=succeeded z=skipped"),
        (0, "z", "a=succeeded w=succeeded x=skipped y=skipped z=succeeded"),
    ] {
        let mut home = Home::new(4);
        let run = home.submit(1, &ways());
        home.end_with(run, "a", outcome('S'), &[("n", n)]);
        assert_eq!(home.running(run), [label], "the choice needs no executor");
        assert_eq!(chosen(&home, run), json!([label]));
        home.end(run, label, 'S');
        assert_eq!(home.states(run), states);
        assert_eq!(home.run_state(run), RunState::Succeeded);
        let other = if label == "y" { "x" } else { "y" };
        assert_eq!(home.cause(run, other), format!("w did not choose the branch {other}"));
        let kept: Vec<_> = home.kept.iter().map(|(_, task, _)| task.as_str()).collect();
        assert_eq!(kept, ["w"], "later tasks find it where the outputs of others are");
    }
}

#[test]
fn all_chooses_each_that_holds_and_none_may_be_chosen() {
    let mut flow = ways();
    let branches =
        json!({ "x": "tasks.a.outputs.n > 0", "y": "tasks.a.outputs.n > 1", "z": "false" });
    branching(&mut flow, "w", &json!({ "branches": branches, "all": true }));
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", outcome('S'), &[("n", 2)]);
    assert_eq!(
        (home.running(run), chosen(&home, run)),
        (vec!["x".to_owned(), "y".to_owned()], json!(["x", "y"]))
    );

    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", outcome('S'), &[("n", 0)]);
    assert_eq!(home.states(run), "a=succeeded w=succeeded x=skipped y=skipped z=skipped");
    assert_eq!((chosen(&home, run), home.run_state(run)), (json!([]), RunState::Succeeded));
}

#[test]
fn a_condition_that_cannot_be_evaluated_is_an_error_and_goes_on_as_a_failure() {
    let mut flow = ways();
    flow.dependencies.iter_mut().filter(|edge| edge.to.as_str() == "z").for_each(|edge| {
        edge.on = atoms("F");
    });
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    assert_eq!(
        home.states(run),
        "a=succeeded w=error x=upstream_failed y=upstream_failed z=queued"
    );
    let cause = home.cause(run, "w");
    assert!(cause.starts_with("`branches.x`: column 1: task `a` gave no output"), "{cause}");
    assert_eq!(home.running(run), ["z"], "what did not choose is seen as it ended");
}

#[test]
fn an_edge_without_a_label_is_like_every_other() {
    let mut flow = workflow("w a b c", "w>a w:x-K>b w:y-SK>c");
    branching(&mut flow, "w", &json!({ "branches": { "x": "false", "y": "true" } }));
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["a", "b", "c"]);
}

#[test]
fn joins_and_min_succeeded_see_a_label_that_was_not_chosen_as_skipped() {
    let mut flow =
        workflow("w a any least expr", "w:x>any a>any w:x-SK>least a-SK>least w:x>expr a>expr");
    branching(&mut flow, "w", &json!({ "branches": { "x": "false" } }));
    task(&mut flow, "any").join = Join::Any;
    task(&mut flow, "least").min_succeeded = Some(2);
    task(&mut flow, "expr").join = Join::Expr("w.skipped && a.succeeded".to_owned());
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["a"]);
    home.end(run, "a", 'S');
    assert_eq!(home.running(run), ["any", "expr"]);
    assert_eq!(home.state(run, "least").to_string(), "skipped");
}

#[test]
fn a_disabled_branch_stands_in_the_way_of_nothing_and_one_that_is_skipped_skips() {
    let mut flow = workflow("w a", "w:x>a");
    branching(&mut flow, "w", &json!({ "branches": { "x": "false" } }));
    task(&mut flow, "w").disabled = true;
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["a"]);

    task(&mut flow, "w").disabled = false;
    task(&mut flow, "w").when = Some("false".to_owned());
    branching(&mut flow, "w", &json!({ "branches": { "x": "true" } }));
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    assert_eq!(
        (home.states(run), home.cause(run, "a")),
        ("w=skipped a=skipped".to_owned(), "w did not end as its dependency asks".to_owned())
    );
}

#[test]
fn a_choice_takes_no_place_and_waits_while_the_run_is_paused() {
    let mut flow = workflow("long a w x", "a>w w:x>x");
    branching(&mut flow, "w", &json!({ "branches": { "x": "true" } }));
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["a", "long"]);
    home.give(Input::Pause { run, by: Actor::Person }).unwrap();
    home.end(run, "a", 'S');
    assert_eq!(
        (home.state(run, "w").to_string(), home.why(run, "w")),
        ("queued".to_owned(), "the run is paused".to_owned())
    );
    home.give(Input::Resume { run, by: Actor::Person }).unwrap();
    assert_eq!(home.running(run), ["long", "x"]);
    assert_eq!(home.most_placed, 2);
}

#[test]
fn a_choice_is_kept_by_a_recovery_and_by_a_retry() {
    let flow = ways();
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", outcome('S'), &[("n", 1)]);
    let mut next = home.taken_over(run, seal(&flow));
    assert_eq!((next.running(run), chosen(&next, run)), (vec!["x".to_owned()], json!(["x"])));
    next.end(run, "x", 'F');
    assert_eq!(next.run_state(run), RunState::Failed);
    next.retry(run, seal(&flow)).unwrap();
    assert_eq!(next.running(run), ["x"]);
    next.end(run, "x", 'S');
    assert_eq!(next.states(run), "a=succeeded w=succeeded x=succeeded y=skipped z=skipped");
    let choices = |kind: &RunEventKind| matches!(kind, RunEventKind::AttemptDispatched { task, .. } if task.task.as_str() == "w");
    assert_eq!((home.count(choices), next.count(choices)), (1, 0));

    // One that runs again chooses again.
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    home.retry(run, seal(&flow)).unwrap();
    home.end_with(run, "a", outcome('S'), &[("n", 2)]);
    assert_eq!(home.running(run), ["y"]);
}

#[test]
fn a_rerun_takes_the_choice_over_and_a_part_takes_it_as_made() {
    let flow = ways();
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", outcome('S'), &[("n", 1)]);
    home.end(run, "x", 'S');
    let plan = seal(&flow);
    let old = home.folds[&run].clone();
    let carried = rerun::carried(&old, &flow, &plan, Some(&ident("x")), Vec::new()).unwrap();
    let again =
        home.submit_head(2, plan, millrace_model::event::RunHead { carried, ..head(&flow) });
    assert_eq!(home.running(again), ["x"]);
    home.end(again, "x", 'S');
    assert_eq!(home.states(again), "a=succeeded w=succeeded x=succeeded y=skipped z=skipped");

    let only = Selection::Only(vec![ident("y")]);
    let plan = Plan::seal(Arc::new(flow.clone()), &only).unwrap();
    let part = home.submit_head(3, plan, head(&flow));
    assert_eq!(home.running(part), ["y"]);
}

#[test]
fn a_label_that_its_task_does_not_have_is_refused() {
    let mut flow = ways();
    flow.dependencies[1].branch = Some("q".to_owned());
    let problems = Plan::seal(Arc::new(flow.clone()), &Selection::All).unwrap_err();
    assert_eq!(
        problems[0].to_string(),
        "task x: its dependency on w asks for the branch q, which w does not have"
    );
    task(&mut flow, "w").kind = "noop".to_owned();
    assert!(Plan::seal(Arc::new(flow), &Selection::All).is_err());
}
