//! Tasks that do not want to be stopped: a hostile program in each of its modes is cancelled or runs out of time at a
//! random moment, and within its grace and a second nobody of it may be left.
//!
//! Whether somebody is left is not found by the product's marks: all hostile processes hold a lock on a ledger, which
//! the kernel lets go of with the last of them. The program is `millrace-hostile` in the package of the tests. Where
//! we are root, daemon and tasks are another, unprivileged user's, as on a person's machine.

mod ledger;
mod modes;
mod round;

use std::path::PathBuf;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use super::site::Site;
pub(super) use round::NEXT;
use round::Plan;

/// How long the last process outlived its grace.
const PAST: &str = "past grace ms";
/// How long it took from the end of the last process to that of the run as it is shown.
const SHOWN: &str = "shown after ms";

/// The campaign.
pub(super) struct Cancel {
    site: Site,
}

impl Cancel {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "cancels", kind: Sums::Total },
        Column { title: "time-outs", kind: Sums::Total },
        Column { title: "canceled", kind: Sums::Total },
        Column { title: "succeeded", kind: Sums::Total },
        Column { title: PAST, kind: Sums::Most },
        Column { title: SHOWN, kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        let site = Site::of_nobody(programs)?;
        site.write("next.json", round::NEXT.as_bytes())?;
        Ok(Self { site })
    }
}

impl Campaign for Cancel {
    fn play(&mut self, round: Round) -> Told {
        let plan = Plan::of(round);
        match round::play(&self.site, &plan) {
            Ok(outcome) => {
                let violations = outcome.violations.iter().map(|told| format!("{plan}: {told}"));
                let mut numbers = vec![
                    ("time-outs", f64::from(u8::from(plan.is_time_out()))),
                    ("cancels", f64::from(u8::from(!plan.is_time_out()))),
                    ("canceled", f64::from(u8::from(outcome.state == "canceled"))),
                    ("succeeded", f64::from(u8::from(outcome.state == "succeeded"))),
                ];
                let took = |title, took: Option<std::time::Duration>| {
                    took.map(|took| (title, took.as_secs_f64() * 1_000.0))
                };
                numbers.extend(took(PAST, outcome.past_grace));
                numbers.extend(took(SHOWN, outcome.shown_after));
                Told { group: plan.mode.name.to_owned(), numbers, violations: violations.collect() }
            }
            Err(error) => Told::unclear(plan.mode.name, &error.context(plan.to_string())),
        }
    }

    fn keep(&mut self) -> PathBuf {
        self.site.keep().to_path_buf()
    }
}
