//! The command line for versions, and for what differs between documents and between runs.

use clap::Args;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace versions daily_sales
  millrace versions ./daily_sales.json --json | jq '.[0]'

A version is kept whenever a workflow is saved or run and means something else than before: 200 of each.
`millrace diff` shows what differs between two of them.")]
pub(crate) struct Versions {
    /// Which workflow: a file, or its name in the library.
    #[arg(value_name = "FILE|NAME")]
    pub(crate) workflow: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace diff old.json new.json
  millrace diff daily_sales@13 daily_sales@14      two versions, as `millrace versions` numbers them
  millrace diff daily_sales@13 daily_sales         a version and what is in the file
  millrace diff a.json b.json --json | jq -r '.differences[].field'

Tasks, edges and fields are told apart, so that the order of tasks and the form of the text make no difference.
Texts of several lines, such as scripts, are shown line by line.")]
pub(crate) struct Diff {
    /// As it was: a file, a workflow of the library, or a version of either by `@` and its number.
    #[arg(value_name = "BEFORE")]
    pub(crate) before: String,
    /// As it is.
    #[arg(value_name = "AFTER")]
    pub(crate) after: String,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace compare 8f2c last
  millrace compare 8f2c last --log load              what the task `load` printed in both
  millrace compare 8f2c last --log load --numbers    numbers and times within lines count, too
  millrace compare 8f2c last --json | jq '.tasks[0]'

What changed most comes first: tasks that ended otherwise, then those whose length changed most.")]
pub(crate) struct Compare {
    /// The older run: the start of its id, `last` or `last-failed`.
    #[arg(value_name = "RUN")]
    pub(crate) before: String,
    /// The newer run.
    #[arg(value_name = "RUN")]
    pub(crate) after: String,
    /// Show which lines differ of what this task printed; of a mapped one, `NAME[INDEX]` of the newer run, and the same item of
    /// the older one.
    #[arg(long, value_name = "TASK")]
    pub(crate) log: Option<String>,
    /// Lines of a log that differ only in numbers differ.
    #[arg(long, requires = "log")]
    pub(crate) numbers: bool,
    /// All tasks, however many there are.
    #[arg(long)]
    pub(crate) all: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
