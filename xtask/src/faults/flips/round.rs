//! One round: the damaged home is opened, looked at as a whole, and worked with.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::damage::Damage;
use super::home::{Template, runs};
use crate::faults::check;
use crate::faults::kills::round::end_of;
use crate::faults::site::Site;

/// An answer or a refusal is there by then.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// How a round went.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) became: Became,
    pub(super) answered_after: Option<Duration>,
    pub(super) violations: Vec<String>,
}

/// What became of the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Became {
    /// Everything is shown as it was.
    AsBefore,
    /// Something is missing, and that is said.
    LessAndSaid,
    /// Nothing can be had before somebody does something, and that is said.
    RefusedAndSaid,
    /// Something has changed within what was written, and nothing says so.
    OtherBytes,
}

impl Became {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::AsBefore => "as before",
            Self::LessAndSaid => "less, said",
            Self::RefusedAndSaid => "refused, said",
            Self::OtherBytes => "other bytes",
        }
    }
}

/// Plays a round.
///
/// # Errors
/// Where the round cannot be judged.
pub(super) fn play(site: &Site, template: &Template, damage: &Damage) -> anyhow::Result<Outcome> {
    template.lay_out(site)?;
    damage.strike(&site.home())?;
    let begun = Instant::now();
    let first = site.millrace_within(&["runs", "--json"], ANSWER_LIMIT)?;
    let mut violations = Vec::new();
    let answered_after = Some(begun.elapsed());
    if !first.status.success() {
        let said = String::from_utf8_lossy(&first.stderr).trim().to_owned();
        if said.is_empty() || said.contains("panicked") || first.status.code().is_none() {
            violations.push(format!("it does not say why not: {} {said:?}", first.status));
        }
        violations.extend(panics(site));
        return Ok(Outcome { became: Became::RefusedAndSaid, answered_after, violations });
    }
    let mut missing = Vec::new();
    let mut other = Vec::new();
    let there = runs(site)?;
    for (run, before) in &template.runs {
        if !there.contains(run) {
            missing.push(format!("run {run}"));
            continue;
        }
        look(site, template, (run, before), &mut missing, &mut other, &mut violations)?;
    }
    for run in there.iter().filter(|run| !template.runs.contains_key(*run)) {
        violations.push(format!("there is a run {run} that nobody started"));
    }
    let next = site.file("next.json").display().to_string();
    if let Err(error) = site.ask(&["run", &next]) {
        violations.push(format!("no workflow can be run: {error:#}"));
    }
    let status = site.ask_json(&["daemon", "status", "--json"])?;
    let is_said =
        status.get("warnings").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
    if !missing.is_empty() && !is_said {
        violations.push(format!("nothing is said, and missing are: {}", missing.join(", ")));
    }
    violations.extend(panics(site));
    let became = match (missing.is_empty(), other.is_empty()) {
        (false, _) => Became::LessAndSaid,
        (true, false) => Became::OtherBytes,
        (true, true) => Became::AsBefore,
    };
    Ok(Outcome { became, answered_after, violations })
}

/// Holds a run against what is true of it.
fn look(
    site: &Site,
    template: &Template,
    (run, before): (&str, &Value),
    missing: &mut Vec<String>,
    other: &mut Vec<String>,
    violations: &mut Vec<String>,
) -> anyhow::Result<()> {
    let shown = match end_of(site, run, Instant::now() + ANSWER_LIMIT) {
        Ok(shown) => shown,
        Err(error) => {
            missing.push(format!("run {run} ({error:#})"));
            return Ok(());
        }
    };
    for (task, shown) in check::tasks(&shown) {
        let key = (run.to_owned(), task.clone());
        let is_shown = shown.get("state").and_then(Value::as_str) == Some("succeeded");
        if is_shown && !template.succeeded.contains(&key) {
            violations.push(format!("false success of {task} in {run}"));
        }
        let Some(printed) = template.logs.get(&key) else { continue };
        let answer = site.millrace_within(&["logs", run, &task], ANSWER_LIMIT)?;
        let now = String::from_utf8_lossy(&answer.stdout);
        let invented =
            now.lines().find(|line| !printed.lines().any(|true_line| true_line.ends_with(*line)));
        if let Some(line) = invented {
            let is_gap = line.contains("missing") || line.contains("not kept");
            if !is_gap {
                other.push(format!("log of {task}: {line:?}"));
            }
        }
    }
    if run != template.unfinished && shown != *before {
        other.push(format!("run {run}"));
    }
    Ok(())
}

/// Panics are in the daemon's own log.
fn panics(site: &Site) -> Vec<String> {
    let mut violations = Vec::new();
    for name in ["daemon.log", "daemon.log.old"] {
        let text = fs::read(site.home().join(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let panics = text.lines().filter(|line| line.contains("panicked"));
        violations.extend(panics.map(|line| format!("panic: {line}")));
    }
    violations
}
