//! Daemon, keeper, task, command line and window are killed (SIGKILL) at random moments of small runs.
//!
//! One home for all rounds: each daemon opens what a killed one left.

pub(super) mod plan;
pub(super) mod round;
mod window;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::Value;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use super::site::Site;
use plan::Plan;
use round::Outcome;

/// The longest time from the daemon's death to the next event of its run, in milliseconds.
const ADOPTED: &str = "adopted in ms";

/// The campaign.
pub(super) struct Kills {
    site: Site,
    /// Every run that ended, as it was shown then.
    ended: BTreeMap<String, Value>,
}

impl Kills {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "hits", kind: Sums::Total },
        Column { title: "succeeded", kind: Sums::Total },
        Column { title: "failed", kind: Sums::Total },
        Column { title: "unaccepted", kind: Sums::Total },
        Column { title: "events told", kind: Sums::Total },
        Column { title: ADOPTED, kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        Ok(Self { site: Site::new(programs)?, ended: BTreeMap::new() })
    }
}

impl Campaign for Kills {
    fn play(&mut self, round: Round) -> Told {
        let plan = Plan::of(round);
        match round::play(&self.site, &plan) {
            Ok(outcome) => {
                let told = told(&plan, &outcome);
                if let Some(shown) = outcome.run
                    && let Some(run) = shown.pointer("/run/run").and_then(Value::as_str)
                {
                    self.ended.insert(run.to_owned(), shown);
                }
                told
            }
            Err(error) => Told::unclear(plan.victim, &error.context(plan.to_string())),
        }
    }

    /// Once more, after all the kills: the store opens, and every run is still as it was shown at its end.
    fn finish(&mut self) -> Vec<String> {
        if let Err(error) = self.site.stop().context("the daemon did not stop at the end") {
            return vec![format!("{error:#}")];
        }
        let mut violations = Vec::new();
        for (run, shown) in &self.ended {
            match self.site.ask_json(&["show", run, "--json"]) {
                Ok(now) if now == *shown => {}
                Ok(now) => violations.push(format!("run {run} has changed after its end: {now}")),
                Err(error) => violations.push(format!("run {run} is lost: {error:#}")),
            }
        }
        violations
    }

    fn keep(&mut self) -> PathBuf {
        self.site.keep().to_path_buf()
    }
}

fn told(plan: &Plan, outcome: &Outcome) -> Told {
    let state = match outcome.state.as_deref() {
        Some("succeeded") => "succeeded",
        Some(_) => "failed",
        None => "unaccepted",
    };
    let events = u32::try_from(outcome.acknowledged).unwrap_or(u32::MAX);
    let mut numbers = vec![
        ("hits", if outcome.hit { 1.0 } else { 0.0 }),
        (state, 1.0),
        ("events told", f64::from(events)),
    ];
    numbers.extend(outcome.adoption.map(|took| (ADOPTED, took.as_secs_f64() * 1_000.0)));
    let violations = outcome.violations.iter().map(|violation| format!("{plan}: {violation}"));
    Told { group: plan.victim.to_string(), numbers, violations: violations.collect() }
}
