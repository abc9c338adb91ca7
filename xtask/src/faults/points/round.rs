//! One round: a fresh home, a daemon under the tracer, a run, and something that happens at one step of it; then whatever
//! daemon is there or comes has to go on, and to play another run.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::step::{Injection, Injector, Mode, Reference, Step, Territory};
use super::workflow::{self, ATTEMPTS, TASKS};
use crate::faults::check::{self, Ledger};
use crate::faults::kills::round::{LOOK_AGAIN, ORPHAN_LIMIT, RUN_LIMIT, end_of, find, orphans};
use crate::faults::processes;
use crate::faults::site::Site;
use crate::faults::tracer::{self, Observer, Traced};
use crate::faults::watcher::Watcher;

/// By then a traced daemon is ready, or it has said why it never will be.
const READY_LIMIT: Duration = Duration::from_secs(15);
/// By then it is gone after it was told to.
const GONE_LIMIT: Duration = Duration::from_secs(15);

/// How a round went.
pub(super) struct Played {
    pub(super) site: Site,
    /// Whether the step was met.
    pub(super) is_hit: bool,
    /// How the run ended.
    pub(super) state: &'static str,
    /// How long the client waited.
    pub(super) waited: Duration,
    pub(super) violations: Vec<String>,
}

/// The steps of a run to which nothing happens.
pub(super) fn reference(programs: &Path) -> anyhow::Result<Vec<Step>> {
    let site = Site::new(programs.to_path_buf())?;
    let counts = Arc::new(Mutex::new(BTreeMap::new()));
    let observer = Reference { territory: territory(&site)?, counts: Arc::clone(&counts) };
    let traced = begin(&site, observer)?;
    let ledger = site.file("ledger");
    let (code, _) = run(&site, "reference", &ledger)?.finish(&site, "reference")?;
    if code != Some(0) {
        bail!("it ended with {code:?} under the tracer");
    }
    site.stop()?;
    end(&site, traced)?;
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let steps = counts.iter().flat_map(|(point, count)| {
        (1..=*count).map(|occurrence| Step { point: point.clone(), occurrence })
    });
    Ok(steps.collect())
}

/// Plays the round of a step.
///
/// # Errors
/// Where it cannot be judged: a program cannot be started or asked, something does not end in time.
pub(super) fn play(programs: &Path, step: &Step, mode: Mode) -> anyhow::Result<Played> {
    let mut site = Site::new(programs.to_path_buf())?;
    let state = Arc::new(Mutex::new(Injection::default()));
    let injector = Injector {
        territory: territory(&site)?,
        step: step.clone(),
        mode,
        state: Arc::clone(&state),
    };
    let traced = begin(&site, injector)?;
    let judged = judge(&site, step, mode);
    let ended = end(&site, traced);
    let is_hit = state.lock().unwrap_or_else(PoisonError::into_inner).is_done;
    let judged = judged.and_then(|judged| ended.map(|()| judged));
    let (state, waited, violations) = judged.inspect_err(|_| {
        let _kept = site.keep();
    })?;
    Ok(Played { site, is_hit, state, waited, violations })
}

/// Starts a daemon under the tracer. It is ready, or never will be.
pub(in crate::faults) fn begin<O: Observer>(site: &Site, observer: O) -> anyhow::Result<Traced<O>> {
    let daemon = site.millrace(&["daemon", "--started-by-client"]);
    let mut traced = tracer::start(&daemon, observer)?;
    let stdout = traced.stdout.take().context("the daemon has no standard output")?;
    let (sender, first_line) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let mut line = String::new();
        let _read = BufReader::new(stdout).read_line(&mut line);
        let _told = sender.send(line);
    });
    if first_line.recv_timeout(READY_LIMIT).is_err() {
        let stuck = "the daemon neither became ready nor said why";
        end_all(site)?;
        let _over = traced.finish();
        bail!("{stuck}");
    }
    Ok(traced)
}

/// Waits until the traced processes are gone: the daemon was told to stop, and keepers leave with their runs.
fn end<O>(site: &Site, traced: Traced<O>) -> anyhow::Result<()> {
    let deadline = Instant::now() + GONE_LIMIT;
    let left = loop {
        let left = processes::of_home(&site.home())?;
        if (left.is_empty() && traced.is_over()) || Instant::now() > deadline {
            break left;
        }
        thread::sleep(LOOK_AGAIN);
    };
    end_all(site)?;
    traced.finish()?;
    if !left.is_empty() {
        bail!("processes of the home are left: {left:?}");
    }
    Ok(())
}

/// Kills all processes of a home.
pub(in crate::faults) fn end_all(site: &Site) -> anyhow::Result<()> {
    for (pid, _) in processes::of_home(&site.home())? {
        processes::kill(pid)?;
    }
    Ok(())
}

fn territory(site: &Site) -> anyhow::Result<Territory> {
    Ok(Territory { home: site.home().canonicalize()? })
}

/// A client and its run.
struct Running {
    client: Watcher,
    begun: Instant,
}

fn run(site: &Site, name: &str, ledger: &Path) -> anyhow::Result<Running> {
    fs::write(ledger, "")?;
    let document = site.file(&format!("{name}.json"));
    fs::write(&document, serde_json::to_vec_pretty(&workflow::document(name, ledger))?)?;
    Ok(Running { client: Watcher::start(site, &document)?, begun: Instant::now() })
}

impl Running {
    fn finish(mut self, site: &Site, name: &str) -> anyhow::Result<(Option<i32>, Option<Seen>)> {
        let code = self.client.finish(Instant::now() + RUN_LIMIT)?;
        let run = match self.client.run() {
            Some(run) => Some(run),
            None => find(site, name)?,
        };
        let said = self.client.complaint();
        let told = std::mem::take(&mut self.client.events);
        let Some(run) = run else {
            if code == Some(0) || said.is_empty() {
                bail!("there is no run {name}, but the client ended with {code:?}: {said:?}");
            }
            return Ok((code, None));
        };
        let shown = end_of(site, &run, Instant::now() + RUN_LIMIT)?;
        let events = site.events(&run)?;
        Ok((code, Some(Seen { run, told, shown, events, waited: self.begun.elapsed() })))
    }
}

/// What was seen of a run.
struct Seen {
    run: String,
    told: Vec<Value>,
    shown: Value,
    events: Vec<Value>,
    waited: Duration,
}

fn judge(
    site: &Site,
    step: &Step,
    mode: Mode,
) -> anyhow::Result<(&'static str, Duration, Vec<String>)> {
    let ledger = site.file("ledger");
    let (code, seen) = run(site, "point", &ledger)?.finish(site, "point")?;
    let mut violations = Vec::new();
    let (mut state, mut waited) = ("refused", Duration::ZERO);
    if let Some(seen) = seen {
        let ledger = Ledger::read(&ledger)?;
        let parts = (seen.told.as_slice(), &seen.shown, seen.events.as_slice());
        violations.extend(check::always(parts, &ledger, TASKS));
        // A log that cannot be written says what it lacks, and stops nothing.
        if mode.is_crash() || !step.point.place.contains("/logs") {
            violations.extend(check::logs(site, &seen.run, &seen.shown));
        }
        violations.extend(orphans(&seen.run, Instant::now() + ORPHAN_LIMIT)?);
        let shown = seen.shown.pointer("/run/state").and_then(Value::as_str).unwrap_or_default();
        state = if shown == "succeeded" { "succeeded" } else { "failed" };
        waited = seen.waited;
        violations.extend(disturbed(&seen, step, mode, state));
        if !matches!((code, state), (Some(0), "succeeded") | (Some(1 | 3..), _)) {
            violations.push(format!("the client ended with {code:?}, the run {state}"));
        }
    } else if mode.is_crash() && step.point.role != "daemon" {
        violations.push("the run was refused, though only its keeper could be hit".to_owned());
    }
    let mut next = next_run(site, "after")?;
    if next.is_err() {
        // The step may have come as late as that, and then it is this run that was hit. It comes once.
        next = next_run(site, "after_all")?;
    }
    match next {
        Ok(found) => {
            violations.extend(found.into_iter().map(|said| format!("the next run: {said}")));
        }
        Err(code) => violations.push(format!("the next run ended with {code:?}")),
    }
    site.stop()?;
    Ok((state, waited, violations))
}

/// Another run on the same home: what is wrong with it, or the code of a client whose run did not succeed.
fn next_run(site: &Site, name: &str) -> anyhow::Result<Result<Vec<String>, Option<i32>>> {
    let ledger = site.file(&format!("ledger-{name}"));
    let (code, seen) = run(site, name, &ledger)?.finish(site, name)?;
    Ok(match seen {
        Some(seen) if code == Some(0) => {
            let parts = (seen.told.as_slice(), &seen.shown, seen.events.as_slice());
            Ok(check::always(parts, &Ledger::read(&ledger)?, TASKS))
        }
        _ => Err(code),
    })
}

/// What a crash of a process that no task hangs on must leave as it is, and how an attempt that came to harm ends.
fn disturbed(seen: &Seen, step: &Step, mode: Mode, state: &str) -> Vec<String> {
    let mut violations = Vec::new();
    let (mut attempts, mut lost) = (0, 0);
    for event in &seen.events {
        // One that was recalled before it began has no end, and counts for nothing.
        if event.pointer("/kind/event").and_then(Value::as_str) != Some("attempt_ended") {
            continue;
        }
        attempts += 1;
        let outcome = event.pointer("/kind/end/outcome/outcome").and_then(Value::as_str);
        lost += usize::from(outcome == Some("lost"));
        let says_why = event.pointer("/kind/end/outcome/message").is_some();
        if outcome == Some("error") && !says_why {
            violations.push(format!("an attempt ended in error and does not say why: {event}"));
        }
    }
    let is_harmless = mode.is_crash() && matches!(step.point.role.as_str(), "daemon" | "guard");
    if is_harmless && (state != "succeeded" || attempts != ATTEMPTS || lost > 0) {
        violations.push(format!(
            "the run {state} with {attempts} attempts, {lost} of them lost, not with {ATTEMPTS} that ended"
        ));
    }
    violations
}
