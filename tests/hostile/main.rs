//! `millrace-hostile MODE LEDGER`: a task that does not want to be stopped, in one of many ways.
//!
//! Whatever it does to its marks, all its processes hold a shared lock on the ledger, which the kernel lets go of with
//! the last of them: whoever gets the exclusive lock knows that nobody is left. As its first word it writes `begins`
//! into the ledger, and `done` before it exits with 0 by its own will. No process of it lives for longer than a minute.

mod files;
mod loud;
mod sys;
mod trees;
mod victims;

use std::process::ExitCode;

use sys::Ledger;

/// What a mode does, until it is ended or ends by itself.
type Act = fn(&Ledger) -> !;

/// All modes by their names.
const MODES: &[(&str, Act)] = &[
    ("plain", trees::plain),
    ("ignores_term", trees::ignores_term),
    ("ignores_all", trees::ignores_all),
    ("ends", trees::ends),
    ("sessions", trees::sessions),
    ("daemon", trees::daemon),
    ("daemon_leaves", trees::daemon_leaves),
    ("hidden", trees::hidden),
    ("hidden_leaves", trees::hidden_leaves),
    ("liar", trees::liar),
    ("renamed", trees::renamed),
    ("pipe_holder", trees::pipe_holder),
    ("leaves", trees::leaves),
    ("bomb", trees::bomb),
    ("bomb_of_sessions", trees::bomb_of_sessions),
    ("hop", trees::hop),
    ("hop_leaves", trees::hop_leaves),
    ("hop_hidden", trees::hop_hidden),
    ("swarm", trees::swarm),
    ("stops_itself", victims::stops_itself),
    ("stops_keeper", victims::stops_keeper),
    ("kills_keeper", victims::kills_keeper),
    ("kills_guard", victims::kills_guard),
    ("kills_both", victims::kills_both),
    ("threads", trees::threads),
    ("headless", trees::headless),
    ("headless_leaves", trees::headless_leaves),
    ("vfork", trees::vfork),
    ("zombies", trees::zombies),
    ("traced", trees::traced),
    ("namespace", trees::namespace),
    ("endless", loud::endless),
    ("garbage", loud::garbage),
    ("descriptors", loud::descriptors),
    ("memory", loud::memory),
    ("outputs_huge", files::outputs_huge),
    ("outputs_garbage", files::outputs_garbage),
    ("outputs_link", files::outputs_link),
    ("outputs_fifo", files::outputs_fifo),
    ("outputs_folder", files::outputs_folder),
    ("progress_fifo", files::progress_fifo),
    ("artifacts_fifo", files::artifacts_fifo),
    ("log_fifo", files::log_fifo),
    ("folder_deleted", files::folder_deleted),
    ("folder_closed", files::folder_closed),
    // Not modes of their own: what the others become under another name and without an environment.
    ("quiet", trees::quiet),
    ("hopping", trees::hopping),
];

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let (Some(mode), Some(path)) = (words.next(), words.next()) else {
        return usage("MODE and LEDGER are needed");
    };
    let found = MODES.iter().find(|(name, _)| mode == *name);
    let Some((_, act)) = found else { return usage("there is no such mode") };
    match Ledger::open(path.as_ref()) {
        Ok(ledger) => act(&ledger),
        Err(error) => usage(&format!("the ledger {}: {error}", path.display())),
    }
}

#[expect(clippy::print_stderr, reason = "the task's log says why nothing was hostile")]
fn usage(problem: &str) -> ExitCode {
    let names: Vec<&str> = MODES.iter().map(|(name, _)| *name).collect();
    eprintln!("millrace-hostile: {problem}; modes: {}", names.join(" "));
    ExitCode::from(2)
}
