//! The views against scripted events and a fixed clock.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use millrace_model::Values;
use millrace_model::event::{
    Actor, AttemptEnd, Cause, Exit, Outcome, Run, RunEvent, RunEventKind, RunHead, RunState,
    TaskState, Then, Trigger,
};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::report::Progress;
use millrace_model::time::Timestamp;

use super::end::summary;
use super::frame::Scene;
use super::lines::Lines;
use crate::text::style::Style;

const SECOND: i64 = 1_000_000;
/// 2026-11-23T06:00:00Z
const START: i64 = 1_795_413_600 * SECOND;

/// A run that is told event by event.
struct Script {
    run: Option<Run>,
    now: Timestamp,
    lines: Vec<String>,
}

impl Script {
    /// A run of these tasks, started.
    fn of(tasks: &[&str]) -> Self {
        let mut script = Self { run: None, now: Timestamp(START), lines: Vec::new() };
        let head = RunHead {
            workflow: ident("daily_sales"),
            title: Some("Daily sales".to_owned()),
            workflow_id: None,
            path: None,
            snapshot: String::new(),
            trigger: Trigger::Manual,
            logical_time: script.now,
            params: Values::new(),
            tasks: tasks.iter().map(|name| ident(name)).collect(),
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: None,
            carried: Vec::new(),
        };
        script.tell(RunEventKind::RunQueued(Box::new(head)));
        script.tell(RunEventKind::RunStarted);
        script
    }

    fn tell(&mut self, kind: RunEventKind) {
        let seq = self.run.as_ref().map_or(1, |run| run.seq + 1);
        let event = RunEvent { run: RunId(0x8f2c_41d9_0000_0001), seq, at: self.now, kind };
        match &mut self.run {
            Some(run) => run.apply(&event).unwrap(),
            None => self.run = Some(Run::begin(&event).unwrap()),
        }
        let lines = Lines::in_zone(TimeZone::UTC);
        self.lines.extend(lines.line(self.run.as_ref().unwrap(), &event));
    }

    fn wait(&mut self, millis: i64) {
        self.now = Timestamp(self.now.0 + millis * 1_000);
    }

    fn start(&mut self, task: &str, serial: u32, number: u32) {
        self.tell(RunEventKind::AttemptDispatched { task: key(task), serial, number });
        self.tell(RunEventKind::AttemptStarted { serial, pid: Some(7), child: None });
    }

    fn end(&mut self, serial: u32, outcome: Outcome, then: Then) {
        let (_, attempt) = self.run.as_ref().unwrap().attempt(serial).unwrap();
        let started = attempt.started.unwrap();
        let mut end = AttemptEnd::unmeasured(outcome, self.now);
        end.started = Some(started);
        end.duration_us = u64::try_from(self.now.since(started).as_micros()).unwrap();
        self.tell(RunEventKind::AttemptEnded { serial, end: Box::new(end), then });
    }

    fn succeed(&mut self, serial: u32) {
        let then = Then::End { state: TaskState::Succeeded, cause: None };
        self.end(serial, Outcome::Succeeded, then);
    }

    fn frame(&self, columns: usize, rows: usize) -> String {
        let remarks = BTreeMap::from([
            (key("load"), "row 1200 of \x1b[31m5000".to_owned()),
            (key("report"), "waits for load (running)".to_owned()),
        ]);
        let scene = Scene {
            run: self.run.as_ref().unwrap(),
            now: self.now,
            remarks: &remarks,
            notice: None,
            style: Style { color: false, icons: true, unicode: true },
            columns,
            rows,
        };
        scene.lines().join("\n")
    }
}

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn key(name: &str) -> TaskKey {
    TaskKey::plain(ident(name))
}

fn exit(code: i32) -> Exit {
    Exit::Code(code)
}

/// extract succeeds, load fails once and is tried again.
fn halfway() -> Script {
    let mut script = Script::of(&["extract", "load", "report"]);
    script.start("extract", 1, 1);
    script.wait(400);
    script.succeed(1);
    script.start("load", 2, 1);
    script.wait(1_500);
    let due = script.now.plus(std::time::Duration::from_secs(8));
    script.end(2, Outcome::Failed { exit: exit(1) }, Then::Retry { due });
    script
}

/// … and fails for good.
fn failed() -> Script {
    let mut script = halfway();
    script.wait(8_000);
    script.start("load", 3, 2);
    script.wait(3_000);
    let cause = Cause::Exit { exit: exit(2) };
    let then = Then::End { state: TaskState::Failed, cause: Some(cause) };
    script.end(3, Outcome::Failed { exit: exit(2) }, then);
    let cause = Cause::UpstreamFailed { task: ident("load") };
    let (task, state) = (key("report"), TaskState::UpstreamFailed);
    script.tell(RunEventKind::TaskEnded { task, state, cause });
    let cause = Some(Cause::TasksFailed { first: key("load"), count: 1 });
    script.tell(RunEventKind::RunEnded { state: RunState::Failed, cause });
    script
}

#[test]
fn one_line_for_each_event() {
    insta::assert_snapshot!(failed().lines.join("\n"));
}

#[test]
fn a_cancel_is_told() {
    let mut script = Script::of(&["extract"]);
    script.start("extract", 1, 1);
    script.tell(RunEventKind::CancelRequested { by: Actor::Person, kill: false });
    script.wait(100);
    let then = Then::End { state: TaskState::Canceled, cause: Some(Cause::RunCanceled) };
    script.end(1, Outcome::Canceled, then);
    let cause = Some(Cause::RunCanceled);
    script.tell(RunEventKind::RunEnded { state: RunState::Canceled, cause });
    insta::assert_snapshot!(script.lines.join("\n"));
}

#[test]
fn a_frame_while_waiting_for_a_retry() {
    let mut script = halfway();
    script.wait(2_000);
    insta::assert_snapshot!(script.frame(100, 24));
}

#[test]
fn a_frame_while_a_task_runs() {
    let mut script = halfway();
    script.wait(8_000);
    script.start("load", 3, 2);
    script.wait(3_000);
    insta::assert_snapshot!(script.frame(100, 24));
}

#[test]
fn a_frame_shows_how_far_a_task_says_that_it_is() {
    let mut script = halfway();
    script.start("load", 3, 2);
    let progress = Progress { fraction: 0.417, text: "part 2 of 5".to_owned() };
    script.tell(RunEventKind::AttemptProgressed { serial: 3, progress });
    let frame = script.frame(100, 10);
    assert!(frame.contains("41 %  part 2 of 5"), "{frame}");
    assert!(!script.lines.iter().any(|line| line.contains("41 %")), "no line for each of them");
}

#[test]
fn a_line_says_what_ended_the_task_where_its_last_attempt_ended_well() {
    let mut script = Script::of(&["wait"]);
    script.start("wait", 1, 3);
    script.wait(1_000);
    let cause = Cause::RepeatLimit { limit: 3 };
    script.end(
        1,
        Outcome::Succeeded,
        Then::End { state: TaskState::Failed, cause: Some(cause.clone()) },
    );
    let last = script.lines.last().unwrap();
    assert!(last.contains("task.failed"), "{last}");
    assert!(last.contains(&cause.to_string()), "{last}");
    assert!(!last.contains("succeeded") && !last.contains("tries"), "{last}");
}

#[test]
fn the_last_frame_of_a_failure() {
    insta::assert_snapshot!(failed().frame(100, 24));
}

#[test]
fn a_narrow_terminal_cuts_every_line() {
    for columns in [1, 5, 20, 40] {
        let frame = failed().frame(columns, 24);
        for line in frame.lines() {
            assert!(crate::text::table::width(line) <= columns, "{columns}: {line}");
        }
    }
}

#[test]
fn a_large_run_is_folded_to_the_height() {
    let names: Vec<String> = (0..200).map(|at| format!("task_{at:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut script = Script::of(&names);
    for serial in 1..=60 {
        script.start(names[serial as usize * 3], serial, 1);
        script.wait(10);
        if serial < 58 {
            script.succeed(serial);
        }
    }
    let frame = script.frame(80, 10);
    assert_eq!(frame.lines().count(), 10);
    insta::assert_snapshot!(frame);
}

#[test]
fn every_height_is_kept() {
    let script = failed();
    for rows in 1..8 {
        assert!(script.frame(80, rows).lines().count() <= rows, "{rows}");
    }
}

#[test]
fn the_summary_counts_and_names_what_failed() {
    let summary = summary(failed().run.as_ref().unwrap());
    let summary = &summary["summary"];
    assert_eq!(summary["state"], "failed");
    assert_eq!(
        summary["tasks"],
        serde_json::json!({"succeeded": 1, "failed": 1, "upstream_failed": 1})
    );
    assert_eq!(summary["failed"][0]["task"], "load");
    assert_eq!(summary["failed"][0]["tries"], 2);
    assert_eq!(summary["duration_us"], 12_900_000);
}
