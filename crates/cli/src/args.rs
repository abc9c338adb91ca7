//! The command line: subcommands, flags and what `--help` teaches.
//!
//! Only its shape; what a subcommand does is in `commands`.

mod answer;
mod backup;
pub(crate) mod connection;
mod deletion;
mod differ;
mod given;
mod import;
mod library;
mod machine;
mod runs;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use millrace_model::ident::Ident;

pub(crate) use answer::{Approve, Mark, MarkWord};
pub(crate) use backup::{Backup, Restore};
pub(crate) use deletion::{Clean, Delete, Storage};
pub(crate) use differ::{Compare, Diff, Versions};
pub(crate) use given::{Artifacts, Outputs, Report};
pub(crate) use import::Import;
pub(crate) use library::{List, Move, Search, SortWord};
pub(crate) use machine::{Daemon, DaemonCommand, Doctor, Serve};
pub(crate) use runs::{Calendar, Cancel, Chosen, Grid, Retry, Runs, StateWord};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXIT_CODES: &str = "\
Exit codes:
  0  done; the run succeeded
  1  the run failed
  2  the document is invalid, or the command line is wrong
  3  the run was cancelled
  4  the machine or the daemon did not let it happen (`millrace doctor` says why)";

const TOP_HELP: &str = "\
Examples:
  millrace run backup.json             run a workflow and watch it
  millrace run backup.json -p keep=3   … with a parameter
  millrace runs                        the latest runs
  millrace show last-failed            what happened in the last one that failed
  millrace logs last extract           what its task `extract` printed
  millrace retry last                  run what failed once more, in the same run

A RUN is named by the start of its id (as far as it is unique), by `last` or by `last-failed`.
A NAME is a workflow of the library: a document in the folder `workflows` of the home, or in
the folders that the settings name.";

/// Run workflows of tasks on this machine, watch them, and look back at every run.
#[derive(Debug, Parser)]
#[command(
    name = "millrace",
    version,
    styles = STYLES,
    after_help = EXIT_CODES,
    after_long_help = format!("{TOP_HELP}\n\n{EXIT_CODES}"),
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t = ColorWhen::Auto, value_name = "WHEN")]
    pub(crate) color: ColorWhen,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a workflow and watch it.
    Run(Run),
    /// Run the current document again, taking over results of an old run.
    Rerun(Rerun),
    /// Reopen runs that ended: what failed, and what comes after it, runs again.
    Retry(Retry),
    /// Stop runs.
    Cancel(Cancel),
    /// Start no new tasks of a run; what runs goes on.
    Pause(RunName),
    /// Let a paused run go on.
    Resume(RunName),
    /// Answer what a run asks: yes, or no with `--reject`. Without a run: list what is asked.
    Approve(Approve),
    /// Say how a task ends, whatever becomes of it.
    Mark(Mark),
    /// List runs, newest first.
    Runs(Runs),
    /// Show the last runs of a workflow beside each other, task by task.
    Grid(Grid),
    /// Show how the runs of a workflow ended, day by day.
    Calendar(Calendar),
    /// Show two runs beside each other: what differs, and what took longer.
    Compare(Compare),
    /// Show a run with all its tasks.
    Show(Show),
    /// Print what a task printed.
    Logs(Logs),
    /// Show what tasks gave, and what they measured.
    Outputs(Outputs),
    /// List the files that tasks left on purpose, and take them out.
    Artifacts(Artifacts),
    /// Write a run as a page of HTML that can be read without Millrace.
    Report(Report),
    /// Delete runs that have ended, or put them back.
    Delete(Delete),
    /// Remove deleted runs, and what is beyond the limits of the settings.
    Clean(Clean),
    /// What takes space in the home.
    Storage(Storage),
    /// Write a backup of the home, while runs go on.
    Backup(Backup),
    /// Make the home what it was in a backup.
    Restore(Restore),
    /// What runs, what waits and why, in which order; and change that order.
    Queue(Queue),
    /// What starts by itself: list it, ask when it fires next, switch it off and on.
    Schedule(Schedule),
    /// Run a workflow once for each tick of a past span of time.
    Backfill(Backfill),
    /// The token by which a program starts a workflow over HTTP.
    Trigger(Trigger),
    /// Let workflows that came from elsewhere start by themselves, and by a click.
    Trust(Trust),
    /// List the workflows of the library, with their folders.
    List(List),
    /// Look for words in all workflows: names, titles, scripts, values of fields.
    Search(Search),
    /// Move a workflow, or rename a folder of the library; the history goes along.
    Move(Move),
    /// Check documents: every problem with its place.
    Validate(Validate),
    /// Print the JSON Schema of the document.
    Schema,
    /// List the kinds of tasks and their fields.
    Kinds(Kinds),
    /// Draw a workflow's graph as text.
    Graph(Graph),
    /// List what a workflow was before.
    Versions(Versions),
    /// Show what differs between two workflows, or two versions of one.
    Diff(Diff),
    /// Make workflows from a crontab, a Makefile or a shell script.
    Import(Import),
    /// Evaluate an expression or a template.
    Eval(Eval),
    /// Passwords and tokens for tasks, kept out of workflow files.
    Secret(Secret),
    /// Databases, services and mail servers that tasks name.
    Connection(connection::Connection),
    /// Who is told of what happens: test the ways, and see where they lead.
    Notify(Notify),
    /// Show the window in a browser, on this machine alone.
    Serve(Serve),
    /// The background process: run it, ask about it, stop it.
    Daemon(Daemon),
    /// Check this machine and the home: what is well, what is not, what to do.
    Doctor(Doctor),
    /// Print the completions for a shell.
    Completions(Completions),
    /// Print the manual page.
    Man,
}

#[derive(Debug, Args)]
#[command(after_long_help = format!("\
Examples:
  millrace run workflows/hello.json
  millrace run daily_sales -p day=2026-11-23 -p mode=full
  millrace run daily_sales --params-file params.json --dry-run
  millrace run daily_sales --until load      only what `load` needs, and `load`
  millrace run daily_sales --only report     with results of the newest run that has them
  id=$(millrace run daily_sales --detach)    start it and go on
  cat made.json | millrace run -             the document comes from standard input

On a terminal the run is shown live; elsewhere one line is printed for each event, and with
--json one JSON object. The first Ctrl-C cancels the run, the second kills it. When this
program ends otherwise (the terminal is closed, `kill -9`), the run goes on.

{EXIT_CODES}"))]
pub(crate) struct Run {
    /// The document: a file, the name of a workflow in the library, or `-` for standard input.
    #[arg(value_name = "FILE|NAME")]
    pub(crate) workflow: String,
    #[command(flatten)]
    pub(crate) params: Params,
    /// Say what would run, in which order, with which values; run nothing.
    #[arg(long, conflicts_with_all = ["detach"])]
    pub(crate) dry_run: bool,
    /// Run only this task and what it needs. May be given several times.
    #[arg(long, value_name = "TASK", value_parser = ident)]
    pub(crate) until: Vec<Ident>,
    /// Run only this task, with earlier results of what it needs. May be given several times.
    #[arg(long, value_name = "TASK", value_parser = ident, conflicts_with = "until")]
    pub(crate) only: Vec<Ident>,
    /// Take pinned outputs instead of running their tasks, as the editor does.
    #[arg(long)]
    pub(crate) pinned: bool,
    /// Start the run, print its id, and leave.
    #[arg(long)]
    pub(crate) detach: bool,
    /// Run without a daemon, within this process: for containers and CI.
    #[arg(long, conflicts_with = "detach")]
    pub(crate) no_daemon: bool,
    /// Print one JSON object for each event, and a summary as the last.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Values for parameters.
#[derive(Debug, Args)]
pub(crate) struct Params {
    /// A parameter, read by its declared type. May be given several times.
    #[arg(short = 'p', long = "param", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) param: Vec<(String, String)>,
    /// A file with a JSON object of parameters; `-p` goes before it.
    #[arg(long, value_name = "FILE")]
    pub(crate) params_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace rerun last                   everything again, with the same parameters
  millrace rerun last-failed --from load
                                        `load` and what comes after it; the rest is taken over
  millrace rerun 8f2c -p mode=full      with another parameter

It is a new run of the document as it is now. It is refused where a result that would be taken
over did not succeed, or where the definition of its task has changed since.")]
pub(crate) struct Rerun {
    /// The old run: the start of its id, `last` or `last-failed`.
    pub(crate) run: String,
    /// Run this task and everything after it; take over the results of the others.
    #[arg(long, value_name = "TASK", value_parser = ident)]
    pub(crate) from: Option<Ident>,
    /// Take pinned outputs instead of running their tasks, as the editor does.
    #[arg(long)]
    pub(crate) pinned: bool,
    #[command(flatten)]
    pub(crate) params: Params,
    /// Start the run, print its id, and leave.
    #[arg(long)]
    pub(crate) detach: bool,
    /// Print one JSON object for each event, and a summary as the last.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RunName {
    /// The run: the start of its id, `last` or `last-failed`.
    pub(crate) run: String,
}

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "\
Examples:
  millrace queue
  millrace queue move 8f2c              before all others
  millrace queue move 8f2c --before 1a3e

The order is that in which runs of one workflow get their turn, and in which tasks of the same
priority get a free place. What runs already goes on."
)]
pub(crate) struct Queue {
    #[command(subcommand)]
    pub(crate) command: Option<QueueCommand>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QueueCommand {
    /// Put a run before all others, or elsewhere.
    Move(QueueMove),
}

#[derive(Debug, Args)]
pub(crate) struct QueueMove {
    /// The run: the start of its id, or `last`.
    pub(crate) run: String,
    /// Just before this run.
    #[arg(long, value_name = "RUN", conflicts_with = "last")]
    pub(crate) before: Option<String>,
    /// Behind all others.
    #[arg(long)]
    pub(crate) last: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The run: the start of its id, `last` or `last-failed`.
    pub(crate) run: String,
    /// Only this task, with its tries and outputs, and with its items where it is mapped; one of these is `NAME[INDEX]`.
    #[arg(long, value_name = "TASK")]
    pub(crate) task: Option<String>,
    /// Print JSON: the run with all its tasks, attempts and outputs.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace logs last extract
  millrace logs 8f2c load --try 1
  millrace logs last extract --follow | grep -i warn

What the task wrote to standard output and standard error comes out as it was, byte for byte;
on a terminal, control characters other than colours are shown instead of obeyed.
Where a log was cut in the middle, a line says how much is missing.")]
pub(crate) struct Logs {
    /// The run: the start of its id, `last` or `last-failed`.
    pub(crate) run: String,
    /// The task; of a mapped one, `NAME[INDEX]`.
    pub(crate) task: String,
    /// The try, counted from 1; without it, the last.
    #[arg(long = "try", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) number: Option<u32>,
    /// Go on until the task ends.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// One stream alone.
    #[arg(long, value_name = "STREAM")]
    pub(crate) only: Option<OutputStream>,
    /// Put before each line when it was printed.
    #[arg(long)]
    pub(crate) times: bool,
}

/// A stream of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OutputStream {
    /// Standard output
    Stdout,
    /// Standard error
    Stderr,
}

#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// The documents; `-` for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Kinds {
    /// Say everything about this kind.
    pub(crate) kind: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Graph {
    /// The document; `-` for standard input.
    pub(crate) file: String,
    /// How to draw it.
    #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
    pub(crate) format: GraphFormat,
}

/// How a graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// For reading: the tasks level by level, with what each waits for.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown.
    Mermaid,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace eval '1 + 2'
  millrace eval 'params.day' --file daily_sales.json -p day=2026-11-23
  millrace eval 'report-${params.day}.html' --file daily_sales.json
  millrace eval 'tasks.extract.outputs.rows > 0' --run last

A text with `${ … }` in it is a template, anything else an expression (CEL).")]
pub(crate) struct Eval {
    /// The expression, or a template with `${ … }`.
    pub(crate) expression: String,
    /// A document: its parameters are in scope, with their defaults.
    #[arg(long, value_name = "FILE", conflicts_with = "run")]
    pub(crate) file: Option<String>,
    /// A run: its parameters, tasks and outputs are in scope.
    #[arg(long, value_name = "RUN")]
    pub(crate) run: Option<String>,
    #[command(flatten)]
    pub(crate) params: Params,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace secret set sales_api                     asks for the value, for the keyring
  gpg -dq token.gpg | millrace secret set sales_api
  millrace secret set ci_token --from-env CI_TOKEN
  millrace secret set db --from-command pass show work/db
  millrace secret check db                          whether it can be read now

A document names a secret where a task needs it: \"env\": { \"TOKEN\": { \"secret\": \"sales_api\" } }.
The home keeps names and places, never values. A value is read when an attempt of the task
begins, is put into the environment of its process, and is masked in logs and outputs.")]
pub(crate) struct Secret {
    #[command(subcommand)]
    pub(crate) command: SecretCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Store a secret, or say where it is kept.
    Set(SetSecret),
    /// List secrets and where each is kept; values are not shown.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read a secret as a task would, and say whether that went well.
    Check {
        /// The secret.
        name: String,
    },
    /// Forget a secret. One of the keyring is deleted there.
    Rm {
        /// The secret.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SetSecret {
    /// The secret's name, as documents write it. Its value is asked for, or read from standard input.
    pub(crate) name: String,
    /// Keep no value: read it from this variable of the daemon's environment.
    #[arg(long, value_name = "VARIABLE", conflicts_with = "from_command")]
    pub(crate) from_env: Option<String>,
    /// Keep no value: let this program print it. No shell reads the arguments.
    #[arg(long, value_name = "PROGRAM", num_args = 1.., allow_hyphen_values = true)]
    pub(crate) from_command: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace schedule list
  millrace schedule next daily_sales --count 20
  millrace schedule next daily_sales.json --after 2027-03-27   around a change of the clocks
  millrace schedule pause daily_sales                on this machine, until it is resumed
  millrace schedule resume daily_sales workdays

Schedules are part of the workflow's document; whether they are on belongs to this machine.
What would have fired while a schedule was off never does: `millrace backfill` runs it.")]
pub(crate) struct Schedule {
    #[command(subcommand)]
    pub(crate) command: ScheduleCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// List schedules and triggers, with when they fire next or why not.
    List {
        /// Only those of this workflow: a file, or a name in the library.
        #[arg(value_name = "NAME|FILE")]
        workflow: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say when the schedules of a workflow fire next.
    Next(ScheduleNext),
    /// Switch the schedules and triggers of a workflow off, on this machine.
    Pause {
        /// The workflow: a file, or a name in the library.
        #[arg(value_name = "NAME|FILE")]
        workflow: String,
        /// Only this schedule or trigger.
        name: Option<String>,
    },
    /// Switch them on again.
    Resume {
        /// The workflow: a file, or a name in the library.
        #[arg(value_name = "NAME|FILE")]
        workflow: String,
        /// Only this schedule or trigger.
        name: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ScheduleNext {
    /// The workflow: a file, or a name in the library.
    #[arg(value_name = "NAME|FILE")]
    pub(crate) workflow: String,
    /// Only this schedule.
    pub(crate) schedule: Option<String>,
    /// So many times of each schedule.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) count: u32,
    /// After this time instead of now: a date (2027-03-27) or an instant.
    #[arg(long, value_name = "TIME")]
    pub(crate) after: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace backfill daily_sales 2026-11-01 2026-11-07 --dry-run
  millrace backfill daily_sales 2026-11-01 2026-11-07 --parallel 2
  millrace backfill daily_sales 30d yesterday --skip-done --reverse

Each run gets its tick as `run.logical_time`. The runs wait for each other and not for other runs
of the workflow. Dates are days of the schedule's time zone, both included.")]
pub(crate) struct Backfill {
    /// The workflow: a file, or a name in the library.
    #[arg(value_name = "NAME|FILE")]
    pub(crate) workflow: String,
    /// From here on: a date, an instant, or how long ago (`30d`).
    pub(crate) from: String,
    /// Up to here, which belongs to it.
    pub(crate) to: String,
    /// The schedule whose ticks are run; needed where the workflow has several.
    #[arg(long, value_name = "NAME", value_parser = ident)]
    pub(crate) schedule: Option<Ident>,
    /// So many runs at a time.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) parallel: u32,
    /// The newest tick first.
    #[arg(long)]
    pub(crate) reverse: bool,
    /// Leave out ticks for which a run succeeded.
    #[arg(long)]
    pub(crate) skip_done: bool,
    /// Say what would run; run nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace trust daily_sales.json      as it is now, wherever it lies
  millrace trust ~/team/workflows      all that is and will be in this folder
  millrace trust --no-more ~/team/workflows
  millrace trust --list                the folders

A workflow that was saved in the window is trusted. One that came from elsewhere can be looked
at, edited and run with `millrace run`; its schedules, its triggers and the window's Run wait
until somebody said that it may run.")]
pub(crate) struct Trust {
    /// Workflow documents and folders.
    #[arg(required_unless_present = "list", value_name = "FILE|DIR")]
    pub(crate) paths: Vec<PathBuf>,
    /// Trust them no more.
    #[arg(long)]
    pub(crate) no_more: bool,
    /// List the trusted folders.
    #[arg(long, conflicts_with_all = ["paths", "no_more"])]
    pub(crate) list: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace trigger token daily_sales pushed
  millrace serve --port 8737 &
  curl -X POST -H \"Authorization: Bearer $TOKEN\" -d '{\"day\": \"2026-11-23\"}' \\
       http://127.0.0.1:8737/triggers/daily_sales/pushed

The workflow has the trigger in its document: \"triggers\": [{ \"name\": \"pushed\", \"http\": {} }].
Calls are taken while `millrace serve` runs. The object that is sent gives parameters.")]
pub(crate) struct Trigger {
    #[command(subcommand)]
    pub(crate) command: TriggerCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TriggerCommand {
    /// Make the token of a trigger, and print it: once. The one before is good no more.
    Token {
        /// The workflow: a file, or a name in the library.
        #[arg(value_name = "NAME|FILE")]
        workflow: String,
        /// The trigger.
        #[arg(value_parser = ident)]
        trigger: Ident,
    },
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace notify list             channels, where each leads, what does not get through
  millrace notify test             sends a test by each channel that is told by default
  millrace notify test ops

Channels are in config.toml: `desktop` is always there, others are added, for mail
([notify.mail.NAME]) and for chats and other addresses ([notify.webhook.NAME]). A change of the
file holds at once. A workflow adds a channel of its own with a hook:
  \"hooks\": [{ \"on\": \"failure\", \"notify\": \"ops\" }]")]
pub(crate) struct Notify {
    #[command(subcommand)]
    pub(crate) command: NotifyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum NotifyCommand {
    /// Send a test, and say whether it was delivered.
    Test {
        /// The channel; left out, each that is told by default.
        channel: Option<String>,
    },
    /// List the channels, where each leads, and why its last message did not get through.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace completions bash > ~/.local/share/bash-completion/completions/millrace
  millrace completions zsh > ~/.zfunc/_millrace
  millrace completions fish > ~/.config/fish/completions/millrace.fish")]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

fn ident(text: &str) -> Result<Ident, String> {
    Ident::new(text).map_err(|error| error.to_string())
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as day=2026-11-23".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_value_may_hold_anything() {
        assert_eq!(assignment("a=b=c; rm"), Ok(("a".into(), "b=c; rm".into())));
        assert_eq!(assignment("a="), Ok(("a".into(), String::new())));
        assert!(assignment("=b").is_err());
        assert!(assignment("a").is_err());
    }
}
