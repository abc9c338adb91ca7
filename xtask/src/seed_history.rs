//! `cargo xtask seed-history`: a home with a long history, for measuring.

use std::path::PathBuf;

use clap::Parser;

use crate::cargo::cargo;
use crate::process::run as run_command;
use crate::workspace::Workspace;

/// Fills the history of a home with plausible runs. The same seed gives the same history.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// How many runs.
    #[arg(long, default_value_t = 1_000)]
    runs: u64,
    /// How many tasks each has.
    #[arg(long, default_value_t = 10)]
    tasks: u32,
    /// Another seed gives other runs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The home; no daemon may have it.
    #[arg(long)]
    home: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    std::fs::create_dir_all(&arguments.home)?;
    let (runs, tasks, seed) =
        (arguments.runs.to_string(), arguments.tasks.to_string(), arguments.seed.to_string());
    // A program of its own: SQLite would be compiled into every other command as well.
    let example = ["run", "--quiet", "--release", "-p", "millrace-store", "--example"];
    run_command(
        cargo(workspace)
            .args(example)
            .args(["seed_history", "--", "--runs", &runs, "--tasks", &tasks, "--seed", &seed])
            .arg("--home")
            .arg(std::path::absolute(&arguments.home)?),
    )
}
