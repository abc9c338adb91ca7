//! What a person has to say in a run: answers and marks.

use clap::{Args, ValueEnum};

use super::Params;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace approve                        what waits for an answer
  millrace approve last ask               yes
  millrace approve last ask -p amount=3   yes, with what its form asks for
  millrace approve 8f2c ask --reject --note 'too many rows'

The first answer counts: a second one is refused and told who was first.")]
pub(crate) struct Approve {
    /// The run: the start of its id, `last` or `last-failed`; without it, all that is asked is listed.
    #[arg(requires = "task")]
    pub(crate) run: Option<String>,
    /// The task that asks.
    pub(crate) task: Option<String>,
    /// Say no.
    #[arg(long, requires = "task", conflicts_with_all = ["param", "params_file"])]
    pub(crate) reject: bool,
    /// A word with it, kept in the history.
    #[arg(long, value_name = "TEXT", requires = "task")]
    pub(crate) note: Option<String>,
    #[command(flatten)]
    pub(crate) params: Params,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace mark last load succeeded            go on as if `load` had done its work
  millrace mark last load succeeded -o rows=7 -o done:=true
  millrace mark 8f2c wait_for_file failed      give up waiting

What runs is stopped first. A task that has ended can be marked succeeded where it did not
succeed: what had ended because of it is pending again, also where its run has ended.")]
pub(crate) struct Mark {
    /// The run: the start of its id, `last` or `last-failed`.
    pub(crate) run: String,
    /// The task.
    pub(crate) task: String,
    /// How it ends.
    #[arg(value_enum)]
    pub(crate) state: MarkWord,
    /// What it gives: `NAME=TEXT`, or `NAME:=JSON`. May be given several times.
    #[arg(short = 'o', long = "output", value_name = "NAME=VALUE")]
    pub(crate) outputs: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a task can be marked, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum MarkWord {
    Succeeded,
    Failed,
}
