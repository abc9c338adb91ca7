//! Journals of the first release are read, and what stopped a run is told by its events.

use super::{Cause, Run, RunEvent, Stop};
use crate::time::Span;

const HEAD: &str = r#"{"event": "run_queued", "workflow": "w", "snapshot": "", "trigger": {"by": "manual"},
    "logical_time": 5, "tasks": ["a"]}"#;

/// The fold of events as they lie in the journal.
fn fold(kinds: &[&str]) -> Run {
    let event = |(at, kind): (usize, &&str)| -> RunEvent {
        let kind: serde_json::Value = serde_json::from_str(kind).unwrap();
        let event = serde_json::json!(
            { "run": "00000000000000a1", "seq": at + 1, "at": 5, "kind": kind }
        );
        serde_json::from_value(event).unwrap()
    };
    let events: Vec<RunEvent> = kinds.iter().enumerate().map(event).collect();
    let mut run = Run::begin(&events[0]).unwrap();
    events[1..].iter().for_each(|event| run.apply(event).unwrap());
    run
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
