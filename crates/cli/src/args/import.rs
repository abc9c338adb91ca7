//! What `millrace import` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use millrace_model::import::Source;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  crontab -l | millrace import - --from crontab -o ~/workflows
  millrace import Makefile -o site.json
  millrace import nightly.sh

A crontab gives a workflow for each line, with its schedule. The targets of a Makefile become
tasks, and so do the parts of a shell script that begin with a line `# --- name`. Nothing in the
file is run.

What is not understood, or means something else than it did, is listed on standard error with
its line, and stands as a note on the canvas. Schedules of imported workflows wait until
you trust the workflow (`millrace trust FILE`); take the line out of your crontab then, or both
start it.")]
pub(crate) struct Import {
    /// The file; `-` for standard input.
    pub(crate) file: String,
    /// Where to: a file ending in .json, or a folder, which is made where there is none. Without it, a
    /// single workflow is printed.
    #[arg(long, short, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,
    /// What the file is; without it, its name and its first lines tell.
    #[arg(long, value_enum)]
    pub(crate) from: Option<ImportSource>,
    /// Replace files that are there.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON: the workflows, and what was not understood.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportSource {
    /// A table of cron, a user's or the system's.
    Crontab,
    /// A Makefile.
    Makefile,
    /// A shell script.
    Shell,
}

impl ImportSource {
    /// The same for the model.
    pub(crate) fn source(self) -> Source {
        match self {
            Self::Crontab => Source::Crontab,
            Self::Makefile => Source::Makefile,
            Self::Shell => Source::Shell,
        }
    }
}
