//! `cargo xtask clock`: whether schedules fire as they should around every clock change of every zone.

use clap::Parser;

use crate::cargo::cargo;
use crate::process::run as run_command;
use crate::workspace::Workspace;

/// Compares schedules with an oracle that walks every minute around each clock change from 2007 to 2037.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    /// Only this zone, such as Europe/Berlin.
    #[arg(long)]
    zone: Option<String>,
    /// Only the i-th of n parts, counted from 0, as in 0/4.
    #[arg(long, default_value = "0/1")]
    shard: String,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    let zone = arguments.zone.as_deref().unwrap_or("all");
    // A program of its own: the model would be compiled before every other command as well. Without optimisation the
    // walk takes five times as long.
    let example = ["run", "--quiet", "--config", "profile.dev.opt-level=2", "-p", "millrace-model"];
    let program = ["--example", "clock", "--", zone, &arguments.shard];
    run_command(cargo(workspace).args(example).args(program))
}
