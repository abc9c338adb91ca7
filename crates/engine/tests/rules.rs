//! One rule of docs/semantics.md a test: inputs in, events and effects compared.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_engine::core::{AttemptReport, Input, Settings};
use millrace_engine::{Plan, Selection, rerun};
use millrace_model::document::{Join, PoolUse, RetryOn, RetryPolicy};
use millrace_model::event::{Actor, Cause, Exit, Outcome, Run, RunEventKind, RunState, TaskState};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Span;
use std::sync::Arc;
use support::*;

#[test]
fn a_diamond_runs_each_task_once_its_upstreams_succeeded() {
    let mut home = Home::new(4);
    let run = home.submit(1, &workflow("a b c d", "a>b a>c b>d c>d"));
    assert_eq!(home.running(run), ["a"]);
    home.end(run, "a", 'S');
    assert_eq!(home.running(run), ["b", "c"]);
    home.end(run, "c", 'S');
    assert_eq!(home.running(run), ["b"]);
    home.end(run, "b", 'S');
    home.end(run, "d", 'S');
    assert_eq!(home.ended, [(run, RunState::Succeeded)]);
    assert!(home.timers.is_empty() && home.stops.is_empty() && home.recalls.is_empty());
    assert_eq!(home.count(|kind| matches!(kind, RunEventKind::AttemptDispatched { .. })), 4);
}

#[test]
fn a_failure_runs_down_success_edges_and_starts_failure_edges() {
    let mut home = Home::new(4);
    let run = home.submit(1, &workflow("a b c d e", "a>b b>c c-FU>d a-SFKUC>e"));
    home.end(run, "a", 'F');
    assert_eq!(home.running(run), ["d", "e"]);
    assert_eq!(home.cause(run, "b"), "a failed before it");
    home.end(run, "d", 'S');
    home.end(run, "e", 'S');
    assert_eq!(
        home.states(run),
        "a=failed b=upstream_failed c=upstream_failed d=succeeded e=succeeded"
    );
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn an_error_counts_as_failed_for_edges() {
    let mut home = Home::new(4);
    let run = home.submit(1, &workflow("a b", "a-F>b"));
    home.end(run, "a", 'E');
    assert_eq!(home.running(run), ["b"]);
}

#[test]
fn a_task_that_skips_itself_skips_what_asks_for_success() {
    let mut home = Home::new(4);
    let run = home.submit(1, &workflow("a b c", "a>b a-SK>c"));
    home.end(run, "a", 'K');
    home.end(run, "c", 'S');
    assert_eq!(home.states(run), "a=skipped b=skipped c=succeeded");
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn any_starts_as_soon_as_one_edge_holds_and_only_once() {
    let mut flow = workflow("a b c", "a>c b>c");
    task(&mut flow, "c").join = Join::Any;
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    assert_eq!(home.running(run), ["b", "c"]);
    home.end(run, "b", 'S');
    home.end(run, "c", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn none_waits_for_nothing() {
    let mut flow = workflow("a b", "a>b");
    task(&mut flow, "b").join = Join::None;
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["a", "b"]);
}

#[test]
fn an_expression_is_evaluated_when_all_its_upstreams_have_ended() {
    let mut flow = workflow("a b c", "a>c b>c");
    task(&mut flow, "c").join = Join::Expr("a.succeeded || b.failed".to_owned());
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    assert_eq!(home.running(run), ["b"]);
    home.end(run, "b", 'S');
    assert_eq!(home.running(run), ["c"]);

    task(&mut flow, "c").join = Join::Expr("a.failed && b.failed".to_owned());
    let other = home.submit(2, &flow);
    assert!(home.running(other).is_empty(), "one run of the workflow at a time");
    home.end(run, "c", 'S');
    home.end(other, "a", 'F');
    home.end(other, "b", 'S');
    assert_eq!(home.states(other), "a=failed b=succeeded c=upstream_failed");
}

#[test]
fn min_succeeded_decides_as_soon_as_it_cannot_be_met() {
    let mut flow = workflow("a b c", "a-SK>c b-SK>c");
    task(&mut flow, "c").min_succeeded = Some(2);
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'K');
    assert_eq!(home.state(run, "c").word(), "pending", "b may still fail");
    home.end(run, "b", 'S');
    assert_eq!(home.state(run, "c").word(), "skipped");
}

#[test]
fn a_disabled_task_lets_its_edges_see_success() {
    let mut flow = workflow("a b c d", "a>b b>c b-K>d");
    task(&mut flow, "b").disabled = true;
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    assert_eq!(home.running(run), ["c"]);
    assert_eq!(home.cause(run, "b"), "disabled");
    assert_eq!(home.state(run, "d").word(), "skipped");
    home.end(run, "c", 'S');

    let failed = home.submit(2, &flow);
    home.end(failed, "a", 'F');
    assert_eq!(home.states(failed), "a=failed b=upstream_failed c=upstream_failed d=skipped");
}

#[test]
fn a_teardown_runs_after_its_setup_whatever_happens_between() {
    let mut flow = workflow("setup work down", "setup>work work>down");
    task(&mut flow, "down").teardown_for = vec![ident("setup")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "setup", 'S');
    home.end(run, "work", 'F');
    home.end(run, "down", 'S');
    assert_eq!(home.run_state(run), RunState::Failed);

    let failed = home.submit(2, &flow);
    home.end(failed, "setup", 'F');
    assert_eq!(home.states(failed), "setup=failed work=upstream_failed down=upstream_failed");
}

#[test]
fn a_cancel_ends_all_but_teardowns_and_a_second_one_those_too() {
    let mut flow = workflow("setup work late down", "setup>work work>late work>down");
    task(&mut flow, "down").teardown_for = vec![ident("setup")];
    let mut home = Home::new(4);
    for (number, again) in [(1, false), (2, true)] {
        let run = home.submit(number, &flow);
        home.end(run, "setup", 'S');
        home.cancel(run, false);
        assert_eq!(home.stops.pop().map(|stop| stop.1), Some(false));
        assert_eq!(home.state(run, "late").word(), "canceled");
        home.end(run, "work", 'C');
        assert_eq!(home.running(run), ["down"]);
        if again {
            home.cancel(run, false);
            assert_eq!(home.stops.pop().map(|stop| stop.1), Some(true));
            home.end(run, "down", 'C');
        } else {
            home.end(run, "down", 'S');
        }
        assert_eq!(home.run_state(run), RunState::Canceled);
    }
}

#[test]
fn a_cancel_that_ended_nothing_does_not_make_the_run_canceled() {
    let mut home = Home::new(4);
    let run = home.submit(1, &workflow("a", ""));
    home.cancel(run, false);
    home.end(run, "a", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_queued_run_can_be_cancelled() {
    let mut home = Home::new(4);
    let flow = workflow("a", "");
    home.submit(1, &flow);
    let waiting = home.submit(2, &flow);
    assert!(home.why(waiting, "a").starts_with("the run waits for its turn: 1 run"));
    home.cancel(waiting, false);
    assert_eq!(home.run_state(waiting), RunState::Canceled);
}

#[test]
fn fail_fast_ends_the_rest_and_the_run_is_failed() {
    let mut flow = workflow("a b c d", "c>d");
    flow.limits.fail_fast = true;
    task(&mut flow, "b").allow_failure = true;
    let mut home = Home::new(3);
    let run = home.submit(1, &flow);
    home.end(run, "b", 'F');
    assert!(home.stops.is_empty(), "an allowed failure stops nothing");
    home.end(run, "a", 'F');
    home.end(run, "c", 'C');
    assert_eq!(home.states(run), "a=failed b=failed c=canceled d=canceled");
    assert_eq!(home.cause(run, "d"), "a failed and the run stops at failures");
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn a_run_that_takes_too_long_is_failed() {
    let mut flow = workflow("a b", "a>b");
    flow.limits.timeout = Some(Span::from_secs(60));
    let mut home = Home::new(3);
    let run = home.submit(1, &flow);
    home.fire();
    assert_eq!(home.stops.len(), 1);
    home.end(run, "a", 'C');
    assert_eq!(home.folds[&run].cause.as_ref().unwrap().to_string(), "took longer than 1m");
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn the_next_daemon_ends_a_stopped_run_for_the_reason_that_stopped_it() {
    // Each reason comes where guessing from the tasks and the clock would find another.
    for (reason, expected) in [
        ("cancel", "canceled: the run was cancelled"),
        ("fail_fast", "failed: a failed and the run stops at failures"),
        ("timeout", "failed: took longer than 1m"),
        ("fail_fast, then cancel", "failed: a failed and the run stops at failures"),
    ] {
        let mut flow = workflow("a b", "");
        flow.limits.fail_fast = reason.starts_with("fail_fast");
        flow.limits.timeout = Some(Span::from_secs(60));
        let mut home = Home::new(3);
        let run = home.submit(1, &flow);
        match reason {
            "timeout" => home.fire(),
            _ => home.end(run, "a", 'F'),
        }
        if reason.ends_with("cancel") {
            home.cancel(run, false);
        }

        let mut next = home.taken_over(run, seal(&flow));
        // Long after the run's time-out.
        next.now = next.now.plus(std::time::Duration::from_secs(600));
        for name in next.running(run) {
            next.end(run, &name, 'C');
        }
        let fold = &next.folds[&run];
        let cause = fold.cause.as_ref().unwrap();
        assert_eq!(format!("{}: {cause}", fold.state), expected, "{reason}");
    }
}

#[test]
fn the_next_daemon_goes_on_killing_teardowns_after_a_second_cancel() {
    let mut flow = workflow("setup down", "");
    task(&mut flow, "down").teardown_for = vec![ident("setup")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "setup", 'S');
    home.cancel(run, false);
    home.cancel(run, false);
    let mut next = home.taken_over(run, seal(&flow));
    assert_eq!(next.stops.iter().map(|stop| stop.1).collect::<Vec<_>>(), [true]);
    next.end(run, "down", 'C');
    assert_eq!(next.run_state(run), RunState::Canceled);
}

#[test]
fn a_retry_sets_up_again_what_was_torn_down() {
    let mut flow = workflow("setup work other down", "setup>work setup>other work>down other>down");
    task(&mut flow, "down").teardown_for = vec![ident("setup")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end_with(run, "setup", Outcome::Succeeded, &[("port", 1)]);
    home.end(run, "work", 'F');
    home.end(run, "other", 'S');
    home.end(run, "down", 'S');
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.running(run), ["setup"]);
    assert_eq!(
        home.states(run),
        "setup=queued work=pending other=succeeded down=pending",
        "what succeeded is not run again"
    );
    home.end_with(run, "setup", Outcome::Succeeded, &[("port", 2)]);
    assert_eq!(home.handed[&run][0].upstreams[0].1.outputs.as_ref().unwrap()["port"], 2);
    home.end(run, "work", 'S');
    home.end(run, "down", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_retry_keeps_a_setup_that_stands() {
    let mut flow = workflow("setup work down", "setup>work work>down");
    task(&mut flow, "down").teardown_for = vec![ident("setup")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "setup", 'S');
    // Killed before the teardown could start.
    home.cancel(run, true);
    home.end(run, "work", 'C');
    assert_eq!(home.state(run, "down").word(), "canceled");
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.running(run), ["work"]);
}

#[test]
fn a_retry_sets_up_again_whatever_that_setup_needs_and_tears_all_of_it_down() {
    let mut flow = workflow(
        "cluster table work drop delete audit",
        "cluster>table table>work work>drop drop>delete",
    );
    task(&mut flow, "drop").teardown_for = vec![ident("table")];
    task(&mut flow, "delete").teardown_for = vec![ident("cluster")];
    // Not after `work`, yet it undoes what `cluster` did.
    task(&mut flow, "audit").teardown_for = vec![ident("cluster")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    for (name, end) in [
        ("cluster", 'S'),
        ("audit", 'S'),
        ("table", 'S'),
        ("work", 'F'),
        ("drop", 'S'),
        ("delete", 'S'),
    ] {
        home.end(run, name, end);
    }
    home.retry(run, seal(&flow)).unwrap();
    for name in ["cluster", "audit", "table", "work", "drop", "delete"] {
        home.end(run, name, 'S');
    }
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_retry_of_what_no_setup_is_for_leaves_setups_alone() {
    let mut flow = workflow("setup work down after", "setup>work work>down work>after");
    task(&mut flow, "down").teardown_for = vec![ident("setup")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    for (name, end) in [("setup", 'S'), ("work", 'S'), ("down", 'S'), ("after", 'F')] {
        home.end(run, name, end);
    }
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.running(run), ["after"]);
}

#[test]
fn a_rerun_sets_up_again_what_was_torn_down() {
    let mut flow = workflow("setup work down", "setup>work work>down");
    task(&mut flow, "down").teardown_for = vec![ident("setup")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    for (name, end) in [("setup", 'S'), ("work", 'F'), ("down", 'S')] {
        home.end(run, name, end);
    }
    let old: Run = home.folds[&run].clone();
    let carried =
        rerun::carried(&old, &flow, &seal(&flow), Some(&ident("work")), Vec::new()).unwrap();
    assert_eq!(carried, []);
}

#[test]
fn an_allowed_failure_changes_only_the_run() {
    let mut flow = workflow("a b", "a-F>b");
    task(&mut flow, "a").allow_failure = true;
    let mut home = Home::new(3);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    home.end(run, "b", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn tries_follow_the_policy_and_count_anew_in_each_round() {
    let mut flow = workflow("a b", "a>b");
    task(&mut flow, "a").retry = Some(RetryPolicy {
        attempts: 2,
        delay: Span::from_secs(8),
        on: vec![RetryOn::Failed],
        ..RetryPolicy::default()
    });
    let mut home = Home::new(3);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    assert_eq!(home.state(run, "a").word(), "up_for_retry");
    assert_eq!(home.why(run, "a"), "try 2 of 2 starts in 8s");
    home.fire();
    home.end(run, "a", 'F');
    assert_eq!(home.run_state(run), RunState::Failed);

    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.folds[&run].round, 2);
    assert_eq!(home.handed[&run][0].number, 3);
    home.end(run, "a", 'F');
    home.fire();
    home.end(run, "a", 'S');
    home.end(run, "b", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
    let refused = home.retry(run, seal(&flow));
    assert!(refused.unwrap_err().to_string().contains("nothing to retry"));
}

/// A reused attempt ends its task well, and whoever tries again is told so.
#[test]
fn what_is_reused_succeeded_and_what_runs_again_reuses_nothing() {
    let mut flow = workflow("a b c", "a>b b>c");
    task(&mut flow, "b").retry =
        Some(RetryPolicy { attempts: 2, on: vec![RetryOn::Failed], ..RetryPolicy::default() });
    let mut home = Home::new(3);
    let run = home.submit(1, &flow);
    assert!(!home.handed[&run][0].is_again());
    let from = Some(RunId(7));
    home.end_with(run, "a", Outcome::Reused { from, cached: false }, &[("rows", 3)]);
    let of_a = &home.folds[&run].tasks[&TaskKey::plain(ident("a"))];
    assert_eq!(
        (of_a.state, &of_a.cause),
        (TaskState::Succeeded, &Some(Cause::Reused { from, cached: false }))
    );
    assert_eq!((&of_a.outputs["rows"], of_a.duration_us()), (&3.into(), None));

    let missing = || Outcome::Missing { patterns: vec!["out/x.csv".to_owned()] };
    assert!(!home.handed[&run][0].is_again());
    home.end_with(run, "b", missing(), &[]);
    assert!(home.handed[&run][0].is_again(), "the second try");
    home.end_with(run, "b", missing(), &[]);
    assert_eq!(home.cause(run, "b"), "it ended well but did not produce out/x.csv");
    assert_eq!(home.states(run), "a=succeeded b=failed c=upstream_failed");

    home.retry(run, seal(&flow)).unwrap();
    home.end(run, "b", 'S');
    assert!(home.handed[&run][0].is_again(), "its first attempt, of a retried run");
    home.end(run, "c", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);

    let mut rerun = head(&flow);
    rerun.rerun_of = Some(run);
    let rerun = home.submit_head(2, seal(&flow), rerun);
    assert!(home.handed[&rerun][0].is_again());
}

/// Runs are taken on one after another: what waits in an earlier one must not take what one of a later one has.
#[test]
fn nothing_starts_before_all_runs_are_taken_on() {
    let plain = workflow("a", "");
    let (mut locked, mut pooled) = (plain.clone(), plain.clone());
    task(&mut locked, "a").lock = Some("l".to_owned());
    let slots = PoolUse { name: "db".to_owned(), slots: 1, extra: Vec::new() };
    task(&mut pooled, "a").pool = Some(slots);
    for (flow, places) in [(plain, 1), (locked, 4), (pooled, 4)] {
        let pools = [("db".to_owned(), 1)].into();
        let settings = Settings { prefetch: 0, pools, ..Settings::with_places(places) };
        let mut home = Home::with(settings);
        let first = home.submit(1, &flow);
        let mut other = flow.clone();
        other.name = ident("other");
        let second = home.submit(2, &other);
        home.end(first, "a", 'F');
        home.retry(first, seal(&flow)).unwrap();
        let plan = |of: &Run| seal(if of.run == first { &flow } else { &other });
        let mut next = home.after_crash(plan);
        assert_eq!((next.running(first), next.running(second).len()), (Vec::new(), 1));
        next.end(second, "a", 'S');
        assert_eq!(next.running(first), ["a"]);
        assert_eq!(next.most_placed, 1);
    }
}

/// A daemon that dies between the look and the end leaves an attempt that nobody started: the next one looks again.
#[test]
fn a_look_that_nobody_told_of_is_made_again() {
    let flow = workflow("a", "");
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    let mut next = home.after_crash(|_| seal(&flow));
    let attempt = next.take(run, "a").attempt;
    next.report(attempt, AttemptReport::Recalled);
    assert!(!next.handed[&run][0].is_again(), "no try was used up");
    next.end_with(run, "a", Outcome::Reused { from: None, cached: false }, &[]);
    assert_eq!(next.run_state(run), RunState::Succeeded);
}

#[test]
fn only_ends_that_the_policy_names_are_tried_again() {
    for (outcomes, on, tries) in [
        ('F', RetryOn::Failed, 2),
        ('F', RetryOn::Exit(1), 2),
        ('F', RetryOn::Exit(2), 1),
        ('T', RetryOn::Timeout, 2),
        ('T', RetryOn::Failed, 1),
        ('L', RetryOn::Lost, 2),
        ('L', RetryOn::Error, 1),
        ('E', RetryOn::Error, 2),
    ] {
        let mut flow = workflow("a", "");
        task(&mut flow, "a").retry =
            Some(RetryPolicy { attempts: 2, on: vec![on], ..RetryPolicy::default() });
        let mut home = Home::new(3);
        let run = home.submit(1, &flow);
        let mut seen = 0;
        while home.ended.is_empty() {
            home.end(run, "a", outcomes);
            seen += 1;
        }
        assert_eq!(seen, tries, "{outcomes} {on:?}");
    }
}

#[test]
fn a_status_is_tried_again_where_the_policy_names_it() {
    for (status, on, is_again) in [
        (503, RetryOn::Status(503), true),
        (404, RetryOn::Status(503), false),
        (404, RetryOn::Failed, true),
        (3, RetryOn::Exit(3), false),
    ] {
        let mut flow = workflow("a", "");
        task(&mut flow, "a").retry =
            Some(RetryPolicy { attempts: 2, on: vec![on], ..RetryPolicy::default() });
        let mut home = Home::new(3);
        let run = home.submit(1, &flow);
        home.end_with(run, "a", Outcome::Failed { exit: Exit::Status(status) }, &[]);
        assert_eq!(home.ended.is_empty(), is_again, "{status} {on:?}");
    }
}

#[test]
fn when_skips_starts_or_errs() {
    let mut flow = workflow("a yes no bad", "a>yes a>no a>bad");
    task(&mut flow, "yes").when = Some("tasks.a.outputs.rows > 1".to_owned());
    task(&mut flow, "no").when = Some("tasks.a.outputs.rows > 5".to_owned());
    task(&mut flow, "bad").when = Some("tasks.a.outputs.missing > 5".to_owned());
    let mut home = Home::new(3);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", Outcome::Succeeded, &[("rows", 3)]);
    assert_eq!(home.running(run), ["yes"]);
    assert_eq!(home.states(run), "a=succeeded yes=queued no=skipped bad=error");
    assert!(home.cause(run, "bad").contains("missing"), "{}", home.cause(run, "bad"));
}

#[test]
fn a_paused_run_starts_nothing_until_it_is_resumed() {
    let mut home = Home::new(1);
    let run = home.submit(1, &workflow("a b", ""));
    home.give(Input::Pause { run, by: Actor::Person }).unwrap();
    assert_eq!(home.recalls.len(), 1, "not started yet: taken back");
    let start = home.take(run, "a");
    home.report(start.attempt, AttemptReport::Recalled);
    assert!(home.running(run).is_empty());
    assert_eq!(home.why(run, "a"), "the run is paused");
    home.give(Input::Resume { run, by: Actor::Person }).unwrap();
    assert_eq!(home.running(run), ["a"]);
    assert_eq!(home.handed[&run][0].number, 1, "no try was used up");
}

#[test]
fn limits_of_home_run_pool_and_lock_hold_and_say_so() {
    let mut flow = workflow("a b c d e f", "");
    flow.limits.parallel_tasks = Some(3);
    for name in ["a", "b", "c"] {
        task(&mut flow, name).pool =
            Some(PoolUse { name: "db".to_owned(), slots: 1, extra: Vec::new() });
    }
    for name in ["d", "e"] {
        task(&mut flow, name).lock = Some("file-${run.trigger}".to_owned());
    }
    let mut settings = Settings { prefetch: 0, ..Settings::with_places(8) };
    settings.pools.insert("db".to_owned(), 1);
    let mut home = Home::with(settings);
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["a", "d", "f"]);
    assert_eq!(home.why(run, "b"), "pool db is full: 1 of 1");
    assert_eq!(home.why(run, "e"), "the lock file-manual is held by d");
    home.end(run, "f", 'S');
    assert_eq!(home.running(run), ["a", "d"]);
    home.end(run, "a", 'S');
    home.end(run, "d", 'S');
    assert_eq!(home.running(run), ["b", "e"]);
    home.end(run, "b", 'S');
    assert_eq!(home.running(run), ["e", "c"]);
    home.end(run, "e", 'S');
    home.end(run, "c", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn places_go_by_priority_then_path_then_age() {
    let mut flow = workflow("short long first next", "long>next");
    task(&mut flow, "first").priority = 1;
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    let mut order = Vec::new();
    while let Some(name) = home.running(run).first().cloned() {
        if order.is_empty() {
            assert!(home.why(run, "short").ends_with("the limit of this home"));
        }
        home.end(run, &name, 'S');
        order.push(name);
    }
    assert_eq!(order, ["first", "long", "short", "next"]);
}

#[test]
fn short_tasks_are_handed_over_ahead_and_taken_back_for_another_run() {
    let mut flow = workflow("a b c d e", "");
    flow.limits.active_runs = 2;
    let mut home = Home::with(Settings { prefetch: 2, ..Settings::with_places(1) });
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["a"], "nothing is known of its tasks yet");
    home.end(run, "a", 'S');
    assert_eq!(home.running(run), ["b", "c", "d"]);
    assert_eq!(home.handed[&run][2].places, 1);
    home.submit(2, &flow);
    assert_eq!(home.recalls.len(), 2);
    for name in ["c", "d"] {
        let start = home.take(run, name);
        home.report(start.attempt, AttemptReport::Recalled);
    }
    assert_eq!(home.running(run), ["b"]);
    assert_eq!(home.core.load().placed, 1);
}

#[test]
fn a_limit_of_its_own_keeps_no_run_from_going_ahead() {
    let mut flow = workflow("a b c d e f", "");
    flow.limits.parallel_tasks = Some(1);
    let mut home = Home::with(Settings { prefetch: 3, ..Settings::with_places(1) });
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    assert_eq!(home.running(run), ["b", "c", "d", "e"], "one that runs, three ahead");
    assert!(home.handed[&run].iter().all(|start| start.places == 1), "the keeper keeps the limit");
}

#[test]
fn an_unknown_attempt_ends_lost_and_recovery_goes_on_from_the_fold() {
    let mut flow = workflow("a b c", "a>c b>c");
    task(&mut flow, "b").retry =
        Some(RetryPolicy { attempts: 2, delay: Span::from_secs(5), ..RetryPolicy::default() });
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    let started = home.handed[&run][0].attempt;
    home.report(started, AttemptReport::Started { pid: Some(7) });
    home.end(run, "b", 'F');

    let mut next = home.taken_over(run, seal(&flow));
    assert_eq!(next.adopted, [started]);
    assert_eq!(next.timers.len(), 1);
    next.fire();
    next.end(run, "b", 'S');
    next.report(started, AttemptReport::Unknown { message: "its keeper is gone".to_owned() });
    assert_eq!(next.states(run), "a=error b=succeeded c=upstream_failed");
    assert_eq!(next.run_state(run), RunState::Failed);
}

#[test]
fn serials_that_power_took_from_the_history_are_not_given_again() {
    let flow = workflow("a b", "a>b");
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    let started = home.handed[&run][0].attempt;
    home.folds.get_mut(&run).unwrap().pass_over(7);

    let mut next = home.taken_over(run, seal(&flow));
    assert_eq!(next.adopted, [started]);
    next.report(started, AttemptReport::Unknown { message: "power failed".to_owned() });
    assert_eq!(next.states(run), "a=error b=upstream_failed");
    next.folds.get_mut(&run).unwrap().pass_over(7);
    let fold = Box::new(next.folds[&run].clone());
    next.give(Input::Retry { run: fold, plan: seal(&flow), by: Actor::Person }).unwrap();
    assert_eq!(next.handed[&run].back().unwrap().attempt.serial, 8);
}

#[test]
fn until_runs_what_a_task_needs_and_only_runs_it_alone() {
    let flow = workflow("a b c d", "a>b b>c a>d");
    for (selection, expected) in [
        (Selection::Until(vec![ident("b")]), "a=queued b=pending"),
        (Selection::Only(vec![ident("c")]), "c=queued"),
    ] {
        let plan = Plan::seal(Arc::new(flow.clone()), &selection).unwrap();
        let mut home = Home::new(4);
        let run = home.submit_head(1, plan, head(&flow));
        assert_eq!(home.states(run), expected);
    }
}

#[test]
fn a_rerun_takes_over_what_did_not_change_and_refuses_with_names() {
    let flow = workflow("a b c", "a>b b>c");
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", Outcome::Succeeded, &[("rows", 3)]);
    home.end(run, "b", 'F');
    let old: Run = home.folds[&run].clone();
    let carried = rerun::carried(&old, &flow, &seal(&flow), Some(&ident("b")), Vec::new()).unwrap();
    assert_eq!(carried.len(), 1);
    let mut new = head(&flow);
    new.carried = carried;
    let again = home.submit_head(2, seal(&flow), new);
    assert_eq!(home.running(again), ["b"]);
    assert_eq!(home.handed[&again][0].upstreams[0].1.outputs.as_ref().unwrap()["rows"], 3);

    let refused =
        rerun::carried(&old, &flow, &seal(&flow), Some(&ident("c")), Vec::new()).unwrap_err();
    assert!(refused[0].to_string().starts_with("b ended failed"), "{refused:?}");
    let mut changed = flow.clone();
    task(&mut changed, "a").kind = "shell".to_owned();
    let refused =
        rerun::carried(&old, &flow, &seal(&changed), Some(&ident("b")), Vec::new()).unwrap_err();
    assert!(refused[0].to_string().starts_with("a has been changed"), "{refused:?}");
}

#[test]
fn sealing_names_circles_and_what_does_not_exist() {
    let circle = Plan::seal(Arc::new(workflow("a b c d", "a>b b>c c>a c>d")), &Selection::All);
    let text = circle.unwrap_err()[0].to_string();
    assert!(text.contains("→") && text.contains("circle"), "{text}");
    let dangling = Plan::seal(Arc::new(workflow("a", "a>zz")), &Selection::All).unwrap_err();
    assert!(dangling[0].to_string().starts_with("task zz"), "{dangling:?}");
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let mut home = Home::new(1);
    let error = home.give(Input::Pause { run: RunId(9), by: Actor::Person }).unwrap_err();
    assert!(error.to_string().contains("is not under way"));
}

#[test]
fn the_next_run_in_line_starts_when_one_ends() {
    let mut home = Home::new(1);
    let flow = workflow("a", "");
    home.submit(1, &flow);
    let plan = seal(&workflow("b", ""));
    for number in 2..200 {
        let mut head = head(&flow);
        head.carried.clear();
        home.submit_head(number, plan.clone(), head);
    }
    home.end(RunId(1), "a", 'S');
    assert_eq!(home.running(RunId(2)), ["b"]);
}

#[test]
fn a_task_that_runs_says_how_far_it_is_and_the_next_daemon_knows() {
    use millrace_model::report::Progress;
    let flow = workflow("a b", "a>b");
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    let attempt = home.handed[&run][0].attempt;
    let half = || AttemptReport::Progressed(Progress { fraction: 0.5, text: "half".to_owned() });
    home.report(attempt, half());
    let said = |kind: &RunEventKind| matches!(kind, RunEventKind::AttemptProgressed { .. });
    assert_eq!(home.count(said), 0, "it does not run yet");
    home.report(attempt, AttemptReport::Started { pid: Some(7) });
    home.report(attempt, half());
    assert_eq!((home.count(said), home.state(run, "a")), (1, TaskState::Running));
    let next = home.taken_over(run, seal(&flow));
    let of_a = &next.folds[&run].tasks[&TaskKey::plain(ident("a"))];
    assert_eq!(of_a.attempts[0].progress.as_ref().unwrap().percent(), 50);
    home.end(run, "a", 'S');
    home.report(attempt, half());
    assert_eq!((home.count(said), home.running(run)), (1, vec!["b".to_owned()]), "it is over");
}

#[test]
fn a_rerun_takes_over_artifacts_with_the_results() {
    use millrace_model::event::Artifact;
    let flow = workflow("a b", "a>b");
    let mut home = Home::new(2);
    let run = home.submit(1, &flow);
    let left = Artifact {
        name: "a.csv".to_owned(),
        bytes: 3,
        sha256: "0".repeat(64),
        media_type: "text/csv".to_owned(),
    };
    let start = home.take(run, "a");
    let end = millrace_model::event::AttemptEnd::unmeasured(Outcome::Succeeded, home.now);
    let end = millrace_model::event::AttemptEnd { artifacts: vec![left.clone()], ..end };
    home.report(start.attempt, AttemptReport::Ended(Box::new(end)));
    home.end(run, "b", 'F');
    let plan = seal(&flow);
    let from = ident("b");
    let carried = rerun::carried(&home.folds[&run], &flow, &plan, Some(&from), Vec::new()).unwrap();
    assert_eq!((carried.len(), &carried[0].artifacts), (1, &vec![left]));
}
