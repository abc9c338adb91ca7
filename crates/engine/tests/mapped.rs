//! Mapped tasks (`for_each`): where items come from, how many run at a time, what their ends make of the task, and that a
//! list is made once. The names in other systems: Argo's `withItems`, `withParam` and `withSequence`, Kubeflow's
//! `ParallelFor`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_engine::core::{AttemptReport, Settings};
use millrace_engine::{Plan, Selection, rerun};
use millrace_model::Values;
use millrace_model::document::{Json, RetryPolicy, Workflow};
use millrace_model::event::{AttemptEnd, Outcome, RunEventKind, RunState, TaskState};
use millrace_model::ids::RunId;
use millrace_model::time::Span;
use serde_json::{Value, json};
use std::sync::Arc;
use support::*;

/// `a` → `m`, mapped over these items → `z`.
fn line(items: &str) -> Workflow {
    let mut flow = workflow("a m z", "a>m m>z");
    mapped(&mut flow, "m", items);
    flow
}

fn submit(home: &mut Home, flow: &Workflow) -> RunId {
    let run = home.submit(1, flow);
    home.end(run, "a", 'S');
    run
}

fn give(home: &mut Home, run: RunId, task: &str, outputs: &Value) {
    let start = home.take(run, task);
    let outputs: Values = outputs.as_object().cloned().unwrap();
    let end = AttemptEnd { outputs, ..AttemptEnd::unmeasured(Outcome::Succeeded, home.now) };
    home.report(start.attempt, AttemptReport::Ended(Box::new(end)));
}

#[test]
fn items_come_from_a_list_an_output_a_parameter_or_a_sequence() {
    for (name, items, expected) in [
        ("withItems", "['a', {'os': 'debian'}, 3]", json!(["a", {"os": "debian"}, 3])),
        ("withParam, ParallelFor over an output", "tasks.a.outputs.files", json!(["x", "y"])),
        ("ParallelFor over a parameter", "params.days", json!(["mon", "tue"])),
        ("withSequence count", "range(3)", json!([0, 1, 2])),
        ("withSequence start and end", "range(5, 7)", json!([5, 6])),
        (
            "withSequence format",
            "range(2).map(n, 'host-' + string(n))",
            json!(["host-0", "host-1"]),
        ),
    ] {
        let mut home = Home::new(9);
        let mut head = head(&line(items));
        head.params = Values::from_iter([("days".to_owned(), json!(["mon", "tue"]))]);
        let run = home.submit_head(1, seal(&line(items)), head);
        give(&mut home, run, "a", &json!({"files": ["x", "y"]}));
        let given: Vec<Value> =
            home.handed[&run].iter().map(|s| s.item.clone().unwrap().1).collect();
        assert_eq!(json!(given), expected, "{name}");
        let scope = home.handed[&run][1].scope();
        assert_eq!((scope.index, scope.item.as_ref()), (Some(1), given.get(1)), "{name}");
        assert_eq!(home.state(run, "m"), TaskState::Running, "{name}");
    }
}

#[test]
fn what_is_no_list_is_an_error_and_an_empty_one_is_skipped() {
    for (items, state, cause) in [
        (
            "'abc'",
            "error",
            "`for_each.items` gives a text, and a list is expected; put one value in brackets, as in [x]",
        ),
        (
            "{'a': 1}",
            "error",
            "`for_each.items` gives a map, and a list is expected; put one value in brackets, as in [x]",
        ),
        ("tasks.a.outputs.nothing", "error", "`for_each.items`: "),
        (
            "range(10000) + [1]",
            "error",
            "`for_each.items` gives 10001 items, and a task can have at most 10000",
        ),
        ("[]", "skipped", "its list is empty"),
    ] {
        let mut home = Home::new(2);
        let run = submit(&mut home, &line(items));
        assert_eq!(home.state(run, "m").word(), state, "{items}");
        assert!(home.cause(run, "m").starts_with(cause), "{items}: {}", home.cause(run, "m"));
        assert!(home.folds[&run].task(&key("m")).unwrap().mapped.is_none());
    }
}

#[test]
fn the_task_ends_with_its_last_item_and_gives_lists_in_their_order() {
    let mut home = Home::new(9);
    let mut flow = line("range(3)");
    task(&mut flow, "m").allow_failure = true;
    flow.dependencies[1].on = atoms("SF");
    let run = submit(&mut home, &flow);
    give(&mut home, run, "m[2]", &json!({"n": "last", "only": true}));
    give(&mut home, run, "m[0]", &json!({"n": "first"}));
    assert_eq!(home.state(run, "m"), TaskState::Running);
    assert_eq!(home.why(run, "z"), "waits for m (running)");
    home.end(run, "m[1]", 'F');
    assert_eq!(home.state(run, "m"), TaskState::Failed);
    assert_eq!(home.cause(run, "m"), "1 of 3 items failed, the first is item 1");
    let lists = json!({"n": ["first", null, "last"], "only": [null, null, true]});
    assert_eq!(home.outputs(run, "m"), lists);
    let kept: Vec<_> =
        home.kept.iter().map(|(_, task, kept)| (task.as_str(), json!(kept))).collect();
    assert_eq!(kept, [("m", lists.clone())], "what later tasks look up");
    let after = &home.handed[&run][0].upstreams;
    assert_eq!(json!(**after[0].1.outputs.as_ref().unwrap()), lists);
    home.end(run, "z", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn failed_comes_before_canceled_before_skipped_before_succeeded() {
    for (ends, state) in [
        ("SSS", "succeeded"),
        ("SKS", "succeeded"),
        ("KKK", "skipped"),
        ("SEK", "failed"),
        ("TSS", "failed"),
    ] {
        let mut home = Home::new(9);
        let run = submit(&mut home, &line("range(3)"));
        for (item, end) in ends.chars().enumerate() {
            home.end(run, &format!("m[{item}]"), end);
        }
        assert_eq!(home.state(run, "m").word(), state, "{ends}");
    }
    let mut home = Home::new(9);
    let run = submit(&mut home, &line("range(3)"));
    home.end(run, "m[0]", 'S');
    home.cancel(run, false);
    home.end(run, "m[1]", 'C');
    home.end(run, "m[2]", 'F');
    assert_eq!(
        (home.state(run, "m"), home.run_state(run)),
        (TaskState::Failed, RunState::Canceled)
    );
}

#[test]
fn a_condition_that_names_no_item_is_asked_once_and_one_that_does_for_each() {
    let mut home = Home::new(9);
    let mut flow = line("range(4)");
    task(&mut flow, "m").when = Some("item % 2 == 0 && index < 3".to_owned());
    let run = submit(&mut home, &flow);
    assert_eq!(home.running(run), ["m[0]", "m[2]"]);
    assert_eq!(home.items(run, "m"), "QSQS");
    assert_eq!(home.cause(run, "m[1]"), "its condition is false");

    let mut home = Home::new(9);
    task(&mut flow, "m").when = Some("tasks.a.outputs.n > 0".to_owned());
    let run = home.submit(1, &flow);
    home.end_with(run, "a", outcome('S'), &[("n", 0)]);
    assert_eq!((home.state(run, "m"), home.items(run, "m")), (TaskState::Skipped, String::new()));

    let mut home = Home::new(9);
    task(&mut flow, "m").when = Some("item < 0".to_owned());
    let run = submit(&mut home, &flow);
    assert_eq!(home.state(run, "m"), TaskState::Skipped);
    assert_eq!(home.cause(run, "m"), "all 4 items were skipped");
}

#[test]
fn max_parallel_holds_for_the_task_and_says_so() {
    let mut home = Home::new(9);
    let mut flow = workflow("m n", "");
    mapped(&mut flow, "m", "range(5)").max_parallel = Some(2);
    mapped(&mut flow, "n", "range(2)");
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["m[0]", "m[1]", "n[0]", "n[1]"]);
    assert_eq!(home.why(run, "m[2]"), "2 items run already, the limit of this task");
    home.end(run, "m[1]", 'S');
    assert_eq!(home.running(run), ["m[0]", "n[0]", "n[1]", "m[2]"]);
    for item in [0, 2, 3, 4] {
        home.end(run, &format!("m[{item}]"), 'F');
    }
    assert_eq!(home.items(run, "m"), "FSFFF");
}

#[test]
fn places_pools_locks_and_priority_hold_for_each_item() {
    let mut settings = Settings { prefetch: 0, ..Settings::with_places(3) };
    settings.pools.insert("db".to_owned(), 2);
    let mut home = Home::with(settings);
    let mut flow = workflow("m n", "");
    mapped(&mut flow, "m", "['x', 'x', 'y']");
    task(&mut flow, "m").lock = Some("${item}".to_owned());
    mapped(&mut flow, "n", "range(3)");
    task(&mut flow, "n").priority = 1;
    let pool = millrace_model::document::PoolUse { name: "db".into(), slots: 1, extra: Vec::new() };
    task(&mut flow, "n").pool = Some(pool);
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["n[0]", "n[1]", "m[0]"]);
    assert_eq!(home.why(run, "n[2]"), "pool db is full: 2 of 2");
    assert_eq!(home.why(run, "m[1]"), "the lock x is held by m[0]");
    home.end(run, "n[0]", 'S');
    home.end(run, "n[1]", 'S');
    assert_eq!(home.running(run), ["m[0]", "m[2]", "n[2]"], "x is held");
}

#[test]
fn fail_fast_ends_the_other_items_and_nothing_else() {
    let mut home = Home::new(3);
    let mut flow = workflow("m b", "");
    mapped(&mut flow, "m", "range(4)").fail_fast = true;
    task(&mut flow, "m").retry = Some(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
    let run = home.submit(1, &flow);
    home.end(run, "m[0]", 'F');
    assert_eq!(home.items(run, "m"), "QQQQ", "there is a second try");
    home.end(run, "m[1]", 'S');
    home.end(run, "m[0]", 'F');
    assert_eq!(home.items(run, "m"), "FSQC");
    assert_eq!(home.cause(run, "m[3]"), "item 0 failed and the others stop at failures");
    assert_eq!(home.stops.len(), 1, "the one that runs is stopped");
    home.end(run, "m[2]", 'C');
    assert_eq!(home.cause(run, "m[2]"), "item 0 failed and the others stop at failures");
    assert_eq!(home.state(run, "m"), TaskState::Failed);
    home.end(run, "b", 'S');
    assert_eq!(home.run_state(run), RunState::Failed);
    let cause = home.folds[&run].cause.as_ref().unwrap().to_string();
    assert_eq!(cause, "m[0] failed", "the run is remembered by the item");
}

#[test]
fn each_item_is_tried_by_the_policy_and_each_try_has_its_number() {
    let mut home = Home::new(9);
    let mut flow = line("range(2)");
    let policy = RetryPolicy { attempts: 2, delay: Span::from_secs(5), ..RetryPolicy::default() };
    task(&mut flow, "m").retry = Some(policy);
    let run = submit(&mut home, &flow);
    home.end(run, "m[1]", 'F');
    assert_eq!(home.state(run, "m[1]"), TaskState::UpForRetry);
    assert_eq!(home.why(run, "m[1]"), "try 2 of 2 starts in 5s");
    home.fire();
    assert_eq!(home.running(run), ["m[0]", "m[1]"]);
    let again = &home.handed[&run][1];
    assert_eq!((again.number, again.key.to_string()), (2, "m[1]".to_owned()));
    assert_eq!(again.item, Some((1, json!(1))));
}

#[test]
fn a_retry_runs_only_the_items_that_did_not_end_well() {
    let mut home = Home::new(9);
    let flow = line("tasks.a.outputs.files");
    let run = home.submit(1, &flow);
    give(&mut home, run, "a", &json!({"files": ["x", "y", "z"]}));
    give(&mut home, run, "m[0]", &json!({"n": 1}));
    home.end(run, "m[1]", 'F');
    home.end(run, "m[2]", 'E');
    assert_eq!(home.states(run), "a=succeeded m=failed z=upstream_failed");
    assert_eq!(home.outputs(run, "m"), json!({"n": [1, null, null]}));
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.running(run), ["m[1]", "m[2]"]);
    assert_eq!((home.items(run, "m"), home.outputs(run, "m")), ("SQQ".to_owned(), json!({})));
    give(&mut home, run, "m[2]", &json!({"n": 3}));
    give(&mut home, run, "m[1]", &json!({"n": 2}));
    assert_eq!(home.outputs(run, "m"), json!({"n": [1, 2, 3]}));
    assert_eq!(home.folds[&run].task(&key("m[1]")).unwrap().attempts.len(), 2);
    home.end(run, "z", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
    assert_eq!(home.count(|kind| matches!(kind, RunEventKind::TaskMapped { .. })), 1, "made once");
}

#[test]
fn a_retry_finds_the_items_anew_where_what_they_come_from_runs_again() {
    let mut home = Home::new(9);
    let mut flow = line("tasks.a.outputs.files");
    flow.dependencies[0].on = atoms("SF");
    task(&mut flow, "m").for_each.as_mut().unwrap().items =
        "tasks.a.state == 'failed' ? ['old', 'older'] : tasks.a.outputs.files".to_owned();
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    home.end(run, "m[0]", 'S');
    home.end(run, "m[1]", 'F');
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!((home.running(run), home.items(run, "m")), (vec!["a".to_owned()], String::new()));
    give(&mut home, run, "a", &json!({"files": ["new"]}));
    assert_eq!(
        (home.running(run), home.items(run, "m")),
        (vec!["m[0]".to_owned()], "Q".to_owned())
    );
    assert_eq!(home.handed[&run][0].item, Some((0, json!("new"))));
    home.end(run, "m[0]", 'S');
    home.end(run, "z", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_rerun_takes_the_lists_over() {
    let mut home = Home::new(9);
    let flow = line("range(2)");
    let run = submit(&mut home, &flow);
    give(&mut home, run, "m[0]", &json!({"n": 1}));
    give(&mut home, run, "m[1]", &json!({"n": 2}));
    home.end(run, "z", 'F');
    let plan = seal(&flow);
    let carried = rerun::carried(&home.folds[&run], &flow, &plan, Some(&ident("z")), Vec::new());
    let mut head = head(&flow);
    head.carried = carried.unwrap();
    let again = home.submit_head(2, plan, head);
    assert_eq!(home.running(again), ["z"]);
    let upstreams = &home.handed[&again][0].upstreams;
    assert_eq!(json!(**upstreams[0].1.outputs.as_ref().unwrap()), json!({"n": [1, 2]}));
}

#[test]
fn the_next_daemon_goes_on_with_the_same_items_at_every_phase() {
    let mut flow = line("tasks.a.outputs.files");
    flow.tasks[1].for_each.as_mut().unwrap().max_parallel = Some(2);
    flow.tasks[1].retry = Some(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
    // Each of these happens, and then the daemon dies.
    let ends = ["m[0]:S", "m[1]:F", "m[1]:S", "m[2]:F", "m[2]:F"];
    let mut home = Home::new(9);
    let run = home.submit(1, &flow);
    give(&mut home, run, "a", &json!({"files": ["x", "y", "z"]}));
    for end in ends {
        home = home.taken_over(run, seal(&flow));
        assert!(home.running(run).len() <= 2, "at most two items run: {:?}", home.running(run));
        for start in &home.handed[&run] {
            if let Some((index, item)) = &start.item {
                assert_eq!(*item, json!(["x", "y", "z"][*index as usize]));
            }
        }
        let (task, atom) = end.split_once(':').unwrap();
        home.end(run, task, atom.chars().next().unwrap());
    }
    assert_eq!(home.items(run, "m"), "SSF");
    assert_eq!(home.run_state(run), RunState::Failed);
    assert_eq!(home.folds[&run].cause.as_ref().unwrap().to_string(), "m[2] failed");
}

#[test]
fn the_next_daemon_still_stops_the_items_of_a_task_that_stops_at_failures() {
    let mut home = Home::new(9);
    let mut flow = line("range(3)");
    flow.tasks[1].for_each.as_mut().unwrap().fail_fast = true;
    let run = submit(&mut home, &flow);
    home.end(run, "m[1]", 'F');
    let mut home = home.taken_over(run, seal(&flow));
    let stopped: Vec<_> = home.stops.iter().map(|(attempt, _)| *attempt).collect();
    assert_eq!(stopped, home.adopted, "both that run");
    home.end(run, "m[0]", 'C');
    home.end(run, "m[2]", 'C');
    assert_eq!(home.cause(run, "m[2]"), "item 1 failed and the others stop at failures");
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn a_pause_and_a_cancel_hold_for_items() {
    let mut home = Home::new(1);
    let mut flow = line("range(3)");
    flow.tasks[1].for_each.as_mut().unwrap().max_parallel = Some(1);
    let run = submit(&mut home, &flow);
    home.give(millrace_engine::core::Input::Pause {
        run,
        by: millrace_model::event::Actor::Person,
    })
    .unwrap();
    home.end(run, "m[0]", 'S');
    assert_eq!(home.running(run), Vec::<String>::new());
    assert_eq!(home.why(run, "m[1]"), "the run is paused");
    home.give(millrace_engine::core::Input::Resume {
        run,
        by: millrace_model::event::Actor::Person,
    })
    .unwrap();
    assert_eq!(home.running(run), ["m[1]"]);
    home.cancel(run, false);
    assert_eq!(home.items(run, "m"), "SQC");
    home.end(run, "m[1]", 'C');
    assert_eq!(home.states(run), "a=succeeded m=canceled z=canceled");
    assert_eq!(
        (home.cause(run, "m"), home.run_state(run)),
        ("the run was cancelled".to_owned(), RunState::Canceled)
    );
}

#[test]
fn each_item_of_a_task_that_runs_a_workflow_has_a_child_run() {
    let mut child = workflow("x", "");
    child.name = ident("child");
    child.limits.active_runs = 2;
    let mut home = Home::new(9);
    let mut flow = line("range(2)");
    calling(&mut flow, "m");
    mapped(&mut flow, "m", "range(2)");
    let run = submit(&mut home, &flow);
    let calls: Vec<_> = home.calls.iter().map(|call| call.key.to_string()).collect();
    assert_eq!(calls, ["m[0]", "m[1]"]);
    let first = home.accept(&child).unwrap();
    let second = home.accept(&child).unwrap();
    assert_ne!(first, second);
    home.end(second, "x", 'F');
    assert_eq!(home.state(run, "m[1]"), TaskState::Failed);
    home.end(first, "x", 'S');
    assert_eq!(home.state(run, "m"), TaskState::Failed);
    assert_eq!(home.outputs(run, "m")["run"], json!([first.to_string(), null]));
}

#[test]
fn a_run_that_stops_at_failures_does_so_at_the_first_item() {
    let mut home = Home::new(9);
    let mut flow = line("range(2)");
    flow.limits.fail_fast = true;
    let run = submit(&mut home, &flow);
    home.end(run, "m[1]", 'F');
    assert_eq!(home.stops.len(), 1);
    home.end(run, "m[0]", 'C');
    assert_eq!(home.run_state(run), RunState::Failed);
    let cause = home.folds[&run].cause.as_ref().unwrap().to_string();
    assert_eq!(cause, "m[1] failed and the run stops at failures");
}

#[test]
fn items_that_give_too_much_together_make_the_task_an_error() {
    let mut home = Home::new(30);
    let run = submit(&mut home, &line("range(20)"));
    let large = "x".repeat(1_000_000);
    for item in 0..20 {
        give(&mut home, run, &format!("m[{item}]"), &json!({"text": large}));
    }
    assert_eq!(home.state(run, "m"), TaskState::Error);
    assert!(
        home.cause(run, "m").contains("write large results to files"),
        "{}",
        home.cause(run, "m")
    );
    assert_eq!(home.outputs(run, "m"), json!({}));
    // A retry has nothing of it to keep.
    let flow = line("range(20)");
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.running(run).len(), 20);
}

#[test]
fn a_branch_cannot_be_mapped_and_setups_and_teardowns_can() {
    let mut flow = workflow("w x", "w:x>x");
    branching(&mut flow, "w", &json!({ "branches": { "x": "true" } }));
    mapped(&mut flow, "w", "[1]");
    let refused = Plan::seal(Arc::new(flow), &Selection::All).unwrap_err();
    assert!(refused[0].message.contains("cannot be mapped"), "{refused:?}");

    let mut flow = workflow("s b t", "s>b b>t");
    mapped(&mut flow, "s", "range(2)");
    mapped(&mut flow, "t", "range(2)");
    task(&mut flow, "t").teardown_for = vec![ident("s")];
    task(&mut flow, "b").spec = Json::Object(Vec::new());
    let mut home = Home::new(9);
    let run = home.submit(1, &flow);
    home.end(run, "s[0]", 'S');
    home.end(run, "s[1]", 'S');
    home.end(run, "b", 'F');
    home.cancel(run, false);
    assert_eq!(home.running(run), ["t[0]", "t[1]"], "teardowns run after a cancel, too");
    home.end(run, "t[0]", 'S');
    home.end(run, "t[1]", 'S');
    // What was torn down is set up again.
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.running(run), ["s[0]", "s[1]"]);
}
