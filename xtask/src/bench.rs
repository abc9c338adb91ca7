//! `cargo xtask bench`: what running costs, as ratios to other programs measured in the same run.

mod daemon;
mod engine;
mod measure;
mod shape;
mod single;

use clap::{Parser, Subcommand};

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
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    match &arguments.what {
        What::Engine(arguments) => engine::run(workspace, arguments),
    }
}
