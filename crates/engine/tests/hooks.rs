//! Hooks that run a task: when they do, what their tasks see, and that they change nothing of how a run ends. The names in
//! other systems: Argo's `onExit` and lifecycle hooks, Kubeflow's `ExitHandler`, Airflow's `on_failure_callback`,
//! `on_retry_callback` and `on_success_callback`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_engine::core::{Input, Refusal};
use millrace_engine::{Plan, Selection};
use millrace_model::document::{EnvValue, Hook, HookAction, HookOn, RetryPolicy, Workflow};
use millrace_model::event::{FailedBefore, MAX_FIRINGS, Mark, RunEventKind, RunState, TaskState};
use millrace_model::expr::Expr;
use millrace_model::ids::RunId;
use millrace_model::time::Span;
use serde_json::{Value, json};
use std::sync::Arc;
use support::*;

fn hook(on: HookOn, task: &str) -> Hook {
    Hook { on, action: HookAction::Task(ident(task)), extra: Vec::new() }
}

/// `a` → `b`, and `x`, which the workflow's hooks on these occasions run.
fn line(on: &[HookOn]) -> Workflow {
    let mut flow = workflow("a b x", "a>b");
    flow.hooks = on.iter().map(|on| hook(*on, "x")).collect();
    flow
}

/// What the attempt of this task sees under this expression.
fn seen(home: &Home, run: RunId, task: &str, expr: &str) -> Value {
    let start = home.handed[&run].iter().find(|start| start.key == key(task)).unwrap();
    Expr::parse(expr).unwrap().eval(&start.scope()).unwrap()
}

/// A home taken over at this moment, in which nothing differs.
fn crashed(home: &Home, flow: &Workflow) -> Home {
    let next = home.after_crash(|_| seal(flow));
    for (run, fold) in &home.folds {
        assert_eq!(&next.folds[run], fold, "a recovery adds nothing");
    }
    next
}

/// Kubeflow's `ExitHandler` and Argo's `onExit`: at the end, however the run ended.
#[test]
fn exit_handler_runs_after_all_tasks_and_changes_nothing() {
    for (end, state) in [('S', RunState::Succeeded), ('F', RunState::Failed)] {
        for of_hook in ['S', 'F', 'E'] {
            let flow = line(&[HookOn::Finish]);
            let mut home = Home::new(4);
            let run = home.submit(1, &flow);
            assert_eq!(home.running(run), ["a"], "it does not run with the others");
            assert_eq!(home.states(run), "a=pending b=pending".replace("a=pending", "a=queued"));
            home.end(run, "a", 'S');
            home.end(run, "b", end);
            assert_eq!(home.running(run), ["x[0]"]);
            assert_eq!(home.run_state(run), RunState::Running);
            let decided = home.folds[&run].decided.clone().unwrap();
            assert_eq!(decided.state, state);
            assert_eq!(seen(&home, run, "x[0]", "hook.on"), "finish");
            assert_eq!(seen(&home, run, "x[0]", "hook.state"), state.word());
            assert_eq!(seen(&home, run, "x[0]", "hook.task == null"), true);
            home.end(run, "x[0]", of_hook);
            assert_eq!(home.run_state(run), state);
            assert_eq!(home.ended, [(run, state)]);
        }
    }
}

/// Airflow's `on_failure_callback` and `on_success_callback`, of a DAG.
#[test]
fn callbacks_of_the_run_fire_by_how_it_ended() {
    let flow = line(&[HookOn::Failure]);
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    home.end(run, "b", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
    assert_eq!(
        home.states(run),
        "a=succeeded b=succeeded",
        "what is not called is no part of the run"
    );
    assert_eq!(home.count(|kind| matches!(kind, RunEventKind::OutcomeDecided { .. })), 0);

    let run = home.submit(2, &flow);
    home.end(run, "a", 'F');
    assert_eq!(home.running(run), ["x[0]"]);
    assert_eq!(seen(&home, run, "x[0]", "hook.reason"), "a failed");
    home.end(run, "x[0]", 'S');
    assert_eq!(home.states(run), "a=failed b=upstream_failed x=succeeded");
    assert_eq!(home.folds[&run].counts().iter().sum::<u32>(), 2, "it counts for no progress");
}

#[test]
fn a_recovery_is_a_success_after_a_failure() {
    let flow = line(&[HookOn::Recovery]);
    let mut home = Home::new(4);
    for (number, before, fires) in
        [(1, None, false), (2, Some(false), false), (3, Some(true), true)]
    {
        let failed_before = before.map(|run| Box::new(FailedBefore { run, tasks: Vec::new() }));
        let head = millrace_model::event::RunHead { failed_before, ..head(&flow) };
        let run = home.submit_head(number, seal(&flow), head);
        home.end(run, "a", 'S');
        home.end(run, "b", 'S');
        assert_eq!(home.running(run).len(), usize::from(fires), "{before:?}");
        if fires {
            home.end(run, "x[0]", 'S');
        }
    }
    // So is a round of the same run after one that failed.
    let run = home.submit(4, &flow);
    home.end(run, "a", 'F');
    assert_eq!(home.run_state(run), RunState::Failed);
    home.retry(run, seal(&flow)).unwrap();
    home.end(run, "a", 'S');
    home = crashed(&home, &flow);
    home.end(run, "b", 'S');
    assert_eq!(home.running(run), ["x[0]"]);
}

/// Argo's lifecycle hooks of a template, Airflow's callbacks of a task.
#[test]
fn callbacks_of_a_task_run_while_the_others_go_on() {
    let mut flow = workflow("a b x", "");
    task(&mut flow, "a").hooks =
        vec![hook(HookOn::Failure, "x"), hook(HookOn::Success, "x"), hook(HookOn::Finish, "x")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", outcome('F'), &[]);
    assert_eq!(home.running(run), ["b", "x[0]", "x[1]"]);
    let saw = |expr: &str| seen(&home, run, "x[0]", expr);
    assert_eq!(
        saw("[hook.on, hook.task, hook.state, hook.reason]"),
        json!(["failure", "a", "failed", "exit code 1"])
    );
    assert_eq!(saw("hook.attempt"), 1);
    assert_eq!(seen(&home, run, "x[1]", "hook.on"), "finish");
    assert_eq!(home.handed[&run][1].upstreams[0].0, ident("a"), "it is handed the task");
    home.end(run, "b", 'S');
    assert_eq!(home.run_state(run), RunState::Running);
    assert_eq!(home.folds[&run].decided.as_ref().unwrap().state, RunState::Failed);
    home.end(run, "x[0]", 'S');
    home.end(run, "x[1]", 'S');
    assert_eq!(home.run_state(run), RunState::Failed);
    assert_eq!(home.items(run, "x"), "SS");
}

#[test]
fn skipped_and_upstream_failed_tasks_have_only_finished() {
    let mut flow = workflow("a b x", "a>b");
    task(&mut flow, "b").hooks =
        vec![hook(HookOn::Failure, "x"), hook(HookOn::Success, "x"), hook(HookOn::Finish, "x")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    assert_eq!(home.running(run), ["x[0]"]);
    assert_eq!(
        seen(&home, run, "x[0]", "[hook.on, hook.state]"),
        json!(["finish", "upstream_failed"])
    );
}

/// Airflow's `on_retry_callback`.
#[test]
fn on_retry_callback_runs_at_each_try_that_is_not_the_last() {
    let mut flow = workflow("a x", "");
    flow.hooks = vec![hook(HookOn::Retry, "x")];
    task(&mut flow, "a").hooks = vec![hook(HookOn::Retry, "x")];
    task(&mut flow, "a").retry =
        Some(RetryPolicy { attempts: 3, delay: Span::from_secs(5), ..RetryPolicy::default() });
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    assert_eq!(
        home.running(run),
        ["x[0]", "x[1]"],
        "one for the workflow's hook, one for the task's"
    );
    assert_eq!(
        seen(&home, run, "x[1]", "[hook.state, hook.reason]"),
        json!(["up_for_retry", "exit code 1"])
    );
    home = crashed(&home, &flow);
    home.end(run, "x[0]", 'S');
    home.end(run, "x[1]", 'S');
    assert_eq!(home.state(run, "x"), TaskState::Succeeded);
    home.fire();
    home.end(run, "a", 'F');
    assert_eq!(home.running(run), ["x[2]", "x[3]"]);
    assert_eq!(home.state(run, "x"), TaskState::Running);
    assert_eq!(seen(&home, run, "x[3]", "hook.attempt"), 2);
    home.fire();
    home.end(run, "a", 'S');
    home.end(run, "x[2]", 'S');
    home.end(run, "x[3]", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_hook_runs_when_a_person_is_asked() {
    let mut flow = workflow("a x", "");
    flow.hooks = vec![hook(HookOn::Waiting, "x")];
    task(&mut flow, "a").kind = "approval".to_owned();
    task(&mut flow, "a").spec =
        millrace_model::document::Json::from_value(&json!({ "message": "Send it?" }));
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    assert_eq!(home.running(run), ["x[0]"]);
    assert_eq!(
        seen(&home, run, "x[0]", "[hook.on, hook.task, hook.reason]"),
        json!(["waiting", "a", "Send it?"])
    );
    home.end(run, "x[0]", 'S');
    assert_eq!(home.run_state(run), RunState::Running);
}

#[test]
fn a_run_is_slow_once_a_round() {
    let flow = line(&[HookOn::Slow]);
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    let slow = || Input::Slow { run, reason: "more than 5 min".to_owned() };
    home.give(slow()).unwrap();
    home.give(slow()).unwrap();
    home = crashed(&home, &flow);
    home.give(slow()).unwrap();
    assert_eq!(home.running(run), ["a", "x[0]"]);
    home.end(run, "x[0]", 'S');
    home.end(run, "a", 'F');
    home.retry(run, seal(&flow)).unwrap();
    home.give(slow()).unwrap();
    assert_eq!(home.running(run), ["a", "x[1]"]);
}

#[test]
fn conditions_retries_and_places_are_those_of_a_task() {
    let mut flow = line(&[HookOn::Failure, HookOn::Finish]);
    let x = task(&mut flow, "x");
    x.when = Some("hook.on == 'failure' && tasks.b.state == 'failed'".to_owned());
    x.retry = Some(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
    x.env.insert("SAW".to_owned(), EnvValue::Template("${tasks.a.outputs.rows}".to_owned()));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.end_with(run, "a", outcome('S'), &[("rows", 7)]);
    home.end(run, "b", 'F');
    assert_eq!(home.running(run), ["x[0]"]);
    assert_eq!(seen(&home, run, "x[0]", "env.SAW"), "7", "it sees all tasks of the run");
    assert_eq!(home.state(run, "x[1]"), TaskState::Skipped);
    home.end(run, "x[0]", 'F');
    assert_eq!(home.running(run), ["x[0]"], "it is tried again");
    home = crashed(&home, &flow);
    home.end(run, "x[0]", 'S');
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn a_disabled_task_is_not_called() {
    let mut flow = line(&[HookOn::Finish]);
    task(&mut flow, "x").disabled = true;
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    home.end(run, "b", 'S');
    assert_eq!(home.states(run), "a=succeeded b=succeeded");
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_crash_between_the_outcome_and_the_hook_changes_nothing() {
    let flow = line(&[HookOn::Failure, HookOn::Finish]);
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    let mut next = crashed(&home, &flow);
    assert_eq!(next.running(run), ["x[0]", "x[1]"]);
    next.end(run, "x[0]", 'F');
    let mut next = crashed(&next, &flow);
    next.end(run, "x[1]", 'S');
    assert_eq!(next.run_state(run), RunState::Failed);
    assert_eq!(next.cause(run, "x"), "1 of 2 items failed, the first is item 0");
}

/// What is recorded up to any event leads on to the same end.
#[test]
fn any_prefix_of_the_events_goes_on_to_the_same_end() {
    let mut flow = line(&[HookOn::Failure, HookOn::Finish, HookOn::Retry]);
    task(&mut flow, "a").hooks = vec![hook(HookOn::Finish, "x")];
    task(&mut flow, "b").retry = Some(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    let finish = |home: &mut Home| {
        while home.core.is_active(run) {
            let name = home.running(run)[0].clone();
            home.end(run, &name, if name == "b" { 'F' } else { 'S' });
        }
        (home.run_state(run), home.items(run, "x"), home.states(run))
    };
    let whole = finish(&mut home);
    assert_eq!(whole.1, "SSSS");
    // A commit takes all that one input makes: cuts lie between instants.
    let cuts: Vec<usize> =
        (1..home.events.len()).filter(|at| home.events[*at].at != home.events[at - 1].at).collect();
    for cut in cuts {
        let mut fold = millrace_model::event::Run::begin(&home.events[0]).unwrap();
        home.events[1..cut].iter().for_each(|event| fold.apply(event).unwrap());
        let mut next = Home::new(1);
        next.now = home.now;
        next.folds.insert(run, fold.clone());
        next.give(Input::Recover { run: Box::new(fold), plan: seal(&flow) }).unwrap();
        next.give(Input::Recovered).unwrap();
        assert_eq!(finish(&mut next), whole, "cut at {cut}");
    }
}

#[test]
fn a_cancel_lets_hooks_run_and_a_second_one_ends_them() {
    let mut flow = line(&[HookOn::Failure, HookOn::Finish]);
    task(&mut flow, "a").hooks = vec![hook(HookOn::Finish, "x")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.cancel(run, false);
    home.end(run, "a", 'C');
    assert_eq!(home.running(run), ["x[0]", "x[1]"], "the task's and the run's");
    assert_eq!(seen(&home, run, "x[1]", "[hook.on, hook.state]"), json!(["finish", "canceled"]));
    home = crashed(&home, &flow);
    home.end(run, "x[0]", 'S');
    home.cancel(run, false);
    assert_eq!(home.stops.len(), 1);
    home = crashed(&home, &flow);
    assert_eq!(home.stops.len(), 1, "the next executor is told again");
    home.end(run, "x[1]", 'C');
    assert_eq!(home.run_state(run), RunState::Canceled);

    let run = home.submit(2, &flow);
    home.cancel(run, true);
    home.end(run, "a", 'C');
    assert_eq!(home.states(run), "a=canceled b=canceled", "who kills wants nothing more");
}

/// A cancel while only hooks run leaves the outcome.
#[test]
fn a_cancel_of_the_hooks_leaves_the_outcome() {
    let flow = line(&[HookOn::Finish]);
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'S');
    home.end(run, "b", 'S');
    home.cancel(run, false);
    assert_eq!(home.stops.len(), 1);
    home = crashed(&home, &flow);
    home.end(run, "x[0]", 'C');
    assert_eq!(home.run_state(run), RunState::Succeeded);
    assert_eq!(home.state(run, "x[0]"), TaskState::Canceled);
}

#[test]
fn neither_fail_fast_nor_the_time_out_of_the_run_ends_what_hooks_run() {
    let mut flow = workflow("a b x", "");
    flow.limits.fail_fast = true;
    flow.limits.timeout = Some(Span::from_secs(60));
    flow.hooks = vec![hook(HookOn::Failure, "x")];
    task(&mut flow, "a").hooks = vec![hook(HookOn::Failure, "x")];
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    assert_eq!(home.stops.len(), 1, "b alone");
    assert_eq!(home.running(run), ["b", "x[0]"]);
    home.end(run, "b", 'C');
    assert_eq!(home.running(run), ["x[0]", "x[1]"]);
    home.fire();
    assert_eq!(home.stops.len(), 1);
    home.end(run, "x[0]", 'S');
    home.end(run, "x[1]", 'S');
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn a_retry_fires_anew_and_keeps_what_was() {
    let flow = line(&[HookOn::Finish]);
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    home.end(run, "x[0]", 'F');
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.running(run), ["a"], "what a hook ran is not tried again");
    home = crashed(&home, &flow);
    home.end(run, "a", 'S');
    home.end(run, "b", 'S');
    assert_eq!(home.running(run), ["x[1]"]);
    home.end(run, "x[1]", 'S');
    assert_eq!((home.run_state(run), home.items(run, "x")), (RunState::Succeeded, "FS".to_owned()));
    // A failure of a hook's task alone is nothing to retry.
    let refused = home.retry(run, seal(&flow)).unwrap_err();
    assert_eq!(refused, Refusal::NothingToRetry(run));
}

#[test]
fn marks_are_for_what_a_hook_runs_now() {
    let flow = line(&[HookOn::Finish]);
    let mark = || {
        let (state, outputs) = (TaskState::Succeeded, millrace_model::Values::new());
        Box::new(Mark { state, outputs, by: "anna".to_owned() })
    };
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    home.end(run, "a", 'F');
    let set =
        |home: &mut Home, task: &str| home.give(Input::Mark { run, task: key(task), mark: mark() });
    assert_eq!(set(&mut home, "x"), Err(Refusal::OfHooks { run, task: "x".to_owned() }));
    assert_eq!(set(&mut home, "a"), Err(Refusal::HooksRun(run)));
    set(&mut home, "x[0]").unwrap();
    home.end(run, "x[0]", 'C');
    assert_eq!(home.state(run, "x[0]"), TaskState::Succeeded);
    let fold = Box::new(home.folds[&run].clone());
    let input = Input::MarkInEnded { run: fold, plan: seal(&flow), task: key("x"), mark: mark() };
    assert_eq!(home.give(input), Err(Refusal::OfHooks { run, task: "x".to_owned() }));
}

#[test]
fn hooks_on_what_happens_within_a_run_are_bounded_and_those_at_its_end_are_not() {
    let mut flow = workflow("a x", "");
    flow.hooks = vec![hook(HookOn::Retry, "x"), hook(HookOn::Finish, "x")];
    task(&mut flow, "x").kind = "delay".to_owned();
    task(&mut flow, "x").spec =
        millrace_model::document::Json::from_value(&json!({ "duration": "1h" }));
    let tries = u32::try_from(MAX_FIRINGS).unwrap() + 20;
    task(&mut flow, "a").retry = Some(RetryPolicy { attempts: tries, ..RetryPolicy::default() });
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    for _ in 0..tries {
        home.end(run, "a", 'F');
    }
    let firings = home.folds[&run].tasks[&key("x")].firings();
    assert_eq!(firings.len(), MAX_FIRINGS + 1);
    assert_eq!(firings.last().unwrap().on, HookOn::Finish);
}

#[test]
fn a_person_can_run_what_hooks_run() {
    let flow = line(&[HookOn::Finish]);
    let plan = Plan::seal(Arc::new(flow.clone()), &Selection::Only(vec![ident("x")])).unwrap();
    let mut home = Home::new(4);
    let run = home.submit_head(1, plan, head(&flow));
    assert_eq!(home.running(run), ["x"]);
    assert_eq!(seen(&home, run, "x", "hook.on"), "manual");
    home.end(run, "x", 'F');
    assert_eq!(home.run_state(run), RunState::Failed, "then it counts like every task");
}

#[test]
fn a_part_of_a_run_has_hooks_too() {
    let flow = line(&[HookOn::Finish]);
    let plan = Plan::seal(Arc::new(flow.clone()), &Selection::Only(vec![ident("b")])).unwrap();
    let mut home = Home::new(4);
    let run = home.submit_head(1, plan, head(&flow));
    home.end(run, "b", 'S');
    assert_eq!(home.running(run), ["x[0]"]);
}

#[test]
fn what_hooks_cannot_run_is_refused() {
    let refused = |change: &dyn Fn(&mut Workflow)| {
        let mut flow = line(&[HookOn::Finish]);
        change(&mut flow);
        Plan::seal(Arc::new(flow), &Selection::All).unwrap_err()[0].to_string()
    };
    assert_eq!(
        refused(&|flow| _ = mapped(flow, "x", "[1]")),
        "task x: a hook runs it, once for each time, so it cannot be mapped; remove `for_each`"
    );
    assert_eq!(
        refused(&|flow| flow.hooks.push(hook(HookOn::Finish, "a"))),
        "task a: a hook runs it, so it must have no dependencies; remove them"
    );
    assert_eq!(
        refused(&|flow| flow.hooks.push(hook(HookOn::Finish, "nobody"))),
        "a hook runs the task nobody, but there is no such task"
    );
    assert_eq!(
        refused(&|flow| task(flow, "x").hooks.push(hook(HookOn::Finish, "x"))),
        "task x: a hook runs it, so its own hooks can run no task; let them notify"
    );
}
