//! `cargo xtask bench`: what running costs, as ratios to other programs measured in the same run, and what the window's
//! frames cost.

mod daemon;
mod engine;
mod history;
mod measure;
mod page;
mod schedules;
mod shape;
mod single;
mod ui;
mod values;

use clap::{Parser, Subcommand};

use crate::cargo::cargo;
use crate::process::{announce, run as run_command};
use crate::workspace::Workspace;

/// Measures the release build; prints tables.
#[derive(Debug, Parser)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Engine(engine::Arguments),
    History(history::Arguments),
    Schedules(schedules::Arguments),
    Ui(ui::Arguments),
    Values(values::Arguments),
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.what {
        What::Engine(arguments) => engine::run(workspace, arguments),
        What::History(arguments) => history::run(workspace, arguments),
        What::Schedules(arguments) => schedules::run(workspace, arguments),
        What::Ui(arguments) => ui::run(workspace, arguments),
        What::Values(arguments) => values::run(workspace, arguments),
    }
}

/// Builds the release programs, and these examples by their packages and names.
fn build(workspace: &Workspace, examples: &[(&str, &str)]) -> anyhow::Result<()> {
    announce("building the release programs");
    let packages = ["-p", "millrace", "-p", "millrace-keeper", "-p", "millrace-task"];
    run_command(cargo(workspace).args(["build", "--release"]).args(packages))?;
    for &(package, example) in examples {
        let example = ["build", "--release", "-p", package, "--example", example];
        run_command(cargo(workspace).args(example))?;
    }
    Ok(())
}
