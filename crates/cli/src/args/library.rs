//! The command line for the library: list it, look through it, move what is in it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace list
  millrace list --folder team/daily
  millrace list --sort slowest
  millrace list --json | jq -r '.workflows[] | select(.errors > 0) | .path'

FOLDER is where the document lies in the library; - for one that ran from elsewhere. GIT is shown where documents
lie in a git repository: modified, untracked, ignored or conflict; nothing for one that is as in the commit.")]
pub(crate) struct List {
    /// Only what lies in this folder of the library, and below it.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<String>,
    /// In which order.
    #[arg(long, value_enum, default_value_t = SortWord::Name, value_name = "ORDER")]
    pub(crate) sort: SortWord,
    /// Print JSON: the workflows, each with its folder, and all folders.
    #[arg(long)]
    pub(crate) json: bool,
}

/// An order of workflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortWord {
    /// By name.
    Name,
    /// The one that ran last first.
    Last,
    /// What failed first.
    State,
    /// The one whose runs take longest first.
    Slowest,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace search curl
  millrace search 'daily export'       both words, in a workflow and its tasks
  millrace search kind:sql orders      in tasks of kind sql
  millrace search is:invalid           tasks with errors
  millrace search curl --json | jq -r '.workflows[].path'

Names, titles, descriptions, scripts and the values of all fields are looked through, in every document of the
library and in those that ran from elsewhere. Capital letters do not count. Of a document above 4 MiB only the name
of its file is looked at.")]
pub(crate) struct Search {
    /// Words that all have to be there; `kind:…`, `is:invalid` and `is:disabled` ask what a task is.
    #[arg(value_name = "TEXT", required = true)]
    pub(crate) text: Vec<String>,
    /// At most so many workflows.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) limit: u32,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace move daily_sales ~/workflows/team/            into a folder
  millrace move old.json new.json                        to another name of the file
  millrace move ~/workflows/team ~/workflows/sales       a folder of the library, to another name

History, schedules, trust and versions go along, and tasks elsewhere that run what was moved name it as it is
called then.")]
pub(crate) struct Move {
    /// A document: its file, or the name of a workflow in the library; or a folder of the library.
    #[arg(value_name = "FILE|NAME|FOLDER")]
    pub(crate) from: String,
    /// Where to: a folder, or the new path.
    pub(crate) to: PathBuf,
    /// Print JSON: where it is now, and what was changed with it.
    #[arg(long)]
    pub(crate) json: bool,
}
