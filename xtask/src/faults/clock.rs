//! The wall clock jumps, ahead and back, by seconds and by weeks, while schedules fire and while the daemon is dead.
//!
//! No tick may start two runs, no schedule may stay silent that is due, and what is made up for is bounded.

mod round;
mod wall;

use std::path::PathBuf;

use super::campaign::{Campaign, Column, Round, Sums, Told};
use super::site::Site;
use round::Outcome;
use wall::Wall;

/// From a jump to the next tick that fires.
const FIRED: &str = "fired after ms";

/// The campaign.
pub(super) struct Clock {
    programs: PathBuf,
    library: PathBuf,
    /// Where the last round was played.
    last: Option<Site>,
}

impl Clock {
    pub(super) const COLUMNS: &[Column] = &[
        Column { title: "jumps", kind: Sums::Total },
        Column { title: "ticks that ran", kind: Sums::Total },
        Column { title: "gaps recorded", kind: Sums::Total },
        Column { title: FIRED, kind: Sums::Most },
    ];

    pub(super) fn new(programs: PathBuf) -> anyhow::Result<Self> {
        Ok(Self { programs, library: wall::library()?, last: None })
    }

    /// A home of its own for each round: a clock that was weeks ahead leaves a history of the future.
    fn play_anew(&mut self, round: Round, with_kills: bool) -> anyhow::Result<Outcome> {
        let site = self.last.insert(Site::new(self.programs.clone())?);
        let wall = Wall::begin(site, &self.library)?;
        round::play(site, wall, &mut round.dice(), with_kills)
    }
}

impl Campaign for Clock {
    fn play(&mut self, round: Round) -> Told {
        // A daemon that lives on may take half a minute until it looks.
        let with_kills = round.number % 8 != 7;
        let group = if with_kills { "killed meanwhile" } else { "living on" };
        match self.play_anew(round, with_kills) {
            Ok(outcome) => Told {
                group: group.to_owned(),
                numbers: vec![
                    ("jumps", f64::from(outcome.jumps)),
                    ("ticks that ran", f64::from(outcome.ticks)),
                    ("gaps recorded", f64::from(outcome.gaps)),
                    (FIRED, outcome.slowest.as_secs_f64() * 1_000.0),
                ],
                violations: outcome.violations,
            },
            Err(error) => Told::unclear(group, &error),
        }
    }

    fn keep(&mut self) -> PathBuf {
        self.last.as_mut().map(|site| site.keep().to_path_buf()).unwrap_or_default()
    }
}
