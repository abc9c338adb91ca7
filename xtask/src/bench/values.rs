//! What values cost on their way from task to task: large outputs, large artifacts, expressions, items of a list.

mod artifacts;
mod expressions;
mod mapped;
mod outputs;

use std::path::PathBuf;

use anyhow::Context;

use super::daemon::Daemon;
use super::{build, page};
use crate::process::{announce, print};
use crate::workspace::Workspace;

/// Outputs of 1 MiB read by a hundred tasks, an artifact of 1 GiB, expressions, a task of 10,000 items.
#[derive(Debug, clap::Parser)]
pub(crate) struct Arguments {
    /// An artifact of 128 MiB instead of 1 GiB, 1,000 items instead of 10,000.
    #[arg(long)]
    quick: bool,
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// Put the table into docs/benchmarks.md, between its marks.
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.no_build {
        build(workspace, &[("millrace-model", "expressions")])?;
    }
    let release = workspace.target().join("release");
    let expressions: PathBuf = release.join("examples/expressions");
    let folder = tempfile::tempdir().context("no folder for the home")?;
    let daemon = Daemon::start(&release.join("millrace"), &folder.path().join("home"))?;
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let mut report = format!("{cores} cores\n\n| figure | measured |\n|---|---|\n");
    announce("large outputs");
    report.push_str(&outputs::rows(&daemon, folder.path())?);
    announce("a large artifact");
    report.push_str(&artifacts::rows(&daemon, folder.path(), arguments.quick)?);
    announce("expressions");
    report.push_str(&expressions::rows(&expressions)?);
    announce("items and tasks");
    report.push_str(&mapped::rows(&daemon, folder.path(), arguments.quick)?);
    drop(daemon);
    print(&report);
    if arguments.write {
        page::write(workspace, "values", &report)?;
    }
    Ok(())
}
