//! `cargo xtask faults`: kills parts of a working Millrace at random moments and checks that every promise holds.
//!
//! One home for all rounds: each daemon opens what a killed one left.

mod check;
mod dice;
mod plan;
pub(crate) mod processes;
mod round;
mod site;
mod watcher;
mod window;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::app;
use crate::process::{announce, print};
use crate::setup::{self, Group};
use crate::workspace::Workspace;
use plan::{Plan, Victim};
use round::Outcome;
use site::Site;

/// Kills daemon, keeper, task, command line and window (SIGKILL) at random moments of small runs, and checks what is left.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many rounds.
    #[arg(long, default_value_t = 60)]
    count: u64,
    /// Another seed gives other workflows and moments. A failure names the seed and round that repeat it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of the first round, to repeat one of a longer series.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
}

/// What the rounds with one kind of victim came to.
#[derive(Debug, Default)]
struct Tally {
    rounds: u32,
    hits: u32,
    succeeded: u32,
    failed: u32,
    unaccepted: u32,
    acknowledged: usize,
    adoption: Option<Duration>,
    violations: usize,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    setup::ensure(Group::ALL)?;
    if !arguments.no_build {
        app::build(workspace)?;
    }
    series(workspace, arguments.seed, arguments.first, arguments.count)
}

/// Plays rounds with programs that are built already.
///
/// # Errors
/// Where a promise was broken.
pub(crate) fn series(
    workspace: &Workspace,
    seed: u64,
    first: u64,
    count: u64,
) -> anyhow::Result<()> {
    announce(&format!("{count} faults, seed {seed}"));
    let begun = Instant::now();
    let mut site = Site::new(workspace.programs())?;
    let mut tallies: BTreeMap<Victim, Tally> = BTreeMap::new();
    let mut ended: BTreeMap<String, Value> = BTreeMap::new();
    let mut broken = 0;
    for number in first..first.saturating_add(count) {
        let plan = Plan::of(seed, number);
        let outcome = round::play(&site, &plan).unwrap_or_else(|error| Outcome::unclear(&error));
        for violation in &outcome.violations {
            print(&format!("FAILED --seed {seed} --first {number} --count 1: {plan}: {violation}"));
        }
        broken += usize::from(!outcome.violations.is_empty());
        tallies.entry(plan.victim).or_default().add(&outcome);
        if let Some(shown) = outcome.run
            && let Some(run) = shown.pointer("/run/run").and_then(Value::as_str)
        {
            ended.insert(run.to_owned(), shown);
        }
    }
    let forgotten = forgotten(&site, &ended);
    for violation in &forgotten {
        print(&format!("FAILED --seed {seed} --first {first} --count {count}: {violation}"));
    }
    broken += usize::from(!forgotten.is_empty());
    print(&table(&tallies));
    let took = begun.elapsed().as_secs();
    if broken > 0 {
        let place = site.keep().display().to_string();
        bail!(
            "{broken} of {count} faults broke a promise ({took} s); what they left is in {place}"
        );
    }
    announce(&format!("{count} faults broke no promise ({took} s)"));
    Ok(())
}

/// Once more at the end, after all the kills: the store opens, and every run is still as it was shown at its end.
fn forgotten(site: &Site, ended: &BTreeMap<String, Value>) -> Vec<String> {
    if let Err(error) = site.stop().context("the daemon did not stop at the end") {
        return vec![format!("{error:#}")];
    }
    let mut violations = Vec::new();
    for (run, shown) in ended {
        match site.ask_json(&["show", run, "--json"]) {
            Ok(now) if now == *shown => {}
            Ok(now) => violations.push(format!("run {run} has changed after its end: {now}")),
            Err(error) => violations.push(format!("run {run} is lost: {error:#}")),
        }
    }
    violations
}

impl Outcome {
    fn unclear(error: &anyhow::Error) -> Self {
        let violations = vec![format!("{error:#}")];
        Self { hit: false, state: None, adoption: None, acknowledged: 0, run: None, violations }
    }
}

impl Tally {
    fn add(&mut self, outcome: &Outcome) {
        self.rounds += 1;
        self.hits += u32::from(outcome.hit);
        match outcome.state.as_deref() {
            Some("succeeded") => self.succeeded += 1,
            Some(_) => self.failed += 1,
            None => self.unaccepted += 1,
        }
        self.acknowledged += outcome.acknowledged;
        self.adoption = self.adoption.max(outcome.adoption);
        self.violations += outcome.violations.len();
    }
}

fn table(tallies: &BTreeMap<Victim, Tally>) -> String {
    let mut lines = vec![format!(
        "{:<16} {:>6} {:>6} {:>9} {:>6} {:>10} {:>12} {:>12} {:>10}",
        "killed",
        "rounds",
        "hits",
        "succeeded",
        "failed",
        "unaccepted",
        "events told",
        "adopted in",
        "violations"
    )];
    for (victim, tally) in tallies {
        let adoption =
            tally.adoption.map_or("-".to_owned(), |took| format!("{} ms", took.as_millis()));
        lines.push(format!(
            "{:<16} {:>6} {:>6} {:>9} {:>6} {:>10} {:>12} {:>12} {:>10}",
            victim.to_string(),
            tally.rounds,
            tally.hits,
            tally.succeeded,
            tally.failed,
            tally.unaccepted,
            tally.acknowledged,
            adoption,
            tally.violations
        ));
    }
    lines.push(
        "\"adopted in\" is the longest time from the daemon's death to the next event of its run"
            .into(),
    );
    lines.join("\n")
}
