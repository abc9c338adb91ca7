//! Repeated tasks (`repeat`): again until a condition holds, without a place in between, and not for ever.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_model::document::{Repeat, RetryPolicy, Workflow};
use millrace_model::event::{RunState, TaskState};
use millrace_model::time::Span;
use support::*;

/// `a`, again until it gives `n` of at least 3 → `z`.
fn flow(delay: u64, limit: u32) -> Workflow {
    let mut flow = workflow("a z", "a>z");
    let delay = Span::from_secs(delay);
    task(&mut flow, "a").repeat =
        Some(Repeat { until: "outputs.n >= 3".to_owned(), delay, limit, extra: Vec::new() });
    flow
}

#[test]
fn it_runs_again_after_the_delay_and_holds_no_place_meanwhile() {
    let mut home = Home::new(1);
    let run = home.submit(1, &flow(10, 100));
    home.end_with(run, "a", outcome('S'), &[("n", 1)]);
    assert_eq!((home.state(run, "a"), home.core.load().placed), (TaskState::Waiting, 0));
    assert_eq!(home.why(run, "a"), "iteration 2 of at most 100 starts in 10s");
    assert_eq!(home.state(run, "z"), TaskState::Pending);
    home.fire();
    assert_eq!(home.running(run), ["a"]);
    home.end_with(run, "a", outcome('S'), &[("n", 3)]);
    assert_eq!(home.state(run, "a"), TaskState::Succeeded);
    assert_eq!(home.outputs(run, "a"), serde_json::json!({"n": 3}), "of the last iteration");
    assert_eq!(home.folds[&run].task(&key("a")).unwrap().attempts.len(), 2);
    home.end(run, "z", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn at_the_limit_it_has_failed_and_a_retry_counts_anew() {
    let mut home = Home::new(1);
    let run = home.submit(1, &flow(0, 2));
    for _ in 0..2 {
        home.end_with(run, "a", outcome('S'), &[("n", 1)]);
    }
    assert_eq!(home.state(run, "a"), TaskState::Failed);
    assert_eq!(home.cause(run, "a"), "repeat limit: its condition did not hold after 2 iterations");
    home.retry(run, seal(&flow(0, 2))).unwrap();
    home.end_with(run, "a", outcome('S'), &[("n", 1)]);
    assert_eq!(home.running(run), ["a"]);
    home.end_with(run, "a", outcome('S'), &[("n", 4)]);
    assert_eq!(home.state(run, "a"), TaskState::Succeeded);
}

#[test]
fn a_failing_iteration_is_tried_by_the_policy_and_each_has_all_its_tries() {
    let mut home = Home::new(1);
    let mut flow = flow(0, 100);
    task(&mut flow, "a").retry = Some(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
    let run = home.submit(1, &flow);
    for end in ["F", "1", "F", "1", "F"] {
        match end {
            "F" => home.end(run, "a", 'F'),
            _ => home.end_with(run, "a", outcome('S'), &[("n", 1)]),
        }
        assert_eq!(home.running(run), ["a"], "{end}");
        // The next daemon counts the same.
        home = home.taken_over(run, seal(&flow));
    }
    home.end(run, "a", 'F');
    assert_eq!(home.state(run, "a"), TaskState::Failed);
}

#[test]
fn the_next_daemon_waits_for_the_rest_of_the_delay_and_a_cancel_ends_it() {
    let mut home = Home::new(1);
    let flow = flow(10, 3);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", outcome('S'), &[("n", 1)]);
    let mut next = home.taken_over(run, seal(&flow));
    assert_eq!(next.why(run, "a"), "iteration 2 of at most 3 starts in 10s");
    next.fire();
    next.end_with(run, "a", outcome('S'), &[("n", 1)]);
    next.fire();
    next.end_with(run, "a", outcome('S'), &[("n", 1)]);
    assert_eq!(next.state(run, "a"), TaskState::Failed, "three in all");

    home.cancel(run, false);
    assert_eq!(
        (home.state(run, "a"), home.run_state(run)),
        (TaskState::Canceled, RunState::Canceled)
    );
}

#[test]
fn a_condition_that_cannot_be_evaluated_is_an_error() {
    let mut home = Home::new(1);
    let run = home.submit(1, &flow(0, 3));
    home.end(run, "a", 'S');
    assert_eq!(home.state(run, "a"), TaskState::Error);
    assert!(home.cause(run, "a").starts_with("`repeat.until`: "), "{}", home.cause(run, "a"));
}

#[test]
fn each_item_of_a_mapped_task_is_repeated_by_itself() {
    let mut home = Home::new(9);
    let mut flow = flow(5, 9);
    mapped(&mut flow, "a", "range(2)");
    task(&mut flow, "a").repeat.as_mut().unwrap().until = "outputs.n >= item".to_owned();
    let run = home.submit(1, &flow);
    home.end_with(run, "a[0]", outcome('S'), &[("n", 0)]);
    home.end_with(run, "a[1]", outcome('S'), &[("n", 0)]);
    assert_eq!(home.items(run, "a"), "SW");
    home.fire();
    home.end_with(run, "a[1]", outcome('S'), &[("n", 1)]);
    assert_eq!(home.outputs(run, "a"), serde_json::json!({"n": [0, 1]}));
}
