//! Compares when rules fire with an oracle, around every clock change of every zone; `cargo xtask clock` calls it.

#![expect(clippy::print_stdout, reason = "its result")]

use std::process::ExitCode;

use chrono_tz::{TZ_VARIANTS, Tz};
use oracle::compare;

#[path = "../tests/schedules/oracle.rs"]
mod oracle;
#[path = "../tests/schedules/pattern.rs"]
mod pattern;

/// The first year, and the one after the last.
const YEARS: (i32, i32) = (2007, 2038);

/// To each side of a change.
const DAYS: i64 = 3;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(zone), Some(shard), None) = (arguments.next(), arguments.next(), arguments.next())
    else {
        println!("usage: clock ZONE|all i/n");
        return ExitCode::FAILURE;
    };
    let Some((index, count)) = read_shard(&shard) else {
        println!("`{shard}` is not a shard such as 0/4: the first of four");
        return ExitCode::FAILURE;
    };
    let named = TZ_VARIANTS.iter().filter(|it| zone == "all" || it.name() == zone);
    let zones: Vec<Tz> = named.copied().skip(index).step_by(count).collect();
    if zones.is_empty() {
        println!("there is no time zone `{zone}` in shard {shard}");
        return ExitCode::FAILURE;
    }
    let figures = compare(&zones, YEARS, DAYS);
    for difference in &figures.shown {
        println!("{difference}");
    }
    println!(
        "{} zones, {} changes ({} different ones), {} rules, {} minutes, {} ticks compared, {} differences",
        figures.zones,
        figures.changes,
        figures.windows,
        figures.rules,
        figures.minutes,
        figures.ticks,
        figures.differences,
    );
    if figures.differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read_shard(text: &str) -> Option<(usize, usize)> {
    let (index, count) = text.split_once('/')?;
    let (index, count) = (index.parse().ok()?, count.parse().ok()?);
    (index < count).then_some((index, count))
}
