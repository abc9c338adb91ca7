//! Many runs: the list of them, and what is done to several.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace runs state:failed since:2d           failed in the last two days
  millrace runs 'workflow:daily_* took:>5m'     of these workflows, longer than five minutes
  millrace runs failed:load '\"no such table\"'   load failed, with these words in the reason
  millrace runs --limit 100 -- -state:succeeded
  millrace runs --json | jq -r '.runs[].run'

A query is words and terms that all have to hold; a comma means `or`, a minus means `not`:
  state:failed,canceled    queued, running, paused, succeeded, failed, canceled
  workflow:daily_*         its name; * stands for any letters
  since:2d until:yesterday accepted then: 90m, 6h, 2d, 1w ago, today, yesterday, a date, a time
  task:load failed:load    a task that ended, or failed, in it
  trigger:schedule         manual, schedule, event, api, backfill, parent
  took:>5m took:<1h        from its start to its end
  id:8f2c                  the start of its id
  \"no such table\"          text in its name, title, reason, failed task or last line")]
pub(crate) struct Runs {
    /// Which runs: terms such as `state:failed` and words that are looked for. Without any: all.
    #[arg(value_name = "QUERY")]
    pub(crate) query: Vec<String>,
    /// Only runs of this workflow.
    #[arg(long, value_name = "NAME")]
    pub(crate) workflow: Option<String>,
    /// Only runs in this state. May be given several times.
    #[arg(long, value_name = "STATE", value_enum)]
    pub(crate) state: Vec<StateWord>,
    /// Only runs since then: `90m`, `2h`, `3d`, `today`, `yesterday`, `2026-11-23`, or an instant.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace grid daily_sales                 the last 20 runs, the newest at the right
  millrace grid daily_sales --limit 60
  millrace grid daily_sales --json | jq -r '.runs[] | select(.state == \"failed\") | .run'

In the grid, + or a tick stands for succeeded, x for failed, ! for an error, u for upstream failed, - for skipped,
c for cancelled, and nothing for a task that the run did not have.")]
pub(crate) struct Grid {
    /// Which workflow, by its name.
    #[arg(value_name = "WORKFLOW")]
    pub(crate) workflow: String,
    /// At most so many runs.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) limit: u32,
    /// Print JSON: the tasks, and the runs from new to old, a letter for each task.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace calendar daily_sales                the last twelve months
  millrace calendar daily_sales --year 2026
  millrace calendar daily_sales --json | jq -r '.days[] | select(.failed) | .day'

A column is a week from Monday to Sunday, a sign is a day: + or a tick where all runs succeeded, x where all failed, ~ where
some did, c where they were cancelled, > where one has not ended, and a dot where there was none. A day begins and ends by the
clock of the daemon's machine.")]
pub(crate) struct Calendar {
    /// Which workflow, by its name.
    #[arg(value_name = "WORKFLOW")]
    pub(crate) workflow: String,
    /// All of this year, in place of the last twelve months.
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=9999))]
    pub(crate) year: Option<i32>,
    /// Print JSON: each day that has runs, how many of them ended how, and what they took.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The state of a run, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum StateWord {
    Queued,
    Running,
    Paused,
    Succeeded,
    Failed,
    #[value(alias = "cancelled")]
    Canceled,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace cancel last
  millrace cancel 8f2c 91aa
  millrace cancel --query 'workflow:daily_* state:queued' --yes")]
pub(crate) struct Cancel {
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// At once: no time to clean up, no teardown tasks.
    #[arg(long)]
    pub(crate) kill: bool,
    /// Print JSON: with which runs it was done, and with which not.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace retry last
  millrace retry 8f2c 91aa                         two runs; they are not watched
  millrace retry --query 'state:failed since:2h'   all that failed in the last two hours")]
pub(crate) struct Retry {
    #[command(flatten)]
    pub(crate) chosen: Chosen,
    /// Do not wait for the end.
    #[arg(long)]
    pub(crate) detach: bool,
    /// Print one JSON object for each event, and a summary as the last; of several runs, what was done with which.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The runs that something is done to.
#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// The runs: each the start of an id, `last` or `last-failed`.
    #[arg(value_name = "RUN", required_unless_present = "query")]
    pub(crate) runs: Vec<String>,
    /// All runs that this finds: see `millrace runs --help`.
    #[arg(long, value_name = "QUERY", conflicts_with = "runs")]
    pub(crate) query: Option<String>,
    /// Do not ask whether all of them are meant.
    #[arg(long, requires = "query")]
    pub(crate) yes: bool,
}
