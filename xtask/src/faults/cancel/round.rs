//! One round: a hostile task begins, is stopped at a random moment, and everything it left is looked for.

use std::fmt;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::ledger::Ledger;
use super::modes::{Mode, Nature};
use crate::faults::campaign::Round;
use crate::faults::check;
use crate::faults::processes;
use crate::faults::site::Site;

/// Nobody may be left later than so long after the grace.
const PAST_GRACE_LIMIT: Duration = Duration::from_secs(1);
/// What a task leaves that ended by itself is gone within this: it is given time to end, too.
const LEFT_LIMIT: Duration = Duration::from_secs(5);
/// By then a task has begun, and a run that was stopped is shown as ended.
const RUN_LIMIT: Duration = Duration::from_secs(20);
/// By then its keeper has left.
const KEEPER_LIMIT: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The document of the run after each hostile one.
pub(in crate::faults) const NEXT: &str = r#"{ "millrace": 1, "name": "next", "tasks": [
    { "name": "t", "kind": "shell", "spec": { "script": "millrace-task output value=fine" } } ] }"#;

/// What happens in a round.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) mode: Mode,
    number: u64,
    stop: Stop,
    grace: Duration,
    /// Between the begin and the cancel.
    after: Duration,
    /// The cancel counts from the start of the run, not from the first word of the task.
    blind: bool,
    /// Another task of the run, which does no harm.
    has_sibling: bool,
    /// Under a shell, instead of in its place.
    under_shell: bool,
}

/// What ends the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Cancel,
    /// A cancel, and a second one that kills.
    Kill,
    /// Its own time-out, while the run goes on.
    TimeOut,
}

/// How a round went.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How the hostile task ended.
    pub(super) state: String,
    pub(super) past_grace: Option<Duration>,
    pub(super) shown_after: Option<Duration>,
    pub(super) violations: Vec<String>,
}

impl Plan {
    pub(super) fn of(round: Round) -> Self {
        let mut dice = round.dice();
        let mode = Mode::of_round(round.number);
        let stop = match dice.below(10) {
            // Who would stop it for its time-out is itself stopped.
            0..3 if mode.nature != Nature::StopsKeeper => Stop::TimeOut,
            3 => Stop::Kill,
            _ => Stop::Cancel,
        };
        Self {
            mode,
            number: round.number,
            stop,
            grace: Duration::from_millis(dice.pick(200, &[400, 700])),
            after: dice.shorter_than_ms(300),
            blind: stop != Stop::TimeOut && dice.chance(1, 5),
            has_sibling: stop == Stop::TimeOut || dice.chance(1, 2),
            under_shell: dice.chance(1, 3),
        }
    }

    pub(super) fn is_time_out(&self) -> bool {
        self.stop == Stop::TimeOut
    }

    fn document(&self, site: &Site) -> Value {
        let program = site.program("millrace-hostile");
        let call = format!("'{}' {} \"$LEDGER\"", program.display(), self.mode.name);
        let script = if self.under_shell { format!("{call}\nexit $?") } else { call };
        let mut hostile = json!({
            "name": "hostile",
            "kind": "shell",
            "spec": { "script": script },
            "env": { "LEDGER": site.file(&self.ledger()).display().to_string() },
            "grace": format!("{}ms", self.grace.as_millis()),
        });
        if let (Stop::TimeOut, Some(fields)) = (self.stop, hostile.as_object_mut()) {
            fields.insert("timeout".into(), json!(format!("{}ms", self.time_out().as_millis())));
        }
        let mut tasks = vec![hostile];
        if self.has_sibling {
            let release = site.file(&self.release());
            let script = format!("until [ -e '{}' ]; do sleep 0.05; done", release.display());
            tasks.push(json!({ "name": "sibling", "kind": "shell", "spec": { "script": script }, "grace": "200ms" }));
        }
        json!({ "millrace": 1, "name": format!("hostile_{}", self.number), "tasks": tasks })
    }

    fn time_out(&self) -> Duration {
        Duration::from_millis(300) + self.after
    }

    fn ledger(&self) -> String {
        format!("ledger-{}", self.number)
    }

    fn release(&self) -> String {
        format!("release-{}", self.number)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = if self.blind { "its run's start" } else { "its begin" };
        let what = match self.stop {
            Stop::Cancel => "cancelled",
            Stop::Kill => "cancelled twice",
            Stop::TimeOut => "out of time",
        };
        write!(
            f,
            "{} {what} {:?} after {since}, grace {:?}",
            self.mode.name, self.after, self.grace
        )
    }
}

/// Plays a round and looks at what is left.
///
/// # Errors
/// Where the round cannot be judged.
pub(super) fn play(site: &Site, plan: &Plan) -> anyhow::Result<Outcome> {
    site.write(&plan.ledger(), b"")?;
    let document = format!("hostile-{}.json", plan.number);
    site.write(&document, plan.document(site).to_string().as_bytes())?;
    let ledger = Ledger::open(&site.file(&plan.ledger()))?;
    let document = site.file(&document).display().to_string();
    let run = site.ask(&["run", &document, "--detach"])?.trim().to_owned();
    let daemon = site.daemon().context("there is no daemon")?;
    let outcome = judge(site, plan, &ledger, &run);
    ledger.clear(Instant::now() + RUN_LIMIT);
    let mut outcome = outcome?;
    if site.daemon() != Some(daemon) {
        outcome.violations.push("the daemon did not live on".into());
    }
    let next = site.file("next.json").display().to_string();
    if let Err(error) = site.ask(&["run", &next]) {
        outcome.violations.push(format!("the next run does not work: {error:#}"));
    }
    for name in [plan.ledger(), plan.release()] {
        let _none = fs::remove_file(site.file(&name));
    }
    Ok(outcome)
}

fn judge(site: &Site, plan: &Plan, ledger: &Ledger, run: &str) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    if !plan.blind && !ledger.wait("begins", Instant::now() + RUN_LIMIT) {
        bail!("the hostile task did not begin");
    }
    thread::sleep(if plan.is_time_out() { plan.time_out() } else { plan.after });
    if !plan.is_time_out() {
        cancel(site, run, false)?;
    }
    // Once it is acknowledged: the start of the program that asks is no part of the grace.
    let stopped = Instant::now();
    let mut grace = plan.grace;
    if plan.stop == Stop::Kill {
        // What is left of the grace does not count any more.
        grace = stopped.elapsed();
        cancel(site, run, true)?;
    }
    // A time-out does not matter to a task that has ended before.
    let left_by_itself = plan.is_time_out() && ledger.says("done");
    let limit = if left_by_itself { LEFT_LIMIT } else { grace + PAST_GRACE_LIMIT };
    let is_free = ledger.wait_free(stopped + limit);
    let freed = Instant::now();
    if !is_free {
        let left = describe(&ledger.holders());
        outcome.violations.push(format!("{limit:?} later there are still {left}"));
        ledger.clear(Instant::now() + RUN_LIMIT);
    } else if !left_by_itself {
        outcome.past_grace = Some(freed.saturating_duration_since(stopped + grace));
    }
    site.write(&plan.release(), b"")?;
    let shown = end_of(site, run, Instant::now() + RUN_LIMIT)?;
    outcome.shown_after = Some(freed.elapsed());
    outcome.violations.extend(false_states(plan, ledger, &shown));
    let hostile = state_of(&shown, "hostile");
    outcome.state = hostile.unwrap_or_default();
    if is_free && !ledger.is_free() {
        let left = describe(&ledger.holders());
        outcome.violations.push(format!("they came back after the end: {left}"));
    }
    let deadline = Instant::now() + KEEPER_LIMIT;
    while let Some(keeper) = processes::keeper_of(run)? {
        if Instant::now() > deadline {
            outcome.violations.push(format!("its keeper {keeper} is left"));
            processes::kill(keeper)?;
            break;
        }
        thread::sleep(LOOK_AGAIN);
    }
    Ok(outcome)
}

/// A run that has ended by itself cannot be cancelled, which is no violation.
fn cancel(site: &Site, run: &str, kill: bool) -> anyhow::Result<()> {
    let arguments = if kill { &["cancel", run, "--kill"][..] } else { &["cancel", run] };
    match site.ask(arguments) {
        Ok(_) => Ok(()),
        Err(_) if has_ended(&show(site, run)?) => Ok(()),
        Err(error) => Err(error),
    }
}

/// What is shown, held against what may truly have become of the tasks.
fn false_states(plan: &Plan, ledger: &Ledger, shown: &Value) -> Vec<String> {
    let mut violations = Vec::new();
    let hostile = state_of(shown, "hostile").unwrap_or_default();
    let kept = plan.mode.nature != Nature::KillsKeeper;
    let may = match (hostile.as_str(), plan.stop) {
        ("succeeded", _) => plan.mode.nature == Nature::Ends && ledger.says("done"),
        ("canceled", Stop::TimeOut) => false,
        ("canceled", _) => true,
        ("failed", Stop::TimeOut) => true,
        // The end came before the cancel.
        ("failed" | "error", _) => plan.mode.nature == Nature::Spoils || !kept,
        _ => false,
    };
    if !may {
        violations.push(format!("the task is shown {hostile:?}: {}", attempts_of(shown)));
    }
    let sibling = state_of(shown, "sibling");
    // Where nobody may look into the run's folder, nobody can tell what it gave.
    let is_kept = kept && plan.mode.name != "folder_closed";
    if plan.is_time_out() && is_kept && sibling.as_deref() != Some("succeeded") {
        violations.push(format!("the task beside it is shown {sibling:?}"));
    }
    let run = shown.pointer("/run/state").and_then(Value::as_str).unwrap_or_default();
    let expected: &[&str] = match hostile.as_str() {
        "canceled" => &["canceled"],
        "succeeded" if plan.is_time_out() => &["succeeded"],
        // The other task may have been cancelled.
        "succeeded" => &["succeeded", "canceled"],
        _ if plan.is_time_out() => &["failed"],
        _ => &["failed", "canceled"],
    };
    if !expected.contains(&run) {
        violations.push(format!("the run is shown {run}, its task {hostile}"));
    }
    violations
}

fn attempts_of(shown: &Value) -> String {
    let tasks = check::tasks(shown);
    tasks
        .get("hostile")
        .and_then(|task| task.get("attempts"))
        .map_or_else(|| "no attempts".to_owned(), ToString::to_string)
}

fn state_of(shown: &Value, task: &str) -> Option<String> {
    Some(check::tasks(shown).get(task)?.get("state")?.as_str()?.to_owned())
}

fn show(site: &Site, run: &str) -> anyhow::Result<Value> {
    site.ask_json(&["show", run, "--json"])
}

fn has_ended(shown: &Value) -> bool {
    let state = shown.pointer("/run/state").and_then(Value::as_str).unwrap_or_default();
    matches!(state, "succeeded" | "failed" | "canceled")
}

fn end_of(site: &Site, run: &str, deadline: Instant) -> anyhow::Result<Value> {
    loop {
        let shown = show(site, run)?;
        if has_ended(&shown) {
            return Ok(shown);
        }
        if Instant::now() > deadline {
            bail!("run {run} did not end in time: {shown}");
        }
        thread::sleep(LOOK_AGAIN);
    }
}

fn describe(pids: &[u32]) -> String {
    let some: Vec<String> = pids.iter().take(8).map(|pid| processes::describe(*pid)).collect();
    format!("{} processes: {}", pids.len(), some.join(", "))
}
