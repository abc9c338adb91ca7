//! The subcommands, one file each.

mod approve;
mod artifacts;
mod backfill;
mod backup;
mod calendar;
mod cancel;
mod chosen;
mod clean;
mod compare;
mod completions;
mod connection;
mod daemon;
mod delete;
mod diff;
mod doctor;
mod eval;
mod graph;
mod grid;
mod import;
mod kinds;
mod list;
mod logs;
mod man;
mod mark;
mod move_to;
mod notify;
mod outputs;
mod pause;
mod queue;
mod report;
mod rerun;
mod restore;
mod resume;
mod retry;
mod run;
mod runs;
mod schedule;
mod schema;
mod search;
mod secret;
mod serve;
mod show;
mod show_task;
mod storage;
mod trigger;
mod trust;
mod validate;
mod versions;

use crate::args::{Cli, Command};
use crate::failure::{Exit, Failure};
use crate::out::Out;

/// Does what the command line asks for.
pub(crate) fn run(cli: &Cli, out: &mut Out) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Run(args) => run::run(args, out),
        Command::Rerun(args) => rerun::run(args, out),
        Command::Retry(args) => retry::run(args, out),
        Command::Cancel(args) => cancel::run(args, out),
        Command::Pause(args) => pause::run(args, out),
        Command::Resume(args) => resume::run(args, out),
        Command::Approve(args) => approve::run(args, out),
        Command::Mark(args) => mark::run(args, out),
        Command::Runs(args) => runs::run(args, out),
        Command::Grid(args) => grid::run(args, out),
        Command::Calendar(args) => calendar::run(args, out),
        Command::Compare(args) => compare::run(args, out),
        Command::Show(args) => show::run(args, out),
        Command::Logs(args) => logs::run(args, out),
        Command::Outputs(args) => outputs::run(args, out),
        Command::Artifacts(args) => artifacts::run(args, out),
        Command::Report(args) => report::run(args, out),
        Command::Delete(args) => delete::run(args, out),
        Command::Clean(args) => clean::run(args, out),
        Command::Storage(args) => storage::run(args, out),
        Command::Backup(args) => backup::run(args, out),
        Command::Restore(args) => restore::run(args, out),
        Command::Queue(args) => queue::run(args, out),
        Command::Schedule(args) => schedule::run(args, out),
        Command::Backfill(args) => backfill::run(args, out),
        Command::Trigger(args) => trigger::run(args, out),
        Command::Trust(args) => trust::run(args, out),
        Command::List(args) => list::run(args, out),
        Command::Search(args) => search::run(args, out),
        Command::Move(args) => move_to::run(args, out),
        Command::Validate(args) => validate::run(args, out),
        Command::Schema => schema::run(out),
        Command::Kinds(args) => kinds::run(args, out),
        Command::Graph(args) => graph::run(args, out),
        Command::Versions(args) => versions::run(args, out),
        Command::Diff(args) => diff::run(args, out),
        Command::Import(args) => import::run(args, out),
        Command::Eval(args) => eval::run(args, out),
        Command::Secret(args) => secret::run(args, out),
        Command::Connection(args) => connection::run(args, out),
        Command::Notify(args) => notify::run(args, out),
        Command::Serve(args) => serve::run(args, out),
        Command::Daemon(args) => daemon::run(args, out),
        Command::Doctor(args) => doctor::run(args, out),
        Command::Completions(args) => completions::run(args, out),
        Command::Man => man::run(out),
    }
}
