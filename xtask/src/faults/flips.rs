//! Bits fall over, and ranges of files are overwritten or cut, in a home that was killed in the middle of its work.
//!
//! Every round begins with the same home: runs that succeeded, failed and were canceled, one that goes on, versions of a
//! document. It is damaged in one file, and then somebody starts a daemon, looks at everything and runs a workflow.

mod damage;
mod home;
mod round;

use std::path::PathBuf;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use super::site::Site;
use damage::Damage;
use home::Template;

/// From the first call to its answer.
const ANSWERED: &str = "answered after ms";

/// The campaign.
pub(super) struct Flips {
    site: Site,
    template: Template,
}

impl Flips {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "as before", kind: Sums::Total },
        Column { title: "less, said", kind: Sums::Total },
        Column { title: "refused, said", kind: Sums::Total },
        Column { title: "other bytes", kind: Sums::Total },
        Column { title: ANSWERED, kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        let site = Site::new(programs)?;
        let template = Template::make(&site)?;
        Ok(Self { site, template })
    }
}

impl Campaign for Flips {
    fn play(&mut self, round: Round) -> Told {
        let damage = Damage::of(round, &self.template.files);
        match round::play(&self.site, &self.template, &damage) {
            Ok(outcome) => {
                let mut numbers = vec![(outcome.became.title(), 1.0)];
                let took = outcome.answered_after.map(|took| took.as_secs_f64() * 1_000.0);
                numbers.extend(took.map(|took| (ANSWERED, took)));
                let violations = outcome.violations.iter().map(|told| format!("{damage}: {told}"));
                Told { group: damage.group(), numbers, violations: violations.collect() }
            }
            Err(error) => Told::unclear(damage.group(), &error.context(damage.to_string())),
        }
    }

    fn keep(&mut self) -> PathBuf {
        self.site.keep().to_path_buf()
    }
}
