//! Child runs, one rule of docs/semantics.md a test; then crashes at random moments.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_engine::core::{Input, Refusal, Settings};
use millrace_model::document::{PoolUse, RetryPolicy, Workflow};
use millrace_model::event::{Actor, RunEventKind, RunState, TaskState, Trigger};
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use millrace_model::time::Span;
use proptest::prelude::*;
use serde_json::json;
use support::*;

/// `a` runs a child, `b` comes after it.
fn parent() -> Workflow {
    let mut parent = workflow("a b", "a>b");
    parent.name = ident("parent");
    calling(&mut parent, "a");
    parent
}

/// The run of the first attempt.
fn first_child(run: RunId) -> RunId {
    AttemptId { run, serial: 1 }.child()
}

#[test]
fn a_task_runs_another_workflow_and_goes_on_with_what_its_tasks_gave() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    assert_eq!(home.state(run, "a"), TaskState::Queued);
    assert_eq!(home.why(run, "a"), "its run is being started");
    let child = home.accept(&workflow("x y", "x>y")).unwrap();
    assert_eq!(child, first_child(run));
    assert_eq!(
        (home.state(run, "a"), home.why(run, "a")),
        (TaskState::Running, format!("waits for its run {child:.8}"))
    );
    assert_eq!(home.folds[&run].tasks[0].attempts[0].child, Some(child));
    home.end_with(child, "x", outcome('S'), &[("rows", 3)]);
    home.end(child, "y", 'S');
    assert_eq!(
        (home.run_state(child), home.running(run)),
        (RunState::Succeeded, vec!["b".to_owned()])
    );
    let gave = json!({"run": child.to_string(), "state": "succeeded", "tasks": {"x": {"rows": 3}}});
    let outputs = &home.folds[&run].tasks[0].outputs;
    assert_eq!(serde_json::Value::Object(outputs.clone()), gave);
    assert_eq!(home.kept, [(run, ident("a"), outputs.clone())]);
}

#[test]
fn a_history_has_both_the_end_of_a_child_and_that_of_its_attempt_or_neither() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    home.events.clear();
    let child = home.accept(&workflow("x", "")).unwrap();
    let one_batch = |home: &Home, kinds: [fn(&RunEventKind) -> bool; 2]| {
        let at = |run: RunId, kind: fn(&RunEventKind) -> bool| {
            home.events.iter().find(|event| event.run == run && kind(&event.kind)).unwrap().at
        };
        // Time moves on with each input and not within one.
        at(child, kinds[0]) == at(run, kinds[1])
    };
    assert!(one_batch(
        &home,
        [
            |kind| matches!(kind, RunEventKind::RunQueued(_)),
            |kind| matches!(kind, RunEventKind::AttemptStarted { .. }),
        ]
    ));
    home.end(child, "x", 'S');
    assert!(one_batch(
        &home,
        [
            |kind| matches!(kind, RunEventKind::RunEnded { .. }),
            |kind| matches!(kind, RunEventKind::AttemptEnded { .. }),
        ]
    ));
}

#[test]
fn a_child_that_fails_fails_its_task_which_names_it() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    let child = home.accept(&workflow("x y", "x>y")).unwrap();
    home.end(child, "x", 'F');
    assert_eq!(home.states(run), "a=failed b=upstream_failed");
    assert_eq!(home.cause(run, "a"), format!("its run {child:.8} failed: x failed"));
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn runs_within_runs_need_no_place_but_for_their_innermost_tasks() {
    let mut home = Home::new(1);
    let mut limited = parent();
    limited.limits.parallel_tasks = Some(1);
    let outer = home.submit(1, &limited);
    limited.name = ident("middle");
    let middle = home.accept(&limited).unwrap();
    let inner = home.accept(&workflow("x y", "")).unwrap();
    assert_eq!((home.running(inner), home.core.load().placed), (vec!["x".to_owned()], 1));
    for (run, task) in [(inner, "x"), (inner, "y"), (middle, "b"), (outer, "b")] {
        home.end(run, task, 'S');
    }
    assert_eq!(home.run_state(outer), RunState::Succeeded);
}

#[test]
fn a_child_waits_for_its_turn_like_any_run() {
    let mut home = Home::new(4);
    let other = home.submit(7, &workflow("x", ""));
    let run = home.submit(1, &parent());
    let child = home.accept(&workflow("x", "")).unwrap();
    let why = home.why(run, "a");
    assert!(why.starts_with(&format!("its run {child:.8}: the run waits for its turn")), "{why}");
    home.end(other, "x", 'S');
    assert_eq!(home.running(child), ["x"]);
}

#[test]
fn a_cancel_goes_on_to_the_child_and_a_second_one_kills() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    let mut torn = workflow("x clean", "");
    task(&mut torn, "clean").teardown_for = vec![ident("x")];
    let child = home.accept(&torn).unwrap();
    home.cancel(run, false);
    let x = home.handed[&child][0].attempt;
    assert_eq!(home.stops, [(x, false)]);
    assert_eq!(home.why(run, "a"), format!("its run {child:.8} is being stopped"));
    home.cancel(run, false);
    assert_eq!(home.stops, [(x, false), (x, true)]);
    home.end(child, "x", 'C');
    assert_eq!(home.states(child), "x=canceled clean=canceled");
    assert_eq!(home.states(run), "a=canceled b=canceled");
    assert_eq!(
        (home.run_state(child), home.run_state(run)),
        (RunState::Canceled, RunState::Canceled)
    );
    let parents = |kind: &RunEventKind| {
        matches!(kind, RunEventKind::CancelRequested { by: Actor::Parent, .. })
    };
    assert_eq!(home.count(parents), 2);
}

#[test]
fn teardowns_of_a_cancelled_child_run_before_its_parent_ends() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    let mut torn = workflow("x clean y", "x>y");
    task(&mut torn, "clean").teardown_for = vec![ident("x")];
    let child = home.accept(&torn).unwrap();
    home.end(child, "x", 'S');
    assert!(home.core.is_awaited(child) && !home.core.is_awaited(run));
    home.give(Input::Cancel { run, by: Actor::Shutdown, kill: false }).unwrap();
    home.end(child, "y", 'C');
    assert_eq!(
        (home.running(child), home.run_state(run)),
        (vec!["clean".to_owned()], RunState::Running)
    );
    home.end(child, "clean", 'S');
    assert_eq!(home.run_state(run), RunState::Canceled);
}

#[test]
fn a_child_that_was_not_accepted_before_a_cancel_never_will_be() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    home.cancel(run, false);
    assert_eq!(home.run_state(run), RunState::Running);
    let child = first_child(run);
    assert_eq!(home.accept(&workflow("x", "")), Err(Refusal::NotAwaited(child)));
    assert_eq!(
        (home.states(run), home.run_state(run)),
        ("a=canceled b=canceled".to_owned(), RunState::Canceled)
    );
    assert!(!home.folds.contains_key(&child));
}

#[test]
fn a_pause_goes_on_to_the_child_and_holds_new_ones_back() {
    let mut home = Home::new(4);
    let mut two = workflow("a b c", "b>c");
    two.name = ident("parent");
    calling(&mut two, "a");
    calling(&mut two, "c");
    let run = home.submit(1, &two);
    let child = home.accept(&workflow("x y", "x>y")).unwrap();
    home.give(Input::Pause { run, by: Actor::Person }).unwrap();
    assert_eq!(home.run_state(child), RunState::Paused);
    assert_eq!(home.why(run, "a"), format!("its run {child:.8} is paused"));
    home.end(run, "b", 'S');
    home.end(child, "x", 'S');
    assert_eq!((home.calls.len(), home.running(child).len()), (0, 0));
    assert_eq!(home.why(run, "c"), "the run is paused");
    home.give(Input::Resume { run, by: Actor::Person }).unwrap();
    assert_eq!((home.calls.len(), home.running(child)), (1, vec!["y".to_owned()]));
}

#[test]
fn a_child_that_was_not_accepted_before_a_pause_is_asked_for_after_it() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    home.give(Input::Pause { run, by: Actor::Person }).unwrap();
    assert!(home.accept(&workflow("x", "")).is_err());
    assert_eq!(home.calls.len(), 0);
    home.give(Input::Resume { run, by: Actor::Person }).unwrap();
    let child = home.accept(&workflow("x", "")).unwrap();
    assert_ne!(child, first_child(run), "another attempt has another child");
    assert_eq!(home.folds[&run].tasks[0].attempts.len(), 1, "no try was used up");
}

#[test]
fn a_child_that_takes_too_long_is_cancelled_and_a_new_try_is_a_new_child() {
    let mut home = Home::new(4);
    let mut flow = parent();
    task(&mut flow, "a").timeout = Some(Span::from_secs(10));
    task(&mut flow, "a").retry = Some(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
    let run = home.submit(1, &flow);
    let child = home.accept(&workflow("x", "")).unwrap();
    home.fire();
    assert_eq!(home.stops.len(), 1);
    home.end(child, "x", 'C');
    assert_eq!(
        (home.run_state(child), home.state(run, "a")),
        (RunState::Canceled, TaskState::Queued)
    );
    let second = home.accept(&workflow("x", "")).unwrap();
    assert_ne!(child, second);
    home.end(second, "x", 'F');
    assert_eq!(home.cause(run, "a"), format!("its run {second:.8} failed: x failed"));
    // What was armed for the first child means nothing to anybody now.
    home.fire();
    assert_eq!(home.folds[&run].tasks[0].attempts.len(), 2);
}

#[test]
fn a_time_out_counts_from_when_the_child_was_accepted_whoever_died_since() {
    let mut flow = parent();
    task(&mut flow, "a").timeout = Some(Span::from_secs(10));
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    let child = home.accept(&workflow("x", "")).unwrap();
    let due = home.timers[0].1;
    let small = workflow("x", "");
    let mut home = home.after_crash(|of| seal(if of.run == run { &flow } else { &small }));
    assert_eq!(home.timers.iter().map(|(_, due)| *due).collect::<Vec<_>>(), [due]);
    home.fire();
    home.end(child, "x", 'C');
    assert_eq!(home.cause(run, "a"), "took longer than 10s");
}

#[test]
fn a_child_that_a_person_cancels_ends_its_task_and_is_not_tried_again() {
    let mut home = Home::new(4);
    let mut flow = parent();
    task(&mut flow, "a").retry = Some(RetryPolicy { attempts: 3, ..RetryPolicy::default() });
    let run = home.submit(1, &flow);
    let child = home.accept(&workflow("x", "")).unwrap();
    home.cancel(child, false);
    home.end(child, "x", 'C');
    assert_eq!(home.state(run, "a"), TaskState::Canceled);
    assert_eq!(home.cause(run, "a"), format!("its run {child:.8} was cancelled"));
    assert_eq!(home.run_state(run), RunState::Failed, "nobody cancelled this one");
}

#[test]
fn a_retry_of_the_parent_is_a_new_child_and_one_of_the_child_changes_no_parent() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    let small = workflow("x", "");
    let child = home.accept(&small).unwrap();
    home.end(child, "x", 'F');
    let before = home.folds[&run].clone();
    home.retry(child, seal(&small)).unwrap();
    home.end(child, "x", 'S');
    assert_eq!((home.run_state(child), &home.folds[&run]), (RunState::Succeeded, &before));
    home.retry(run, seal(&parent())).unwrap();
    let second = home.accept(&small).unwrap();
    assert_ne!(child, second);
    home.end(second, "x", 'S');
    home.end(run, "b", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn locks_and_pools_that_a_task_names_are_held_until_its_child_has_ended() {
    let mut settings = Settings::with_places(4);
    settings.pools.insert("p".to_owned(), 1);
    let mut home = Home::with(settings);
    let pool = Some(PoolUse { name: "p".to_owned(), slots: 1, extra: Vec::new() });
    let mut flow = workflow("a b c d", "");
    flow.name = ident("parent");
    for (name, by_lock) in [("a", true), ("b", true), ("c", false), ("d", false)] {
        calling(&mut flow, name);
        match by_lock {
            true => task(&mut flow, name).lock = Some("l".to_owned()),
            false => task(&mut flow, name).pool.clone_from(&pool),
        }
    }
    let run = home.submit(1, &flow);
    assert_eq!(home.calls.len(), 2);
    let mut small = workflow("x", "");
    small.limits.active_runs = 4;
    let children = [home.accept(&small).unwrap(), home.accept(&small).unwrap()];
    assert_eq!(home.why(run, "b"), "the lock l is held by a");
    assert_eq!(home.why(run, "d"), "pool p is full: 1 of 1");
    for child in children {
        home.end(child, "x", 'S');
    }
    assert_eq!(home.calls.len(), 2);
}

#[test]
fn defaults_are_for_the_tasks_of_the_child() {
    let mut settings = Settings::with_places(4);
    settings.pools.insert("p".to_owned(), 1);
    let mut home = Home::with(settings);
    let mut flow = parent();
    flow.defaults.pool = Some(PoolUse { name: "p".to_owned(), slots: 1, extra: Vec::new() });
    flow.defaults.timeout = Some(Span::from_secs(10));
    flow.defaults.retry = Some(RetryPolicy { attempts: 3, ..RetryPolicy::default() });
    let run = home.submit(1, &flow);
    let mut small = workflow("x", "");
    small.defaults.pool.clone_from(&flow.defaults.pool);
    let child = home.accept(&small).unwrap();
    assert!(home.timers.is_empty());
    home.end(child, "x", 'F');
    assert_eq!(home.state(run, "a"), TaskState::Failed);
}

#[test]
fn the_next_daemon_asks_again_for_what_was_not_accepted_and_for_nothing_else() {
    let small = workflow("x", "");
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    let plan = |of: &millrace_model::event::Run| {
        if of.run == run { seal(&parent()) } else { seal(&workflow("x", "")) }
    };
    let mut home2 = home.after_crash(plan);
    assert_eq!(home2.accept(&small), Ok(first_child(run)), "the same one");
    let child = home.accept(&small).unwrap();
    let mut home = home.after_crash(plan);
    assert_eq!(home.calls.len(), 0);
    home.end(child, "x", 'S');
    let mut home = home.after_crash(plan);
    assert_eq!(home.kept.len(), 1, "later tasks find its outputs");
    home.end(run, "b", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_child_that_cannot_be_taken_over_is_lost() {
    let mut home = Home::new(4);
    let run = home.submit(1, &parent());
    let child = home.accept(&workflow("x", "")).unwrap();
    let home = home.taken_over(run, seal(&parent()));
    assert_eq!(home.states(run), "a=error b=upstream_failed");
    assert_eq!(home.cause(run, "a"), format!("its run {child:.8} could not be taken over"));
}

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    Accept,
    End(prop::sample::Index, char),
    Cancel(bool),
    Pause,
    Resume,
    Fire,
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Accept),
        6 => (any::<prop::sample::Index>(), prop::sample::select(vec!['S', 'S', 'S', 'F', 'E']))
            .prop_map(|(at, ends)| Step::End(at, ends)),
        1 => any::<bool>().prop_map(Step::Cancel),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
        1 => Just(Step::Fire),
        3 => Just(Step::Crash),
    ]
}

/// Three levels: two tasks of the first run the second, one of which runs the third.
fn levels() -> [Workflow; 3] {
    let mut levels = ["outer", "middle", "inner"].map(|name| {
        let mut flow = workflow("a b c", "a>c b>c");
        flow.name = ident(name);
        flow.limits.active_runs = 2;
        flow
    });
    let [outer, middle, _] = &mut levels;
    calling(outer, "a");
    calling(outer, "b");
    task(outer, "a").retry = Some(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
    task(outer, "b").timeout = Some(Span::from_secs(5));
    calling(middle, "b");
    levels
}

fn play(home: &mut Home, levels: &[Workflow; 3], step: &Step) {
    let level = |name: &str| levels.iter().find(|flow| flow.name.as_str() == name).unwrap();
    let below = |home: &Home| match home.calls[0].context.head.workflow.as_str() {
        "outer" => level("middle"),
        _ => level("inner"),
    };
    let outer = RunId(1);
    match step {
        Step::Accept if home.calls.is_empty() => {}
        Step::Accept => {
            let flow = below(home).clone();
            _ = home.accept(&flow);
        }
        Step::End(at, ends) => {
            let running: Vec<(RunId, String)> = home
                .handed
                .iter()
                .flat_map(|(run, handed)| handed.iter().map(|start| (*run, start.key.to_string())))
                .collect();
            if !running.is_empty() {
                let (run, task) = &running[at.index(running.len())];
                home.end(*run, task, *ends);
            }
        }
        Step::Cancel(kill) => {
            _ = home.give(Input::Cancel { run: outer, by: Actor::Person, kill: *kill });
        }
        Step::Pause => _ = home.give(Input::Pause { run: outer, by: Actor::Person }),
        Step::Resume => _ = home.give(Input::Resume { run: outer, by: Actor::Person }),
        Step::Fire if home.timers.is_empty() => {}
        Step::Fire => home.fire(),
        Step::Crash => {
            let ended = home.ended.clone();
            *home = home.after_crash(|run| seal(level(run.head.workflow.as_str())));
            home.ended.splice(0..0, ended);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever dies whenever: each attempt of a task that runs a workflow has the one run that belongs to it, that run has
    /// ended when and as the attempt has, and everything comes to an end.
    #[test]
    fn no_child_is_lost_or_doubled(steps in prop::collection::vec(step(), 0..60)) {
        let levels = levels();
        let mut home = Home::new(2);
        let outer = home.submit(1, &levels[0]);
        for step in &steps {
            play(&mut home, &levels, step);
            check(&home)?;
        }
        let mut left = 0;
        while !home.folds[&outer].state.is_final() {
            left += 1;
            prop_assert!(left < 500, "does not end: {}", home.states(outer));
            for step in [Step::Resume, Step::Accept, Step::End(any_index(), 'S'), Step::Fire] {
                play(&mut home, &levels, &step);
            }
            check(&home)?;
        }
        prop_assert!(home.folds.values().all(|run| run.state.is_final()));
    }
}

fn any_index() -> prop::sample::Index {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    any::<prop::sample::Index>().new_tree(&mut runner).unwrap().current()
}

fn check(home: &Home) -> Result<(), TestCaseError> {
    let mut children = 0;
    for run in home.folds.values() {
        let calls = |name: &str| match run.head.workflow.as_str() {
            "outer" => name == "a" || name == "b",
            "middle" => name == "b",
            _ => false,
        };
        for (key, task) in run.tasks.iter().filter(|(key, _)| calls(key.task.as_str())) {
            for attempt in &task.attempts {
                let child = AttemptId { run: run.run, serial: attempt.serial }.child();
                let child = home.folds.get(&child);
                prop_assert_eq!(child.is_some(), attempt.started.is_some());
                let Some(child) = child else { continue };
                children += 1;
                let trigger = Trigger::Parent { run: run.run, task: key.clone(), detached: false };
                prop_assert_eq!(&child.head.trigger, &trigger);
                prop_assert_eq!(child.state.is_final(), attempt.end.is_some());
                if let Some(end) = &attempt.end {
                    let is_good = end.outcome == millrace_model::event::Outcome::Succeeded;
                    prop_assert_eq!(child.state == RunState::Succeeded, is_good);
                }
            }
        }
    }
    // And there are no others.
    prop_assert_eq!(home.folds.len(), children + 1);
    Ok(())
}

#[test]
fn a_task_that_does_not_wait_has_succeeded_when_its_run_is_accepted() {
    let mut flow = workflow("call then", "call>then");
    flow.name = ident("parent");
    calling(&mut flow, "call");
    task(&mut flow, "call").spec = millrace_model::document::Json::from_value(
        &serde_json::json!({ "workflow": "child", "wait": false }),
    );
    task(&mut flow, "call").lock = Some("l".to_owned());
    let child_flow = workflow("x", "");
    let mut home = Home::new(4);
    let run = home.submit(1, &flow);
    let child = home.accept(&child_flow).unwrap();
    assert_eq!(home.states(run), "call=succeeded then=queued");
    let outputs = &home.folds[&run].tasks[&TaskKey::plain(ident("call"))].outputs;
    let expected = serde_json::json!({ "run": child.to_string() });
    assert_eq!(serde_json::Value::Object(outputs.clone()), expected);
    // From here on the two have nothing to do with each other.
    assert!(!home.core.is_awaited(child));
    home.cancel(run, false);
    assert_eq!(home.run_state(child), RunState::Running);
    let mut next =
        home.after_crash(|run| if run.run == child { seal(&child_flow) } else { seal(&flow) });
    assert!(!next.core.is_awaited(child));
    next.end(child, "x", 'F');
    assert_eq!(next.run_state(child), RunState::Failed);
}
