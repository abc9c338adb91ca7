//! What a campaign is, and the list of them.

use std::fmt;
use std::path::PathBuf;

use super::cancel::Cancel;
use super::clock::Clock;
use super::disk::Disk;
use super::flips::Flips;
use super::kills::Kills;
use super::output::Output;
use super::peers::Peers;
#[cfg(target_arch = "x86_64")]
use super::points::Points;
#[cfg(target_arch = "x86_64")]
use super::power::Power;
use super::saves::Saves;
use super::store::Store;

/// One kind of trouble. Rounds are played one after the other; one may build on what the last one left.
pub(super) trait Campaign {
    /// Plays a round and judges it. What it could not judge is a violation, too.
    fn play(&mut self, round: Round) -> Told;

    /// What shows only after the last round: everything that must not be.
    fn finish(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Keeps what the rounds left for somebody to look at, and says where.
    fn keep(&mut self) -> PathBuf;
}

/// Which round: everything in it comes from these two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    pub(super) seed: u64,
    pub(super) number: u64,
}

/// What a round came to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    /// The line of the table in which it counts.
    pub(super) group: String,
    /// Numbers for columns of the table, by the column's title.
    pub(super) numbers: Vec<(&'static str, f64)>,
    /// Every promise that did not hold, in words.
    pub(super) violations: Vec<String>,
}

/// A column of a campaign's table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) title: &'static str,
    /// What becomes of the numbers of several rounds.
    pub(super) kind: Sums,
}

/// How numbers of rounds become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sums {
    /// They are added.
    Total,
    /// The largest counts.
    Most,
}

/// The campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Name {
    /// Daemon, keeper, task, command line and window are killed at random moments of small runs.
    Kills,
    #[cfg(target_arch = "x86_64")]
    /// A crash or an error at each step by which daemon and keeper store something, make processes or talk.
    Points,
    #[cfg(target_arch = "x86_64")]
    /// Power fails, and the disk keeps what it likes of what was not synced.
    Power,
    /// Tasks that do not want to be stopped are, in each of dozens of ways.
    Cancel,
    /// The disk fills up and is freed again, while runs go on, documents are saved and logs are written.
    Disk,
    /// Bits fall over in the files of a home, and ranges of them are overwritten or cut.
    Flips,
    /// The wall clock jumps ahead and back while schedules fire.
    Clock,
    /// Clients, keepers and the daemon behave badly, or have no file descriptors left.
    Peers,
    /// Output by the gigabyte, which keeps memory and logs within bounds.
    Output,
    /// The daemon is killed while documents are saved and drafts are kept, the window while somebody draws.
    Saves,
    /// Daemon or command line are killed while a backup is written, restored, or runs beyond the limits are removed.
    Store,
}

impl Name {
    pub(super) const ALL: &[Self] = &[
        Self::Kills,
        #[cfg(target_arch = "x86_64")]
        Self::Points,
        #[cfg(target_arch = "x86_64")]
        Self::Power,
        Self::Saves,
        Self::Store,
        Self::Cancel,
        Self::Disk,
        Self::Flips,
        Self::Clock,
        Self::Peers,
        Self::Output,
    ];

    /// Makes everything that its rounds need.
    ///
    /// # Errors
    /// Where this machine does not let it.
    pub(super) fn open(self, programs: PathBuf) -> anyhow::Result<Box<dyn Campaign>> {
        Ok(match self {
            Self::Kills => Box::new(Kills::new(programs)?),
            #[cfg(target_arch = "x86_64")]
            Self::Points => Box::new(Points::new(programs)?),
            #[cfg(target_arch = "x86_64")]
            Self::Power => Box::new(Power::new(programs)),
            Self::Cancel => Box::new(Cancel::new(programs)?),
            Self::Disk => Box::new(Disk::new(programs)),
            Self::Flips => Box::new(Flips::new(programs)?),
            Self::Clock => Box::new(Clock::new(programs)?),
            Self::Peers => Box::new(Peers::new(programs)?),
            Self::Output => Box::new(Output::new(programs)?),
            Self::Saves => Box::new(Saves::new(programs)?),
            Self::Store => Box::new(Store::new(programs)?),
        })
    }

    /// As many rounds as take about ten minutes.
    pub(super) fn usual_count(self) -> u64 {
        match self {
            Self::Kills => 300,
            #[cfg(target_arch = "x86_64")]
            Self::Points => 400,
            #[cfg(target_arch = "x86_64")]
            Self::Power => 500,
            Self::Cancel => 400,
            Self::Disk => 100,
            Self::Flips => 300,
            Self::Clock => 60,
            Self::Peers => 150,
            Self::Output => 7,
            Self::Saves => 2_000,
            Self::Store => 300,
        }
    }

    /// As many rounds as each call of `cargo xtask test` plays.
    pub(super) fn short_count(self) -> u64 {
        match self {
            // Each kind of victim twice.
            Self::Kills => 14,
            #[cfg(target_arch = "x86_64")]
            Self::Points => 8,
            #[cfg(target_arch = "x86_64")]
            Self::Power => 6,
            Self::Cancel => 10,
            Self::Disk => 2,
            Self::Flips => 4,
            Self::Clock => 2,
            Self::Peers => 4,
            Self::Output => 1,
            // One of them with the window.
            Self::Saves => 16,
            Self::Store => 6,
        }
    }

    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Kills => Kills::COLUMNS,
            #[cfg(target_arch = "x86_64")]
            Self::Points => Points::COLUMNS,
            #[cfg(target_arch = "x86_64")]
            Self::Power => Power::COLUMNS,
            Self::Cancel => Cancel::COLUMNS,
            Self::Disk => Disk::COLUMNS,
            Self::Flips => Flips::COLUMNS,
            Self::Clock => Clock::COLUMNS,
            Self::Peers => Peers::COLUMNS,
            Self::Output => Output::COLUMNS,
            Self::Saves => Saves::COLUMNS,
            Self::Store => Store::COLUMNS,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kills => "kills",
            #[cfg(target_arch = "x86_64")]
            Self::Points => "points",
            #[cfg(target_arch = "x86_64")]
            Self::Power => "power",
            Self::Cancel => "cancel",
            Self::Disk => "disk",
            Self::Flips => "flips",
            Self::Clock => "clock",
            Self::Peers => "peers",
            Self::Output => "output",
            Self::Saves => "saves",
            Self::Store => "store",
        })
    }
}

impl Round {
    pub(super) fn dice(self) -> super::dice::Dice {
        super::dice::Dice::of_round(self.seed, self.number)
    }
}

impl Told {
    /// A round that could not be judged.
    pub(super) fn unclear(group: impl fmt::Display, error: &anyhow::Error) -> Self {
        let violations = vec![format!("{error:#}")];
        Self { group: group.to_string(), numbers: Vec::new(), violations }
    }
}
