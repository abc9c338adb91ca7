//! Tasks that wait without a place: delays and approvals, over crashes, cancels and pauses.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_engine::core::{AttemptReport, Input, Refusal, TimerKey};
use millrace_model::action::Answer;
use millrace_model::document::{Json, RetryOn, RetryPolicy, Workflow};
use millrace_model::event::{AttemptEnd, Outcome, RunEventKind, RunState, WaitFor};
use millrace_model::ids::{AttemptId, RunId, TaskKey};
use millrace_model::time::{Span, Timestamp};
use serde_json::{Value, json};
use support::*;

fn waiting(workflow: &mut Workflow, name: &str, kind: &str, spec: &Value) {
    let task = task(workflow, name);
    task.kind = kind.to_owned();
    task.spec = Json::from_value(spec);
}

fn key(name: &str) -> TaskKey {
    TaskKey::plain(ident(name))
}

fn yes(values: &Value) -> Answer {
    let values = values.as_object().unwrap().clone();
    Answer { approved: true, by: Some("anna".to_owned()), note: None, values }
}

fn no(note: &str) -> Answer {
    let (by, note) = (Some("bert".to_owned()), Some(note.to_owned()));
    Answer { approved: false, by, note, values: millrace_model::Values::new() }
}

fn answer(home: &mut Home, run: RunId, task: &str, answer: Answer) -> Result<(), Refusal> {
    home.give(Input::Answer { run, task: key(task), answer })
}

#[test]
fn a_delay_holds_no_place_and_ends_by_its_timer() {
    let mut flow = workflow("a b c", "a>b");
    waiting(&mut flow, "a", "delay", &json!({ "duration": "1m" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    // The one place is free for what runs.
    assert_eq!(home.running(run), ["c"]);
    assert_eq!(home.states(run), "a=waiting b=pending c=queued");
    assert_eq!(home.why(run, "a"), "waits for 1m more");
    assert_eq!(home.core.load().placed, 1);
    let due = home.folds[&run].tasks[&key("a")].waits().unwrap().until.unwrap();
    assert!(matches!(home.timers[..], [(TimerKey::Wait(_), at)] if at == due));
    home.fire();
    assert!(home.now >= due);
    assert_eq!(home.states(run), "a=succeeded b=queued c=queued");
    home.end(run, "c", 'S');
    home.end(run, "b", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
    let lasted = home.folds[&run].tasks[&key("a")].duration_us().unwrap();
    assert!((60_000_000..61_000_000).contains(&lasted), "{lasted}");
}

#[test]
fn an_instant_is_one_of_the_wall_clock_and_one_that_has_passed_is_over() {
    let mut flow = workflow("a b", "");
    waiting(&mut flow, "a", "delay", &json!({ "until": "1970-01-01T00:10:00Z" }));
    waiting(&mut flow, "b", "delay", &json!({ "until": "1960-01-01T00:10:00Z" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    let due: Vec<_> = home.timers.iter().map(|(key, due)| (*key, due.0)).collect();
    assert!(matches!(due[..], [(TimerKey::Until(_), 600_000_000), (TimerKey::Until(_), ..0)]));
    home.fire();
    assert_eq!(home.states(run), "a=waiting b=succeeded");
    home.fire();
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_time_out_before_the_end_of_a_delay_fails_it() {
    let mut flow = workflow("a b", "");
    waiting(&mut flow, "a", "delay", &json!({ "duration": "1h" }));
    task(&mut flow, "a").timeout = Some(Span::from_secs(5));
    waiting(&mut flow, "b", "delay", &json!({ "duration": "1s" }));
    task(&mut flow, "b").timeout = Some(Span::from_secs(5));
    // Those of the workflow are for what runs.
    flow.defaults.timeout = Some(Span::from_millis(1));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.fire();
    home.fire();
    assert_eq!(home.states(run), "a=failed b=succeeded");
    assert_eq!(home.cause(run, "a"), "took longer than 5s");
}

#[test]
fn a_text_that_is_no_time_is_an_error() {
    let mut flow = workflow("a b", "a>b");
    waiting(&mut flow, "a", "delay", &json!({ "duration": "${'soon'}" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    assert_eq!(home.states(run), "a=error b=upstream_failed");
    assert!(home.cause(run, "a").contains("`soon` is not a duration"), "{}", home.cause(run, "a"));
    assert_eq!(home.run_state(run), RunState::Failed);
}

#[test]
fn a_wait_keeps_its_end_over_a_crash() {
    let mut flow = workflow("a b", "a>b");
    waiting(&mut flow, "a", "delay", &json!({ "duration": "1h" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    let due = home.timers[0].1;
    // The next daemon comes half an hour later.
    home.now = home.now.plus(std::time::Duration::from_secs(1_800));
    let mut next = home.after_crash(|_| seal(&flow));
    assert!(matches!(next.timers[..], [(TimerKey::Wait(_), at)] if at == due));
    assert_eq!(next.states(run), "a=waiting b=pending");
    // And the one after that when it is over already.
    next.now = due.plus(std::time::Duration::from_secs(5));
    let mut last = next.after_crash(|_| seal(&flow));
    last.fire();
    assert_eq!(last.states(run), "a=succeeded b=queued");
}

#[test]
fn a_cancel_ends_a_wait_and_a_pause_does_not() {
    let mut flow = workflow("a b c", "a>b");
    waiting(&mut flow, "a", "delay", &json!({ "duration": "1m" }));
    waiting(&mut flow, "c", "approval", &json!({ "message": "?" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.give(Input::Pause { run, by: millrace_model::event::Actor::Person }).unwrap();
    home.fire();
    assert_eq!(home.states(run), "a=succeeded b=queued c=waiting");
    assert!(home.running(run).is_empty(), "nothing new starts");
    home.cancel(run, false);
    assert_eq!(home.states(run), "a=succeeded b=canceled c=canceled");
    assert_eq!(home.run_state(run), RunState::Canceled);
    assert_eq!(home.core.load(), millrace_engine::core::Load::default());
}

#[test]
fn what_waits_to_begin_while_paused_begins_afterwards() {
    let mut flow = workflow("a b", "a>b");
    waiting(&mut flow, "b", "delay", &json!({ "duration": "1m" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.give(Input::Pause { run, by: millrace_model::event::Actor::Person }).unwrap();
    home.end(run, "a", 'S');
    assert_eq!(home.states(run), "a=succeeded b=queued");
    home.give(Input::Resume { run, by: millrace_model::event::Actor::Person }).unwrap();
    assert_eq!(home.states(run), "a=succeeded b=waiting");
}

fn asking(spec: &Value) -> Workflow {
    let mut flow = workflow("ask then", "ask>then");
    waiting(&mut flow, "ask", "approval", spec);
    flow
}

#[test]
fn a_yes_gives_what_was_entered_and_only_the_first_answer_counts() {
    let flow = asking(&json!({ "message": "Load ${1 + 1}?", "params": [
        {"name": "count", "type": "int", "default": "${2 * 3}"}] }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    let questions = home.core.questions();
    let WaitFor::Answer { message, form } = &questions[0].waits.wait else { panic!() };
    assert_eq!((message.as_str(), Value::Object(form.clone())), ("Load 2?", json!({"count": 6})));
    assert_eq!(home.why(run, "ask"), "waits for an answer");
    answer(&mut home, run, "ask", yes(&json!({"count": 7}))).unwrap();
    let outputs = Value::Object(home.folds[&run].tasks[&key("ask")].outputs.clone());
    let expected = json!({"approved": true, "by": "anna", "note": null, "answer": {"count": 7}});
    assert_eq!(outputs, expected);
    // Later tasks find it where those of others are.
    assert_eq!(home.kept.len(), 1);
    let again = answer(&mut home, run, "ask", no("late"));
    assert_eq!(again, Err(Refusal::NotAsked { run, task: "ask".to_owned() }));
    let other = answer(&mut home, run, "then", no("x")).unwrap_err();
    assert!(other.to_string().contains("the task then of run"), "{other}");
    assert!(home.core.questions().is_empty());
    assert_eq!(home.running(run), ["then"]);
}

#[test]
fn a_no_fails_the_task_and_nobody_is_asked_again() {
    let mut flow = asking(&json!({ "message": "Go?" }));
    let on = vec![RetryOn::Failed, RetryOn::Error, RetryOn::Timeout];
    task(&mut flow, "ask").retry = Some(RetryPolicy { attempts: 3, on, ..RetryPolicy::default() });
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    answer(&mut home, run, "ask", no("too many")).unwrap();
    assert_eq!(home.states(run), "ask=failed then=upstream_failed");
    assert_eq!(home.cause(run, "ask"), "rejected by bert: too many");
    // A retry of the run asks once more.
    home.retry(run, seal(&flow)).unwrap();
    assert_eq!(home.states(run), "ask=waiting then=pending");
    answer(&mut home, run, "ask", yes(&json!({}))).unwrap();
    home.end(run, "then", 'S');
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_no_can_skip_what_comes_after() {
    let flow = asking(&json!({ "message": "Go?", "on_reject": "skip" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    answer(&mut home, run, "ask", no("not today")).unwrap();
    assert_eq!(home.states(run), "ask=skipped then=skipped");
    assert_eq!(home.run_state(run), RunState::Succeeded);
}

#[test]
fn a_missing_answer_means_what_the_task_says() {
    for (on_timeout, expected, cause) in [
        ("fail", "ask=failed then=upstream_failed", "took longer than 2h"),
        (
            "reject",
            "ask=failed then=upstream_failed",
            "nobody answered in time, which counts as a rejection",
        ),
        ("approve", "ask=succeeded then=queued", ""),
    ] {
        let mut flow = asking(&json!({ "message": "Go?", "on_timeout": on_timeout,
            "params": [{"name": "n", "type": "int", "default": 3}] }));
        task(&mut flow, "ask").timeout = Some(Span::from_secs(7_200));
        let mut home = Home::new(1);
        let run = home.submit(1, &flow);
        assert_eq!(home.why(run, "ask"), "waits for an answer, for 2h more");
        home.fire();
        assert_eq!(home.states(run), expected, "{on_timeout}");
        assert_eq!(home.cause(run, "ask"), cause, "{on_timeout}");
        if on_timeout == "approve" {
            let outputs = &home.folds[&run].tasks[&key("ask")].outputs;
            assert_eq!((&outputs["by"], &outputs["answer"]), (&Value::Null, &json!({"n": 3})));
        }
    }
}

#[test]
fn a_question_outlives_a_crash_and_is_answered_after_it() {
    let mut flow = asking(&json!({ "message": "Go?" }));
    task(&mut flow, "ask").timeout = Some(Span::from_secs(60));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    let asked = home.core.questions();
    let mut next = home.after_crash(|_| seal(&flow));
    assert_eq!(next.core.questions(), asked);
    assert_eq!(next.timers.len(), 1);
    answer(&mut next, run, "ask", yes(&json!({}))).unwrap();
    assert_eq!(next.states(run), "ask=succeeded then=queued");
    // Its timer comes late and says nothing.
    next.fire();
    assert_eq!(next.states(run), "ask=succeeded then=queued");
    let last = next.after_crash(|_| seal(&flow));
    assert_eq!(last.states(run), "ask=succeeded then=queued");
    assert_eq!(last.kept.len(), 1, "it is left for later tasks once more");
}

#[test]
fn a_wait_begins_and_is_recorded_with_its_attempt() {
    let mut flow = workflow("a", "");
    waiting(&mut flow, "a", "delay", &json!({ "duration": "1m" }));
    let mut home = Home::new(1);
    home.submit(1, &flow);
    let kinds: Vec<bool> = home
        .events
        .iter()
        .map(|event| matches!(event.kind, RunEventKind::AttemptWaits { .. }))
        .collect();
    let dispatched = home
        .events
        .iter()
        .position(|event| matches!(event.kind, RunEventKind::AttemptDispatched { .. }))
        .unwrap();
    assert!(kinds[dispatched + 1]);
    assert_eq!(home.events[dispatched].at, home.events[dispatched + 1].at);
    assert!(home.now > Timestamp(0));
}

fn watching(spec: &Value) -> Workflow {
    let mut flow = workflow("wait then", "wait>then");
    waiting(&mut flow, "wait", "wait_for", spec);
    task(&mut flow, "wait").timeout = Some(Span::from_secs(60));
    flow
}

/// What whoever looks says of it.
fn found(home: &mut Home, run: RunId, outcome: Outcome) {
    let end = AttemptEnd {
        outputs: json!({"files": ["a"]}).as_object().unwrap().clone(),
        ..AttemptEnd::unmeasured(outcome, home.now)
    };
    home.report(AttemptId { run, serial: 1 }, AttemptReport::Ended(Box::new(end)));
}

#[test]
fn what_is_waited_for_outside_is_looked_for_until_it_is_found() {
    let flow = watching(&json!({ "file": "in/${'a'}.csv" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    assert_eq!(home.watched.len(), 1);
    assert_eq!(home.why(run, "wait"), "waits for the file in/a.csv, for 1m more");
    let mut next = home.after_crash(|_| seal(&flow));
    assert_eq!(next.watched, home.watched, "the next daemon looks on");
    assert_eq!(next.timers, home.timers, "and the time goes on");
    found(&mut next, run, Outcome::Succeeded);
    assert!(next.watched.is_empty());
    assert_eq!(next.states(run), "wait=succeeded then=queued");
    let of = &next.folds[&run].tasks[&key("wait")];
    assert_eq!(of.outputs["files"], json!(["a"]));
    assert_eq!(next.kept.len(), 1);
    let end = of.attempts[0].end.as_ref().unwrap();
    assert_eq!(end.started, of.attempts[0].started);
    assert!(end.duration_us > 0);
    // Its timer comes late and says nothing.
    next.fire();
    assert_eq!(next.states(run), "wait=succeeded then=queued");
}

#[test]
fn what_cannot_be_looked_for_is_an_error() {
    let flow = watching(&json!({ "port": "localhost:80" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    found(&mut home, run, Outcome::Error { message: "no way in".to_owned() });
    assert_eq!(home.states(run), "wait=error then=upstream_failed");
    assert_eq!(home.cause(run, "wait"), "no way in");
}

#[test]
fn what_does_not_come_in_time_fails_or_is_skipped() {
    for (soft_fail, expected) in
        [(false, "wait=failed then=upstream_failed"), (true, "wait=skipped then=skipped")]
    {
        let flow = watching(&json!({ "url": "http://h/", "soft_fail": soft_fail }));
        let mut home = Home::new(1);
        let run = home.submit(1, &flow);
        home.fire();
        assert_eq!(home.states(run), expected);
        assert_eq!(home.cause(run, "wait"), "took longer than 1m");
        assert!(home.watched.is_empty(), "nobody looks any more");
        // What was found in that moment comes too late.
        let events = home.events.len();
        found(&mut home, run, Outcome::Succeeded);
        assert_eq!(home.events.len(), events);
    }
}

#[test]
fn what_the_last_look_found_is_told() {
    let mut home = Home::new(1);
    let flow = watching(&json!({ "query": "select 1", "connection": "w${'h'}" }));
    let run = home.submit(1, &flow);
    assert_eq!(home.why(run, "wait"), "waits for the database wh to say yes, for 1m more");
    let attempt = AttemptId { run, serial: 1 };
    let events = home.events.len();
    for found in ["nobody is there", "no row came back"] {
        home.report(attempt, AttemptReport::Looked { found: found.to_owned() });
    }
    assert_eq!(home.events.len(), events, "a look is no event");
    assert_eq!(
        home.why(run, "wait"),
        "waits for the database wh to say yes, for 1m more; the last look: no row came back"
    );
    // The next daemon looks for itself.
    let mut next = home.after_crash(|_| seal(&flow));
    assert_eq!(next.why(run, "wait"), "waits for the database wh to say yes, for 1m more");
    next.report(attempt, AttemptReport::Looked { found: "it gave 0".to_owned() });
    next.fire();
    assert_eq!(next.states(run), "wait=failed then=upstream_failed");
    let end = next.folds[&run].tasks[&key("wait")].attempts[0].end.clone().unwrap();
    assert_eq!(end.notes, ["the last look: it gave 0"]);
    // What comes too late says nothing.
    next.report(attempt, AttemptReport::Looked { found: "late".to_owned() });
    assert_eq!(next.states(run), "wait=failed then=upstream_failed");
}

#[test]
fn a_cancel_ends_the_looking() {
    let flow = watching(&json!({ "file": "x" }));
    let mut home = Home::new(1);
    let run = home.submit(1, &flow);
    home.cancel(run, false);
    assert!(home.watched.is_empty());
    assert_eq!(home.states(run), "wait=canceled then=canceled");
}
