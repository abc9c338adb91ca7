//! One round: start a run, kill, wait for the end, hand everything seen to the checks.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::plan::{Plan, Victim};
use super::window;
use crate::faults::check::{self, Evidence, Ledger};
use crate::faults::processes;
use crate::faults::site::Site;
use crate::faults::watcher::Watcher;

/// By then every run has ended, whatever was killed.
pub(crate) const RUN_LIMIT: Duration = Duration::from_secs(30);
/// By then a keeper or a task's process must be there to be killed, or the run is over.
const VICTIM_LIMIT: Duration = Duration::from_secs(5);
/// By then after a run's end nothing of it may be left.
pub(crate) const ORPHAN_LIMIT: Duration = Duration::from_secs(5);
/// So long a keeper waits without tasks and without a daemon.
const IDLE_KEEPER: Duration = Duration::from_secs(5);
/// Between two looks.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// How a round went.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Who was killed for sure.
    pub(crate) hit: bool,
    /// How the run ended; none where it was never accepted.
    pub(crate) state: Option<String>,
    /// From the death of the daemon to the first event of the next one.
    pub(crate) adoption: Option<Duration>,
    /// Events that the client was told.
    pub(crate) acknowledged: usize,
    /// The run, once it ended.
    pub(crate) run: Option<Value>,
    /// What must not be.
    pub(crate) violations: Vec<String>,
}

/// What was killed.
#[derive(Debug, Default)]
pub(crate) struct Killed {
    pub(crate) daemon: bool,
    pub(crate) keeper: bool,
    /// The attempt whose leading process was killed.
    pub(crate) attempt: Option<u64>,
    pub(crate) client: bool,
    /// When, in microseconds since the epoch.
    pub(crate) at_us: u64,
}

/// Plays one round.
///
/// # Errors
/// Where the round cannot be judged: a program cannot be started or asked, the run does not end in time.
pub(crate) fn play(site: &Site, plan: &Plan) -> anyhow::Result<Outcome> {
    let ledger = site.file(&format!("ledger-{}", plan.round));
    let document = site.file(&format!("fault-{}.json", plan.round));
    fs::write(&ledger, "")?;
    fs::write(&document, serde_json::to_vec_pretty(&plan.document(&ledger))?)?;
    if plan.victim == Victim::Window {
        return play_in_window(site, plan, &document, &ledger);
    }

    let mut client = Watcher::start(site, &document)?;
    client.listen(plan.after_events, Instant::now() + RUN_LIMIT)?;
    thread::sleep(plan.after_that);
    let killed = strike(site, plan, &mut client)?;
    if plan.victim.has_client() {
        // For a while nobody is there who would start the next daemon.
        thread::sleep(plan.dark);
    }
    let deadline = Instant::now() + RUN_LIMIT;
    let exit_code = client.finish(deadline)?;
    let found = match client.run() {
        Some(run) => Some(run),
        None => find(site, &plan.workflow())?,
    };
    let acknowledged = client.events.len();
    let Some(run) = found else {
        // Never accepted. Whoever was not killed must have been told so.
        let mut violations = Vec::new();
        if exit_code == Some(0) || (exit_code.is_some() && !killed.daemon) {
            let said = client.complaint();
            violations
                .push(format!("there is no run, but the client ended with {exit_code:?}: {said}"));
        }
        let hit = killed.anybody();
        return Ok(Outcome {
            hit,
            state: None,
            adoption: None,
            acknowledged,
            run: None,
            violations,
        });
    };
    judge(site, plan, &run, &killed, (&client.events, exit_code), &ledger)
}

/// The same with a window for a client.
fn play_in_window(
    site: &Site,
    plan: &Plan,
    document: &Path,
    ledger: &Path,
) -> anyhow::Result<Outcome> {
    let seen = window::play(site, plan, document)?;
    let mut outcome = judge(site, plan, &seen.run, &seen.killed, (&[], None), ledger)?;
    if let Some(shown) = &outcome.run {
        outcome.violations.extend(seen.contradictions(&check::tasks(shown)));
    }
    outcome.acknowledged = seen.tasks.len();
    outcome.violations.extend(seen.violations);
    Ok(outcome)
}

/// Waits for the end of a run and holds everything against the promises. The client was told these events and ended
/// with this code.
fn judge(
    site: &Site,
    plan: &Plan,
    run: &str,
    killed: &Killed,
    (told, exit_code): (&[Value], Option<i32>),
    ledger: &Path,
) -> anyhow::Result<Outcome> {
    let shown = end_of(site, run, Instant::now() + RUN_LIMIT)?;
    let ended = Instant::now();
    let events = site.events(run)?;
    let ledger = Ledger::read(ledger)?;
    let evidence =
        Evidence { plan, killed, told, exit_code, shown: &shown, events: &events, ledger };
    let mut violations = check::all(&evidence);
    violations.extend(check::logs(site, run, &shown));
    violations.extend(orphans(run, ended + ORPHAN_LIMIT)?);
    Ok(Outcome {
        hit: killed.anybody(),
        state: shown.pointer("/run/state").and_then(Value::as_str).map(str::to_owned),
        adoption: check::adoption(&evidence),
        acknowledged: told.len(),
        run: Some(shown),
        violations,
    })
}

impl Killed {
    /// Nobody yet, but the blow falls now.
    pub(crate) fn now() -> Self {
        Self { at_us: now_us(), ..Self::default() }
    }

    fn anybody(&self) -> bool {
        self.daemon || self.keeper || self.client || self.attempt.is_some()
    }
}

fn strike(site: &Site, plan: &Plan, client: &mut Watcher) -> anyhow::Result<Killed> {
    // Found first and killed together, where it is several.
    let keeper = if plan.victim.has_keeper() { wait_for_keeper(client)? } else { None };
    let daemon = if plan.victim.has_daemon() { site.daemon() } else { None };
    let task = if plan.victim == Victim::Task { wait_for_task(client, plan.which)? } else { None };
    let mut killed = Killed::now();
    if plan.victim.has_client() {
        killed.client = client.kill()?;
    }
    if let Some(pid) = daemon {
        killed.daemon = processes::kill(pid)?;
    }
    if let Some(pid) = keeper {
        killed.keeper = processes::kill(pid)?;
    }
    if let Some(task) = task
        && processes::kill(task.pid)?
    {
        killed.attempt = Some(task.serial);
    }
    Ok(killed)
}

/// The run's keeper, as soon as it is there; none where the run ends before.
fn wait_for_keeper(client: &mut Watcher) -> anyhow::Result<Option<u32>> {
    wait_for(client, processes::keeper_of)
}

/// The leading process of one of the running tasks, as soon as there is one; none where the run ends before.
fn wait_for_task(client: &mut Watcher, which: u64) -> anyhow::Result<Option<processes::Marked>> {
    wait_for(client, |run| {
        let Some(keeper) = processes::keeper_of(run)? else { return Ok(None) };
        let mut leaders = processes::of_run(run)?;
        leaders.retain(|process| process.parent == keeper);
        let at = usize::try_from(which).unwrap_or(0).checked_rem(leaders.len());
        Ok(at.and_then(|at| leaders.into_iter().nth(at)))
    })
}

fn wait_for<T>(
    client: &mut Watcher,
    mut look: impl FnMut(&str) -> anyhow::Result<Option<T>>,
) -> anyhow::Result<Option<T>> {
    let run = client.run().context("the client was not told of its run in time")?;
    let deadline = Instant::now() + VICTIM_LIMIT;
    while Instant::now() < deadline && !client.saw_the_end() {
        if let Some(found) = look(&run)? {
            return Ok(Some(found));
        }
        client.listen(u64::MAX, Instant::now() + LOOK_AGAIN)?;
    }
    Ok(None)
}

/// The run of a workflow that nobody was told of.
pub(crate) fn find(site: &Site, workflow: &str) -> anyhow::Result<Option<String>> {
    let page = site.ask_json(&["runs", "--json"])?;
    let runs = page.get("runs").and_then(Value::as_array).context("no runs in the answer")?;
    let is_it = |run: &&Value| run.get("workflow").and_then(Value::as_str) == Some(workflow);
    let mut found = runs.iter().filter(is_it).filter_map(|run| run.get("run")?.as_str());
    let first = found.next().map(str::to_owned);
    match found.next() {
        Some(second) => bail!("one call started two runs: {first:?} and {second}"),
        None => Ok(first),
    }
}

/// The run as it is shown once it has ended.
pub(crate) fn end_of(site: &Site, run: &str, deadline: Instant) -> anyhow::Result<Value> {
    loop {
        let shown = site.ask_json(&["show", run, "--json"])?;
        let state = shown.pointer("/run/state").and_then(Value::as_str).unwrap_or_default();
        if matches!(state, "succeeded" | "failed" | "canceled") {
            return Ok(shown);
        }
        if Instant::now() > deadline {
            bail!("run {run} did not end in time: it is {state}");
        }
        thread::sleep(LOOK_AGAIN * 10);
    }
}

pub(crate) fn orphans(run: &str, deadline: Instant) -> anyhow::Result<Option<String>> {
    loop {
        let (left, keeper) = (processes::of_run(run)?, processes::keeper_of(run)?);
        if left.is_empty() && keeper.is_none() {
            return Ok(None);
        }
        // A keeper without tasks whom nobody has told to leave stays for a while, in case that a daemon comes.
        let is_idle = left.is_empty() && Instant::now() <= deadline + IDLE_KEEPER;
        if Instant::now() > deadline && !is_idle {
            // They must not disturb the rounds to come.
            for process in &left {
                processes::kill(process.pid)?;
            }
            let commands: Vec<String> = left
                .iter()
                .map(|process| format!("{} ({})", process.pid, process.command))
                .collect();
            return Ok(Some(match keeper {
                Some(pid) => format!("its keeper {pid} is left, with {commands:?}"),
                None => format!("processes are left: {commands:?}"),
            }));
        }
        thread::sleep(LOOK_AGAIN * 5);
    }
}

fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
