//! Whether the books balance: what the history says, what tasks said of themselves, and what is left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::load::{Load, NAMES};
use crate::faults::processes;
use crate::faults::site::Site;

/// By then everything has come to its end once no schedule fires any more.
const REST_LIMIT: Duration = Duration::from_secs(120);
/// And then nothing of it is left.
const ORPHAN_LIMIT: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// An attempt, by its run and its number in it.
type Attempt = (String, u64);

/// Lets everything come to rest, and answers whatever must not be.
pub(super) fn balance(site: &Site, load: &Load) -> anyhow::Result<Vec<String>> {
    site.ask(&["daemon"])?;
    for name in NAMES {
        site.ask(&["schedule", "pause", name])?;
    }
    rest(site)?;
    // The books are read by a daemon that has seen nothing of it.
    site.stop()?;
    site.ask(&["daemon"])?;
    let runs = runs(site)?;
    let mut violations = Vec::new();
    violations.extend(counts(site, &runs)?);
    violations.extend(entries(site, load, &runs)?);
    violations.extend(left(site)?);
    Ok(violations)
}

fn rest(site: &Site) -> anyhow::Result<()> {
    let deadline = Instant::now() + REST_LIMIT;
    loop {
        let state = site.call(&json!({ "command": "daemon_state" }))?;
        let of = |name: &str| state.get(name).and_then(Value::as_u64).unwrap_or(u64::MAX);
        if of("running_runs") == 0 && of("queued_runs") == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!("runs go on although no schedule fires any more: {state}");
        }
        thread::sleep(LOOK_AGAIN);
    }
}

fn runs(site: &Site) -> anyhow::Result<Vec<Value>> {
    let mut listed = site.ask_json(&["runs", "--json", "--limit", "1000000"])?;
    match listed.get_mut("runs").map(Value::take) {
        Some(Value::Array(runs)) => Ok(runs),
        _ => bail!("no runs in the answer"),
    }
}

/// Every way of counting runs comes to the same number, and all have ended.
fn counts(site: &Site, runs: &[Value]) -> anyhow::Result<Vec<String>> {
    let mut violations = Vec::new();
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for run in runs {
        *states.entry(text(run, "state")).or_default() += 1;
    }
    for (state, count) in &states {
        if !matches!(*state, "succeeded" | "failed" | "canceled") {
            violations.push(format!("{count} runs are {state}, although nothing runs any more"));
        }
        let query = format!("state:{state}");
        let selected = site.call(&json!({ "command": "select_runs", "query": query }))?;
        let alike = selected.get("states").and_then(Value::as_array).into_iter().flatten();
        let runs = alike.filter_map(|alike| alike.get("runs")?.as_array());
        let found: usize = runs.map(Vec::len).sum();
        if found != *count {
            violations.push(format!("{count} runs are {state}, but {query} finds {found}"));
        }
    }
    let ids: BTreeSet<&str> = runs.iter().map(|run| text(run, "run")).collect();
    if ids.len() != runs.len() {
        violations.push(format!("{} runs have {} ids", runs.len(), ids.len()));
    }
    Ok(violations)
}

/// Each attempt that succeeded has said so itself, once; whoever said so is known; no tick has two runs.
fn entries(site: &Site, load: &Load, runs: &[Value]) -> anyhow::Result<Vec<String>> {
    let mut violations = Vec::new();
    let (mut ledger, mut ticks) = read(load)?;
    let mut attempts = 0_usize;
    for run in runs {
        let id = text(run, "run");
        let shown = site.events(id)?;
        let mut known: BTreeMap<u64, (String, String)> = BTreeMap::new();
        for event in &shown {
            let Some(kind) = event.get("kind") else { continue };
            let Some(serial) = kind.get("serial").and_then(Value::as_u64) else { continue };
            let entry = known.entry(serial).or_default();
            match text(kind, "event") {
                "attempt_dispatched" => entry.0 = pointed(kind, "/task/task").to_owned(),
                "attempt_ended" => entry.1 = pointed(kind, "/end/outcome/outcome").to_owned(),
                _ => {}
            }
        }
        attempts += known.len();
        for (serial, (task, outcome)) in known {
            let said = ledger.remove(&(id.to_owned(), serial));
            match (outcome.as_str(), said) {
                ("succeeded", None) => violations.push(format!(
                    "false success: attempt {serial} of {task} in {id} never came to its end"
                )),
                (_, Some((_, times))) if times > 1 => {
                    violations
                        .push(format!("attempt {serial} of {task} in {id} ran {times} times"));
                }
                (_, Some((name, _))) if name != task => {
                    violations.push(format!("attempt {serial} in {id} was {name}, not {task}"));
                }
                _ => {}
            }
        }
        if text(run, "trigger") == "schedule"
            && let Some(tick) = ticks.remove(id)
            && let Some(other) =
                ticks.insert(format!("{} {tick}", text(run, "workflow")), id.to_owned())
        {
            violations.push(format!("{id} and {other} are of the same tick {tick}"));
        }
    }
    violations.extend(ledger.into_keys().map(|(run, serial)| {
        format!("lost: attempt {serial} of {run} came to its end, and nobody knows of it")
    }));
    let all = runs.len();
    crate::process::print(&format!("{all} runs with {attempts} attempts are in the books"));
    Ok(violations)
}

/// What tasks wrote: their names and how often, and the tick of each run.
type Entries = (BTreeMap<Attempt, (String, u32)>, BTreeMap<String, String>);

fn read(load: &Load) -> anyhow::Result<Entries> {
    let (mut ledger, mut ticks) = (BTreeMap::new(), BTreeMap::new());
    for line in fs::read_to_string(&load.ledger)?.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [mark, task, tick] = words.as_slice() else { bail!("the ledger says {line:?}") };
        let (run, serial) = mark.split_once(':').context("a mark is RUN:SERIAL")?;
        let entry: &mut (String, u32) =
            ledger.entry((run.to_owned(), serial.parse()?)).or_default();
        *entry = ((*task).to_owned(), entry.1 + 1);
        ticks.insert(run.to_owned(), (*tick).to_owned());
    }
    Ok((ledger, ticks))
}

/// Processes of tasks, keepers, and files that only a run that goes on may have.
fn left(site: &Site) -> anyhow::Result<Vec<String>> {
    let deadline = Instant::now() + ORPHAN_LIMIT;
    loop {
        let keepers = processes::keepers_of(&site.home())?;
        let tasks = processes::tasks_of(&site.home())?;
        if keepers.is_empty() && tasks.is_empty() {
            return Ok(Vec::new());
        }
        if Instant::now() > deadline {
            return Ok(vec![format!("processes are left: keepers {keepers:?}, tasks {tasks:?}")]);
        }
        thread::sleep(LOOK_AGAIN);
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn pointed<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
