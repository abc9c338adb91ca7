//! Journals of the first release are read; what stopped a run and how long its tasks took is told by its events.

use super::{Cause, FoldError, Run, RunEvent, Stop};
use crate::time::Span;

const HEAD: &str = r#"{"event": "run_queued", "workflow": "w", "snapshot": "", "trigger": {"by": "manual"},
    "logical_time": 5, "tasks": ["a"]}"#;

fn event(seq: usize, at_secs: i64, kind: &str) -> RunEvent {
    let kind: serde_json::Value = serde_json::from_str(kind).unwrap();
    let event = serde_json::json!(
        { "run": "00000000000000a1", "seq": seq, "at": at_secs * 1_000_000, "kind": kind }
    );
    serde_json::from_value(event).unwrap()
}

/// The fold of events as they lie in the journal, each with its second.
fn fold_at(kinds: &[(i64, &str)]) -> Run {
    let mut events = (1..).zip(kinds).map(|(seq, (at, kind))| event(seq, *at, kind));
    let mut run = Run::begin(&events.next().unwrap()).unwrap();
    events.for_each(|event| run.apply(&event).unwrap());
    run
}

fn fold(kinds: &[&str]) -> Run {
    fold_at(&kinds.iter().map(|kind| (0, *kind)).collect::<Vec<_>>())
}

#[test]
fn what_a_task_took_is_told_of_the_last_round() {
    const QUEUED: &str = r#"{"event": "tasks_queued", "tasks": [{"task": "a"}]}"#;
    const FIRST: &str =
        r#"{"event": "attempt_dispatched", "task": {"task": "a"}, "serial": 1, "number": 1}"#;
    const SECOND: &str =
        r#"{"event": "attempt_dispatched", "task": {"task": "a"}, "serial": 2, "number": 2}"#;
    const THIRD: &str =
        r#"{"event": "attempt_dispatched", "task": {"task": "a"}, "serial": 3, "number": 3}"#;
    const REOPENED: &str =
        r#"{"event": "reopened", "round": 2, "tasks": [{"task": "a"}], "by": "person"}"#;
    let ended = |serial: u32, from_secs: i64, to_secs: i64, then: &str| {
        let (started, ended) = (from_secs * 1_000_000, to_secs * 1_000_000);
        let took = ended - started;
        format!(
            r#"{{"event": "attempt_ended", "serial": {serial}, "end": {{"outcome": {{"outcome": "failed", "exit": {{"code": 1}}}},
                "started": {started}, "ended": {ended}, "duration_us": {took}}}, "then": {then}}}"#
        )
    };
    let failed = r#"{"then": "end", "state": "failed"}"#;
    let night = ended(1, 2, 5, failed);
    let evening = [(0, HEAD), (1, QUEUED), (2, FIRST), (5, night.as_str())];
    let took = |more: &[(i64, &str)]| {
        let run = fold_at(&[&evening[..], more].concat());
        run.tasks[0].duration_us().map(|us| us / 1_000_000)
    };
    assert_eq!(took(&[]), Some(3));
    // It is retried on the next morning.
    let again = ended(2, 40_002, 40_006, r#"{"then": "retry", "due": 40010000000}"#);
    let last = ended(3, 40_010, 40_011, failed);
    let morning = [
        (40_000, REOPENED),
        (40_001, QUEUED),
        (40_002, SECOND),
        (40_006, again.as_str()),
        (40_010, THIRD),
        (40_011, last.as_str()),
    ];
    assert_eq!(took(&morning[..1]), None, "it has not begun anew");
    assert_eq!(took(&morning[..4]), Some(4));
    assert_eq!(took(&morning), Some(9), "with the wait between two tries");
}

#[test]
fn an_attempt_that_could_not_be_found_again_is_refused() {
    let mut run = fold(&[HEAD]);
    let zero =
        r#"{"event": "attempt_dispatched", "task": {"task": "a"}, "serial": 0, "number": 1}"#;
    let before = run.clone();
    let error = run.apply(&event(2, 0, zero)).unwrap_err();
    assert!(matches!(error, FoldError::Unknown { seq: 2, .. }), "{error}");
    assert_eq!(run, before);
    let missing = r#"{"event": "attempt_recalled", "serial": 7}"#;
    let error = run.apply(&event(2, 0, missing)).unwrap_err();
    assert!(error.to_string().contains("speaks of attempt 7"), "{error}");
}

#[test]
fn the_first_reason_to_stop_counts_and_a_cancel_adds_to_it() {
    const CANCEL: &str = r#"{"event": "cancel_requested", "by": "person", "kill": false}"#;
    const KILL: &str = r#"{"event": "cancel_requested", "by": "person", "kill": true}"#;
    const TOO_LONG: &str =
        r#"{"event": "abort_requested", "cause": {"cause": "timed_out", "after": "1m"}}"#;
    const REOPENED: &str =
        r#"{"event": "reopened", "round": 2, "tasks": [{"task": "a"}], "by": "person"}"#;
    let stop = |cause, canceled, killed| Some(Stop { cause, canceled, killed });
    let timed_out = || Cause::TimedOut { after: Some(Span::from_secs(60)) };
    for (kinds, expected) in [
        (vec![HEAD], None),
        (vec![HEAD, CANCEL], stop(Cause::RunCanceled, true, false)),
        (vec![HEAD, CANCEL, KILL], stop(Cause::RunCanceled, true, true)),
        (vec![HEAD, TOO_LONG], stop(timed_out(), false, false)),
        (vec![HEAD, TOO_LONG, CANCEL], stop(timed_out(), true, false)),
        (vec![HEAD, CANCEL, REOPENED], None),
    ] {
        let run = fold(&kinds);
        assert_eq!(run.stop, expected, "{kinds:?}");
        assert_eq!(run.stopping, expected.is_some(), "{kinds:?}");
    }
}

#[test]
fn a_run_as_the_first_release_sends_it_is_read() {
    let run = fold(&[HEAD]);
    let mut json = serde_json::to_value(&run).unwrap();
    assert!(json.get("stop").is_none(), "left out where there is none");
    json["stopping"] = true.into();
    let read: Run = serde_json::from_value(json).unwrap();
    assert!(read.stopping && read.stop.is_none());
}
