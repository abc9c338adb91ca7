//! Those on the other ends behave badly: clients, keepers, the daemon; or there are no file descriptors left.
//!
//! Meanwhile other clients get answers within a bound, and a run goes on and ends as it would have.

mod clients;
mod keepers;
mod round;

use std::path::PathBuf;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use super::site::Site;
use round::Trouble;

/// The longest time that somebody else waited for an answer.
const ANSWERED: &str = "answered in ms";

/// The campaign.
pub(super) struct Peers {
    site: Site,
}

impl Peers {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "connections", kind: Sums::Total },
        Column { title: "answers", kind: Sums::Total },
        Column { title: "refusals, said", kind: Sums::Total },
        Column { title: ANSWERED, kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        let site = Site::new(programs)?;
        site.write("next.json", super::cancel::NEXT.as_bytes())?;
        // The run that is in trouble must not take the places of the others.
        let settings = "parallel_tasks = 64\n[notify]\ndesktop = false\n";
        site.write("home/config.toml", settings.as_bytes())?;
        Ok(Self { site })
    }
}

impl Campaign for Peers {
    fn play(&mut self, round: Round) -> Told {
        let trouble = Trouble::of(round);
        match round::play(&self.site, round, trouble) {
            Ok(outcome) => Told {
                group: trouble.to_string(),
                numbers: vec![
                    ("connections", f64::from(outcome.connections)),
                    ("answers", f64::from(outcome.answers)),
                    ("refusals, said", f64::from(outcome.refusals)),
                    (ANSWERED, outcome.slowest.as_secs_f64() * 1_000.0),
                ],
                violations: outcome.violations,
            },
            Err(error) => Told::unclear(trouble, &error),
        }
    }

    fn keep(&mut self) -> PathBuf {
        self.site.keep().to_path_buf()
    }
}
