//! One round: a run and a saver on a small disk, ballast that comes and goes, and then everything looked at.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::plan::{Plan, Task};
use super::saver::Saver;
use crate::faults::check::{self, Ledger};
use crate::faults::kills::round::{ORPHAN_LIMIT, end_of, find, orphans};
use crate::faults::site::Site;
use crate::faults::watcher::Watcher;

/// Once there is room, a run ends within this by itself.
const RUN_LIMIT: Duration = Duration::from_secs(40);
/// Bytes of a log that are read at a time.
const PART: u64 = 1 << 20;

/// How a round went.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How the run ended; none where it was never accepted.
    pub(super) state: Option<String>,
    pub(super) times_full: u32,
    pub(super) acknowledged: u32,
    pub(super) saves: u32,
    pub(super) refused_saves: u32,
    pub(super) missing_kib: f64,
    pub(super) goes_on_after: Option<Duration>,
    pub(super) violations: Vec<String>,
}

/// Plays a round. Where promises were broken, also says where everything is kept.
///
/// # Errors
/// Where the round cannot be judged.
pub(super) fn play(programs: &Path, plan: &Plan) -> anyhow::Result<(Outcome, Option<PathBuf>)> {
    let mut site = Site::on_small_disk(programs.to_owned(), plan.disk_bytes)?;
    let played = play_on(&site, plan);
    let is_bad = played.as_ref().map_or(true, |outcome| !outcome.violations.is_empty());
    let kept = is_bad.then(|| site.keep().to_path_buf());
    let error = || kept.as_ref().map(|kept| kept.display().to_string()).unwrap_or_default();
    Ok((played.with_context(error)?, kept))
}

fn play_on(site: &Site, plan: &Plan) -> anyhow::Result<Outcome> {
    let ledger = site.folder().join("ledger");
    fs::write(&ledger, "")?;
    site.write("run.json", plan.document(&ledger).to_string().as_bytes())?;
    // A daemon is there before anything is full.
    site.ask(&["runs"])?;
    let saved = site.file("saved.json");
    let saver = Saver::start(site.socket()?, saved.clone(), site.seen(&saved));
    let ballast = site.seen(&site.file("ballast"));
    let mut outcome = Outcome::default();
    let mut fills = plan.fills.iter();
    if plan.is_full_first {
        outcome.times_full += 1;
        fill(&ballast)?;
    }
    let mut client = Watcher::start(site, &site.file("run.json"))?;
    if plan.is_full_first {
        thread::sleep(fills.next().map_or(Duration::ZERO, |(_, full)| *full));
        fs::remove_file(&ballast)?;
    }
    for (room, full) in fills {
        thread::sleep(*room);
        outcome.times_full += 1;
        fill(&ballast)?;
        thread::sleep(*full);
        fs::remove_file(&ballast)?;
    }
    let freed = Instant::now();
    let exit_code = client.finish(freed + RUN_LIMIT);
    let saved = saver.finish();
    outcome.saves = saved.acknowledged;
    outcome.refused_saves = saved.refused;
    outcome.violations = saved.violations;
    let exit_code = exit_code?;
    outcome.acknowledged = u32::try_from(client.events.len()).unwrap_or(u32::MAX);
    let found = client.run().map_or_else(|| find(site, &plan.workflow()), |run| Ok(Some(run)))?;
    match found {
        Some(run) => judge(site, plan, &run, &client, &ledger, &mut outcome, freed)?,
        None => {
            let said = client.complaint();
            if exit_code == Some(0) || said.is_empty() {
                outcome.violations.push(format!(
                    "there is no run, but the client ended with {exit_code:?}: {said:?}"
                ));
            }
        }
    }
    let next = site.file("next.json");
    site.write("next.json", crate::faults::cancel::NEXT.as_bytes())?;
    if let Err(error) = site.ask(&["run", &next.display().to_string()]) {
        outcome
            .violations
            .push(format!("there is room, and the next run does not work: {error:#}"));
    }
    Ok(outcome)
}

fn judge(
    site: &Site,
    plan: &Plan,
    run: &str,
    client: &Watcher,
    ledger: &Path,
    outcome: &mut Outcome,
    freed: Instant,
) -> anyhow::Result<()> {
    let shown = end_of(site, run, freed + RUN_LIMIT)?;
    outcome.goes_on_after = Some(freed.elapsed());
    outcome.state = shown.pointer("/run/state").and_then(Value::as_str).map(str::to_owned);
    let events = site.events(run)?;
    let seen = (client.events.as_slice(), &shown, events.as_slice());
    outcome.violations.extend(check::always(seen, &Ledger::read(ledger)?, plan.tasks.len()));
    let states = check::tasks(&shown);
    for task in &plan.tasks {
        let state = states.get(&task.name).and_then(|task| task.get("state")?.as_str());
        if state == Some("succeeded") {
            match log(site, run, task) {
                Ok(missing) => outcome.missing_kib += missing as f64 / 1024.0,
                Err(error) => outcome.violations.push(format!("log of {}: {error:#}", task.name)),
            }
        }
    }
    outcome.violations.extend(orphans(run, Instant::now() + ORPHAN_LIMIT)?);
    // What is on the disk is what was shown.
    site.stop()?;
    let again = site.ask_json(&["show", run, "--json"])?;
    if again != shown {
        outcome.violations.push(format!("the next daemon shows another run: {again}, not {shown}"));
    }
    Ok(())
}

/// Takes all the room that there is.
fn fill(ballast: &Path) -> anyhow::Result<()> {
    let mut file = fs::File::create(ballast)?;
    for block in [1 << 20, 64 << 10, 4 << 10, 1] {
        let bytes = vec![0; block];
        while file.write_all(&bytes).is_ok() {}
    }
    Ok(())
}

/// Reads a log as clients do: each byte is what the task printed, or said to be missing. Says how many are.
fn log(site: &Site, run: &str, task: &Task) -> anyhow::Result<u64> {
    let printed = task.printed();
    let (mut next, mut missing) = (0, 0);
    loop {
        let request = json!({
            "command": "read_log", "run": run, "task": { "task": task.name },
            "from": { "offset": next }, "max_bytes": PART,
        });
        let slice = site.call(&request)?;
        let number = |pointer: &str| slice.pointer(pointer).and_then(Value::as_u64);
        for chunk in slice.pointer("/chunks").and_then(Value::as_array).context("no chunks")? {
            let offset = chunk.get("offset").and_then(Value::as_u64).context("no offset")?;
            let at = usize::try_from(offset)?;
            anyhow::ensure!(offset == next, "a chunk at {offset} follows {next}");
            if let Some(bytes) = chunk.pointer("/stream/gap/bytes").and_then(Value::as_u64) {
                missing += bytes;
                next += bytes;
                continue;
            }
            let text = chunk.pointer("/data/text").and_then(Value::as_str).context("no text")?;
            let expected = printed.get(at..at + text.len());
            anyhow::ensure!(expected == Some(text.as_bytes()), "other bytes at {offset}");
            next += text.len() as u64;
        }
        let (asked, total) = (number("/next").context("no next")?, number("/total"));
        anyhow::ensure!(asked == next, "chunks end at {next}, and it goes on at {asked}");
        if Some(next) == total || slice.pointer("/chunks/0").is_none() {
            anyhow::ensure!(
                next == printed.len() as u64,
                "{next} of {} bytes are there or said to be missing",
                printed.len()
            );
            return Ok(missing);
        }
    }
}
