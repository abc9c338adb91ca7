//! The disk fills up and is freed again at random moments, while a run goes on, documents are saved and logs are written.
//!
//! Each round has a home on a small file system of its own. What tasks did is on another one, which does not fill up.

mod plan;
mod round;
mod saver;

use std::path::PathBuf;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use plan::Plan;

/// Bytes of logs that are missing and said to be.
const MISSING: &str = "log gaps KiB";
/// From the moment at which there was room for good to the end of the run.
const GOES_ON: &str = "ended after ms";

/// The campaign.
pub(super) struct Disk {
    programs: PathBuf,
    kept: PathBuf,
}

impl Disk {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "times full", kind: Sums::Total },
        Column { title: "succeeded", kind: Sums::Total },
        Column { title: "failed", kind: Sums::Total },
        Column { title: "unaccepted", kind: Sums::Total },
        Column { title: "events told", kind: Sums::Total },
        Column { title: "saves", kind: Sums::Total },
        Column { title: "saves refused", kind: Sums::Total },
        Column { title: MISSING, kind: Sums::Total },
        Column { title: GOES_ON, kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> Self {
        Self { programs, kept: PathBuf::from("nowhere") }
    }
}

impl Campaign for Disk {
    fn play(&mut self, round: Round) -> Told {
        let plan = Plan::of(round);
        match round::play(&self.programs, &plan) {
            Ok((outcome, kept)) => {
                self.kept = kept.unwrap_or_else(|| self.kept.clone());
                let state = match outcome.state.as_deref() {
                    Some("succeeded") => "succeeded",
                    Some(_) => "failed",
                    None => "unaccepted",
                };
                let mut numbers = vec![
                    ("times full", f64::from(outcome.times_full)),
                    (state, 1.0),
                    ("events told", f64::from(outcome.acknowledged)),
                    ("saves", f64::from(outcome.saves)),
                    ("saves refused", f64::from(outcome.refused_saves)),
                    (MISSING, outcome.missing_kib),
                ];
                let took = outcome.goes_on_after.map(|took| took.as_secs_f64() * 1_000.0);
                numbers.extend(took.map(|took| (GOES_ON, took)));
                let violations = outcome.violations.iter().map(|told| format!("{plan}: {told}"));
                Told { group: plan.group().to_owned(), numbers, violations: violations.collect() }
            }
            Err(error) => Told::unclear(plan.group(), &error.context(plan.to_string())),
        }
    }

    fn keep(&mut self) -> PathBuf {
        self.kept.clone()
    }
}
