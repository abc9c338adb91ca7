//! Items of mapped tasks that people steer, and that wait: marks, questions and delays, item by item.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_engine::core::{AttemptReport, Input, Refusal};
use millrace_model::action::Answer;
use millrace_model::document::{Json, RetryPolicy, Workflow};
use millrace_model::event::{AttemptEnd, Mark, Outcome, RunState, TaskState, WaitFor};
use millrace_model::ids::RunId;
use millrace_model::time::Span;
use serde_json::{Value, json};
use support::*;

/// `x`, mapped over three items, and what comes after.
fn three() -> Workflow {
    let mut flow = workflow("x z", "x>z");
    mapped(&mut flow, "x", "[10, 20, 30]");
    flow
}

fn waiting(kind: &str, spec: &Value) -> Workflow {
    let mut flow = three();
    let task = task(&mut flow, "x");
    task.kind = kind.to_owned();
    task.spec = Json::from_value(spec);
    flow
}

fn mark(home: &mut Home, run: RunId, task: &str, state: TaskState, n: i64) -> Result<(), Refusal> {
    let outputs = json!({ "n": n }).as_object().unwrap().clone();
    let mark = Box::new(Mark { state, outputs, by: "anna".to_owned() });
    home.give(Input::Mark { run, task: key(task), mark })
}

fn answer(home: &mut Home, run: RunId, task: &str, approved: bool) -> Result<(), Refusal> {
    let values = json!({ "item": task }).as_object().unwrap().clone();
    let answer = Answer { approved, by: Some("anna".to_owned()), note: None, values };
    home.give(Input::Answer { run, task: key(task), answer })
}

#[test]
fn a_marked_item_gives_its_outputs_in_the_lists_of_its_task() {
    let mut home = Home::new(1);
    let run = home.submit(1, &three());
    assert_eq!(home.running(run), ["x[0]"]);
    // One that waits for its place.
    mark(&mut home, run, "x[1]", TaskState::Succeeded, 7).unwrap();
    assert_eq!(home.items(run, "x"), "QSQ");
    assert_eq!(home.cause(run, "x[1]"), "marked so by anna");
    home.end_with(run, "x[0]", outcome('S'), &[("n", 1)]);
    assert_eq!(home.running(run), ["x[2]"], "nobody starts what was marked");
    home.end_with(run, "x[2]", outcome('S'), &[("n", 3)]);
    assert_eq!(home.outputs(run, "x"), json!({ "n": [1, 7, 3] }));
    assert_eq!(
        (home.state(run, "x"), home.running(run)),
        (TaskState::Succeeded, vec!["z".to_owned()])
    );
}

#[test]
fn an_item_that_runs_is_stopped_and_ends_as_marked() {
    for (state, letter, ended) in
        [(TaskState::Succeeded, 'F', "succeeded"), (TaskState::Failed, 'S', "failed")]
    {
        let mut home = Home::new(3);
        let run = home.submit(1, &three());
        mark(&mut home, run, "x[2]", state, 9).unwrap();
        let stopped =
            home.handed[&run].iter().find(|start| start.key == key("x[2]")).unwrap().attempt;
        assert_eq!(home.stops, [(stopped, false)]);
        home.end(run, "x[2]", letter);
        assert_eq!(home.state(run, "x[2]").word(), ended, "however its process ended");
        home.end(run, "x[0]", 'S');
        home.end(run, "x[1]", 'S');
        assert_eq!(home.state(run, "x").word(), ended);
    }
}

#[test]
fn an_item_that_waits_for_its_next_try_is_not_tried_again() {
    let mut flow = three();
    let delay = Span::from_secs(60);
    task(&mut flow, "x").retry = Some(RetryPolicy { attempts: 3, delay, ..RetryPolicy::default() });
    let mut home = Home::new(3);
    let run = home.submit(1, &flow);
    home.end(run, "x[1]", 'F');
    assert_eq!(home.state(run, "x[1]").word(), "up_for_retry");
    mark(&mut home, run, "x[1]", TaskState::Succeeded, 7).unwrap();
    home.end(run, "x[0]", 'S');
    home.end(run, "x[2]", 'S');
    assert_eq!(home.state(run, "x"), TaskState::Succeeded);
    assert_eq!(home.running(run), ["z"]);
}

#[test]
fn a_marked_item_stays_so_under_the_next_daemon() {
    let mut home = Home::new(1);
    let run = home.submit(1, &three());
    mark(&mut home, run, "x[0]", TaskState::Succeeded, 5).unwrap();
    mark(&mut home, run, "x[1]", TaskState::Failed, 0).unwrap();
    let mut next = home.taken_over(run, seal(&three()));
    // What ran when it was marked is stopped once more.
    assert_eq!(next.stops.len(), 1);
    next.end(run, "x[0]", 'F');
    next.end_with(run, "x[2]", outcome('S'), &[("n", 3)]);
    assert_eq!((next.items(run, "x").as_str(), next.state(run, "x").word()), ("SFS", "failed"));
    assert_eq!(next.outputs(run, "x"), json!({ "n": [5, null, 3] }));
}

#[test]
fn the_whole_of_a_mapped_task_and_items_that_have_ended_are_not_marked() {
    let mut home = Home::new(3);
    let run = home.submit(1, &three());
    let refused = mark(&mut home, run, "x", TaskState::Succeeded, 1);
    assert!(matches!(refused, Err(Refusal::OfItems { .. })), "{refused:?}");
    home.end(run, "x[1]", 'F');
    let refused = mark(&mut home, run, "x[1]", TaskState::Succeeded, 1);
    assert!(matches!(refused, Err(Refusal::OfItems { .. })), "{refused:?}");
    let refused = mark(&mut home, run, "x[3]", TaskState::Succeeded, 1);
    assert!(matches!(refused, Err(Refusal::NoSuchTask { .. })), "{refused:?}");
    assert_eq!(home.items(run, "x"), "QFQ");
}

#[test]
fn each_item_asks_with_its_own_words_and_is_answered_by_itself() {
    let form = json!([{ "name": "item", "type": "string", "default": "" }]);
    let flow = waiting("approval", &json!({ "message": "Load ${string(item)}?", "params": form }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    assert_eq!(home.items(run, "x"), "WWW");
    assert_eq!(home.core.load().placed, 0, "questions take no place");
    let mut asked: Vec<String> = home
        .core
        .questions()
        .iter()
        .map(|question| match &question.waits.wait {
            WaitFor::Answer { message, .. } => message.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    asked.sort();
    assert_eq!(asked, ["Load 10?", "Load 20?", "Load 30?"]);
    answer(&mut home, run, "x[1]", true).unwrap();
    assert_eq!(home.items(run, "x"), "WSW");
    let twice = answer(&mut home, run, "x[1]", false);
    assert_eq!(twice, Err(Refusal::NotAsked { run, task: "x[1]".to_owned() }));
    let whole = answer(&mut home, run, "x", true);
    assert!(whole.is_err(), "the task itself asks nothing");

    // The questions that are left outlive the daemon.
    let mut next = home.taken_over(run, seal(&flow));
    assert_eq!(next.core.questions().len(), 2);
    answer(&mut next, run, "x[0]", true).unwrap();
    answer(&mut next, run, "x[2]", false).unwrap();
    assert_eq!((next.items(run, "x").as_str(), next.state(run, "x").word()), ("SSF", "failed"));
    let outputs = next.outputs(run, "x");
    assert_eq!(outputs["answer"][0], json!({ "item": "x[0]" }), "{outputs}");
    assert_eq!(outputs["approved"], json!([true, true, null]), "{outputs}");
    assert_eq!(next.state(run, "z").word(), "upstream_failed");
    // A retry of the run asks again for the one that was refused, and for no other.
    next.retry(run, seal(&flow)).unwrap();
    assert_eq!(next.items(run, "x"), "SSW");
    answer(&mut next, run, "x[2]", true).unwrap();
    next.end(run, "z", 'S');
    assert_eq!(next.run_state(run), RunState::Succeeded);
}

#[test]
fn a_question_of_an_item_can_be_marked_and_cancelled() {
    let flow = waiting("approval", &json!({ "message": "Go?" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    mark(&mut home, run, "x[0]", TaskState::Succeeded, 1).unwrap();
    assert_eq!(home.items(run, "x"), "SWW");
    home.cancel(run, false);
    assert_eq!(home.items(run, "x"), "SCC");
    assert!(home.core.questions().is_empty());
    assert_eq!(home.run_state(run), RunState::Canceled);
}

#[test]
fn each_item_has_a_delay_of_its_own() {
    let flow = waiting("delay", &json!({ "duration": "${string(item)}s" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    assert_eq!((home.items(run, "x").as_str(), home.timers.len()), ("WWW", 3));
    assert_eq!(home.core.load().placed, 0, "delays take no place");
    for (at, states) in [(1, "SWW"), (2, "SSW")] {
        home.fire();
        assert_eq!(home.items(run, "x"), states);
        assert!(home.now.0 >= at * 10_000_000, "not before its time");
    }
    // The next daemon waits for what is left of the last one.
    let due = home.timers[0].1;
    let mut next = home.taken_over(run, seal(&flow));
    assert_eq!(next.timers.iter().map(|(_, at)| *at).collect::<Vec<_>>(), [due]);
    next.fire();
    assert_eq!(next.items(run, "x"), "SSS");
    assert_eq!(next.running(run), ["z"]);
}

#[test]
fn max_parallel_holds_for_items_that_wait() {
    let mut flow = waiting("delay", &json!({ "duration": "1m" }));
    task(&mut flow, "x").for_each.as_mut().unwrap().max_parallel = Some(2);
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    assert_eq!(home.timers.len(), 2);
    home.fire();
    assert_eq!(home.timers.len(), 2, "the third began when the first was over");
    home.fire();
    home.fire();
    assert_eq!(home.items(run, "x"), "SSS");
}

#[test]
fn with_fail_fast_a_refused_item_ends_the_questions_of_the_others() {
    let mut flow = waiting("approval", &json!({ "message": "Go?" }));
    task(&mut flow, "x").for_each.as_mut().unwrap().fail_fast = true;
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    answer(&mut home, run, "x[1]", false).unwrap();
    assert_eq!(home.items(run, "x"), "CFC");
    assert!(home.core.questions().is_empty());
    assert_eq!(home.state(run, "x").word(), "failed");
}

/// What an item gives by itself, with values of any sort.
#[test]
fn an_item_that_fails_after_its_outputs_gives_null() {
    let mut home = Home::new(3);
    let run = home.submit(1, &three());
    for (item, end) in [("x[0]", 'S'), ("x[1]", 'F'), ("x[2]", 'S')] {
        let start = home.take(run, item);
        let outputs = json!({ "v": { "of": item } }).as_object().unwrap().clone();
        let end = match end {
            'S' => Outcome::Succeeded,
            _ => outcome('F'),
        };
        let end = AttemptEnd { outputs, ..AttemptEnd::unmeasured(end, home.now) };
        home.report(start.attempt, AttemptReport::Ended(Box::new(end)));
    }
    assert_eq!(home.outputs(run, "x"), json!({ "v": [{ "of": "x[0]" }, null, { "of": "x[2]" }] }));
}

/// What is asked of each item is paid for together, so that ten thousand of them do not take ten thousand times as long.
#[test]
fn the_conditions_of_all_items_share_what_they_may_take() {
    let mut flow = workflow("x", "");
    mapped(&mut flow, "x", "range(1000)");
    task(&mut flow, "x").when =
        Some("item < 2 || range(9000).exists(n, n == item - 9000)".to_owned());
    let mut home = Home::new(2000);
    let run = home.submit(1, &flow);
    let states = home.items(run, "x");
    assert_eq!(states.len(), 1000);
    // The first are asked, the last cannot be any more.
    assert!(states.starts_with("QQS") && states.ends_with('E'), "{states}");
    let cause = home.cause(run, "x[999]");
    assert!(cause.contains("takes more than 16000000 steps"), "{cause}");
    // What costs little is asked of all of them.
    let mut flow = workflow("x", "");
    mapped(&mut flow, "x", "range(10000).map(n, 'file-' + string(n))");
    task(&mut flow, "x").when = Some("item.matches('^file-[0-9]*7$') && size(item) > 3".to_owned());
    let mut home = Home::new(20_000);
    let run = home.submit(1, &flow);
    assert_eq!(home.items(run, "x").matches('Q').count(), 1000);
}
