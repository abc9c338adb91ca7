//! The command line for what tasks gave and left, and for reports of runs.

use clap::Args;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace outputs last
  millrace outputs last extract --json | jq .rows
  millrace outputs last train --metrics")]
pub(crate) struct Outputs {
    /// The run: the start of its id, `last` or `last-failed`.
    pub(crate) run: String,
    /// Only of this task; of a mapped one, `NAME[INDEX]`.
    pub(crate) task: Option<String>,
    /// The numbers that its last try measured, instead of its outputs.
    #[arg(long)]
    pub(crate) metrics: bool,
    /// Print JSON: an object of the outputs; without a task, such an object for each task that gave some.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace artifacts last
  millrace artifacts last report
  millrace artifacts last report sales.csv --save .
  millrace artifacts last report sales.csv --save - | head

A task leaves files by `millrace-task artifact FILE`, or by writing them into $MILLRACE_ARTIFACTS.")]
pub(crate) struct Artifacts {
    /// The run: the start of its id, `last` or `last-failed`.
    pub(crate) run: String,
    /// Only of this task; of a mapped one, `NAME[INDEX]`.
    pub(crate) task: Option<String>,
    /// Only the one of this name.
    #[arg(requires = "task")]
    pub(crate) name: Option<String>,
    /// The try that left it, counted from 1; without it, the last that left something.
    #[arg(long = "try", value_name = "N", requires = "name")]
    pub(crate) number: Option<u32>,
    /// Write a copy to this file or into this folder; `-` prints it.
    #[arg(long, value_name = "PATH", requires = "name")]
    pub(crate) save: Option<String>,
    /// Replace a file that is there already.
    #[arg(long, requires = "save")]
    pub(crate) replace: bool,
    /// Print JSON.
    #[arg(long, conflicts_with = "save")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace report last
  millrace report last-failed --output /tmp/what-failed.html --replace

The page is one file without scripts, and loads nothing. It has the timeline, the tasks, what failed with the
end of what it printed, outputs, artifacts, and where the run came from.")]
pub(crate) struct Report {
    /// The run: the start of its id, `last` or `last-failed`.
    pub(crate) run: String,
    /// Write it to this file, which ends in `.html`; without it, to `report-RUN.html` in the current folder.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<std::path::PathBuf>,
    /// Replace a file that is there already.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Print JSON: where it is, and its size.
    #[arg(long)]
    pub(crate) json: bool,
}
