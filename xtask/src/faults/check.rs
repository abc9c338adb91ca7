//! The promises, held against what was seen. Deliberately not by the product's own fold: a second opinion on what the
//! stored events say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::kills::plan::{Plan, Victim};
use super::kills::round::Killed;
use super::site::Site;

/// The next daemon must carry a run on within this.
const ADOPTION_LIMIT: Duration = Duration::from_secs(5);

/// Everything that was seen of a run.
pub(super) struct Evidence<'a> {
    pub(super) plan: &'a Plan,
    pub(super) killed: &'a Killed,
    /// Events that the client was told: acknowledged for good.
    pub(super) told: &'a [Value],
    /// How the client ended; none where it was killed.
    pub(super) exit_code: Option<i32>,
    /// The run as it is shown after its end.
    pub(super) shown: &'a Value,
    /// The stored events.
    pub(super) events: &'a [Value],
    pub(super) ledger: Ledger,
}

/// What tasks wrote themselves as the last thing they did: (task, attempt), and how often.
pub(super) struct Ledger(BTreeMap<(String, u64), u32>);

/// What the stored events say of an attempt.
#[derive(Debug, Default)]
struct Attempt {
    task: String,
    /// Its end, as stored.
    end: Option<Value>,
    /// It was taken back before it began: no attempt was used up.
    is_recalled: bool,
}

/// What holds whatever was done to a run: its events have no gaps, nothing that the client was told is lost, whatever
/// succeeded did run, and what is shown is what the events say.
pub(super) fn always(
    (told, shown, events): (&[Value], &Value, &[Value]),
    ledger: &Ledger,
    tasks: usize,
) -> Vec<String> {
    let mut violations = forgetful((told, shown, events), ledger, tasks);
    violations.extend(repeated(ledger, &attempts(events)));
    violations
}

/// The same where work of the last second may be forgotten, and done once more; `told` is what was told before that second.
pub(super) fn forgetful(
    (told, shown, events): (&[Value], &Value, &[Value]),
    ledger: &Ledger,
    tasks: usize,
) -> Vec<String> {
    let attempts = attempts(events);
    let mut violations = gaps(events);
    violations.extend(lost_acknowledgements(told, events));
    violations.extend(false_successes(ledger, &attempts));
    violations.extend(disagreements((shown, events), tasks, &attempts));
    violations
}

/// Everything that must not be.
pub(super) fn all(evidence: &Evidence<'_>) -> Vec<String> {
    let attempts = attempts(evidence.events);
    let seen = (evidence.told, evidence.shown, evidence.events);
    let mut violations = always(seen, &evidence.ledger, evidence.plan.tasks.len());
    violations.extend(disturbances(evidence, &attempts));
    violations.extend(exit_code(evidence));
    violations.extend(adoption(evidence).filter(|took| *took > ADOPTION_LIMIT).map(|took| {
        format!("the run was carried on {took:?} after the daemon's death, later than {ADOPTION_LIMIT:?}")
    }));
    violations
}

/// What tasks that succeeded have printed must be there to the end.
pub(super) fn logs(site: &Site, run: &str, shown: &Value) -> Vec<String> {
    let mut violations = Vec::new();
    for (task, shown) in tasks(shown) {
        if text(shown, "/state") != "succeeded" {
            continue;
        }
        let expected = format!("{task} begins\n{task} ends\n");
        match site.ask(&["logs", run, &task]) {
            Ok(printed) if printed == expected => {}
            Ok(printed) => {
                violations.push(format!("the log of {task} is {printed:?}, not {expected:?}"));
            }
            Err(error) => violations.push(format!("the log of {task} cannot be read: {error:#}")),
        }
    }
    violations
}

/// From the daemon's death to the first event after it. None where the daemon lived on or the run was over by then.
pub(super) fn adoption(evidence: &Evidence<'_>) -> Option<Duration> {
    if !evidence.killed.daemon {
        return None;
    }
    let times = evidence.events.iter().filter_map(|event| event.get("at")?.as_u64());
    let next = times.filter(|at| *at > evidence.killed.at_us).min()?;
    Some(Duration::from_micros(next - evidence.killed.at_us))
}

impl Ledger {
    pub(super) fn read(file: &Path) -> anyhow::Result<Self> {
        let mut lines = BTreeMap::new();
        for line in fs::read_to_string(file)?.lines() {
            let parsed = line
                .split_once(' ')
                .and_then(|(task, serial)| Some((task.to_owned(), serial.parse::<u64>().ok()?)));
            if let Some(key) = parsed {
                *lines.entry(key).or_default() += 1;
            }
        }
        Ok(Self(lines))
    }
}

fn attempts(events: &[Value]) -> BTreeMap<u64, Attempt> {
    let mut attempts: BTreeMap<u64, Attempt> = BTreeMap::new();
    for event in events {
        let Some(kind) = event.get("kind") else { continue };
        let Some(serial) = kind.get("serial").and_then(Value::as_u64) else { continue };
        let attempt = attempts.entry(serial).or_default();
        match text(kind, "/event") {
            "attempt_dispatched" => attempt.task = text(kind, "/task/task").to_owned(),
            "attempt_ended" => attempt.end = kind.get("end").cloned(),
            "attempt_recalled" => attempt.is_recalled = true,
            _ => {}
        }
    }
    attempts
}

fn gaps(events: &[Value]) -> Vec<String> {
    let mut violations = Vec::new();
    let seqs = events.iter().filter_map(|event| event.get("seq")?.as_u64());
    if !seqs.eq(1..=events.len() as u64) {
        violations.push("the stored events have gaps or repetitions".to_owned());
    }
    let names: Vec<&str> = events.iter().map(|event| text(event, "/kind/event")).collect();
    if names.first() != Some(&"run_queued") || names.last() != Some(&"run_ended") {
        violations.push(format!("the stored events do not go from queue to end: {names:?}"));
    }
    let (mut dispatched, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for event in events {
        let serial = event.pointer("/kind/serial").and_then(Value::as_u64);
        match text(event, "/kind/event") {
            "attempt_dispatched" if !dispatched.insert(serial) => {
                violations.push(format!("attempt {serial:?} was dispatched twice"));
            }
            "attempt_ended" if !dispatched.contains(&serial) => {
                violations.push(format!("attempt {serial:?} ended but never began"));
            }
            "attempt_ended" if !ended.insert(serial) => {
                violations.push(format!("attempt {serial:?} ended twice"));
            }
            _ => {}
        }
    }
    violations
}

/// Whatever the client was told is stored, word for word.
fn lost_acknowledgements(told: &[Value], events: &[Value]) -> Vec<String> {
    let stored: BTreeMap<u64, &Value> =
        events.iter().filter_map(|event| Some((event.get("seq")?.as_u64()?, event))).collect();
    let is_lost = |told: &&Value| {
        told.get("seq").and_then(Value::as_u64).and_then(|seq| stored.get(&seq)) != Some(told)
    };
    let lost = told.iter().filter(is_lost);
    lost.map(|event| format!("lost: the client was told {event}, the store has it not")).collect()
}

/// No attempt ran twice, and the store knows each that did.
fn repeated(ledger: &Ledger, attempts: &BTreeMap<u64, Attempt>) -> Vec<String> {
    let mut violations = Vec::new();
    for ((task, serial), times) in &ledger.0 {
        if *times > 1 {
            violations.push(format!("attempt {serial} of {task} ran {times} times"));
        }
        if attempts.get(serial).is_none_or(|attempt| attempt.task != *task) {
            violations
                .push(format!("{task} ran as attempt {serial}, which the store does not know"));
        }
    }
    violations
}

/// Whoever succeeded has really run to its end, and its outputs are kept.
fn false_successes(ledger: &Ledger, attempts: &BTreeMap<u64, Attempt>) -> Vec<String> {
    let mut violations = Vec::new();
    for (serial, attempt) in attempts {
        let Some(end) = &attempt.end else { continue };
        let task = &attempt.task;
        if text(end, "/outcome/outcome") != "succeeded" {
            continue;
        }
        if !ledger.0.contains_key(&(task.clone(), *serial)) {
            violations
                .push(format!("false success: attempt {serial} of {task} did not run to its end"));
        }
        if text(end, "/outputs/value") != task {
            violations.push(format!("the outputs of attempt {serial} of {task} are lost"));
        }
        let outputs = end.get("outputs").and_then(Value::as_object).into_iter().flatten();
        let own = format!("of_{task}");
        for (name, _) in outputs.filter(|(name, _)| name.starts_with("of_") && **name != own) {
            violations.push(format!("attempt {serial} of {task} has an output of another: {name}"));
        }
    }
    violations
}

/// What is shown is what the events say.
fn disagreements(
    (run, events): (&Value, &[Value]),
    expected_tasks: usize,
    attempts: &BTreeMap<u64, Attempt>,
) -> Vec<String> {
    let mut violations = Vec::new();
    let shown = tasks(run);
    if shown.len() != expected_tasks {
        violations.push(format!("{} tasks are shown, not {expected_tasks}", shown.len()));
    }
    for (task, shown) in &shown {
        let ends = attempts.values().filter(|attempt| attempt.task == *task);
        let last = ends.filter_map(|attempt| attempt.end.as_ref()).next_back();
        let outcome = last.map_or("none", |end| text(end, "/outcome/outcome"));
        let expected: &[&str] = match outcome {
            "succeeded" => &["succeeded"],
            "failed" => &["failed"],
            "lost" | "error" => &["error"],
            _ => &["upstream_failed"],
        };
        let state = text(shown, "/state");
        if !expected.contains(&state) {
            violations.push(format!("{task} is shown {state}, its last attempt {outcome}"));
        }
    }
    let last = events.last().map_or("", |event| text(event, "/kind/state"));
    let state = text(run, "/run/state");
    let all_succeeded = shown.values().all(|task| text(task, "/state") == "succeeded");
    if state != last || all_succeeded != (state == "succeeded") {
        violations.push(format!("the run is shown {state}, its last event says {last}"));
    }
    violations
}

/// A fault hits what it hits and nothing else.
fn disturbances(evidence: &Evidence<'_>, attempts: &BTreeMap<u64, Attempt>) -> Vec<String> {
    let mut violations = Vec::new();
    let victim = evidence.plan.victim;
    for (serial, attempt) in attempts {
        let (task, end) = (&attempt.task, attempt.end.as_ref());
        let outcome = end.map_or("none", |end| text(end, "/outcome/outcome"));
        let was_hit = evidence.killed.attempt == Some(*serial);
        let reached_its_end = evidence.ledger.0.contains_key(&(task.clone(), *serial));
        let is_as_promised = match outcome {
            "succeeded" => true,
            // Recalled before it began, for a later try.
            "none" => end.is_none() && attempt.is_recalled && !reached_its_end,
            "lost" => evidence.killed.keeper,
            "failed" => was_hit,
            _ => false,
        };
        if !is_as_promised {
            let end = end.map(ToString::to_string).unwrap_or_default();
            violations
                .push(format!("{victim} was killed, and attempt {serial} of {task} ended {end}"));
        }
        if was_hit && !reached_its_end {
            let signal = end.and_then(|end| end.pointer("/outcome/exit"));
            if outcome != "failed"
                || !signal.is_some_and(|exit| exit.to_string().contains("signal"))
            {
                violations
                    .push(format!("attempt {serial} of {task} was killed, but ended {end:?}"));
            }
        }
    }
    if victim.is_harmless() && text(evidence.shown, "/run/state") != "succeeded" {
        violations.push(format!("only {victim} was killed, but the run did not succeed"));
    }
    let used_up = attempts.values().filter(|attempt| !attempt.is_recalled).count();
    if victim.is_harmless() && used_up != evidence.plan.tasks.len() {
        violations.push(format!(
            "only {victim} was killed, but {} tasks took {used_up} attempts",
            evidence.plan.tasks.len(),
        ));
    }
    violations
}

/// The client tells the truth, too.
fn exit_code(evidence: &Evidence<'_>) -> Option<String> {
    let code = evidence.exit_code?;
    let state = text(evidence.shown, "/run/state");
    let is_right = match (code, state) {
        (0, "succeeded") | (1, "failed") => true,
        // It was never told whether its run was accepted, and said so.
        (4, _) => evidence.told.is_empty() && evidence.plan.victim == Victim::Daemon,
        _ => false,
    };
    (!is_right).then(|| format!("the client ended with {code}, the run {state}"))
}

/// The tasks of a run as they are shown, by name.
pub(super) fn tasks(shown: &Value) -> BTreeMap<String, &Value> {
    let tasks = shown.pointer("/run/tasks").and_then(Value::as_array);
    let pairs = tasks.into_iter().flatten();
    pairs.filter_map(|pair| Some((text(pair, "/0/task").to_owned(), pair.get(1)?))).collect()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
