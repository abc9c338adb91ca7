//! `cargo xtask faults`: does to a working Millrace what goes wrong on real machines, and checks that every promise
//! holds.
//!
//! A *campaign* is one kind of trouble; its rounds come from a seed, so that each can be played again alone. What each
//! round came to is on record beside the programs: a series can be cut and resumed, and its parts played on several
//! machines or nights.

mod campaign;
mod cancel;
mod check;
mod clock;
pub(crate) mod dice;
mod disk;
mod flips;
mod kills;
mod mounts;
mod output;
mod peers;
#[cfg(target_arch = "x86_64")]
mod points;
#[cfg(target_arch = "x86_64")]
mod power;
pub(crate) mod processes;
mod record;
mod saves;
pub(crate) mod site;
mod store;
mod table;
#[cfg(target_arch = "x86_64")]
mod tracer;
mod watcher;

use std::time::Instant;

use anyhow::{Context as _, bail, ensure};

use crate::app;
use crate::cargo::cargo;
use crate::process::{announce, print, run as run_command};
use crate::setup::{self, Group};
use crate::workspace::Workspace;
use campaign::{Name, Round};
use record::Record;

/// Does to a working Millrace what goes wrong on real machines, and checks that every promise holds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A series that was cut is carried on by the same command with --resume. Parts of a series can be played at once or on \
several machines with --shard; --figures says what all of them came to.")]
pub(crate) struct Arguments {
    /// Only these; all of them where none is named.
    #[arg(value_enum)]
    campaigns: Vec<Name>,
    /// How many rounds of each, instead of a number that takes about ten minutes.
    #[arg(long)]
    count: Option<u64>,
    /// Another seed gives other rounds. A failure names the seed and round that repeat it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The number of the first round, to repeat one of a longer series.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Only this part of the series: 2/5 is the second of five parts, one after the other.
    #[arg(long, value_name = "PART/PARTS", default_value = "1/1")]
    shard: Shard,
    /// Leave out the rounds that are on record from an earlier call.
    #[arg(long)]
    resume: bool,
    /// Play nothing; print what is on record of this seed.
    #[arg(long, conflicts_with_all = ["resume", "first", "count"])]
    figures: bool,
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
}

/// A part of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shard {
    /// From 1.
    part: u64,
    parts: u64,
}

/// Which rounds are played, and where what they come to is written down.
struct Series {
    seed: u64,
    rounds: std::ops::Range<u64>,
    resume: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    let names = match arguments.campaigns.as_slice() {
        [] => Name::ALL,
        named => named,
    };
    if arguments.figures {
        for name in names {
            let lines = record::all(workspace, *name, arguments.seed)?;
            announce(&format!("{name}, seed {}: {} rounds on record", arguments.seed, lines.len()));
            print(&table::of(name.columns(), &lines));
        }
        return Ok(());
    }
    setup::ensure(Group::ALL)?;
    if !arguments.no_build {
        app::build(workspace)?;
        // What plays against them is a program of the tests.
        run_command(cargo(workspace).args([
            "build",
            "--package",
            "millrace-tests",
            "--bin",
            "millrace-hostile",
        ]))?;
    }
    let mut broken = Vec::new();
    for name in names {
        let count = arguments.count.unwrap_or_else(|| name.usual_count());
        let rounds = arguments.shard.of(arguments.first, count);
        let series = Series { seed: arguments.seed, rounds, resume: arguments.resume };
        if let Err(error) = play(workspace, *name, &series) {
            broken.push(format!("{error:#}"));
        }
    }
    if broken.is_empty() { Ok(()) } else { bail!("{}", broken.join("\n")) }
}

/// Plays a few rounds of each campaign, always the same, with programs that are built already.
///
/// # Errors
/// Where a promise was broken.
pub(crate) fn short(workspace: &Workspace) -> anyhow::Result<()> {
    for name in Name::ALL {
        play(workspace, *name, &Series { seed: 1, rounds: 0..name.short_count(), resume: false })?;
    }
    Ok(())
}

/// # Errors
/// Where a promise was broken, or the campaign could not begin.
fn play(workspace: &Workspace, name: Name, series: &Series) -> anyhow::Result<()> {
    let Series { seed, rounds, resume } = series;
    let mut record = Record::open(workspace, name, *seed, rounds, *resume)?;
    let left: Vec<u64> = rounds.clone().filter(|round| !record.has(*round)).collect();
    let count = rounds.end - rounds.start;
    announce(&format!("{name}: {} of {count} rounds to play, seed {seed}", left.len()));
    let begun = Instant::now();
    let mut campaign =
        name.open(workspace.programs()).with_context(|| format!("{name} cannot be played"))?;
    let mut broken = 0;
    for number in left {
        let mut told = campaign.play(Round { seed: *seed, number });
        if let Some(first) = told.violations.first_mut() {
            first.push_str(&format!(
                " (repeat it: {name} --seed {seed} --first {number} --count 1)"
            ));
            broken += 1;
        }
        for violation in &told.violations {
            print(&format!("FAILED {name}, {}: {violation}", told.group));
        }
        record.add(number, &told)?;
    }
    let at_the_end = campaign.finish();
    for violation in &at_the_end {
        print(&format!("FAILED {name}, after rounds {rounds:?} of seed {seed}: {violation}"));
    }
    broken += usize::from(!at_the_end.is_empty());
    print(&table::of(name.columns(), &record.lines()?));
    let took = begun.elapsed().as_secs();
    if broken > 0 {
        let place = campaign.keep().display().to_string();
        bail!(
            "{name}: {broken} of {count} rounds broke a promise ({took} s); what they left is in {place}"
        );
    }
    announce(&format!("{name}: no promise was broken ({took} s)"));
    Ok(())
}

impl Shard {
    /// Its part of `count` rounds from `first` on.
    fn of(self, first: u64, count: u64) -> std::ops::Range<u64> {
        let begin = |part: u64| first.saturating_add(count * part / self.parts);
        begin(self.part - 1)..begin(self.part)
    }
}

impl std::str::FromStr for Shard {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (part, parts) = text.split_once('/').context("a part is written as 2/5")?;
        let shard = Self { part: part.parse()?, parts: parts.parse()? };
        ensure!((1..=shard.parts).contains(&shard.part), "there is no part {part} of {parts}");
        Ok(shard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_series_are_the_whole_series() {
        for parts in 1..9 {
            let rounds = (1..=parts).flat_map(|part| Shard { part, parts }.of(5, 100));
            assert!(rounds.eq(5..105), "{parts}");
        }
    }

    #[test]
    fn a_part_that_is_not_there_is_refused() {
        assert_eq!("2/5".parse::<Shard>().unwrap(), Shard { part: 2, parts: 5 });
        for text in ["0/5", "6/5", "0/0", "1", "a/b", "-1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
